// Points on their way out: a run of one series' rows as typed columns. The reader of a view makes them, kernels eat them.
import type { FieldType } from './field-type.ts';

/** The values of one field. Numbers of every type are Float64 unless an integer is beyond ±(2^53 - 1). */
export type ColumnValues = Float64Array | BigInt64Array | BigUint64Array | readonly string[];

export interface ChunkColumn {
  readonly type: FieldType;
  /**
   * float: the value; boolean: 0 or 1; integer and unsigned: the value as Float64, or all of them as
   * BigInt64Array / BigUint64Array when one is not exact as Float64; string: JavaScript strings.
   */
  readonly values: ColumnValues;
  /** One byte a row, 1 = the row has a value; null = every row has one. */
  readonly valid: Uint8Array | null;
}

/** Rows of one series in strictly ascending time. Arrays may be views into shared pages: never write to them. */
export interface SeriesChunk {
  readonly rowCount: number;
  /** Times are `baseNs + times[row]`, exact; offsets are integers below 2^53 in magnitude. */
  readonly baseNs: bigint;
  readonly times: Float64Array;
  /** In the order of the request; null = the field has no value in this chunk. */
  readonly columns: readonly (ChunkColumn | null)[];
}

export function chunkTime(chunk: SeriesChunk, row: number): bigint {
  return chunk.baseNs + BigInt(chunk.times[row]);
}
