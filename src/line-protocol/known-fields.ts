// The fields of a fast line, straight into their columns.
import { type FieldBuilder, type TableBuilder, growColumnTo } from './batch-builder.ts';
import { booleanAt } from './number-scan.ts';
import { type ColumnBuilder, growText, skipRows } from './column-builder.ts';
import type { ParseState } from './parse-state.ts';
import { fieldTypeCode, hashKey } from '../model/index.ts';
import { findPlainField } from './field-builder.ts';
import { readKnownNumber } from './known-numbers.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** Codes of field types. */
const STRING = fieldTypeCode('string');
const BOOLEAN = fieldTypeCode('boolean');

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
        ? readKnownNumber(state, column, row)
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
  const { bytes, words, cursor } = state;
  let end = cursor;
  while (bytes[end] > SPACE && bytes[end] !== EQUALS) end++;
  if (bytes[end] !== EQUALS) return null;
  return findPlainField(table, words, cursor, end, hashKey(words, cursor, end));
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
