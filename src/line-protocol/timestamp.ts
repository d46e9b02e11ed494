// Timestamps as two numbers, so that 19 digits of nanoseconds need no BigInt: whole seconds and nanoseconds, both with
// the timestamp's sign. time = seconds * 10^9 + nanos; seconds are within ±9223372036.
import { MAX_TIME_NS, MIN_TIME_NS, floorDiv } from '../model/index.ts';

/** Units that a timestamp may be in; `ns` and `n`, and `us`, `u` and `µ` mean the same. */
export type Precision = 'ns' | 'n' | 'us' | 'u' | 'µ' | 'ms' | 's' | 'm' | 'h';

export interface TimeUnit {
  /** Units in a second, 1 for units of a second and longer. */
  readonly perSecond: number;
  /** Seconds in a unit, 1 for units of a second and shorter. */
  readonly seconds: number;
  readonly ns: bigint;
}

const NS: TimeUnit = { perSecond: 1_000_000_000, seconds: 1, ns: 1n };
const US: TimeUnit = { perSecond: 1_000_000, seconds: 1, ns: 1_000n };

const UNITS: Readonly<Record<Precision, TimeUnit>> = {
  ns: NS,
  n: NS,
  us: US,
  u: US,
  µ: US,
  ms: { perSecond: 1_000, seconds: 1, ns: 1_000_000n },
  s: { perSecond: 1, seconds: 1, ns: 1_000_000_000n },
  m: { perSecond: 1, seconds: 60, ns: 60_000_000_000n },
  h: { perSecond: 1, seconds: 3_600, ns: 3_600_000_000_000n },
};

export function timeUnit(precision: Precision): TimeUnit {
  return UNITS[precision];
}

export const OUTSIDE_RANGE = `time outside range ${MIN_TIME_NS} - ${MAX_TIME_NS}`;

const MAX_SECONDS = 9_223_372_036;
const MAX_NANOS = 854_775_806;

/** What the digits `high` × 10^9 + `low` of some unit amount to in whole seconds. Unsigned. */
export function unitSeconds(high: number, low: number, unit: TimeUnit): number {
  return high * (1_000_000_000 / unit.perSecond) * unit.seconds + Math.floor(low / unit.perSecond) * unit.seconds;
}

/** The nanoseconds beside `unitSeconds`. */
export function unitNanos(low: number, unit: TimeUnit): number {
  return (low % unit.perSecond) * (1_000_000_000 / unit.perSecond);
}

/** Whether a time of that magnitude can be stored. The limits are the same on both sides of 1970. */
export function inTimeRange(seconds: number, nanos: number): boolean {
  return seconds < MAX_SECONDS || (seconds === MAX_SECONDS && nanos <= MAX_NANOS);
}

/** `timeNs` rounded down to the unit. */
export function truncateTime(timeNs: bigint, unit: TimeUnit): bigint {
  return floorDiv(timeNs, unit.ns) * unit.ns;
}

export function secondsOf(timeNs: bigint): number {
  return Number(timeNs / NS_PER_SECOND);
}

export function nanosOf(timeNs: bigint): number {
  return Number(timeNs % NS_PER_SECOND);
}

export function joinTime(seconds: number, nanos: number): bigint {
  return BigInt(seconds) * NS_PER_SECOND + BigInt(nanos);
}

const NS_PER_SECOND = 1_000_000_000n;
