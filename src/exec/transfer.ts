// Moving results from a worker to the main thread without copying them twice.
import type { ColumnValues, SeriesChunk } from '../model/index.ts';

/** The buffers of all typed arrays in plain data that can move to another thread; shared memory needs no moving. */
export function buffersOf(data: unknown, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(data)) {
    if (data.buffer instanceof ArrayBuffer) found.add(data.buffer);
  } else if (Array.isArray(data)) {
    // Arrays of strings and numbers may be long and hold no buffers.
    if (typeof data[0] === 'object') for (const item of data) buffersOf(item, found);
  } else if (typeof data === 'object' && data !== null && !(data instanceof Map)) {
    for (const value of Object.values(data)) buffersOf(value, found);
  }
  return found;
}

/** A chunk whose arrays may be moved away: copies, as the originals may be views of pages that stay here. */
export function detachedChunk(chunk: SeriesChunk): SeriesChunk {
  return {
    rowCount: chunk.rowCount,
    baseNs: chunk.baseNs,
    times: ownFloats(chunk.times.subarray(0, chunk.rowCount)),
    columns: chunk.columns.map((column) => {
      if (column === null) return null;
      const valid = column.valid === null ? null : column.valid.slice(0, chunk.rowCount);
      return { type: column.type, values: ownValues(column.values, chunk.rowCount), valid };
    }),
  };
}

function ownFloats(values: Float64Array): Float64Array {
  return values.buffer instanceof SharedArrayBuffer ? values : values.slice();
}

function ownValues(values: ColumnValues, rowCount: number): ColumnValues {
  if (values instanceof Float64Array) return ownFloats(values.subarray(0, rowCount));
  return values.slice(0, rowCount);
}
