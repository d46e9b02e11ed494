// What a query holds of one measurement in one shard: plain, structured-cloneable data, so that a worker can read it.
import type { FieldType, TimeRange } from '../model/index.ts';

export interface TableSnapshot {
  readonly measurement: string;
  readonly shard: TimeRange;
  /** Whose shard it is; tables that are made up have none. */
  readonly bucketId?: string | undefined;
  /** Oldest version first: where sources overlap in (series, time), a later one wins field by field. */
  readonly sources: readonly TableSource[];
  /** The types of the shard's fields, or of the derived ones. */
  readonly fields: ReadonlyMap<string, FieldType>;
  /** Only rows in it are asked for: tables of one request whose shards overlap have spans that do not. */
  readonly span?: TimeRange | undefined;
  /** Then these are the fields, computed from the stored ones as they are read. */
  readonly derived?: ReadonlyMap<string, DerivedColumn> | undefined;
}

/**
 * value: the stored field. presence: 1 where it has a value. sketch: its value as a quantile sketch of one. square: 0 where it
 * has a value, as one point has no distance from its mean. ratio: sum / count, where count is not 0.
 *
 * joined: two states of the same points' field as one, where `others` count for anything; ratio-joined: the mean over both.
 *
 * known: another one, where the counts add up to `least` or more.
 */
export type DerivedColumn =
  | WholeColumn
  | {
      readonly kind: 'known';
      readonly column: WholeColumn;
      readonly counts: readonly string[];
      readonly least: number;
    };

export type WholeColumn =
  | { readonly kind: 'value' | 'presence' | 'sketch' | 'square'; readonly field: string }
  | { readonly kind: 'ratio'; readonly sum: string; readonly count: string }
  | { readonly kind: 'joined'; readonly state: JoinedState; readonly own: StateFields; readonly others: StateFields }
  | { readonly kind: 'ratio-joined'; readonly own: StateFields; readonly others: StateFields };

export type JoinedState = 'count' | 'sum' | 'min' | 'max' | 'first' | 'last' | 'm2' | 'mean' | 'increase' | 'sketch';

/** Stored fields that hold the states of one field; `count` is always among them. */
export type StateFields = Readonly<Partial<Record<JoinedState, string>>>;

export type TableSource = BlockSource | MemtableSource;

export interface BlockSource {
  readonly kind: 'block';
  /** Unique for ever: names the block in page caches. */
  readonly key: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly deletes: readonly SeriesDelete[];
}

/** A stretch of time without rows for some series. */
export interface SeriesDelete {
  /** Ascending ids; null = every series. */
  readonly seriesIds: Int32Array | null;
  readonly range: TimeRange;
}

/** Rows [0, rowCount) of a memtable's table, on shared memory. See `memtable.ts` for the layout of each array. */
export interface MemtableSource {
  readonly kind: 'memtable';
  readonly rowCount: number;
  readonly baseNs: bigint;
  /** A chunk apart from the base by more than 2^53 ns cannot be held: such rows go to a table of their own. */
  readonly times: Float64Array;
  readonly seriesIds: Int32Array;
  /** Row of the same series before this one, or -1. */
  readonly previous: Int32Array;
  /** Hash table series id -> its last row: slot s holds id `headIds[s]` (-1 = empty) and row `headRows[s]`. */
  readonly headIds: Int32Array;
  readonly headRows: Int32Array;
  readonly columns: readonly MemtableColumn[];
  readonly deletes: readonly MemtableDelete[];
}

export interface MemtableColumn {
  readonly name: string;
  readonly type: FieldType;
  /** Numbers of every type but string, while exact as Float64. */
  readonly numbers: Float64Array;
  readonly wide: BigInt64Array | null;
  readonly text: Uint8Array | null;
  readonly starts: Uint32Array | null;
  readonly ends: Uint32Array | null;
  /** One byte a row; null = every row has a value. */
  readonly valid: Uint8Array | null;
}

/** Only rows below `beforeRow` are concerned: later ones were written after the delete. */
export interface MemtableDelete extends SeriesDelete {
  readonly beforeRow: number;
}
