// Parts of chunks: some rows, the first ones, the last ones.
import type { ChunkColumn, ColumnValues, SeriesChunk } from '../model/index.ts';

/** A copy of the rows where the mask is 1. */
export function takeRows(chunk: SeriesChunk, mask: Uint8Array): SeriesChunk {
  const rows = new Int32Array(mask.length);
  let count = 0;
  for (let row = 0; row < mask.length; row++) if (mask[row] !== 0) rows[count++] = row;
  const taken = rows.subarray(0, count);
  return {
    rowCount: count,
    baseNs: chunk.baseNs,
    times: takeFloats(chunk.times, taken),
    columns: chunk.columns.map((column) => (column === null ? null : takeColumn(column, taken))),
  };
}

function takeColumn(column: ChunkColumn, rows: Int32Array): ChunkColumn {
  return { type: column.type, values: takeValues(column.values, rows), valid: takeValid(column.valid, rows) };
}

function takeValues(values: ColumnValues, rows: Int32Array): ColumnValues {
  if (values instanceof Float64Array) return takeFloats(values, rows);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const source = values as BigInt64Array;
    const taken = values instanceof BigInt64Array ? new BigInt64Array(rows.length) : new BigUint64Array(rows.length);
    for (let at = 0; at < rows.length; at++) taken[at] = source[rows[at]];
    return taken;
  }
  return Array.from(rows, (row) => values[row]);
}

function takeFloats(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]];
  return taken;
}

function takeValid(valid: Uint8Array | null, rows: Int32Array): Uint8Array | null {
  if (valid === null) return null;
  const taken = new Uint8Array(rows.length);
  for (let at = 0; at < rows.length; at++) taken[at] = valid[rows[at]];
  return taken.includes(0) ? taken : null;
}

export function headOf(chunk: SeriesChunk, count: number): SeriesChunk {
  return partOf(chunk, 0, count);
}

export function tailOf(chunk: SeriesChunk, count: number): SeriesChunk {
  return partOf(chunk, chunk.rowCount - count, chunk.rowCount);
}

/** Rows [start, end) as views. */
function partOf(chunk: SeriesChunk, start: number, end: number): SeriesChunk {
  return {
    rowCount: end - start,
    baseNs: chunk.baseNs,
    times: chunk.times.subarray(start, end),
    columns: chunk.columns.map((column) => {
      if (column === null) return null;
      const { type, values, valid } = column;
      const part = 'subarray' in values ? values.subarray(start, end) : values.slice(start, end);
      return { type, values: part, valid: valid === null ? null : valid.subarray(start, end) };
    }),
  };
}
