// What a block is made from: row groups, column by column, as flush and compaction hold them.
//
//     RowGroup "cpu"   run:      series 4          series 9      seriesIds = 4 9   runStarts = 0 3 5
//                      row:      0    1    2       3    4
//                      times     0   10   20       0   10        from baseNs, ascending within a run
//                      column    0.5  0.6  –       0.1  0.2      valid = 1 1 0 1 1
import { WeirError } from '../../base/index.ts';
import { FIELD_TYPES, type FieldType, type StringColumn } from '../../model/index.ts';

/** Rows of one measurement, sorted by (series, time), without duplicates; at most 128 K of them. */
export interface RowGroup {
  readonly rowCount: number;
  readonly measurement: string;
  /** The series of each run, ascending. */
  readonly seriesIds: Int32Array;
  /** Run i is rows [runStarts[i], runStarts[i + 1]), never empty. Length = seriesIds.length + 1. */
  readonly runStarts: Uint32Array;
  /** Times are `baseNs + times[row]`; offsets are exact integers below 2^53 in magnitude. Length >= rowCount. */
  readonly baseNs: bigint;
  readonly times: Float64Array;
  /** The version of each row; null where the block has none. */
  readonly versions: Float64Array | null;
  /** A column of the block that is not here is null in every row. */
  readonly columns: readonly RowGroupColumn[];
}

/** The same meaning as BatchColumn: arrays are at least rowCount long. */
export interface RowGroupColumn {
  readonly name: string;
  readonly type: FieldType;
  /** float: the value; boolean: 0 or 1; integer and unsigned: the value, where `wide` is null; string: unused. */
  readonly numbers: Float64Array;
  /** Not null when an integer of the column is beyond ±(2^53 - 1): then all are here (unsigned as its 64 bits). */
  readonly wide: BigInt64Array | null;
  readonly strings: StringColumn | null;
  /** One byte a row, 1 = the row has a value; null = every row has one. */
  readonly valid: Uint8Array | null;
}

export interface BlockField {
  readonly name: string;
  readonly type: FieldType;
  /** A float field all of whose values have so many digits after the point (see decimal.ts) is kept as integers. */
  readonly scale?: number | undefined;
}

/** How the index names the type of a field: `float`, or `decimal(2)` for floats that are kept with that scale. */
export function storedTypeOf({ type, scale }: BlockField): string {
  return scale === undefined ? type : `decimal(${scale})`;
}

/** Throws `corrupt` for what is no type. */
export function fieldOf(name: string, storedType: string): BlockField {
  const decimal = /^decimal\((\d)\)$/.exec(storedType);
  if (decimal !== null) return { name, type: 'float', scale: Number(decimal[1]) };
  const type = FIELD_TYPES.find((known) => known === storedType);
  if (type === undefined) throw new WeirError('corrupt', `unknown field type ${storedType}`);
  return { name, type };
}

/** The union over all row groups, fixed before the first. Two fields may share a name when their types differ. */
export interface BlockSchema {
  readonly tagKeys: readonly string[];
  readonly fields: readonly BlockField[];
  readonly versions: boolean;
  /** Pages are compressed where that makes them smaller, though they are decoded more slowly then. */
  readonly compact?: boolean | undefined;
}

/** What a finished block holds. Times of an empty block are 0. */
export interface BlockInfo {
  readonly rowCount: number;
  readonly seriesCount: number;
  readonly minTimeNs: bigint;
  readonly maxTimeNs: bigint;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly sizeBytes: number;
}
