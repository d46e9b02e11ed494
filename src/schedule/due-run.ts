// When a continuous query runs and over which range: the arithmetic of InfluxDB 1.8, from the time of the run before.
//
//     time(1m)                        runs at 12:01, 12:02, …  over the window that has just ended
//     time(1m)  EVERY 20s             runs at 12:00:20, :40, 12:01 over the window that is under way
//     time(1m)  EVERY 5m              runs at 12:05, 12:10     over five windows
//     time(1m)  FOR 3m                runs at 12:01, 12:02     over three windows
//
// Should runs have been missed, the next one takes in their windows too.
import type { TimeRange } from '../model/index.ts';
import { type Grid, floorToStep, magnitude, windowStart, zoneOffset } from './windows.ts';

export interface Timing extends Grid {
  /** RESAMPLE EVERY and FOR; 0 = not given. */
  readonly everyNs: bigint;
  readonly forNs: bigint;
}

export interface DueRun {
  /** The boundary that the run stands for: what to hand in next time. */
  readonly lastRunNs: bigint;
  /** null = there is nothing to compute yet: a query that has only just come. */
  readonly range: TimeRange | null;
}

/** The run that is due at a time, or null. `lastRunNs` null = it has never run. */
export function dueRun(timing: Timing, lastRunNs: bigint | null, nowNs: bigint): DueRun | null {
  const runNs = lastRunNs === null ? nowNs : nextRun(timing, lastRunNs);
  if (runNs > nowNs) return null;
  const { intervalNs, offsetNs, timeZone } = timing;
  const everyNs = stepOf(timing);
  const startNs = rangeStart(timing, runNs);
  const partNs = intervalNs < everyNs ? intervalNs : everyNs;
  const endNs = windowStart(timing, nowNs + intervalNs - partNs);
  return {
    lastRunNs: floorToStep(nowNs - offsetNs, everyNs, timeZone) + offsetNs,
    range: startNs < endNs ? { startNs, endNs } : null,
  };
}

/** When the query runs again. */
export function nextRun(timing: Timing, lastRunNs: bigint): bigint {
  const everyNs = stepOf(timing);
  const nextNs = lastRunNs + everyNs;
  const changeNs = zoneOffset(timing.timeZone, lastRunNs - 1n) - zoneOffset(timing.timeZone, nextNs - 1n);
  return magnitude(changeNs) < everyNs ? nextNs + changeNs : nextNs;
}

/** Windows that begin here or later are still to come with the next run; those before are not looked at by it. */
export function settledBefore(timing: Timing, lastRunNs: bigint): bigint {
  return rangeStart(timing, nextRun(timing, lastRunNs));
}

/** How far apart runs are. */
export function stepOf({ everyNs, intervalNs }: Timing): bigint {
  return everyNs === 0n ? intervalNs : everyNs;
}

function rangeStart(timing: Timing, runNs: bigint): bigint {
  const { intervalNs, forNs } = timing;
  const everyNs = stepOf(timing);
  const coveredNs = forNs !== 0n ? forNs : intervalNs < everyNs ? everyNs : intervalNs;
  return windowStart(timing, runNs + intervalNs - coveredNs - 1n);
}
