// The numbers of a fast line: digits straight into their column. They end at a comma, a space or the line's end.
import { checkNumber, floatAt } from './number-scan.ts';
import type { ColumnBuilder } from './column-builder.ts';
import type { ParseState } from './parse-state.ts';
import { decimal } from './decimal.ts';
import { fieldTypeCode } from '../model/index.ts';

const SPACE = 0x20;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const SMALL_I = 0x69;
const SMALL_U = 0x75;

const FLOAT = fieldTypeCode('float');
const INTEGER = fieldTypeCode('integer');
const UNSIGNED = fieldTypeCode('unsigned');

/** So many digits fit an int32. */
const WORD_DIGITS = 9;
/** Powers of ten up to 10^9. */
const POWERS_OF_TEN = Float64Array.from({ length: WORD_DIGITS + 1 }, (_, power) => 10 ** power);

/** Reads the number at the cursor into `row` and moves behind it. False = it is none, or not one for this column. */
export function readKnownNumber(state: ParseState, column: ColumnBuilder, row: number): boolean {
  const { bytes, cursor } = state;
  const negative = bytes[cursor] === MINUS;
  const start = negative ? cursor + 1 : cursor;
  let at = start;
  let word = 0;
  let digit = bytes[at] - ZERO;
  for (const stop = at + WORD_DIGITS; digit >>> 0 <= 9 && at < stop; digit = bytes[at] - ZERO) {
    word = (Math.imul(word, 10) + digit) | 0;
    at++;
  }
  let value = word;
  for (; digit >>> 0 <= 9; digit = bytes[at] - ZERO) {
    value = value * 10 + digit;
    at++;
  }
  const behind = bytes[at];
  if (behind === DOT && at - start <= WORD_DIGITS) return readFraction(state, column, row, at + 1, word);
  // A value below 2^53 has been exact all along.
  const isExact = value <= Number.MAX_SAFE_INTEGER && at > start;
  if (behind <= COMMA) {
    if (!isExact) return readFloatText(state, column, row);
    if (column.code !== FLOAT) return false;
    column.numbers[row] = negative ? -value : value;
    state.cursor = at;
    return true;
  }
  if (behind === SMALL_I ? column.code !== INTEGER : behind !== SMALL_U || column.code !== UNSIGNED || negative) {
    return readFloatText(state, column, row);
  }
  if (!isExact || column.wide !== null) return false;
  column.numbers[row] = negative ? 0 - value : value;
  state.cursor = at + 1;
  return true;
}

/** The same for a float whose whole part of up to nine digits is `whole` and whose fraction starts at `start`. */
function readFraction(state: ParseState, column: ColumnBuilder, row: number, start: number, whole: number): boolean {
  const { bytes, cursor } = state;
  if (column.code !== FLOAT) return false;
  let at = start;
  let first = 0;
  let digit = bytes[at] - ZERO;
  for (const stop = at + WORD_DIGITS; digit >>> 0 <= 9 && at < stop; digit = bytes[at] - ZERO) {
    first = (Math.imul(first, 10) + digit) | 0;
    at++;
  }
  const head = whole * POWERS_OF_TEN[at - start] + first;
  const tailStart = at;
  let tail = 0;
  for (const stop = at + WORD_DIGITS; digit >>> 0 <= 9 && at < stop; digit = bytes[at] - ZERO) {
    tail = (Math.imul(tail, 10) + digit) | 0;
    at++;
  }
  if (bytes[at] > COMMA || head > Number.MAX_SAFE_INTEGER) return readFloatText(state, column, row);
  const value = decimal(head, tail, at - tailStart, at - start);
  if (Number.isNaN(value)) return readFloatText(state, column, row);
  column.numbers[row] = bytes[cursor] === MINUS ? -value : value;
  state.cursor = at;
  return true;
}

/** The same for a float that has an exponent or too many digits, by way of its text. */
function readFloatText(state: ParseState, column: ColumnBuilder, row: number): boolean {
  const { bytes, cursor } = state;
  let end = cursor;
  while (bytes[end] > SPACE && bytes[end] !== COMMA) end++;
  const last = bytes[end - 1];
  if (column.code !== FLOAT || last === SMALL_I || last === SMALL_U) return false;
  if (checkNumber(bytes, cursor, end, false) !== null) return false;
  column.numbers[row] = floatAt(bytes, cursor, end);
  state.cursor = end;
  return true;
}
