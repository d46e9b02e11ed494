// Which windows a statement's calls need: GROUP BY time over the range, one window more on the side where reading starts for
// each transformation that looks back, and for counters one before all others.
import { MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import type { Reference } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';
import type { CellRequest, Level } from './cells.ts';
import type { BaseCall, CallPlan } from './output-plan.ts';
import type { TypedSelect } from './typed-select.ts';
import { leadInStart, windowCount, windowIndex, windowsOf } from './windows.ts';

export interface LevelPlan {
  readonly lookBack: number;
  /** The calls need the window before the others, too: see lead-in.ts. */
  readonly hasLeadIn: boolean;
  readonly requests: readonly CellRequest[];
}

/** Where the cells of a call are: request `request` of level `level`. */
export interface CellPlace {
  readonly level: number;
  readonly request: number;
  /** stddev: where the number of its points is. One point has no deviation, yet is shown. */
  readonly count: number | undefined;
}

interface OpenLevel {
  readonly lookBack: number;
  readonly hasLeadIn: boolean;
  readonly requests: CellRequest[];
  readonly keys: string[];
}

/** The levels of all calls with a base, and each call's place; undefined for calls without one. */
export function planLevels(calls: readonly CallPlan[]): { levels: LevelPlan[]; places: (CellPlace | undefined)[] } {
  const levels: OpenLevel[] = [];
  const places = calls.map((call): CellPlace | undefined => {
    if (call.base === null) return undefined;
    const { lookBack } = call;
    const hasLeadIn = call.base.kind === 'increase';
    let level = levels.findIndex((one) => one.lookBack === lookBack && one.hasLeadIn === hasLeadIn);
    if (level < 0) level = levels.push({ lookBack, hasLeadIn, requests: [], keys: [] }) - 1;
    const request = requestOf(levels[level], call.base, call.reference);
    const counted = call.base.kind === 'stddev';
    const count = counted ? requestOf(levels[level], { ...call.base, kind: 'count' }, call.reference) : undefined;
    return { level, request, count };
  });
  return { levels, places };
}

/** The index of a request, which is added if the level does not have it. */
function requestOf(level: OpenLevel, base: BaseCall, reference: Reference): number {
  const key = JSON.stringify([base.kind, base.argument, base.distinctBy, printExpr(reference)]);
  const known = level.keys.indexOf(key);
  if (known >= 0) return known;
  level.requests.push({ base, reference });
  return level.keys.push(key) - 1;
}

/** The statement's range as half open. */
export function rangeOf(select: TypedSelect): TimeRange {
  return { startNs: select.startNs, endNs: select.endNs + 1n };
}

/** Whether the range has a start. */
export function isBounded(select: TypedSelect): boolean {
  return select.startNs > MIN_TIME_NS;
}

/**
 * The statement's range with so many windows more on the side where reading starts, as far as that is bounded and within what
 * the whole query may read.
 */
export function lookBackRange(select: TypedSelect, lookBack: number, readable: TimeRange): TimeRange {
  const { startNs, endNs } = rangeOf(select);
  if (select.interval === null || lookBack === 0) return { startNs, endNs };
  const extraNs = BigInt(lookBack) * select.interval.everyNs;
  if (select.ascending) return { startNs: max(startNs - extraNs, readable.startNs), endNs };
  return { startNs, endNs: min(endNs + extraNs, readable.endNs) };
}

/** What is read for levels: the look back of all of them, and the window that leads in. */
export function levelsRange(
  select: TypedSelect,
  levels: readonly Pick<LevelPlan, 'lookBack' | 'hasLeadIn'>[],
  readable: TimeRange,
): TimeRange {
  const { startNs, endNs } = lookBackRange(select, Math.max(...levels.map(({ lookBack }) => lookBack)), readable);
  if (select.interval === null || !levels.some(({ hasLeadIn }) => hasLeadIn)) return { startNs, endNs };
  const leadInNs = leadInStart(select.interval, select.timeZone, startNs);
  return { startNs: min(startNs, max(leadInNs, readable.startNs)), endNs };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** `range` is read. `earliestNs`: no point is before it; windows of a range without a start begin there. */
export function placeLevel(
  select: TypedSelect,
  plan: LevelPlan,
  range: TimeRange,
  earliestNs: bigint,
  readable: TimeRange,
): Level {
  const { interval } = select;
  if (interval === null) return { requests: plan.requests, range, windows: null };
  const unbounded = range.startNs === MIN_TIME_NS;
  const startNs = unbounded || earliestNs < range.startNs ? earliestNs : range.startNs;
  const covered = { startNs, endNs: range.endNs > startNs ? range.endNs : startNs };
  const windows = windowsOf(interval, select.timeZone, covered);
  const level = { requests: plan.requests, range, windows };
  if (!plan.hasLeadIn || unbounded) return level;
  const shown = windowIndex(windows, lookBackRange(select, plan.lookBack, readable).startNs);
  return { ...level, leadIn: Math.min(Math.max(shown, 0), windowCount(windows)) };
}
