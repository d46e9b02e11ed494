// What a view tells: its operator of what it does, and whoever follows its data of each change.
import type { Change, Seq } from '../log/index.ts';

export type ViewEvent =
  | {
      readonly kind: 'replay';
      readonly fromSeq: number;
      readonly seq: number;
      readonly lastSeq: number;
      readonly done: boolean;
    }
  | {
      readonly kind: 'flushed' | 'compacted';
      readonly blocks: number;
      readonly rows: number;
      readonly sizeBytes: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'expired'; readonly bucketId: string; readonly shards: number }
  | {
      readonly kind: 'failed';
      readonly what: FailedWork;
      readonly message: string;
    };

export type OnViewEvent = (event: ViewEvent) => void;

export type FailedWork = 'flush' | 'compaction' | 'trim' | 'delete object';

/** A change that is durable and visible. */
export interface AppliedChange {
  readonly seq: Seq;
  readonly change: Change;
  /** It was read from the log at the start, and may have been told of before. */
  readonly replayed: boolean;
}

/**
 * Told of every change in the order of the log; at the start of those since the last flush, except writes to buckets that
 * no longer exist. It runs within the write: it must be quick, and must not throw.
 */
export type OnChange = (applied: AppliedChange) => void;
