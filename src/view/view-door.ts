// What other rooms may ask of a view.
import type { Bucket, PointBatch, SeriesTable, TagPredicate, TimeRange } from '../model/index.ts';
import type { Seq } from '../log/index.ts';
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

export interface ViewStatus {
  readonly lastSeq: Seq;
  readonly memtableRows: number;
  readonly memtableBytes: number;
  readonly blocks: number;
  readonly blockBytes: number;
  readonly logBytes: number;
  readonly seriesCount: number;
  /** Why writes or flushes fail at present; empty when all is well. */
  readonly failures: readonly string[];
}

/** Everything of one log: takes writes, answers with snapshots, keeps blocks. */
export interface ViewDoor {
  /** The table that a batch for this bucket must take its series ids from. */
  seriesTable(bucketId: string): SeriesTable;
  /** Resolves once the points are durable and visible. Rejects with `unavailable` when the log cannot be written. */
  write(bucket: Bucket, batch: PointBatch): Promise<WriteOutcome>;
  delete(bucketId: string, request: DeleteRequest): Promise<void>;
  dropBucket(bucketId: string): Promise<void>;
  /** Buckets that were never written to have an empty snapshot. */
  snapshot(bucketId: string): Snapshot;
  /** Drops shards past their bucket's period, and what belongs to buckets that no longer exist. Call it from time to time. */
  enforceRetention(): Promise<void>;
  status(): ViewStatus;
  /** Writes the memtable out as blocks, now. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
