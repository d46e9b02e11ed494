// What the parts of a link share: where it reads and writes, and what it counts.
import type { Bucket, LadderRule, LadderTier, TagPredicate } from '../model/index.ts';
import type { Snapshot, ViewDoor } from '../view/index.ts';
import type { ParentKind } from './input-rows.ts';
import { type WindowGrid } from './window-grid.ts';

export type LinkView = Pick<ViewDoor, 'write' | 'delete' | 'snapshot' | 'oldestShardNs'>;

export interface LinkParts {
  /** The points that all tiers go back to. */
  readonly base: Bucket;
  readonly rule: LadderRule;
  readonly parent: Bucket;
  readonly kind: ParentKind;
  readonly tier: LadderTier;
  /** Points that came when the base no longer took them; undefined = there are none. */
  readonly late: Bucket | undefined;
  readonly latenessNs: bigint;
  readonly nowNs: () => bigint;
  readonly giveWay: () => Promise<void>;
}

/** Since the start of this process. */
export interface LinkFigures {
  windowsClosed: number;
  windowsRecomputed: number;
  /** Windows that late points were merged into. */
  windowsMergedLate: number;
  rowsRead: number;
  /** Rows of states that the tier refused, and why the first of them was. */
  refused: number;
  firstRefusal: string;
  /** Why the last write or recompute failed; '' while they work. */
  failure: string;
}

export function newFigures(): LinkFigures {
  return {
    windowsClosed: 0,
    windowsRecomputed: 0,
    windowsMergedLate: 0,
    rowsRead: 0,
    refused: 0,
    firstRefusal: '',
    failure: '',
  };
}

/** The last window that is over. */
export function dueThrough({ latenessNs }: LinkParts, grid: WindowGrid, nowNs: bigint): number {
  return grid.indexAt(nowNs - latenessNs) - 1;
}

/** What lies before this is past the bucket's period; null = nothing ever is. */
export function expiredBeforeNs({ durationNs }: Bucket, nowNs: bigint): bigint | null {
  return durationNs === 0n ? null : nowNs - durationNs;
}

/** Whether the parent still has all rows of a window that it ever had. */
export function parentHas({ parent }: LinkParts, grid: WindowGrid, window: number, nowNs: bigint): boolean {
  const expiredNs = expiredBeforeNs(parent, nowNs);
  return expiredNs === null || grid.startNs(window) >= expiredNs;
}

export function withSnapshot<T>(view: LinkView, bucket: Bucket, look: (snapshot: Snapshot) => T): T {
  const snapshot = view.snapshot(bucket.id, true);
  try {
    return look(snapshot);
  } finally {
    snapshot.release();
  }
}

/** Series of a measurement; `predicate` null = all. */
export function matchingSeries(
  view: LinkView,
  bucket: Bucket,
  measurement: string,
  predicate: TagPredicate | null,
): Int32Array {
  return withSnapshot(view, bucket, (snapshot) => snapshot.series(measurement, predicate ?? undefined));
}
