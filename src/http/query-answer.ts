// Runs one query and streams its answer: within its slot, to a client who may read slowly or leave at any moment.
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { WeirError, messageOf } from '../base/index.ts';
import type { User } from '../catalog/index.ts';
import {
  type Query,
  type RunningQueries,
  type RunningQuery,
  type StatementResult,
  printQuery,
} from '../influxql/index.ts';
import type { OnPlan, StoredPart } from '../ladder/index.ts';
import type { AnswerFormat } from './answer/answer-format.ts';
import { ByteSink } from './answer/byte-sink.ts';
import { runAnswer } from './answer/run-answer.ts';
import type { EpochUnitNs } from './answer/time-text.ts';
import type { Engine } from './engine.ts';
import { type Exchange, send } from './exchange.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { TiersHeader } from './tiers-header.ts';

/** An answer of this size or less is not worth compressing. */
const SMALL_ANSWER_BYTES = 1024;

export interface QueryAnswerParts {
  readonly queries: RunningQueries;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Rows of an unchunked answer; 0 = no limit. */
  readonly maxRowLimit: number;
}

/** What to run and how to answer. */
export interface QueryJob {
  readonly engine: Engine;
  readonly query: Query;
  readonly database: string | undefined;
  readonly policy: string | undefined;
  readonly readOnly: boolean;
  /** Who asks; undefined = may do anything. */
  readonly user: User | undefined;
  /** A message of each statement says which tiers served it. */
  readonly tellTiers: boolean;
  /** Share of a ladder's window that must be known, 0..1; undefined = as the ladder says. */
  readonly knownShare: number | undefined;
  /** Policies are this part of what they hold, as it is stored. */
  readonly stored: StoredPart | undefined;
  readonly format: AnswerFormat;
  readonly epoch: EpochUnitNs;
  readonly pretty: boolean;
  /** Rows in a chunk; null = one document. */
  readonly chunkSize: number | null;
  readonly gzip: boolean;
}

export async function answerQuery(parts: QueryAnswerParts, exchange: Exchange, job: QueryJob): Promise<void> {
  const { response } = exchange;
  const startMs = performance.now();
  const run = enter(parts, job);
  const onClose = (): void => {
    if (!response.writableFinished) run.cancel(new WeirError('canceled', 'the client closed the connection'));
  };
  response.on('close', onClose);
  const tiers = new TiersHeader();
  const sink = new ByteSink(() => {
    tiers.set(response);
    return openTarget(response, job);
  });
  let outcome: 'ok' | 'error' | 'canceled' = 'canceled';
  try {
    const { format, epoch, pretty, chunkSize } = job;
    const onBug = (error: unknown): void => {
      parts.metrics.bug();
      parts.logger.error({ err: error, requestId: exchange.requestId }, 'query failed');
    };
    const options = { chunkSize, maxRows: parts.maxRowLimit, signal: run.signal, onBug };
    const { failures } = await runAnswer(
      start(job, run, tiers.onPlan),
      format.encoder(sink, epoch, pretty),
      sink,
      options,
    );
    if (!response.headersSent) tiers.set(response);
    if (!sink.full || !run.signal.aborted) await finish(exchange, job, sink, run.signal);
    // A reader who stands still beyond the time limit would hold the answer's end for ever.
    if (!response.writableEnded || (run.signal.aborted && !response.writableFinished)) response.destroy();
    if (!response.destroyed || response.writableFinished) outcome = failures > 0 ? 'error' : 'ok';
  } finally {
    response.off('close', onClose);
    run.release();
    parts.metrics.query(outcome, (performance.now() - startMs) / 1000, sink.offset);
  }
}

/** `async=true`: the client has its answer already; failures can only be logged. */
export async function runUnwatched(parts: QueryAnswerParts, job: QueryJob): Promise<void> {
  const startMs = performance.now();
  const run = enter(parts, job);
  let failure: string | null = null;
  try {
    for await (const { error, batches } of start(job, run)) {
      failure ??= error;
      for await (const _ of batches);
    }
  } catch (error) {
    failure ??= messageOf(error);
  } finally {
    run.release();
  }
  if (failure !== null) parts.logger.warn({ error: failure }, 'async query failed');
  parts.metrics.query(failure === null ? 'ok' : 'error', (performance.now() - startMs) / 1000, 0);
}

function enter({ queries }: QueryAnswerParts, { query, database }: QueryJob): RunningQuery {
  return queries.start(() => printQuery(query), database ?? '');
}

function start(job: QueryJob, run: RunningQuery, onTiers?: OnPlan): AsyncIterable<StatementResult> {
  if (run.refused !== null) return refusal(run.refused.message);
  const { engine, query, database, policy, readOnly, user, tellTiers, knownShare, stored } = job;
  return engine.execute(query, {
    database,
    policy,
    readOnly,
    user,
    signal: run.signal,
    tellTiers,
    knownShare,
    stored,
    onTiers,
  });
}

async function* refusal(error: string): AsyncGenerator<StatementResult> {
  yield { statementId: 0, messages: [], error, batches: nothing() };
}

async function* nothing(): AsyncGenerator<never> {}

/** Where the answer's bytes go once there are too many for one piece. */
function openTarget(response: ServerResponse, job: QueryJob): Writable {
  response.statusCode = 200;
  response.setHeader('Content-Type', job.format.contentType);
  if (!job.gzip) return response;
  response.setHeader('Content-Encoding', 'gzip');
  // A chunk must reach its reader when it is complete, not when the compressor has gathered enough.
  const flush = job.chunkSize === null ? constants.Z_NO_FLUSH : constants.Z_SYNC_FLUSH;
  const gzip = createGzip({ level: constants.Z_BEST_SPEED, flush });
  gzip.on('error', () => response.destroy());
  response.on('close', () => gzip.destroy());
  gzip.pipe(response);
  return gzip;
}

async function finish(exchange: Exchange, job: QueryJob, sink: ByteSink, signal: AbortSignal): Promise<void> {
  const whole = sink.takeWhole();
  if (whole === null || (job.gzip && whole.length > SMALL_ANSWER_BYTES)) await sink.end(signal);
  else send(exchange, 200, job.format.contentType, whole);
}
