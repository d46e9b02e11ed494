// A capture holds what the store has of some buckets at one position of the log, for as long as somebody copies it. Blocks and
// segments never change, so holding them is enough: writes, flushes and merges go on.
import type { Seq } from '../log/index.ts';
import { WeirError } from '../base/index.ts';
import type { LocalFile, ObjectStore } from '../store/index.ts';
import { isNeededFor } from './deletes.ts';
import type { BlockUses, LiveBlock } from './live-block.ts';
import type { BlockMeta, DeleteMeta, ManifestState, SeriesSegmentMeta } from './manifest.ts';
import type { BucketView } from './bucket-view.ts';

/** All of a bucket up to `Capture.upTo`. */
export interface CapturedBucket {
  readonly bucketId: string;
  /** The family that the series ids of its blocks are of. */
  readonly familyId: string;
  readonly blocks: readonly BlockMeta[];
  /** What the blocks must be read through. */
  readonly deletes: readonly DeleteMeta[];
}

/** The keys of series that one or several buckets share. */
export interface CapturedFamily {
  readonly familyId: string;
  /** Ascending by `firstId`, without gaps from 0. */
  readonly segments: readonly SeriesSegmentMeta[];
}

export interface Capture {
  /** Every change up to here is in it, and none after. */
  readonly upTo: Seq;
  /** Those that have ever been written to. */
  readonly buckets: readonly CapturedBucket[];
  /** Of those buckets. */
  readonly families: readonly CapturedFamily[];
  /** A file with the object's bytes. Rejects with `not found` for what is not in the capture, or went with its bucket. */
  localFile(key: string): Promise<LocalFile>;
  /** Call it exactly once. */
  release(): void;
}

/** Takes all that `wanted` says yes to. At a moment when blocks and deletes up to `state.upTo` are what the log says there. */
export function takeCapture(
  wanted: (bucketId: string) => boolean,
  buckets: Iterable<BucketView>,
  state: ManifestState,
  uses: BlockUses,
  store: ObjectStore,
): Capture {
  const held = new Set<LiveBlock>();
  const captured: CapturedBucket[] = [];
  const keys = new Set<string>();
  for (const bucket of buckets) {
    if (!wanted(bucket.id)) continue;
    const live = liveBlocks(bucket);
    for (const block of live) held.add(block);
    const blocks = live.map((block) => block.meta);
    const deletes = bucket.deletes.all.filter(
      (deletion) => deletion.seq <= state.upTo && blocks.some((block) => isNeededFor(deletion, block)),
    );
    captured.push({ bucketId: bucket.id, familyId: bucket.family.id, blocks, deletes });
    for (const { key } of blocks) keys.add(key);
  }
  for (const block of held) uses.hold(block);
  const families = [...new Set(captured.map((bucket) => bucket.familyId))].map((familyId): CapturedFamily => {
    const segments = state.series.filter((segment) => segment.bucketId === familyId);
    for (const { key } of segments) keys.add(key);
    return { familyId, segments: segments.sort((a, b) => a.firstId - b.firstId) };
  });
  return {
    upTo: state.upTo,
    buckets: captured,
    families,
    async localFile(key) {
      if (!keys.has(key)) throw new WeirError('not found', `object ${key} is not part of what was captured`);
      return store.localFile(key);
    },
    release() {
      for (const block of held) uses.release(block);
    },
  };
}

/** A block of several measurements is there once for each of them. */
function liveBlocks(bucket: BucketView): readonly LiveBlock[] {
  const blocks = new Set<LiveBlock>();
  for (const shard of bucket.shards.values()) {
    for (const table of shard.tables.values()) for (const block of table.blocks) blocks.add(block);
  }
  return [...blocks];
}
