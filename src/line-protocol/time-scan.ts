// The last part of a line, the timestamp.
import { OUTSIDE_RANGE, inTimeRange, unitNanos, unitSeconds } from './timestamp.ts';
import type { ParseState } from './parse-state.ts';
import { shownDigits } from './number-scan.ts';

const NUL = 0x00;
const TAB = 0x09;
const SPACE = 0x20;
const MINUS = 0x2d;

/** The first byte at or after `start` that InfluxDB does not skip as white space. */
export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === NUL)) at++;
  return at;
}

/** Reads what follows the fields, up to the end of the line, into the state's time. Returns what is wrong with it, or null. */
export function scanTime(state: ParseState, fieldsEnd: number, end: number): string | null {
  const { bytes } = state;
  const start = skipBlanks(bytes, fieldsEnd, end);
  let at = start;
  if (at < end && bytes[at] === MINUS) at++;
  const digitsStart = at;
  for (; at < end && bytes[at] !== SPACE; at++) if (bytes[at] < 0x30 || bytes[at] > 0x39) return 'bad timestamp';
  if (at === start) {
    state.timeLength = 0;
    state.seconds = state.defaultSeconds;
    state.nanos = state.defaultNanos;
    return null;
  }
  return readTime(state, digitsStart, at) ?? checkBehindTime(bytes, at, end);
}

/** Takes the timestamp of digits [start, end), with the sign before them, as the state's time. */
function readTime(state: ParseState, start: number, end: number): string | null {
  const { bytes, unit } = state;
  const negative = bytes[start - 1] === MINUS;
  const signed = negative ? start - 1 : start;
  if (start === end) return 'strconv.ParseInt: parsing "-": invalid syntax';
  let from = start;
  while (from < end - 1 && bytes[from] === 0x30) from++;
  const split = Math.max(from, end - 9);
  const high = end - from > 19 ? Infinity : digitsValue(bytes, from, split);
  const low = digitsValue(bytes, split, end);
  if (high > 9_223_372_036 || (high === 9_223_372_036 && low > (negative ? 854_775_808 : 854_775_807))) {
    return `strconv.ParseInt: parsing "${shownDigits(bytes, signed, end)}": value out of range`;
  }
  const seconds = unitSeconds(high, low, unit);
  const nanos = unitNanos(low, unit);
  if (!inTimeRange(seconds, nanos)) return OUTSIDE_RANGE;
  state.timeStart = start;
  state.timeLength = negative ? 0 : end - start;
  state.seconds = negative ? -seconds : seconds;
  state.nanos = negative ? -nanos : nanos;
  return null;
}

export function digitsValue(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] - 0x30);
  return value;
}

function checkBehindTime(bytes: Uint8Array, start: number, end: number): string | null {
  for (let at = start; at < end; at++) if (bytes[at] !== SPACE) return 'point is invalid';
  return null;
}
