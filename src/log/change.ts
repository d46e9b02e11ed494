// A change is one accepted operation on a bucket: the unit that the log orders and keeps.
import type { MeasurementBatch, TagPredicate, TimeRange } from '../model/index.ts';

export type Change = WriteChange | DeleteChange | DropBucketChange | BarrierChange;

/** Points of one bucket. Each table lies within one shard and agrees with that shard's field types. */
export interface WriteChange {
  readonly op: 'write';
  readonly bucketId: string;
  readonly tables: readonly MeasurementBatch[];
}

/** Removes the points that stand at this position of the log: later writes are not touched. */
export interface DeleteChange {
  readonly op: 'delete';
  readonly bucketId: string;
  /** The measurements concerned; null = all. */
  readonly measurements: readonly string[] | null;
  /** null = every series of them. */
  readonly predicate: TagPredicate | null;
  readonly range: TimeRange;
}

/** The bucket and all that it holds is gone. Its id is never used again. */
export interface DropBucketChange {
  readonly op: 'drop-bucket';
  readonly bucketId: string;
}

/** Holds nothing; marks a position. */
export interface BarrierChange {
  readonly op: 'barrier';
}
