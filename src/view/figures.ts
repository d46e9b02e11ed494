// A view in figures: how much each bucket and each of its shards holds, and what has been written there since the start.
import type { TimeRange } from '../model/index.ts';
import type { BucketView, Shard } from './bucket-view.ts';
import type { LiveBlock } from './live-block.ts';
import { blockPrefix } from './maintenance-parts.ts';

export interface BucketFigures {
  readonly bucketId: string;
  /** Series and measurements that have points. */
  readonly seriesCount: number;
  readonly measurementCount: number;
  /** Memory of series keys and their index. */
  readonly indexBytes: number;
  /** Those that have points, ascending in time. */
  readonly shards: readonly ShardFigures[];
}

export interface ShardFigures {
  readonly range: TimeRange;
  readonly seriesCount: number;
  readonly fieldCount: number;
  /** A point that was written again counts again until blocks are merged. */
  readonly rowCount: number;
  /** Those of them that are in blocks. */
  readonly blockRows: number;
  /** Keys of its blocks begin with it. */
  readonly blockPrefix: string;
  readonly blockCount: number;
  readonly blockBytes: number;
  readonly memtableBytes: number;
  /** Since the start: writes that touched the shard, those of them that failed, and points written. */
  readonly writes: number;
  readonly failedWrites: number;
  readonly points: number;
}

export function figuresOf(bucket: BucketView): BucketFigures {
  const measurements = new Set<string>();
  const shards: ShardFigures[] = [];
  for (const shard of bucket.shards.values()) {
    const figures = figuresOfShard(bucket.id, shard, measurements);
    if (figures.seriesCount > 0) shards.push(figures);
  }
  shards.sort((a, b) => (a.range.startNs < b.range.startNs ? -1 : 1));
  return {
    bucketId: bucket.id,
    seriesCount: bucket.liveSeriesCount,
    measurementCount: measurements.size,
    indexBytes: bucket.family.id === bucket.id ? bucket.seriesTable.memoryBytes + bucket.index.memoryBytes : 0,
    shards,
  };
}

/** Adds the measurements that have series in the shard to `measurements`. */
function figuresOfShard(bucketId: string, { range, tables, counts }: Shard, measurements: Set<string>): ShardFigures {
  const blocks = new Set<LiveBlock>();
  let seriesCount = 0;
  let fieldCount = 0;
  let memtableBytes = 0;
  let memtableRows = 0;
  for (const table of tables.values()) {
    if (table.series.size === 0) continue;
    measurements.add(table.measurement);
    seriesCount += table.series.size;
    fieldCount += table.fieldCount;
    memtableBytes += table.memtableBytes;
    memtableRows += table.memtableRows;
    for (const block of table.blocks) blocks.add(block);
  }
  const blockRows = blocks.values().reduce((sum, block) => sum + block.meta.rowCount, 0);
  const rowCount = blockRows + memtableRows;
  const blockBytes = blocks.values().reduce((sum, block) => sum + block.meta.sizeBytes, 0);
  const held = { blockPrefix: blockPrefix(bucketId, range), blockCount: blocks.size, blockBytes, memtableBytes };
  return { range, seriesCount, fieldCount, rowCount, blockRows, ...held, ...counts };
}
