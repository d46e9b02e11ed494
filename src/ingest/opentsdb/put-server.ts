// OpenTSDB's HTTP: POST /api/put. It has no port of its own: connections are given to it.
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { WeirError, isWeirError, messageOf } from '../../base/index.ts';
import type { StoreLines, StoreOutcome } from '../listener.ts';
import { type PutLines, putLines } from './put-body.ts';

export interface PutServerOptions {
  readonly store: StoreLines;
  readonly nowNs: () => bigint;
  /** Of one body, unpacked; 0 = no limit. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are held at once; 0 = no limit. */
  readonly maxHeldBodyBytes: number;
  /** Told of what a request stored, and of points that it had with names that cannot be stored. */
  readonly onStored: (points: number, lines: PutLines) => void;
  readonly onFailure: (error: unknown) => void;
}

export class PutServer {
  readonly #options: PutServerOptions;
  readonly #server: Server;
  readonly #running = new Set<Promise<void>>();
  #heldBytes = 0;

  constructor(options: PutServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const run = this.#serve(request, response).finally(() => this.#running.delete(run));
      this.#running.add(run);
    });
  }

  /** What was read of the socket already has to be put back into it. */
  take(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  /** Resolves when no request is being worked on; the sockets are closed by who opened them. */
  async close(): Promise<void> {
    this.#server.close(() => {});
    await Promise.all(this.#running);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const status = await this.#answer(request);
      response.writeHead(status).end();
    } catch (error) {
      if (isWeirError(error, 'canceled')) return;
      const status = statusOf(error);
      if (status >= 500) this.#options.onFailure(error);
      await refuse(request, response, status, isWeirError(error) ? error.message : 'internal error');
    }
  }

  async #answer(request: IncomingMessage): Promise<number> {
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/api/metadata/put') return 204;
    if (path !== '/api/put') throw new HttpFault(404, '404 page not found');
    if (request.method !== 'POST') throw new HttpFault(405, 'Method Not Allowed');
    const held = { bytes: 0 };
    try {
      const lines = await this.#readLines(request, held);
      if (lines.points > 0) await this.#store(lines);
      this.#options.onStored(lines.points, lines);
      return 204;
    } finally {
      this.#heldBytes -= held.bytes;
    }
  }

  async #store({ text }: PutLines): Promise<void> {
    const { store, nowNs } = this.#options;
    const bytes = Buffer.from(text);
    const parts = [{ endByte: bytes.length, defaultTimeNs: nowNs() }];
    let outcome: StoreOutcome;
    try {
      outcome = await store({ bytes, parts, precision: 'ns' });
    } catch (error) {
      const status = isWeirError(error, 'unavailable') ? 503 : 500;
      throw new HttpFault(status, `write series error: ${messageOf(error)}`, error);
    }
    const refusedCount = outcome.droppedCount + outcome.badLineCount;
    if (refusedCount === 0) return;
    const reason = outcome.dropped ?? outcome.badLine ?? '';
    throw new HttpFault(400, `write series error: partial write: ${reason} dropped=${refusedCount}`);
  }

  /** Counts in `held` what it reads, also when it fails. */
  async #readLines(request: IncomingMessage, held: { bytes: number }): Promise<PutLines> {
    const packed = request.headers['content-encoding'] === 'gzip';
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
        held.bytes += chunk.length;
        this.#heldBytes += chunk.length;
        this.#checkLimits(held.bytes);
      }
    } catch (error) {
      throw isWeirError(error) ? error : new WeirError('canceled', 'the client has left', error);
    }
    const body = Buffer.concat(chunks, held.bytes);
    if (body.length === 0) throw new WeirError('invalid', 'peek error: EOF');
    return putLines((packed ? await this.#unpack(body) : body).toString());
  }

  #checkLimits(bodyBytes: number): void {
    const { maxBodyBytes, maxHeldBodyBytes } = this.#options;
    if (maxBodyBytes > 0 && bodyBytes > maxBodyBytes) throw tooLarge();
    if (maxHeldBodyBytes > 0 && this.#heldBytes > maxHeldBodyBytes) {
      throw new WeirError('unavailable', 'too many request bodies at once');
    }
  }

  async #unpack(body: Buffer): Promise<Buffer> {
    const maxOutputLength = this.#options.maxBodyBytes || undefined;
    try {
      return await promisify(gunzip)(body, { maxOutputLength });
    } catch (error) {
      const isTooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      if (isTooLarge) throw tooLarge();
      throw new WeirError('invalid', `could not read gzip, ${messageOf(error)}`, error);
    }
  }
}

const DISCARD_MS = 1000;

/** A client that is still sending must be let to read the answer: its body is thrown away for a moment. */
async function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): Promise<void> {
  if (!request.complete) response.setHeader('Connection', 'close');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.write(`${text}\n`);
  if (!request.complete) {
    const signal = AbortSignal.timeout(DISCARD_MS);
    request.resume();
    await Promise.race([once(request, 'end', { signal }), once(request, 'close', { signal })]).catch(() => {});
  }
  response.end();
}

/** A failure with a status of its own. */
class HttpFault extends WeirError {
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super('invalid', message, cause);
    this.status = status;
  }
}

function tooLarge(): WeirError {
  return new HttpFault(413, 'Request Entity Too Large');
}

function statusOf(error: unknown): number {
  if (error instanceof HttpFault) return error.status;
  if (isWeirError(error, 'unavailable')) return 503;
  return isWeirError(error) ? 400 : 500;
}
