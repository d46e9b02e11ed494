// The way back from the payload of a write (the picture is in `write-payload.ts`) to batches that own their arrays. The
// payload's checksum held, so what does not fit here was written by a bug or by a later program; it is refused all the same.
import { WeirError } from '../base/index.ts';
import { type BatchColumn, FIELD_TYPES, type MeasurementBatch, type StringColumn } from '../model/index.ts';
import type { WriteChange } from './change.ts';
import { type ByteViews, align8 } from './frame-buffer.ts';
import { packedSize, takeNumbers } from './packed-numbers.ts';
import { type SeriesRemap, remapIds } from './series-dictionary.ts';
import { FORM, MAX_ROWS } from './write-payload.ts';

/** Far beyond what is ever written; kept below what would make an allocation fail. */
const MAX_SERIES_ID = 2 ** 29;
const EMPTY_NUMBERS = new Float64Array(0);

/** A place in a payload that moves on as it is read. */
interface Cursor {
  readonly views: ByteViews;
  readonly end: number;
  at: number;
}

/** Reads the payload at [start, end): learns its definitions and returns the points, with the reader's series ids. */
export function takeWrite(views: ByteViews, start: number, end: number, remap: SeriesRemap): WriteChange {
  const cursor: Cursor = { views, end, at: start };
  const { bucketId, tableCount } = takeHead(cursor, remap);
  const tables: MeasurementBatch[] = [];
  for (let i = 0; i < tableCount; i++) tables.push(takeTable(cursor, bucketId, remap));
  return { op: 'write', bucketId, tables };
}

/** Learns the definitions of a payload whose points are not wanted. */
export function takeDefinitions(views: ByteViews, start: number, end: number, remap: SeriesRemap): void {
  takeHead({ views, end, at: start }, remap);
}

function takeHead(cursor: Cursor, remap: SeriesRemap): { readonly bucketId: string; readonly tableCount: number } {
  const { u8, u32 } = cursor.views;
  const head = take(cursor, 16) >> 2;
  const idBytes = u32[head];
  const count = u32[head + 2];
  const bucketId = takeText(cursor, idBytes);
  const ids = take(cursor, align8(4 * count)) >> 2;
  const lengths = take(cursor, align8(4 * count)) >> 2;
  let start = take(cursor, align8(u32[head + 3]));
  if (count > 0) {
    const table = remap.table(bucketId);
    let own = remap.idsUpTo(bucketId, 0);
    for (let i = 0; i < count; i++) {
      const id = u32[ids + i];
      const end = start + u32[lengths + i];
      if (id > MAX_SERIES_ID || end > cursor.at) throw malformed('a series definition does not fit');
      if (id >= own.length) own = remap.idsUpTo(bucketId, id);
      own[id] = table.intern(u8, start, end) + 1;
      start = end;
    }
  }
  return { bucketId, tableCount: u32[head + 1] };
}

function takeTable(cursor: Cursor, bucketId: string, remap: SeriesRemap): MeasurementBatch {
  const { u32, i64 } = cursor.views;
  const head = take(cursor, 24);
  const rowCount = u32[head >> 2];
  if (rowCount > MAX_ROWS) throw malformed(`${rowCount} rows`);
  const columnCount = u32[(head >> 2) + 1];
  const baseNs = i64[(head >> 3) + 2];
  const measurement = takeText(cursor, u32[(head >> 2) + 2]);
  const seriesIds = new Int32Array(rowCount);
  const times = takeColumnNumbers(cursor, rowCount);
  // The array of times holds the ids for a moment.
  if (!remapIds(remap.idsUpTo(bucketId, 0), times, rowCount, seriesIds)) {
    throw malformed('points of a series that its segment does not define');
  }
  takeColumnNumbers(cursor, rowCount, times);
  const columns: BatchColumn[] = [];
  for (let i = 0; i < columnCount; i++) columns.push(takeColumn(cursor, rowCount));
  return { measurement, rowCount, seriesIds, baseNs, times, columns };
}

function takeColumn(cursor: Cursor, rowCount: number): BatchColumn {
  const { u8, u32, i64 } = cursor.views;
  const head = take(cursor, 8);
  const type = FIELD_TYPES[u8[head]];
  const form = u8[head + 1];
  if (type === undefined || form > FORM.strings) throw malformed(`a column of type ${u8[head]}, form ${form}`);
  const name = takeText(cursor, u32[(head >> 2) + 1]);
  const valid = u8[head + 2] === 0 ? null : takeValidity(cursor, rowCount);
  if (form === FORM.strings) {
    return { name, type, numbers: EMPTY_NUMBERS, wide: null, strings: takeStrings(cursor, rowCount), valid };
  }
  if (form === FORM.wide) {
    const from = take(cursor, 8 * rowCount) >> 3;
    const wide = i64.slice(from, from + rowCount);
    return { name, type, numbers: newDoubles(rowCount), wide, strings: null, valid };
  }
  return { name, type, numbers: takeColumnNumbers(cursor, rowCount), wide: null, strings: null, valid };
}

function takeColumnNumbers(cursor: Cursor, count: number, into?: Float64Array): Float64Array {
  const size = packedSize(cursor.views, cursor.at, cursor.end, count);
  if (size < 0) throw malformed('a column of numbers does not fit');
  const at = take(cursor, size);
  const numbers = into ?? newDoubles(count);
  takeNumbers(cursor.views, at, count, numbers);
  return numbers;
}

function takeValidity(cursor: Cursor, count: number): Uint8Array {
  const at = take(cursor, align8((count + 7) >> 3));
  const valid = new Uint8Array(count);
  unpackBits(cursor.views.u8, at, count, valid);
  return valid;
}

function unpackBits(bits: Uint8Array, at: number, count: number, out: Uint8Array): void {
  for (let row = 0; row < count; row++) out[row] = (bits[at + (row >> 3)] >> (row & 7)) & 1;
}

function takeStrings(cursor: Cursor, count: number): StringColumn {
  const head = take(cursor, 8);
  const bytes = cursor.views.u32[head >> 2];
  const lengths = takeColumnNumbers(cursor, count);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  if (placeStrings(lengths, count, starts, ends) !== bytes) throw malformed('lengths of strings do not sum up');
  const at = take(cursor, align8(bytes));
  return { text: cursor.views.u8.slice(at, at + bytes), starts, ends };
}

/** Lays strings of these lengths one after the other and returns the sum. */
function placeStrings(lengths: Float64Array, count: number, starts: Uint32Array, ends: Uint32Array): number {
  let at = 0;
  for (let row = 0; row < count; row++) {
    starts[row] = at;
    at += lengths[row];
    ends[row] = at;
  }
  return at;
}

function takeText(cursor: Cursor, bytes: number): string {
  const at = take(cursor, align8(bytes));
  return Buffer.from(cursor.views.u8.buffer, at, bytes).toString('utf8');
}

/** Moves on by `bytes` and returns where they start. */
function take(cursor: Cursor, bytes: number): number {
  const at = cursor.at;
  if (bytes > cursor.end - at) throw malformed(`${bytes} bytes where ${cursor.end - at} are left`);
  cursor.at = at + bytes;
  return at;
}

function malformed(what: string): WeirError {
  return new WeirError('corrupt', `a write in the log cannot be read: ${what}`);
}

const SLAB_BYTES = 64 * 1024;
let slab = new ArrayBuffer(SLAB_BYTES);
let slabUsed = 0;

/** Zeros. Short arrays, of which a replay of small writes makes many, are cut from one buffer: far cheaper, each. */
function newDoubles(count: number): Float64Array {
  const bytes = 8 * count;
  if (bytes > SLAB_BYTES / 8) return new Float64Array(count);
  if (slabUsed + bytes > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    slabUsed = 0;
  }
  const array = new Float64Array(slab, slabUsed, count);
  slabUsed += bytes;
  return array;
}
