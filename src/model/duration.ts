// InfluxDB's durations: `1h30m`, `7d`, `10ms`, `1u`. Printing has two forms: InfluxQL's (largest whole unit) and Go's.
import { WeirError } from '../base/index.ts';

export const NANOSECOND = 1n;
export const MICROSECOND = 1_000n;
export const MILLISECOND = 1_000_000n;
export const SECOND = 1_000_000_000n;
export const MINUTE = 60n * SECOND;
export const HOUR = 60n * MINUTE;
export const DAY = 24n * HOUR;
export const WEEK = 7n * DAY;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', NANOSECOND],
  ['u', MICROSECOND],
  ['µ', MICROSECOND],
  ['us', MICROSECOND],
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
  ['d', DAY],
  ['w', WEEK],
]);

const INT64_MAX = 2n ** 63n - 1n;

/** Nanoseconds of `1h30m`. Throws `invalid` for anything that is not a sequence of number and unit within int64. */
export function parseDuration(text: string): bigint {
  let total = 0n;
  const part = /(\d+)(ns|us|ms|u|µ|s|m|h|d|w)/y;
  if (text === '') throw new WeirError('invalid', 'invalid duration');
  while (part.lastIndex < text.length) {
    const at = part.lastIndex;
    const match = part.exec(text);
    if (match === null) throw new WeirError('invalid', `invalid duration "${text}" at character ${at + 1}`);
    total += BigInt(match[1]) * (UNITS.get(match[2]) as bigint);
  }
  if (total > INT64_MAX) throw new WeirError('invalid', `duration "${text}" is out of range`);
  return total;
}

/** InfluxQL's form: the largest unit that divides it, `0s` for zero. */
export function formatDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  for (const [unit, size] of [
    ['w', WEEK],
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
    ['ms', MILLISECOND],
    ['u', MICROSECOND],
  ] as const) {
    if (ns % size === 0n) return `${ns / size}${unit}`;
  }
  return `${ns}ns`;
}

/** Go's time.Duration.String form as SHOW RETENTION POLICIES prints it: `168h0m0s`, `1m30s`, `1.5ms`, `0s`. */
export function formatGoDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const size = ns < 0n ? -ns : ns;
  if (size < SECOND) {
    const [unit, scale] =
      size < MICROSECOND ? ['ns', NANOSECOND] : size < MILLISECOND ? ['µs', MICROSECOND] : ['ms', MILLISECOND];
    return `${sign}${withFraction(size, scale as bigint)}${unit}`;
  }
  const hours = size / HOUR;
  const minutes = (size / MINUTE) % 60n;
  const seconds = withFraction(size % MINUTE, SECOND);
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0n) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}

function withFraction(value: bigint, scale: bigint): string {
  const digits = scale.toString().length - 1;
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '');
  return fraction === '' || digits === 0 ? `${value / scale}` : `${value / scale}.${fraction}`;
}
