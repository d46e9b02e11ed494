// Windows of time on the wall clock of a zone: where a step begins, and where the window that holds a time begins and ends.
//
//     GROUP BY time(1d, 6h) tz('Europe/Berlin')      |06:00 ── 24 h ──|06:00 ── 23 h ──|06:00 ── 24 h ──|
//
// As in InfluxDB, a step that is longer than a change of the clocks grows or shrinks with it.
import { SECOND, type TimeRange, floorDiv, utcOffsetSeconds } from '../model/index.ts';

export interface Grid {
  readonly intervalNs: bigint;
  /** May be negative; less than the interval. */
  readonly offsetNs: bigint;
  /** Empty = UTC. */
  readonly timeZone: string;
}

/** The last multiple of the step, in wall time, that is not after the time. */
export function floorToStep(timeNs: bigint, stepNs: bigint, timeZone: string): bigint {
  const zoneNs = zoneOffset(timeZone, timeNs);
  const wallNs = timeNs + zoneNs;
  const startNs = timeNs - (wallNs - floorDiv(wallNs, stepNs) * stepNs);
  const changeNs = zoneNs - zoneOffset(timeZone, startNs);
  return changeNs !== 0n && magnitude(changeNs) < stepNs ? startNs + changeNs : startNs;
}

export function windowStart({ intervalNs, offsetNs, timeZone }: Grid, timeNs: bigint): bigint {
  return floorToStep(timeNs - offsetNs, intervalNs, timeZone) + offsetNs;
}

/** The end of the window that begins at `startNs`. */
export function windowEnd(grid: Grid, startNs: bigint): bigint {
  const { intervalNs, timeZone } = grid;
  if (timeZone === '') return startNs + intervalNs;
  for (const reachNs of [intervalNs, 2n * intervalNs]) {
    const endNs = windowStart(grid, startNs + reachNs);
    if (endNs > startNs) return endNs;
  }
  return startNs + intervalNs;
}

/** How many windows a range has, whose ends are ends of windows; where clocks change it may be one off. */
export function countWindows({ intervalNs }: Grid, { startNs, endNs }: TimeRange): number {
  return Number((endNs - startNs + intervalNs / 2n) / intervalNs);
}

/** The first so many windows of a range that begins with a window; one at least. */
export function firstWindows(grid: Grid, { startNs, endNs }: TimeRange, count: number): TimeRange {
  const wantedNs = windowStart(grid, startNs + BigInt(count) * grid.intervalNs);
  const cutNs = wantedNs > startNs ? wantedNs : windowEnd(grid, startNs);
  return { startNs, endNs: cutNs < endNs ? cutNs : endNs };
}

export function zoneOffset(timeZone: string, timeNs: bigint): bigint {
  return timeZone === '' ? 0n : BigInt(utcOffsetSeconds(timeZone, timeNs)) * SECOND;
}

export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
