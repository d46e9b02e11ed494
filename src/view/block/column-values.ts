// Gathers one column of a row group into what encoders want: the values without gaps, and per page where they stand.
//
//     rows      a  –  b  c  –  –  d        dense     a b c d
//     pages     ├──────┤├─────────┤        starts    0 2 4
import { assert } from '../../base/index.ts';
import type { StringColumn } from '../../model/index.ts';
import type { ColumnPiece } from './group-pool.ts';

/** One column of a row group, dense. Arrays may be scratch or the caller's own: valid until the next gathering. */
export interface ColumnValues {
  /** Values of page p are dense [starts[p], starts[p + 1]). */
  readonly starts: Uint32Array;
  readonly count: number;
  /** float, boolean, and integers without wide ones; else empty. */
  readonly numbers: Float64Array;
  readonly wide: BigInt64Array | null;
  /** string: value i is that of row rows[i] of `strings`. */
  readonly strings: StringColumn | null;
  readonly rows: Uint32Array;
  /** One byte a row of the group; null = every row has a value. */
  readonly valid: Uint8Array | null;
}

const NO_NUMBERS = new Float64Array(0);
const NO_ROWS = new Uint32Array(0);

let denseNumbers = new Float64Array(0);
let denseValid = new Uint8Array(0);

export function gatherColumn(pieces: readonly ColumnPiece[], pageStarts: Uint32Array): ColumnValues {
  const rowCount = pageStarts[pageStarts.length - 1];
  const [only] = pieces;
  const whole = pieces.length === 1 && only.rowCount === rowCount;
  const valid = whole ? only.column.valid : joinValid(pieces, rowCount);
  const full = valid === null || valid.indexOf(0) < 0 || valid.indexOf(0) >= rowCount;
  const starts = full ? pageStarts : countStarts(valid, pageStarts);
  const count = starts[starts.length - 1];
  const shared = { starts, count, valid: full ? null : valid };
  if (only.column.type === 'string')
    return { ...shared, numbers: NO_NUMBERS, wide: null, ...gatherStrings(pieces, count) };
  if (pieces.some((piece) => piece.column.wide !== null)) {
    const wide = whole && full && only.column.wide !== null ? only.column.wide : gatherWide(pieces, count);
    return { ...shared, numbers: NO_NUMBERS, wide, strings: null, rows: NO_ROWS };
  }
  const numbers = whole && full ? only.column.numbers : gatherNumbers(pieces, count);
  return { ...shared, numbers, wide: null, strings: null, rows: NO_ROWS };
}

function joinValid(pieces: readonly ColumnPiece[], rowCount: number): Uint8Array {
  if (denseValid.length < rowCount) denseValid = new Uint8Array(rowCount);
  const valid = denseValid.subarray(0, rowCount);
  valid.fill(0);
  for (const { at, rowCount: rows, column } of pieces) {
    if (column.valid === null) valid.fill(1, at, at + rows);
    else valid.set(column.valid.subarray(0, rows), at);
  }
  return valid;
}

function countStarts(valid: Uint8Array, pageStarts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(pageStarts.length);
  let count = 0;
  for (let page = 0; page + 1 < pageStarts.length; page++) {
    for (let row = pageStarts[page]; row < pageStarts[page + 1]; row++) count += valid[row];
    starts[page + 1] = count;
  }
  return starts;
}

function gatherNumbers(pieces: readonly ColumnPiece[], count: number): Float64Array {
  if (denseNumbers.length < count) denseNumbers = new Float64Array(count);
  let to = 0;
  for (const { rowCount, column } of pieces) {
    const { numbers, valid } = column;
    if (valid === null) {
      denseNumbers.set(numbers.subarray(0, rowCount), to);
      to += rowCount;
    } else for (let row = 0; row < rowCount; row++) if (valid[row] === 1) denseNumbers[to++] = numbers[row];
  }
  return denseNumbers;
}

function gatherWide(pieces: readonly ColumnPiece[], count: number): BigInt64Array {
  const dense = new BigInt64Array(count);
  let to = 0;
  for (const { rowCount, column } of pieces) {
    const { numbers, wide, valid } = column;
    for (let row = 0; row < rowCount; row++) {
      if (valid !== null && valid[row] === 0) continue;
      dense[to++] = wide === null ? BigInt(numbers[row]) : wide[row];
    }
  }
  return dense;
}

function gatherStrings(pieces: readonly ColumnPiece[], count: number): { strings: StringColumn; rows: Uint32Array } {
  const rows = new Uint32Array(count);
  const strings = pieces.length === 1 ? stringsOf(pieces[0]) : joinStrings(pieces);
  let to = 0;
  let from = 0;
  for (const { rowCount, column } of pieces) {
    for (let row = 0; row < rowCount; row++)
      if (column.valid === null || column.valid[row] === 1) rows[to++] = from + row;
    from += rowCount;
  }
  return { strings, rows };
}

function joinStrings(pieces: readonly ColumnPiece[]): StringColumn {
  const rowCount = pieces.reduce((rows, piece) => rows + piece.rowCount, 0);
  const text = Buffer.concat(pieces.map((piece) => stringsOf(piece).text));
  const starts = new Uint32Array(rowCount);
  const ends = new Uint32Array(rowCount);
  let to = 0;
  let shift = 0;
  for (const piece of pieces) {
    const strings = stringsOf(piece);
    for (let row = 0; row < piece.rowCount; row++, to++) {
      starts[to] = strings.starts[row] + shift;
      ends[to] = strings.ends[row] + shift;
    }
    shift += strings.text.length;
  }
  return { text, starts, ends };
}

function stringsOf({ column }: ColumnPiece): StringColumn {
  assert(column.strings !== null, `string column ${column.name} has no strings`);
  return column.strings;
}
