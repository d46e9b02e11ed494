// What the jobs of maintenance share: the state that they work on, and how they make blocks and manifest records.
import { randomBytes } from 'node:crypto';
import { compareStrings } from '../base/index.ts';
import type { Seq } from '../log/index.ts';
import type { TimeRange } from '../model/index.ts';
import type { BlockWorker } from './block-worker-client.ts';
import type { BucketView } from './bucket-view.ts';
import type { BlockUses, LiveBlock } from './live-block.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { BlockMeta, ManifestRecord } from './manifest.ts';
import type { TableSnapshot } from './table-snapshot.ts';
import type { Settings } from './view-settings.ts';

export interface MaintenanceParts {
  readonly settings: Settings;
  readonly buckets: Map<string, BucketView>;
  readonly manifest: ManifestLog;
  readonly uses: BlockUses;
  readonly appliedSeq: () => Seq;
  readonly trim: (upTo: Seq) => Promise<void>;
}

/** Makes a manifest record of what a job changes; the deletes that must stay are added to it. */
export type MakeRecord = (change: Partial<Omit<ManifestRecord, 'deletes'>>) => ManifestRecord;

/** The part of a block's meta that its maker knows beforehand. */
export interface BlockStamp {
  readonly level: number;
  readonly minSeq: Seq;
  readonly maxSeq: Seq;
  readonly deletesUpTo: Seq;
}

/** Writes the tables, all of one shard, as one new object; null when they hold no row. */
export async function makeBlock(
  worker: BlockWorker,
  bucket: BucketView,
  shard: TimeRange,
  tables: readonly TableSnapshot[],
  stamp: BlockStamp,
): Promise<BlockMeta | null> {
  const name = `${stamp.maxSeq.toString().padStart(16, '0')}-${randomBytes(6).toString('hex')}.parquet`;
  const key = `${blockPrefix(bucket.id, shard)}/${name}`;
  const { arena, offsets } = bucket.seriesTable.shared();
  const tagKeys = [...new Set(tables.flatMap((table) => bucket.index.measurement(table.measurement)?.tagKeys() ?? []))];
  tagKeys.sort(compareStrings);
  const written = await worker.write({
    key,
    tables,
    minSeq: stamp.minSeq,
    maxSeq: stamp.maxSeq,
    tagKeys,
    compact: bucket.family.id !== bucket.id,
    arena,
    offsets,
  });
  if (written === null) return null;
  return { key, bucketId: bucket.id, shardStart: `${shard.startNs}`, shardEnd: `${shard.endNs}`, ...stamp, ...written };
}

/** What keys of a shard's blocks begin with, without a slash at its end. */
export function blockPrefix(bucketId: string, shard: TimeRange): string {
  return `blocks/${bucketId}/${shardName(shard)}`;
}

/** Start of the shard as a part of keys: `20260101T000000Z`, or ns where it is no such date. */
function shardName({ startNs }: TimeRange): string {
  const date = new Date(Number(startNs / 1_000_000n));
  const text = date.toISOString().replace(/[-:]|\.000/g, '');
  return startNs % 1_000_000_000n === 0n && text.length === 16 ? text : `${startNs}`.replace('-', 'minus');
}

export async function openLiveBlock(parts: MaintenanceParts, meta: BlockMeta): Promise<LiveBlock> {
  return { meta, file: await parts.settings.store.localFile(meta.key) };
}

/** Whether a bucket and its shard are still there, after a wait. */
export function isLiveShard(parts: MaintenanceParts, bucket: BucketView, shardStartNs: bigint): boolean {
  return parts.buckets.get(bucket.id) === bucket && bucket.shards.has(shardStartNs);
}
