// The payload of a write: points as columns. Every box starts at a multiple of 8; numbers are as in `packed-numbers.ts`.
//
//     ┌──────────────────────────────────────────────────────────────┬───────────┐
//     │ u32 bucket id bytes, tables, definitions, bytes of their keys│ bucket id │
//     ├──────────────────┬──────────────────────┬────────────────────┴───────────┤
//     │ u32 id, each     │ u32 key length, each │ keys, one after the other      │  definitions: series seen first
//     ├──────────────────┴──────────────────────┴──────┬────────┬──────────┬─────┤  in this frame of the segment
//     │ u32 rows, columns, name bytes, 0; i64 base (ns)│ name   │series ids│times│  a table …
//     ├─────────────────────────────────────────────┬──┴────────┴┬─────────┴─────┤
//     │ u8 type, form, validity, 0; u32 name bytes  │ name       │ validity bits │  … and each of its columns
//     ├─────────────────────────────────────────────┴────────────┴───────────────┤
//     │ form 0: numbers   1: int64 each   2: u32 text bytes, 0; lengths; text    │
//     └──────────────────────────────────────────────────────────────────────────┘
import { WeirError, assert } from '../base/index.ts';
import { type BatchColumn, FIELD_TYPES, type MeasurementBatch, type StringColumn } from '../model/index.ts';
import type { SeriesTable } from '../model/index.ts';
import type { WriteChange } from './change.ts';
import { type FrameBuffer, align8, utf8Length } from './frame-buffer.ts';
import { putNumbers, putTimes } from './packed-numbers.ts';
import type { DefinedSeries } from './series-dictionary.ts';

/** How a column's values are stored. */
export const FORM = { numbers: 0, wide: 1, strings: 2 } as const;

/** Rows in one table: equal values take no bytes, so the size of a frame alone would not bound what it unpacks to. */
export const MAX_ROWS = 2 ** 24;

/**
 * Appends the payload. Throws `too large` for a table of more than `MAX_ROWS`. What it adds to `defined` counts only if the
 * frame gets written.
 */
export function putWrite(out: FrameBuffer, change: WriteChange, table: SeriesTable, defined: DefinedSeries): void {
  const { bucketId, tables } = change;
  defined.freshCount = 0;
  for (const batch of tables) defined.collect(bucketId, table, batch.seriesIds, batch.rowCount);
  const idBytes = utf8Length(bucketId);
  const { u32 } = out.reserve(16);
  const head = out.length >> 2;
  u32[head] = idBytes;
  u32[head + 1] = tables.length;
  u32[head + 2] = defined.freshCount;
  out.length += 16;
  const keyBytes = putDefinitions(out, bucketId, idBytes, table, defined);
  out.views.u32[head + 3] = keyBytes;
  for (const batch of tables) putTable(out, batch);
}

/** Returns the bytes of all keys. */
function putDefinitions(
  out: FrameBuffer,
  bucketId: string,
  idBytes: number,
  table: SeriesTable,
  defined: DefinedSeries,
): number {
  out.putText(bucketId, idBytes);
  const { fresh, freshCount } = defined;
  if (freshCount === 0) return 0;
  const { u32 } = out.reserve(8 * freshCount + 16);
  let at = out.length >> 2;
  for (let i = 0; i < freshCount; i++) u32[at + i] = fresh[i];
  out.finish(out.length + 4 * freshCount);
  at = out.length >> 2;
  let bytes = 0;
  for (let i = 0; i < freshCount; i++) {
    const length = table.keyBytes(fresh[i]).length;
    u32[at + i] = length;
    bytes += length;
  }
  out.finish(out.length + 4 * freshCount);
  const { u8 } = out.reserve(align8(bytes));
  let to = out.length;
  for (let i = 0; i < freshCount; i++) {
    const key = table.keyBytes(fresh[i]);
    u8.set(key, to);
    to += key.length;
  }
  out.finish(to);
  return bytes;
}

function putTable(out: FrameBuffer, batch: MeasurementBatch): void {
  const { rowCount } = batch;
  if (rowCount > MAX_ROWS) throw new WeirError('too large', `${rowCount} rows in one write, limit ${MAX_ROWS}`);
  const nameBytes = utf8Length(batch.measurement);
  const { u32, i64 } = out.reserve(24);
  const head = out.length >> 2;
  u32[head] = rowCount;
  u32[head + 1] = batch.columns.length;
  u32[head + 2] = nameBytes;
  u32[head + 3] = 0;
  i64[(out.length >> 3) + 2] = batch.baseNs;
  out.length += 24;
  out.putText(batch.measurement, nameBytes);
  const ids = scratchFor(rowCount);
  ids.set(batch.seriesIds.subarray(0, rowCount));
  putNumbers(out, ids, rowCount);
  putTimes(out, batch.times, rowCount);
  for (const column of batch.columns) putColumn(out, column, rowCount);
}

function putColumn(out: FrameBuffer, column: BatchColumn, rowCount: number): void {
  const nameBytes = utf8Length(column.name);
  const { u8, u32 } = out.reserve(8);
  const at = out.length;
  u8[at] = FIELD_TYPES.indexOf(column.type);
  u8[at + 1] = column.strings !== null ? FORM.strings : column.wide !== null ? FORM.wide : FORM.numbers;
  u8[at + 2] = column.valid === null ? 0 : 1;
  u8[at + 3] = 0;
  u32[(at >> 2) + 1] = nameBytes;
  out.length += 8;
  out.putText(column.name, nameBytes);
  if (column.valid !== null) putValidity(out, column.valid, rowCount);
  if (column.strings !== null) putStrings(out, column.strings, rowCount);
  else if (column.wide !== null) putWide(out, column.wide, rowCount);
  else putNumbers(out, column.numbers, rowCount);
}

function putWide(out: FrameBuffer, values: BigInt64Array, count: number): void {
  const { i64 } = out.reserve(8 * count);
  i64.set(values.subarray(0, count), out.length >> 3);
  out.length += 8 * count;
}

/** One bit a row, the first row in the least bit of the first byte. */
function putValidity(out: FrameBuffer, valid: Uint8Array, count: number): void {
  const bytes = (count + 7) >> 3;
  const { u8 } = out.reserve(align8(bytes));
  packBits(valid, count, u8, out.length);
  out.finish(out.length + bytes);
}

function packBits(valid: Uint8Array, count: number, out: Uint8Array, at: number): void {
  for (let row = 0, to = at; row < count; row += 8, to++) {
    let byte = 0;
    const inByte = Math.min(8, count - row);
    for (let bit = 0; bit < inByte; bit++) if (valid[row + bit] !== 0) byte |= 1 << bit;
    out[to] = byte;
  }
}

function putStrings(out: FrameBuffer, strings: StringColumn, count: number): void {
  const lengths = scratchFor(count);
  const bytes = stringLengths(strings.starts, strings.ends, count, lengths);
  assert(bytes >= 0, 'a string ends before it starts');
  const head = out.length >> 2;
  const { u32 } = out.reserve(8);
  u32[head] = bytes;
  u32[head + 1] = 0;
  out.length += 8;
  putNumbers(out, lengths, count);
  const { u8 } = out.reserve(align8(bytes));
  out.finish(gatherText(strings, count, u8, out.length));
}

/** Returns the sum, or -1 when one is negative. */
function stringLengths(starts: Uint32Array, ends: Uint32Array, count: number, lengths: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < count; row++) {
    const length = ends[row] - starts[row];
    if (length < 0) return -1;
    lengths[row] = length;
    sum += length;
  }
  return sum;
}

/** Copies the texts of all rows, one after the other, and returns where they end. Neighbours are copied together. */
function gatherText(strings: StringColumn, count: number, out: Uint8Array, at: number): number {
  const { text, starts, ends } = strings;
  let to = at;
  let row = 0;
  while (row < count) {
    const start = starts[row];
    let end = ends[row];
    for (row++; row < count && starts[row] === end; row++) end = ends[row];
    const length = end - start;
    if (length > 32) out.set(text.subarray(start, end), to);
    else for (let i = 0; i < length; i++) out[to + i] = text[start + i];
    to += length;
  }
  return to;
}

/** Columns that are no doubles yet become so here. In use only between two calls of this file. */
let scratch = new Float64Array(16 * 1024);

function scratchFor(count: number): Float64Array {
  if (count > scratch.length) scratch = new Float64Array(2 * count);
  return scratch;
}
