// What a query is to compute next, as data. `becomeDue` moves a query on to the present; `takeDue` and `takeLate` take the next
// piece of what waits: some windows whose time has come, oldest first, or some that changed after they were computed.
//
//     due      ▓▓▓▓▓▓▓▓▓▓▓▓▓▓         a backlog after downtime is taken in pieces of so many windows
//              └ step ┘
//     late  ▒▒                        late windows that touch the step go with it
import type { TimeRange } from '../model/index.ts';
import { dueRun, nextRun, stepOf } from './due-run.ts';
import type { QueryState } from './query-state.ts';
import type { ScheduledQuery } from './scheduled-query.ts';
import { countWindows, firstWindows, floorToStep, windowEnd, windowStart } from './windows.ts';

export interface Step {
  readonly kind: 'due' | 'late';
  readonly range: TimeRange;
  /** Windows of the range. */
  readonly windows: number;
}

export interface StepRules {
  /** Whether windows that were missed while the server was down, or whose run failed, are computed later. */
  readonly catchUp: boolean;
  /** Where the data of a query's sources begins within a range, roughly; null = there is none. Asked for long backlogs. */
  readonly dataStart: (query: ScheduledQuery, range: TimeRange) => bigint | null;
}

/** A backlog of more windows is worth a look at where its data begins. */
const LONG_BACKLOG_WINDOWS = 10_000;

/** Notes the windows whose time has come by `nowNs`; `true` when there were some. */
export function becomeDue(query: ScheduledQuery, state: QueryState, nowNs: bigint, rules: StepRules): boolean {
  if (state.lastRunNs !== null && nextRun(query, state.lastRunNs) > nowNs) return false;
  // One by one, so that each run sees what it would have seen at its time. What waits already comes first.
  const oneByOne = rules.catchUp && !query.hasIndependentWindows && state.lastRunNs !== null;
  if (oneByOne && !state.due.isEmpty) return false;
  const usefulNs = usefulFrom(query, state, nowNs, rules);
  for (;;) {
    const { lastRunNs } = state;
    const run = dueRun(query, lastRunNs, oneByOne ? lesser(nextRun(query, lastRunNs ?? 0n), nowNs) : nowNs);
    if (run === null) return false;
    state.lastRunNs = run.lastRunNs;
    const range = run.range === null ? null : usefulPart(query, state, run.range, usefulNs, nowNs);
    if (range !== null) {
      state.due.add(range);
      return true;
    }
    if (!oneByOne) return false;
    const skippedTo = boundaryBefore(query, usefulNs) - stepOf(query);
    if (skippedTo > run.lastRunNs) state.lastRunNs = skippedTo;
  }
}

/** Whether windows whose time has come by `nowNs` are still to be computed. */
export function hasBacklog(query: ScheduledQuery, state: QueryState, nowNs: bigint): boolean {
  if (!state.due.isEmpty) return true;
  return state.lastRunNs !== null && nextRun(query, state.lastRunNs) <= nowNs;
}

/** The time up to which all windows of a query with a backlog are computed. */
export function computedUpTo({ due, lastRunNs }: QueryState): bigint {
  return due.first?.startNs ?? lastRunNs ?? 0n;
}

/** Whether late windows have waited long enough. */
export function isLateReady({ late, lateAtNs }: QueryState, nowNs: bigint): boolean {
  return !late.isEmpty && lateAtNs !== null && lateAtNs <= nowNs;
}

/** Takes the next windows out of `due`, with the late ones right before them; null when there are none. */
export function takeDue(query: ScheduledQuery, state: QueryState, nowNs: bigint): Step | null {
  const first = state.due.first;
  if (first === undefined) return null;
  if (!query.hasIndependentWindows) {
    state.due.remove(first);
    return step('due', query, first);
  }
  const range = firstWindows(query, first, state.chunkWindows);
  state.due.remove(range);
  dropExpired(query, state, nowNs);
  const touching = state.late.toArray().find(({ endNs }) => endNs === range.startNs);
  if (touching === undefined || countWindows(query, touching) + countWindows(query, range) > state.chunkWindows) {
    return step('due', query, range);
  }
  removeLate(state, touching);
  state.totals.lateWindows += countWindows(query, touching);
  return step('due', query, { startNs: touching.startNs, endNs: range.endNs });
}

/** Takes the next windows out of `late`; null when there are none, or those left have expired. */
export function takeLate(query: ScheduledQuery, state: QueryState, nowNs: bigint): Step | null {
  dropExpired(query, state, nowNs);
  const first = state.late.first;
  if (first === undefined) return null;
  const range = query.hasIndependentWindows ? firstWindows(query, first, state.chunkWindows) : rerun(query, first);
  removeLate(state, range.endNs > first.startNs ? range : first);
  return step('late', query, range);
}

function dropExpired(query: ScheduledQuery, state: QueryState, nowNs: bigint): void {
  const oldestNs = oldestWindow(query, nowNs);
  for (let first = state.late.first; first !== undefined && first.startNs < oldestNs; first = state.late.first) {
    const expired = { startNs: first.startNs, endNs: lesser(first.endNs, oldestNs) };
    state.totals.skippedWindows += countWindows(query, expired);
    removeLate(state, expired);
  }
}

function removeLate(state: QueryState, range: TimeRange): void {
  state.late.remove(range);
  if (state.late.isEmpty) state.lateAtNs = null;
}

function step(kind: Step['kind'], query: ScheduledQuery, range: TimeRange): Step {
  return { kind, range, windows: countWindows(query, range) };
}

/** The range of the run that first computed the windows at the beginning of `late`. */
function rerun(query: ScheduledQuery, late: TimeRange): TimeRange {
  const beforeNs = boundaryBefore(query, late.startNs);
  return dueRun(query, beforeNs, nextRun(query, beforeNs))?.range ?? late;
}

/** The last time not after this at which a query runs. */
function boundaryBefore(query: ScheduledQuery, timeNs: bigint): bigint {
  return floorToStep(timeNs - query.offsetNs, stepOf(query), query.timeZone) + query.offsetNs;
}

/** Windows before this have expired, or there is nothing in them. */
function usefulFrom(query: ScheduledQuery, { lastRunNs }: QueryState, nowNs: bigint, rules: StepRules): bigint {
  const oldestNs = oldestWindow(query, nowNs);
  if (lastRunNs === null || nowNs - lastRunNs < BigInt(LONG_BACKLOG_WINDOWS) * query.intervalNs) return oldestNs;
  const dataNs = rules.dataStart(query, { startNs: lastRunNs, endNs: nowNs }) ?? nowNs;
  return greater(oldestNs, windowStart(query, dataNs));
}

/**
 * A range without the windows that are not worth a run; null when none is left. Those that a run at this time is for in any
 * case are kept, as InfluxDB would.
 */
function usefulPart(
  query: ScheduledQuery,
  state: QueryState,
  range: TimeRange,
  usefulNs: bigint,
  nowNs: bigint,
): TimeRange | null {
  if (range.startNs >= usefulNs || state.lastRunNs === null) return range;
  const isLatest = nextRun(query, state.lastRunNs) > nowNs;
  const own = isLatest ? dueRun(query, state.lastRunNs - stepOf(query), nowNs)?.range : undefined;
  const startNs = greater(range.startNs, lesser(own?.startNs ?? usefulNs, usefulNs));
  const keptNs = lesser(startNs, range.endNs);
  state.totals.skippedWindows += countWindows(query, { startNs: range.startNs, endNs: keptNs });
  return startNs < range.endNs ? { startNs, endNs: range.endNs } : null;
}

/** The first window of which nothing has expired, in its sources or its target. */
function oldestWindow(query: ScheduledQuery, nowNs: bigint): bigint {
  let periodNs = 0n;
  for (const { bucket } of [...query.reads, ...query.writes]) {
    if (bucket.durationNs > 0n && (periodNs === 0n || bucket.durationNs < periodNs)) periodNs = bucket.durationNs;
  }
  if (periodNs === 0n) return BEGINNING_NS;
  const startNs = windowStart(query, nowNs - periodNs);
  return startNs === nowNs - periodNs ? startNs : windowEnd(query, startNs);
}

const BEGINNING_NS = -(2n ** 63n);

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
