// One column on its way into a batch. Rows [0, filled) are settled: they have a value, or zero and valid = 0.
import { type BatchColumn, type FieldType, fieldTypeCode } from '../model/index.ts';

export interface ColumnBuilder {
  readonly name: string;
  readonly type: FieldType;
  readonly code: number;
  filled: number;
  /** Rows that fit without growing. */
  capacity: number;
  /** Every type but string. Where `wide` is set, only the nearest double of the value. */
  numbers: Float64Array;
  /** From the first integer on that is not exact in `numbers`. */
  wide: BigInt64Array | null;
  /** Strings: UTF-8, row r is text[starts[r] .. ends[r]). */
  text: Uint8Array;
  textLength: number;
  starts: Uint32Array;
  ends: Uint32Array;
  /** One byte a row, from the first row on that lacks a value. */
  valid: Uint8Array | null;
}

const NO_NUMBERS = new Float64Array(0);
const NO_OFFSETS = new Uint32Array(0);
const NO_TEXT = new Uint8Array(0);

export function newColumn(name: string, type: FieldType): ColumnBuilder {
  return {
    name,
    type,
    code: fieldTypeCode(type),
    filled: 0,
    capacity: 0,
    numbers: NO_NUMBERS,
    wide: null,
    text: NO_TEXT,
    textLength: 0,
    starts: NO_OFFSETS,
    ends: NO_OFFSETS,
    valid: null,
  };
}

/** Bytes of the column's arrays. */
export function columnBytes(column: ColumnBuilder): number {
  const perRow = 8 + (column.wide === null ? 0 : 8) + (column.valid === null ? 0 : 1);
  return perRow * column.capacity + column.text.length;
}

export function growColumn(column: ColumnBuilder, capacity: number): void {
  if (column.type === 'string') {
    const starts = new Uint32Array(capacity);
    starts.set(column.starts);
    const ends = new Uint32Array(capacity);
    ends.set(column.ends);
    column.starts = starts;
    column.ends = ends;
  } else {
    const numbers = new Float64Array(capacity);
    numbers.set(column.numbers);
    column.numbers = numbers;
    if (column.wide !== null) {
      const wide = new BigInt64Array(capacity);
      wide.set(column.wide);
      column.wide = wide;
    }
  }
  if (column.valid !== null) {
    const valid = new Uint8Array(capacity);
    valid.set(column.valid);
    column.valid = valid;
  }
  column.capacity = capacity;
}

/** Settles the rows before `row` that have no value. The column must be longer than `row`, or be at least that long. */
export function skipRows(column: ColumnBuilder, row: number): void {
  if (column.filled >= row) return;
  if (column.valid === null) column.valid = new Uint8Array(column.capacity).fill(1, 0, column.filled);
  column.filled = row;
}

/** Takes back the value of `row`, the last one, if there is one. */
export function undoColumn(column: ColumnBuilder, row: number): void {
  if (column.filled <= row) return;
  if (column.type === 'string') {
    column.textLength = column.starts[row];
    column.starts[row] = 0;
    column.ends[row] = 0;
  } else {
    column.numbers[row] = 0;
    if (column.wide !== null) column.wide[row] = 0n;
  }
  if (column.valid !== null) column.valid[row] = 0;
  column.filled = row;
}

/** Writes a number or boolean as the value of `row`. The column must reach that far. */
export function putNumber(column: ColumnBuilder, row: number, value: number): void {
  skipRows(column, row);
  column.numbers[row] = value;
  if (column.wide !== null) column.wide[row] = BigInt(value);
  settleRow(column, row);
}

/** The same for an integer of any size: `value` is its 64 bits, also of an unsigned one. */
export function putWide(column: ColumnBuilder, row: number, value: bigint): void {
  skipRows(column, row);
  if (column.wide === null) {
    const wide = new BigInt64Array(column.capacity);
    for (let at = 0; at < row; at++) wide[at] = BigInt(column.numbers[at]);
    column.wide = wide;
  }
  column.wide[row] = value;
  column.numbers[row] = Number(value);
  settleRow(column, row);
}

/** Writes the string that stands at bytes[start .. end) with escapes of `"` and `\` as the value of `row`. */
export function putString(column: ColumnBuilder, row: number, bytes: Uint8Array, start: number, end: number): void {
  skipRows(column, row);
  if (column.textLength + (end - start) > column.text.length) growText(column, end - start);
  column.starts[row] = column.textLength;
  column.textLength = unescapeString(bytes, start, end, column.text, column.textLength);
  column.ends[row] = column.textLength;
  settleRow(column, row);
}

function settleRow(column: ColumnBuilder, row: number): void {
  if (column.valid !== null) column.valid[row] = 1;
  column.filled = row + 1;
}

export function growText(column: ColumnBuilder, more: number): void {
  const grown = new Uint8Array(Math.max(2 * column.text.length, column.textLength + more, 64));
  grown.set(column.text);
  column.text = grown;
}

/** Copies bytes[start .. end) to `target` at `at`, without the backslashes that escape `"` and `\`. Returns the end. */
function unescapeString(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let to = at;
  for (let from = start; from < end; from++) {
    let byte = bytes[from];
    if (byte === 0x5c && from + 1 < end && (bytes[from + 1] === 0x22 || bytes[from + 1] === 0x5c)) {
      from++;
      byte = bytes[from];
    }
    target[to++] = byte;
  }
  return to;
}

/** Whether some row has a value: a failed line, or a later value of another type in the same line, may have left none. */
export function hasValue(column: ColumnBuilder): boolean {
  return column.valid === null ? column.filled > 0 : column.valid.includes(1);
}

/** The column as it goes into a batch of `rowCount` rows. */
export function finishColumn(column: ColumnBuilder, rowCount: number): BatchColumn {
  if (column.capacity < rowCount) growColumn(column, rowCount);
  skipRows(column, rowCount);
  const isString = column.type === 'string';
  return {
    name: column.name,
    type: column.type,
    numbers: column.numbers,
    wide: column.wide,
    strings: isString
      ? { text: column.text.subarray(0, column.textLength), starts: column.starts, ends: column.ends }
      : null,
    valid: column.valid,
  };
}
