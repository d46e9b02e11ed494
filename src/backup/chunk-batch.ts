// Points that were read, made into a batch to be written again: chunks of several series of one measurement and shard, laid one
// below the other.
import type { BatchColumn, FieldType, MeasurementBatch, SeriesChunk, StringColumn } from '../model/index.ts';

export interface SeriesRows {
  /** In the series table of the bucket that the batch is for. */
  readonly seriesId: number;
  readonly chunk: SeriesChunk;
}

/** The chunks' columns are those of `fields`, in order. */
export function batchOfChunks(
  measurement: string,
  fields: ReadonlyMap<string, FieldType>,
  rows: readonly SeriesRows[],
): MeasurementBatch {
  const rowCount = rows.reduce((sum, { chunk }) => sum + chunk.rowCount, 0);
  const baseNs = rows[0].chunk.baseNs;
  const seriesIds = new Int32Array(rowCount);
  const times = new Float64Array(rowCount);
  let at = 0;
  for (const { seriesId, chunk } of rows) {
    const shift = Number(chunk.baseNs - baseNs);
    seriesIds.fill(seriesId, at, at + chunk.rowCount);
    for (let row = 0; row < chunk.rowCount; row++) times[at + row] = chunk.times[row] + shift;
    at += chunk.rowCount;
  }
  const columns = Array.from(fields, ([name, type], index) => columnOf(name, type, index, rows, rowCount));
  return { measurement, rowCount, seriesIds, baseNs, times, columns: columns.filter((column) => column !== null) };
}

/** null when no row has a value. */
function columnOf(
  name: string,
  type: FieldType,
  index: number,
  rows: readonly SeriesRows[],
  rowCount: number,
): BatchColumn | null {
  const valid = new Uint8Array(rowCount);
  const numbers = new Float64Array(type === 'string' ? 0 : rowCount);
  const strings: string[] = [];
  let wide: BigInt64Array | null = null;
  let at = 0;
  for (const { chunk } of rows) {
    const column = chunk.columns[index];
    for (let row = 0; column !== null && row < chunk.rowCount; row++) {
      if (column.valid !== null && column.valid[row] === 0) continue;
      const value = column.values[row];
      valid[at + row] = 1;
      if (typeof value === 'string') strings[at + row] = value;
      else if (typeof value === 'number') numbers[at + row] = value;
      else {
        wide ??= new BigInt64Array(rowCount);
        // Unsigned integers as their 64 bits.
        wide[at + row] = BigInt.asIntN(64, value);
      }
    }
    at += chunk.rowCount;
  }
  if (!valid.includes(1)) return null;
  if (wide !== null) for (let row = 0; row < rowCount; row++) if (numbers[row] !== 0) wide[row] = BigInt(numbers[row]);
  return {
    name,
    type,
    numbers,
    wide,
    strings: type === 'string' ? stringColumn(strings, rowCount) : null,
    valid: valid.includes(0) ? valid : null,
  };
}

function stringColumn(strings: readonly string[], rowCount: number): StringColumn {
  const starts = new Uint32Array(rowCount);
  const ends = new Uint32Array(rowCount);
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for (let row = 0; row < rowCount; row++) {
    starts[row] = sizeBytes;
    if (strings[row] !== undefined) {
      const bytes = Buffer.from(strings[row]);
      parts.push(bytes);
      sizeBytes += bytes.length;
    }
    ends[row] = sizeBytes;
  }
  return { text: Buffer.concat(parts, sizeBytes), starts, ends };
}
