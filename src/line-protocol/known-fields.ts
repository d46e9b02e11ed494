// The fields of a fast line, straight into their columns.
import { type FieldBuilder, type TableBuilder, growColumnTo } from './batch-builder.ts';
import { booleanAt, checkNumber, floatAt, scaledFloat } from './number-scan.ts';
import { type ColumnBuilder, growText, skipRows } from './column-builder.ts';
import type { ParseState } from './parse-state.ts';
import { findPlainField } from './field-builder.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const SMALL_I = 0x69;
const SMALL_U = 0x75;

/** Codes of FieldType. */
const FLOAT = 0;
const INTEGER = 1;
const UNSIGNED = 2;
const STRING = 3;
const BOOLEAN = 4;

/** Digits that a double always holds exactly. */
const EXACT_DIGITS = 15;

/**
 * Reads the fields at the cursor as row `row` of `table` and moves behind them. Returns how many; -1 = something is not
 * plain, then fields that were written are those that follow `table.firstField`.
 */
export function readKnownFields(state: ParseState, table: TableBuilder, row: number): number {
  const { bytes } = state;
  let previous: FieldBuilder | null = null;
  for (let count = 1; ; count++) {
    const field = matchField(state, table, previous);
    if (field === null) return -1;
    previous = field;
    const column = field.column;
    if (column === null || column.filled > row) return -1;
    if (column.capacity <= row) growColumnTo(state.batch, column, table.capacity);
    if (column.filled < row) skipRows(column, row);
    const first = bytes[state.cursor];
    const taken =
      (first >= ZERO && first <= 0x39) || first === MINUS
        ? readNumber(state, column, row)
        : first === QUOTE
          ? readString(state, column, row)
          : readBoolean(state, column, row);
    if (!taken) return -1;
    if (column.valid !== null) column.valid[row] = 1;
    column.filled = row + 1;
    const behind = bytes[state.cursor];
    if (behind === COMMA) state.cursor++;
    else return behind <= SPACE ? count : -1;
  }
}

/** The field whose name stands at the cursor, with the cursor moved behind its `=`; or null. */
function matchField(state: ParseState, table: TableBuilder, previous: FieldBuilder | null): FieldBuilder | null {
  const guess = previous === null ? table.firstField : previous.following;
  const field =
    guess !== null && standsAt(guess, state.words, state.cursor, state.lastNewline) ? guess : searchField(state, table);
  if (field === null) return null;
  if (field !== guess) {
    if (previous === null) table.firstField = field;
    else previous.following = field;
  }
  state.cursor += field.length;
  return field;
}

/** Whether name and `=` of a plain field stand at `at`. */
function standsAt(field: FieldBuilder, words: DataView, at: number, lastNewline: number): boolean {
  const length = field.length;
  if (at + length >= lastNewline || (words.getInt32(at, true) & field.firstMask) !== field.firstWord) return false;
  if (length <= 4) return true;
  for (let offset = 4; offset < length - 4; offset += 4) {
    if (words.getInt32(field.start + offset, true) !== words.getInt32(at + offset, true)) return false;
  }
  return words.getInt32(at + length - 4, true) === field.lastWord;
}

function searchField(state: ParseState, table: TableBuilder): FieldBuilder | null {
  const { bytes, words, keys, cursor } = state;
  let end = cursor;
  while (bytes[end] > SPACE && bytes[end] !== EQUALS) end++;
  if (bytes[end] !== EQUALS) return null;
  return findPlainField(table, words, cursor, end, keys.hash(words, cursor, end));
}

/** Nine digits at a time fit an int32. Longer numbers and exponents go the way of text. */
function readNumber(state: ParseState, column: ColumnBuilder, row: number): boolean {
  const { bytes, cursor } = state;
  const negative = bytes[cursor] === MINUS;
  const start = negative ? cursor + 1 : cursor;
  let at = start;
  let value = 0;
  let digit = bytes[at] - ZERO;
  for (const stop = at + 9; digit >>> 0 <= 9 && at < stop; digit = bytes[at] - ZERO) {
    value = (Math.imul(value, 10) + digit) | 0;
    at++;
  }
  let exact = value;
  for (; digit >>> 0 <= 9; digit = bytes[at] - ZERO) {
    exact = exact * 10 + digit;
    at++;
  }
  const behind = bytes[at];
  if (at - start > EXACT_DIGITS || at === start)
    return behind !== SMALL_I && behind !== SMALL_U && readLongFloat(state, column, row);
  let type = FLOAT;
  if (behind === SMALL_I) {
    type = INTEGER;
    at++;
  } else if (behind === SMALL_U) {
    if (!state.unsigned || negative) return false;
    type = UNSIGNED;
    at++;
  } else if (behind > COMMA) return readFraction(state, column, row, at, exact);
  if (column.code !== type || column.wide !== null) return false;
  column.numbers[row] = negative ? (type === FLOAT ? -exact : 0 - exact) : exact;
  state.cursor = at;
  return true;
}

/** A float whose whole part `whole` ends at `at`. */
function readFraction(state: ParseState, column: ColumnBuilder, row: number, at: number, whole: number): boolean {
  const { bytes, cursor } = state;
  if (bytes[at] !== DOT) return readLongFloat(state, column, row);
  const start = at + 1;
  let to = start;
  let digits = whole;
  for (let digit = bytes[to] - ZERO; digit >>> 0 <= 9; digit = bytes[to] - ZERO) {
    digits = digits * 10 + digit;
    to++;
  }
  const behind = bytes[to];
  if (to - cursor > EXACT_DIGITS + 1 || behind > COMMA) return readLongFloat(state, column, row);
  if (column.code !== FLOAT) return false;
  const value = scaledFloat(digits, to - start);
  column.numbers[row] = bytes[cursor] === MINUS ? -value : value;
  state.cursor = to;
  return true;
}

/** A float by way of its text. */
function readLongFloat(state: ParseState, column: ColumnBuilder, row: number): boolean {
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

function readString(state: ParseState, column: ColumnBuilder, row: number): boolean {
  if (column.code !== STRING) return false;
  const { bytes } = state;
  const from = column.textLength;
  let { text } = column;
  let to = from;
  for (let at = state.cursor + 1; ; at++) {
    let byte = bytes[at];
    if (byte === QUOTE) {
      column.starts[row] = from;
      column.ends[row] = to;
      column.textLength = to;
      state.cursor = at + 1;
      return true;
    }
    if (byte === NEWLINE) return false;
    if (byte === BACKSLASH && (bytes[at + 1] === QUOTE || bytes[at + 1] === BACKSLASH)) byte = bytes[++at];
    if (to === text.length) {
      growText(column, to - from + 1);
      text = column.text;
    }
    text[to++] = byte;
  }
}

function readBoolean(state: ParseState, column: ColumnBuilder, row: number): boolean {
  if (column.code !== BOOLEAN) return false;
  const { bytes, cursor } = state;
  let end = cursor;
  while (bytes[end] > SPACE && bytes[end] !== COMMA) end++;
  const value = booleanAt(bytes, cursor, end);
  if (value < 0) return false;
  column.numbers[row] = value;
  state.cursor = end;
  return true;
}
