// Turns memtables into blocks: closes them, has a worker write them, and commits the blocks, the keys of their series and the
// position of the log that they reach, in one manifest record.
import { randomBytes } from 'node:crypto';
import type { Seq } from '../log/index.ts';
import { BlockWorker } from './block-worker-client.ts';
import type { BucketView } from './bucket-view.ts';
import { type FlushItem, planFlush } from './flush-plan.ts';
import type { LiveBlock } from './live-block.ts';
import { type MaintenanceParts, type MakeRecord, isLiveShard, makeBlock, openLiveBlock } from './maintenance-parts.ts';
import type { BlockMeta, SeriesSegmentMeta } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import { findFamily } from './series-family.ts';
import { encodeSeriesSegment } from './series-segment.ts';
import type { ShardTable } from './shard-table.ts';
import type { TableSnapshot } from './table-snapshot.ts';

/** A table's closed memtables: one, or more after a flush that failed. Oldest first. */
interface FrozenTable {
  readonly bucket: BucketView;
  readonly table: ShardTable;
  readonly memtables: Memtable[];
}

interface FrozenItem extends FlushItem {
  readonly frozen: FrozenTable;
  readonly snapshot: TableSnapshot;
}

interface AddedBlock {
  readonly block: LiveBlock;
  readonly frozen: readonly FrozenTable[];
}

export class Flusher {
  readonly #parts: MaintenanceParts;
  readonly #makeRecord: MakeRecord;
  readonly #worker: BlockWorker;
  readonly #frozen = new Map<ShardTable, FrozenTable>();
  #frozenUpTo: Seq = 0;
  #frozenBytes = 0;

  constructor(parts: MaintenanceParts, makeRecord: MakeRecord) {
    this.#parts = parts;
    this.#makeRecord = makeRecord;
    this.#worker = new BlockWorker(parts.settings.storeLocation);
  }

  /** Bytes of memtables that are closed and not yet in committed blocks. */
  get frozenBytes(): number {
    return this.#frozenBytes;
  }

  activeBytes(): number {
    let sizeBytes = 0;
    for (const { memtable } of this.#active()) sizeBytes += memtable.sizeBytes;
    return sizeBytes;
  }

  rowCount(): number {
    let rows = 0;
    for (const { memtable } of this.#active()) rows += memtable.rowCount;
    for (const frozen of this.#frozen.values()) rows += rowsOf(frozen);
    return rows;
  }

  /** Writes out what is in memory as of this call. After a failure all of it is still there, for the next call. */
  async flush(): Promise<BlockMeta[]> {
    this.#freeze();
    const upTo = this.#frozenUpTo;
    const frozen = [...this.#frozen.values()];
    const added: AddedBlock[] = [];
    for (const items of planFlush(frozen.map(flushItem))) {
      const meta = await this.#makeBlock(items, upTo);
      if (meta === null) continue;
      added.push({ block: await openLiveBlock(this.#parts, meta), frozen: items.map((item) => item.frozen) });
    }
    const segments = await this.#writeSeries(frozen);
    await this.#commit(added, frozen, segments, upTo);
    return added.map((entry) => entry.block.meta);
  }

  /** The memtables being flushed, as the blocks that they will be: deletes must be kept for them. */
  blocksToCome(bucketId: string): BlockMeta[] {
    const blocks: BlockMeta[] = [];
    for (const frozen of this.#frozen.values()) {
      if (frozen.bucket.id !== bucketId) continue;
      const { shard, measurement } = frozen.table;
      blocks.push({
        key: '',
        bucketId,
        shardStart: `${shard.startNs}`,
        shardEnd: `${shard.endNs}`,
        level: 0,
        tables: [{ measurement, fields: [] }],
        minSeq: frozen.memtables[0].minVersion,
        maxSeq: this.#frozenUpTo,
        deletesUpTo: this.#frozenUpTo,
        minTime: `${shard.startNs}`,
        maxTime: `${shard.endNs}`,
        rowCount: rowsOf(frozen),
        sizeBytes: 0,
      });
    }
    return blocks;
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  /** Takes what is in active memtables; what an earlier, failed flush took is still there and joins. */
  #freeze(): void {
    for (const { bucket, table, memtable } of this.#active()) {
      table.freeze();
      this.#frozenBytes += memtable.sizeBytes;
      const known = this.#frozen.get(table);
      if (known === undefined) this.#frozen.set(table, { bucket, table, memtables: [memtable] });
      else known.memtables.push(memtable);
    }
    this.#frozenUpTo = this.#parts.appliedSeq();
  }

  #makeBlock(items: readonly FrozenItem[], upTo: Seq): Promise<BlockMeta | null> {
    const { bucket, table } = items[0].frozen;
    const minSeq = Math.min(...items.map((item) => item.frozen.memtables[0].minVersion));
    const tables = items.map((item) => item.snapshot);
    return makeBlock(this.#worker, bucket, table.shard, tables, { level: 0, minSeq, maxSeq: upTo, deletesUpTo: upTo });
  }

  /** Stores the keys of series that are new since the last commit, of the buckets that are flushed. */
  async #writeSeries(frozen: readonly FrozenTable[]): Promise<SeriesSegmentMeta[]> {
    const segments: SeriesSegmentMeta[] = [];
    for (const { id, table, storedCount } of new Set(frozen.map((entry) => entry.bucket.family))) {
      const endId = table.count;
      if (endId === storedCount) continue;
      const key = `series/${id}/${storedCount.toString().padStart(10, '0')}-${randomBytes(4).toString('hex')}`;
      await this.#parts.settings.store.put(key, encodeSeriesSegment(table, storedCount, endId));
      segments.push({ key, bucketId: id, firstId: storedCount, count: endId - storedCount });
    }
    return segments;
  }

  async #commit(
    added: readonly AddedBlock[],
    frozen: readonly FrozenTable[],
    allSegments: readonly SeriesSegmentMeta[],
    upTo: Seq,
  ): Promise<void> {
    const { manifest, buckets, uses } = this.#parts;
    // A bucket or shard that went while its block was written takes the block with it.
    let live: AddedBlock[] = [];
    let segments: SeriesSegmentMeta[] = [];
    await manifest.commit(
      () => {
        live = added.filter(({ frozen: [first] }) => isLiveShard(this.#parts, first.bucket, first.table.shard.startNs));
        segments = allSegments.filter((segment) => findFamily(buckets.values(), segment.bucketId) !== undefined);
        if (live.length === 0 && segments.length === 0 && upTo === manifest.state.upTo) return undefined;
        return this.#makeRecord({ upTo, add: live.map((entry) => entry.block.meta), addSeries: segments });
      },
      () => {
        for (const { table, memtables } of frozen) for (const memtable of memtables) table.dropMemtable(memtable);
        for (const {
          block,
          frozen: [first],
        } of live)
          first.bucket.addBlock(block, first.table.shard);
        for (const segment of segments) {
          const family = findFamily(buckets.values(), segment.bucketId);
          if (family !== undefined) family.storedCount = segment.firstId + segment.count;
        }
        this.#frozen.clear();
        this.#frozenBytes = 0;
      },
    );
    for (const entry of added) if (!live.includes(entry)) uses.retire(entry.block);
  }

  *#active(): Generator<{ bucket: BucketView; table: ShardTable; memtable: Memtable }> {
    for (const bucket of this.#parts.buckets.values()) {
      for (const shard of bucket.shards.values()) {
        for (const table of shard.tables.values()) {
          if (table.active !== undefined && table.active.rowCount > 0) yield { bucket, table, memtable: table.active };
        }
      }
    }
  }
}

/** What the flush plan and the block worker need of a table: rows and deletes as of the start of the flush. */
function flushItem(frozen: FrozenTable): FrozenItem {
  const { bucket, table, memtables } = frozen;
  const { measurement, shard } = table;
  const fields = table.fields();
  const snapshot = { measurement, shard, sources: memtables.map((memtable) => memtable.source()), fields };
  return {
    bucketId: bucket.id,
    shardStartNs: shard.startNs,
    measurement,
    rowCount: rowsOf(frozen),
    fields,
    frozen,
    snapshot,
  };
}

function rowsOf(frozen: FrozenTable): number {
  return frozen.memtables.reduce((sum, memtable) => sum + memtable.rowCount, 0);
}
