// The windows of GROUP BY time: where they start and end, in UTC or on the wall clock of tz().
//
//     time(1d) tz('America/New_York') over the end of summer time:   |── 24 h ──|─── 25 h ───|── 24 h ──|
//
// Windows start at multiples of the interval plus its offset, in wall time. Where clocks change within a window it grows or
// shrinks, unless the change is as long as the interval itself.
import { WeirError } from '../../base/index.ts';
import type { Windows } from '../../exec/index.ts';
import { DAY, MAX_TIME_NS, MIN_TIME_NS, type TimeRange, floorDiv, utcOffsetSeconds } from '../../model/index.ts';
import type { Interval } from './compile.ts';

/** Windows of one range, ascending and without gaps. */
export type WindowList = Exclude<Windows, { kind: 'all' }>;

const SECOND_NS = 1_000_000_000n;
/** Windows that do not come at equal distances are listed. */
const MAX_EDGES = 10_000_000;

/** The start of the window that holds a time. */
export function windowStart(interval: Interval, timeZone: string, timeNs: bigint): bigint {
  const { everyNs, offsetNs } = interval;
  const shifted = timeNs - offsetNs;
  const zoneNs = zoneOffset(timeZone, shifted);
  const wall = shifted + zoneNs;
  const into = wall - floorDiv(wall, everyNs) * everyNs;
  if (MIN_TIME_NS + into >= shifted) return MIN_TIME_NS;
  const startNs = timeNs - into;
  const changeNs = zoneNs - zoneOffset(timeZone, startNs);
  return changeNs !== 0n && abs(changeNs) < everyNs ? startNs + changeNs : startNs;
}

/** The start of the window before that which holds a time: see lead-in.ts. */
export function leadInStart(interval: Interval, timeZone: string, timeNs: bigint): bigint {
  const startNs = windowStart(interval, timeZone, timeNs) - interval.everyNs;
  return startNs > MIN_TIME_NS ? startNs : MIN_TIME_NS;
}

/** All windows that touch the range. */
export function windowsOf(interval: Interval, timeZone: string, range: TimeRange): WindowList {
  const originNs = windowStart(interval, timeZone, range.startNs);
  if (hasClockChange(timeZone, originNs, range.endNs)) return edgesOf(interval, timeZone, originNs, range.endNs);
  const count = Number((range.endNs - originNs + interval.everyNs - 1n) / interval.everyNs);
  return { kind: 'every', originNs, everyNs: interval.everyNs, count };
}

export function windowCount(windows: WindowList): number {
  return windows.kind === 'every' ? windows.count : windows.edgesNs.length - 1;
}

/** The start of window i; of the window behind the last one it is the end of all. */
export function startOf(windows: WindowList, index: number): bigint {
  return windows.kind === 'every' ? windows.originNs + BigInt(index) * windows.everyNs : windows.edgesNs[index];
}

/** Windows [from, to). */
export function sliceWindows(windows: WindowList, from: number, to: number): WindowList {
  if (windows.kind === 'edges') return { kind: 'edges', edgesNs: windows.edgesNs.slice(from, to + 1) };
  return { ...windows, originNs: startOf(windows, from), count: to - from };
}

/** The index of the window that holds a time; below 0 or beyond the last one for times outside. */
export function windowIndex(windows: WindowList, timeNs: bigint): number {
  if (windows.kind === 'every') return Number(floorDiv(timeNs - windows.originNs, windows.everyNs));
  const { edgesNs } = windows;
  let low = 0;
  let high = edgesNs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edgesNs[middle] <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Starts of the windows as offsets from the first one's. The caller keeps the span within what a chunk of times can hold. */
export function startOffsets(windows: WindowList): Float64Array {
  const offsets = new Float64Array(windowCount(windows));
  if (windows.kind === 'every') {
    const every = Number(windows.everyNs);
    for (let index = 0; index < offsets.length; index++) offsets[index] = index * every;
  } else {
    for (let index = 0; index < offsets.length; index++) {
      offsets[index] = Number(windows.edgesNs[index] - windows.edgesNs[0]);
    }
  }
  return offsets;
}

function edgesOf(interval: Interval, timeZone: string, originNs: bigint, endNs: bigint): WindowList {
  const edges = [originNs];
  let zoneNs = zoneOffset(timeZone, originNs);
  for (let at = originNs; at < endNs; ) {
    if (edges.length > MAX_EDGES) {
      throw new WeirError('limit', `GROUP BY time makes more than ${MAX_EDGES} intervals over a change of clocks`);
    }
    let next = at + interval.everyNs;
    const zoneAfter = zoneOffset(timeZone, next - 1n);
    const changeNs = zoneNs - zoneAfter;
    if (abs(changeNs) < interval.everyNs) next += changeNs;
    zoneNs = zoneAfter;
    at = next > at ? next : at + interval.everyNs;
    edges.push(at);
  }
  return { kind: 'edges', edgesNs: BigInt64Array.from(edges) };
}

/** Looked for day by day: a zone keeps a new offset for longer than that. */
function hasClockChange(timeZone: string, startNs: bigint, endNs: bigint): boolean {
  if (timeZone === '' || timeZone === 'UTC') return false;
  const before = zoneOffset(timeZone, startNs);
  for (let at = startNs; at < endNs; at += DAY) if (zoneOffset(timeZone, at) !== before) return true;
  return zoneOffset(timeZone, endNs) !== before;
}

function zoneOffset(timeZone: string, timeNs: bigint): bigint {
  if (timeZone === '' || timeZone === 'UTC') return 0n;
  const storable = timeNs < MIN_TIME_NS ? MIN_TIME_NS : timeNs > MAX_TIME_NS ? MAX_TIME_NS : timeNs;
  return BigInt(utcOffsetSeconds(timeZone, storable)) * SECOND_NS;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
