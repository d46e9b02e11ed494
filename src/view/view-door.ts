// What other rooms may ask of a view.
import type { Bucket, PointBatch, SeriesTable, TagPredicate, TimeRange } from '../model/index.ts';
import type { Seq } from '../log/index.ts';
import type { AdoptRequest } from './adopt.ts';
import type { Capture } from './capture.ts';
import type { BucketFigures } from './figures.ts';
import type { SeriesAdmission } from './series-limits.ts';
import type { Snapshot } from './snapshot.ts';

/** Points that were refused while the rest of their batch was stored. */
export interface Dropped {
  readonly count: number;
  /** InfluxDB's text for the first of them: `field type conflict: input field "v" on measurement …`. */
  readonly reason: string;
}

export interface WriteOutcome {
  readonly written: number;
  /** In the order in which InfluxDB would report them; empty when all was stored. */
  readonly dropped: readonly Dropped[];
}

export interface DeleteRequest {
  /** null = every measurement of the bucket. */
  readonly measurements: readonly string[] | null;
  readonly predicate: TagPredicate | null;
  readonly range: TimeRange;
}

/** Of all writes since the start, replay aside. */
export interface WriteTotals {
  readonly writes: number;
  /** Writes that failed as a whole: they were not durable. */
  readonly failed: number;
  readonly points: number;
  readonly droppedPoints: number;
}

export interface ViewStatus {
  readonly lastSeq: Seq;
  readonly memtableRows: number;
  readonly memtableBytes: number;
  readonly blocks: number;
  readonly blockBytes: number;
  readonly logBytes: number;
  readonly seriesCount: number;
  /** Memory of series keys and their index. */
  readonly indexBytes: number;
  readonly written: WriteTotals;
  /** Why writes or flushes fail at present; empty when all is well. */
  readonly failures: readonly string[];
}

/** Everything of one log: takes writes, answers with snapshots, keeps blocks. */
export interface ViewDoor {
  /** The table that a batch for this bucket must take its series ids from. */
  seriesTable(bucketId: string): SeriesTable;
  /** Asked for each series that a request would add to the bucket's table; null = all are welcome. */
  admission(bucketId: string): SeriesAdmission | null;
  /** Resolves once the points are durable and visible. Rejects with `unavailable` when the log cannot be written. */
  write(bucket: Bucket, batch: PointBatch): Promise<WriteOutcome>;
  delete(bucketId: string, request: DeleteRequest): Promise<void>;
  dropBucket(bucketId: string): Promise<void>;
  /**
   * Buckets that were never written to have an empty snapshot. `withExpired`: shards past their period that are not dropped
   * yet are in it too.
   */
  snapshot(bucketId: string, withExpired?: boolean): Snapshot;
  /** Start of the oldest shard that the bucket has. Shards are dropped oldest first: from there on nothing has expired. */
  oldestShardNs(bucketId: string): bigint | undefined;
  /** Drops shards past their bucket's period, and what belongs to buckets that no longer exist. Call it from time to time. */
  enforceRetention(): Promise<void>;
  /**
   * Holds what the store has of the buckets that `wanted` says yes to, at one position of the log: all that was
   * acknowledged before this call is in it. Waits for a flush, and for the merge of blocks that is under way.
   */
  capture(wanted: (bucketId: string) => boolean): Promise<Capture>;
  /**
   * Makes buckets part of the view whose objects have been put into its store: all or none. They are dropped again with
   * the next round of retention unless `ViewOptions.buckets` tells of them.
   */
  adopt(request: AdoptRequest): Promise<void>;
  status(): ViewStatus;
  /** Every bucket that was ever written to and still exists. */
  figures(): readonly BucketFigures[];
  /** Writes the memtable out as blocks, now. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
