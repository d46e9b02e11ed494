// The timestamp of a fast line. Most lines of a body carry the same one as the line before.
import { inTimeRange, unitNanos, unitSeconds } from './timestamp.ts';
import type { ParseState } from './parse-state.ts';
import type { TableBuilder } from './batch-builder.ts';
import { equalBytes } from '../model/index.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/**
 * Reads the end of the line from the cursor, which stands behind the last field, into the state's time, and moves behind
 * the line. False = it is not plain digits, or the time is one that `table` cannot hold.
 */
export function readKnownTime(state: ParseState, table: TableBuilder): boolean {
  const { bytes } = state;
  let at = state.cursor;
  if (bytes[at] === SPACE) {
    at = timeEnd(state, at + 1);
    if (at < 0) return false;
  } else {
    state.timeLength = 0;
    state.seconds = state.defaultSeconds;
    state.nanos = state.defaultNanos;
  }
  if (bytes[at] === RETURN) at++;
  if (bytes[at] !== NEWLINE) return false;
  state.cursor = at + 1;
  return state.seconds >= table.cellStart && state.seconds < table.cellEnd;
}

/** Just behind the timestamp at `start`, or -1. */
function timeEnd(state: ParseState, start: number): number {
  const { bytes, words, timeLength } = state;
  const sameEnd = start + timeLength;
  if (
    timeLength > 0 &&
    sameEnd <= state.lastNewline &&
    bytes[sameEnd] < SPACE &&
    equalBytes(words, state.timeStart, words, start, timeLength)
  ) {
    return sameEnd;
  }
  return readDigits(state, start);
}

function readDigits(state: ParseState, start: number): number {
  const { bytes, unit } = state;
  let end = start;
  while ((bytes[end] - 0x30) >>> 0 <= 9) end++;
  if (end === start || end - start > 19) return -1;
  const split = Math.max(start, end - 9);
  let high = 0;
  for (let at = start; at < split; at++) high = high * 10 + (bytes[at] - 0x30);
  let low = 0;
  for (let at = split; at < end; at++) low = (Math.imul(low, 10) + (bytes[at] - 0x30)) | 0;
  const seconds = unitSeconds(high, low, unit);
  const nanos = unitNanos(low, unit);
  if (!inTimeRange(seconds, nanos)) return -1;
  state.timeStart = start;
  state.timeLength = end - start;
  state.seconds = seconds;
  state.nanos = nanos;
  return end;
}
