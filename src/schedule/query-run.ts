// One run of one step: executes the SELECT over its windows and notes in the query's state how that went.
//
//     well           the windows are done; quick runs may take more windows next time
//     for a time     full disk, time limit, too many queries: the windows wait again, and longer after each failure
//     for good       bad types, missing policy, …: tried again in smaller pieces, so that only windows that fail are given up
import { type Clock, WeirError, isWeirError, messageOf } from '../base/index.ts';
import { type QueryContext, type RunningQueries, printStatement, runContinuousSelect } from '../influxql/index.ts';
import { SECOND } from '../model/index.ts';
import type { Step } from './next-step.ts';
import type { QueryState } from './query-state.ts';
import type { ScheduledQuery } from './scheduled-query.ts';

export interface RunParts {
  readonly clock: Clock;
  readonly queries: RunningQueries;
  readonly contextOf: (request: RunRequest) => QueryContext;
  /** Whether windows of failed runs are tried again. */
  readonly catchUp: boolean;
}

/** What a run brings to a query's context. */
export interface RunRequest {
  readonly database: string;
  readonly policy: undefined;
  readonly readOnly: false;
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  /** null = the run succeeded. */
  readonly error: unknown;
  readonly written: number;
  readonly durationMs: number;
}

/** Runs are kept near this: long enough to be worth their start, short enough to stop and to let others in. */
const QUICK_MS = 200;
const SLOW_MS = 1000;
const MAX_CHUNK = 1000;
const MAX_RETRY_DELAY_S = 60;

/** Never rejects. `stop` ends the run; its windows then wait as before. */
export async function runStep(
  query: ScheduledQuery,
  state: QueryState,
  step: Step,
  parts: RunParts,
  stop: AbortSignal,
): Promise<RunOutcome> {
  const startMs = performance.now();
  const run = parts.queries.start(() => printStatement(query.select), query.database);
  const onStop = (): void => run.cancel(new WeirError('canceled', 'the server is shutting down'));
  stop.addEventListener('abort', onStop);
  let error: unknown = run.refused;
  let written = 0;
  try {
    if (stop.aborted) onStop();
    if (run.refused === null) {
      const { database } = query;
      const context = parts.contextOf({ database, policy: undefined, readOnly: false, signal: run.signal });
      written = await runContinuousSelect(query.select, step.range, context);
    }
  } catch (thrown) {
    error = thrown;
  } finally {
    stop.removeEventListener('abort', onStop);
    run.release();
  }
  const outcome = { error, written, durationMs: performance.now() - startMs };
  if (error !== null && stop.aborted) putBack(state, step);
  else noteOutcome(query, state, step, outcome, parts);
  return outcome;
}

function noteOutcome(
  query: ScheduledQuery,
  state: QueryState,
  step: Step,
  { error, written, durationMs }: RunOutcome,
  { clock, catchUp }: RunParts,
): void {
  const { totals } = state;
  state.lastDurationMs = durationMs;
  if (error === null) {
    totals.runs++;
    totals.windows += step.windows;
    totals.pointsWritten += written;
    if (step.kind === 'late') totals.lateWindows += step.windows;
    state.failures = 0;
    state.retryAtNs = 0n;
    state.lastError = null;
    if (durationMs < QUICK_MS) state.chunkWindows = Math.min(MAX_CHUNK, 2 * state.chunkWindows);
    else if (durationMs > SLOW_MS) state.chunkWindows = Math.max(1, state.chunkWindows >> 1);
    return;
  }
  totals.failedRuns++;
  state.failures++;
  state.lastError = messageOf(error);
  if (catchUp && isPassing(error)) {
    putBack(state, step);
    if (isWeirError(error, 'timeout')) state.chunkWindows = Math.max(1, state.chunkWindows >> 1);
    const delayS = Math.min(MAX_RETRY_DELAY_S, 2 ** (state.failures - 1));
    state.retryAtNs = clock.nowNs() + BigInt(delayS) * SECOND;
  } else if (catchUp && step.windows > 1 && query.hasIndependentWindows) {
    putBack(state, step);
    state.chunkWindows = Math.max(1, Math.min(state.chunkWindows, step.windows) >> 1);
  } else totals.skippedWindows += step.windows;
}

/** Whether the same run may succeed later. */
function isPassing(error: unknown): boolean {
  if (!isWeirError(error)) return false;
  if (error.code === 'limit') return error.message.startsWith('max-concurrent-queries');
  return error.code === 'unavailable' || error.code === 'timeout';
}

function putBack(state: QueryState, { kind, range }: Step): void {
  if (kind === 'due') state.due.add(range);
  else {
    state.late.add(range);
    state.lateAtNs = 0n;
  }
}
