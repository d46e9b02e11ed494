// Backup and restore over HTTP, for administrators. The client keeps the directory, the server sends and takes objects.
//
//     POST /backup/open?database&policy&since      -> {"id", "contents"}          holds one state of the server
//     GET  /backup/object?id&key                   -> bytes, then their SHA-256 (32 bytes)
//     POST /backup/close?id                        -> 204
//     GET  /restore/existing                       -> {"databases": [{"name", "policies"}]}
//     POST /restore/open          restore request  -> {"id"}
//     POST /restore/append?id&key&offset   bytes   -> 204
//     POST /restore/commit?id                      -> {"usersRestored", "merged"}  now it is visible
//     POST /restore/abort?id                       -> 204
import { pipeline } from 'node:stream/promises';
import {
  type BackupSource,
  type FetchedObject,
  type RestoreTarget,
  decodeRequest,
  encodeContents,
} from '../backup/index.ts';
import { WeirError, messageOf } from '../base/index.ts';
import { type NodeState, readyEngine } from './engine.ts';
import { type Exchange, send, sendNothing } from './exchange.ts';
import { type BodyLimits, readBody } from './request-body.ts';
import type { Route } from './router.ts';

export interface BackupRouteParts {
  readonly state: () => NodeState;
  readonly body: BodyLimits;
}

/** What an engine offers to them. */
export interface Copies {
  readonly backups: BackupSource;
  readonly restores: RestoreTarget;
}

/** A list of a hundred thousand blocks and more. */
const MAX_REQUEST_BYTES = 512 * 1024 * 1024;
const MAX_PIECE_BYTES = 64 * 1024 * 1024;

export function backupRoutes({ state, body }: BackupRouteParts): readonly Route[] {
  const route = (
    path: string,
    method: 'GET' | 'POST',
    act: (exchange: Exchange, copies: Copies) => Promise<void>,
  ): Route => {
    const [, name] = path.split('/');
    return {
      name,
      path,
      methods: [method],
      access: 'admin',
      handle: (exchange) => act(exchange, readyEngine(state()).copies),
    };
  };
  return [
    route('/backup/open', 'POST', openBackup),
    route('/backup/object', 'GET', sendObject),
    route('/backup/close', 'POST', async (exchange, { backups }) => {
      await backups.close(required(exchange, 'id'));
      sendNothing(exchange);
    }),
    route('/restore/existing', 'GET', async (exchange, { restores }) => {
      sendJson(exchange, { databases: await restores.existing() });
    }),
    route('/restore/open', 'POST', async (exchange, { restores }) => {
      const request = decodeRequest(await readJson(exchange, body));
      sendJson(exchange, { id: await restores.open(request) });
    }),
    route('/restore/append', 'POST', (exchange, { restores }) => append(exchange, restores, body)),
    route('/restore/commit', 'POST', async (exchange, { restores }) => {
      sendJson(exchange, await restores.commit(required(exchange, 'id')));
    }),
    route('/restore/abort', 'POST', async (exchange, { restores }) => {
      await restores.abort(required(exchange, 'id'));
      sendNothing(exchange);
    }),
  ];
}

async function openBackup(exchange: Exchange, { backups }: Copies): Promise<void> {
  const { parameters } = exchange;
  const since = parameters.get('since');
  if (since !== null && !/^-?\d{1,19}$/.test(since))
    throw new WeirError('invalid', 'parameter since: expected nanoseconds since 1970');
  const [database, policy] = [parameters.get('database'), parameters.get('policy')];
  if (policy !== null && database === null) throw new WeirError('invalid', 'a retention policy needs the database');
  const { id, contents } = await backups.open({ database, policy, sinceNs: since });
  sendJson(exchange, { id, contents: encodeContents(contents) });
}

async function sendObject(exchange: Exchange, { backups }: Copies): Promise<void> {
  const { response } = exchange;
  const object = await backups.fetch(required(exchange, 'id'), required(exchange, 'key'));
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', object.sizeBytes + 32);
  try {
    await pipeline(withSha256(object), response);
  } catch (error) {
    if (!response.destroyed) throw error;
    throw new WeirError('canceled', 'the client closed the connection within an object', error);
  }
}

async function* withSha256({ chunks, sha256 }: FetchedObject): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield Buffer.from(sha256(), 'hex');
}

async function append(exchange: Exchange, restores: RestoreTarget, limits: BodyLimits): Promise<void> {
  const offset = Number(required(exchange, 'offset'));
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new WeirError('invalid', 'parameter offset: expected a number');
  const [id, key] = [required(exchange, 'id'), required(exchange, 'key')];
  const body = await readBody(exchange, { ...limits, maxBytes: MAX_PIECE_BYTES });
  try {
    await restores.append(id, key, offset, body.bytes);
  } finally {
    body.release();
  }
  sendNothing(exchange);
}

async function readJson(exchange: Exchange, limits: BodyLimits): Promise<unknown> {
  const body = await readBody(exchange, { ...limits, maxBytes: MAX_REQUEST_BYTES });
  try {
    return JSON.parse(Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length).toString('utf8'));
  } catch (error) {
    throw new WeirError('invalid', `the body is not JSON: ${messageOf(error)}`, error);
  } finally {
    body.release();
  }
}

function required({ parameters }: Exchange, name: string): string {
  const value = parameters.get(name);
  if (value === null || value === '') throw new WeirError('invalid', `parameter ${name} is missing`);
  return value;
}

function sendJson(exchange: Exchange, value: unknown): void {
  send(exchange, 200, 'application/json', `${JSON.stringify(value)}\n`);
}
