// Points on their way in, as columns: what the line-protocol parser makes, the log stores and the memtable takes over.
// A batch owns its arrays; once handed on, nobody changes them.
//
//     PointBatch ─┬─ MeasurementBatch "cpu"   row:      0    1    2    …
//                 │      seriesIds                      4    4    9
//                 │      times (ns from baseNs)         0   1e9   0
//                 │      column "usage" float          0.5  0.6  0.1
//                 │      column "state" string          –   "ok"  –      valid = 0 1 0
//                 └─ MeasurementBatch "mem" …
import type { FieldType } from './field-type.ts';

export interface PointBatch {
  readonly tables: MeasurementBatch[];
}

export interface MeasurementBatch {
  readonly measurement: string;
  readonly rowCount: number;
  /** Series id of each row, in the series table of the bucket that the batch is for. Length >= rowCount. */
  readonly seriesIds: Int32Array;
  /** Times are `baseNs + times[row]`; every offset is an exact integer, |offset| < 2^53. */
  readonly baseNs: bigint;
  readonly times: Float64Array;
  readonly columns: BatchColumn[];
}

export interface BatchColumn {
  readonly name: string;
  readonly type: FieldType;
  /**
   * float: the value; boolean: 0 or 1; integer and unsigned: the value, where `wide` is null.
   * string: unused (length 0). Length >= rowCount otherwise.
   */
  readonly numbers: Float64Array;
  /** Not null when some integer of the column is beyond ±(2^53 - 1): then all values are here (unsigned as its 64 bits). */
  readonly wide: BigInt64Array | null;
  /** string: row r is UTF-8 `text[starts[r] .. ends[r])`; null for other types. */
  readonly strings: StringColumn | null;
  /** One byte a row, 1 = the row has a value; null = every row has one. Values without one are 0. */
  readonly valid: Uint8Array | null;
}

export interface StringColumn {
  readonly text: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}
