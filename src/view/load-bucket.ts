// What lies in the store of a bucket, taken into memory: the keys of its series, then its blocks. A start does it for every
// bucket, a restore for the buckets that it brings.
import { WeirError } from '../base/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { BucketView } from './bucket-view.ts';
import type { LiveBlock } from './live-block.ts';
import type { BlockMeta, SeriesSegmentMeta } from './manifest.ts';
import { seriesOfBlock } from './open-table-reader.ts';
import type { SeriesFamily } from './series-family.ts';
import { loadSeriesSegment } from './series-segment.ts';
import type { BlockSource } from './table-snapshot.ts';

/** Segments come in the order of their ids. Rejects with `corrupt` when this one does not follow on what is there. */
export async function loadSegment(family: SeriesFamily, segment: SeriesSegmentMeta, store: ObjectStore): Promise<void> {
  const { key, firstId, count } = segment;
  const { table } = family;
  if (table.count !== firstId) {
    throw new WeirError('corrupt', `series segment ${key} starts at id ${firstId}, expected ${table.count}`);
  }
  loadSeriesSegment(table, await store.get(key), count, key);
  if (table.count !== firstId + count) throw new WeirError('corrupt', `series segment ${key} names a series twice`);
  family.storedCount = firstId + count;
}

/** The bucket's series must be there. Its deletes are to be restored after all of its blocks. */
export async function loadBlock(bucket: BucketView, meta: BlockMeta, store: ObjectStore): Promise<LiveBlock> {
  const block: LiveBlock = { meta, file: await store.localFile(meta.key) };
  try {
    const shard = { startNs: BigInt(meta.shardStart), endNs: BigInt(meta.shardEnd) };
    const { path } = block.file;
    const source: BlockSource = { kind: 'block', key: meta.key, path, sizeBytes: meta.sizeBytes, deletes: [] };
    const series = meta.tables.map(({ measurement }) => seriesOfBlock(source, shard, measurement));
    const endId = bucket.seriesTable.count;
    if (series.some((ids) => ids.length > 0 && (ids[0] < 0 || ids[ids.length - 1] >= endId))) {
      throw new WeirError('corrupt', `block ${meta.key} has series that bucket ${bucket.id} does not have`);
    }
    bucket.addBlock(block, shard);
    meta.tables.forEach(({ measurement }, index) => bucket.addBlockSeries(shard, measurement, series[index]));
  } catch (error) {
    block.file.release();
    throw error;
  }
  return block;
}
