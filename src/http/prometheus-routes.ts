// Prometheus' remote storage: POST /api/v1/prom/write and /api/v1/prom/read, in Snappy's block format.
import { WeirError, decodeSnappy, encodeSnappy, isWeirError, messageOf } from '../base/index.ts';
import { type PrometheusLines, ReadResponse, WriteRequestReader, readReadRequest } from '../ingest/index.ts';
import type { AcceptOutcome } from './accept.ts';
import { authorizeRead, authorizeWrite, userOf } from './auth/caller.ts';
import { type Engine, type NodeState, readyEngine } from './engine.ts';
import { type Exchange, send, sendError, sendNothing } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import { answerPrometheusQuery } from './prometheus-read.ts';
import { type BodyLimits, readBody } from './request-body.ts';
import type { Route } from './router.ts';
import { statusOf } from './status-code.ts';
import type { Throttle } from './throttle.ts';
import { partialWriteText } from './write-text.ts';

export interface PrometheusParts {
  readonly state: () => NodeState;
  readonly body: BodyLimits;
  readonly throttle: Throttle;
  readonly metrics: Metrics;
}

/** An answer is held in memory. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export function prometheusRoutes(parts: PrometheusParts): readonly Route[] {
  const reader = new WriteRequestReader();
  return [
    {
      name: 'prom-write',
      path: '/api/v1/prom/write',
      methods: ['POST'],
      access: 'user',
      handle: (exchange) => serveWrite(parts, reader, exchange),
    },
    {
      name: 'prom-read',
      path: '/api/v1/prom/read',
      methods: ['POST'],
      access: 'user',
      handle: (exchange) => serveRead(parts, exchange),
    },
  ];
}

async function serveWrite(parts: PrometheusParts, reader: WriteRequestReader, exchange: Exchange): Promise<void> {
  const engine = readyEngine(parts.state());
  const database = exchange.parameters.get('db') ?? '';
  if (database === '') throw new WeirError('invalid', 'database is required');
  if (!engine.hasDatabase(database))
    throw new WeirError('not found', `database not found: ${JSON.stringify(database)}`);
  authorizeWrite(exchange, database);
  await parts.throttle.run(async () => {
    const lines = await readUnpacked(parts, exchange, (message) => reader.read(message));
    await store(parts, engine, exchange, database, lines);
  });
}

async function store(
  { metrics }: PrometheusParts,
  engine: Engine,
  exchange: Exchange,
  database: string,
  { text, invalid, invalidCount }: PrometheusLines,
): Promise<void> {
  const bytes = Buffer.from(text);
  let outcome: AcceptOutcome;
  try {
    const policy = exchange.parameters.get('rp') || undefined;
    outcome = await engine.accept({ database, policy, precision: 'ms', lines: bytes });
  } catch (error) {
    metrics.linesFailed(bytes);
    if (!isWeirError(error)) throw error;
    sendError(exchange, isWeirError(error, 'not found') ? 500 : statusOf(error), error.message);
    return;
  }
  if (invalidCount > 0) {
    outcome = { ...outcome, dropped: [...outcome.dropped, { count: invalidCount, reason: invalid }] };
  }
  metrics.points(outcome);
  const refusal = partialWriteText(outcome);
  if (refusal === null) sendNothing(exchange);
  else sendError(exchange, 400, refusal);
}

async function serveRead(parts: PrometheusParts, exchange: Exchange): Promise<void> {
  const engine = readyEngine(parts.state());
  const database = exchange.parameters.get('db') ?? '';
  authorizeRead(exchange, database);
  const queries = await readUnpacked(parts, exchange, readReadRequest);
  if (!engine.hasDatabase(database)) throw new WeirError('invalid', 'no database');
  const policy = exchange.parameters.get('rp') || undefined;
  const leaving = new AbortController();
  exchange.response.on('close', () => leaving.abort(new WeirError('canceled', 'the client has left')));
  const user = userOf(exchange.caller);
  const request = { database, policy, readOnly: true, user, signal: leaving.signal };
  const response = new ReadResponse(MAX_ANSWER_BYTES);
  for (const query of queries) await answerPrometheusQuery(engine, query, request, response);
  exchange.response.setHeader('Content-Encoding', 'snappy');
  send(exchange, 200, 'application/x-protobuf', encodeSnappy(response.finish()));
}

/** Reads the body as `read` makes it of the unpacked bytes. What `read` returns must not hold them. */
async function readUnpacked<T>(parts: PrometheusParts, exchange: Exchange, read: (message: Buffer) => T): Promise<T> {
  const body = await readBody(exchange, parts.body);
  try {
    parts.metrics.bodyBytes(body.bytes.length);
    const message = unpack(body.bytes, parts.body.maxBytes);
    parts.body.budget.reserve(message.length);
    try {
      return read(message);
    } finally {
      parts.body.budget.release(message.length);
    }
  } finally {
    body.release();
  }
}

function unpack(packed: Uint8Array, maxBytes: number): Buffer {
  try {
    const bytes = decodeSnappy(packed, maxBytes > 0 ? maxBytes : undefined);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    if (!isWeirError(error, 'corrupt')) throw error;
    throw new WeirError('invalid', `the body is no block of Snappy: ${messageOf(error)}`, error);
  }
}
