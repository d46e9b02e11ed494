// What a view does by itself: flushes memtables into blocks, merges blocks, drops what has expired. Each step writes objects
// first and then commits one manifest record, so that a kill at any instant leaves either the old state or the new.
import { randomBytes } from 'node:crypto';
import { messageOf, WeirError } from '../base/index.ts';
import type { Seq } from '../log/index.ts';
import { BlockWorker } from './block-worker-client.ts';
import type { BucketView } from './bucket-view.ts';
import { type CompactionPlan, planCompaction } from './compaction-plan.ts';
import { type FlushItem, planFlush } from './flush-plan.ts';
import type { BlockUses, LiveBlock } from './live-block.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { BlockMeta, DeleteMeta, ManifestRecord, SeriesSegmentMeta } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import { encodeSeriesSegment } from './series-segment.ts';
import { type ShardTable, blockSource } from './shard-table.ts';
import type { TableSnapshot } from './table-snapshot.ts';
import type { Settings } from './view-settings.ts';
import type { ViewEvent } from './view-events.ts';

/** The parts of the view that maintenance works on. */
export interface MaintenanceParts {
  readonly settings: Settings;
  readonly buckets: Map<string, BucketView>;
  readonly manifest: ManifestLog;
  readonly uses: BlockUses;
  readonly appliedSeq: () => Seq;
  readonly trim: (upTo: Seq) => Promise<void>;
}

/** A table's closed memtables: one, or more after a flush that failed. Oldest first. */
interface FrozenTable {
  readonly bucket: BucketView;
  readonly table: ShardTable;
  readonly memtables: Memtable[];
}

const AGE_CHECK_MS = 1000;
const MEMORY_CHECK_WRITES = 16;

export class Maintenance {
  readonly #parts: MaintenanceParts;
  readonly #flushWorker: BlockWorker;
  readonly #compactionWorker: BlockWorker;
  readonly #failures = new Map<string, string>();
  /** Tables of the flush under way; deletes must still reach the blocks that come of them. */
  readonly #frozen = new Map<ShardTable, FrozenTable>();
  #frozenUpTo: Seq = 0;
  #frozenBytes = 0;
  #activeSince = 0;
  #writesSinceCheck = 0;
  #flush: Promise<void> | undefined;
  #compaction: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#flushWorker = new BlockWorker(parts.settings.storeLocation);
    this.#compactionWorker = new BlockWorker(parts.settings.storeLocation);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), AGE_CHECK_MS);
    this.#timer.unref();
    this.#compactInBackground();
  }

  failures(): string[] {
    const { failure } = this.#parts.manifest;
    const all = [...this.#failures].map(([what, message]) => `${what}: ${message}`);
    return failure === undefined ? all : [...all, `manifest: ${failure}`];
  }

  memory(): { rows: number; sizeBytes: number } {
    let rows = 0;
    let sizeBytes = this.#frozenBytes;
    for (const { memtable } of this.#activeTables()) {
      rows += memtable.rowCount;
      sizeBytes += memtable.sizeBytes;
    }
    for (const frozen of this.#frozen.values()) rows += rowsOf(frozen);
    return { rows, sizeBytes };
  }

  /** Whether the memtable is due for a flush by its size. */
  isFull(): boolean {
    return this.memory().sizeBytes - this.#frozenBytes >= this.#parts.settings.flushBytes;
  }

  /** Resolves once there is room for another write. Rejects when there is none because the store fails. */
  async room(): Promise<void> {
    while (this.#frozenBytes > 0 && this.memory().sizeBytes >= this.#parts.settings.maxMemtableBytes) {
      const failure = this.#failures.get('flush') ?? this.#parts.manifest.failure;
      if (failure !== undefined)
        throw new WeirError('unavailable', `memory is full and cannot be written out: ${failure}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Called after each write: starts a flush when one is due. */
  noteWrite(): void {
    if (this.#activeSince === 0) this.#activeSince = Date.now();
    if (++this.#writesSinceCheck < MEMORY_CHECK_WRITES) return;
    this.#writesSinceCheck = 0;
    if (this.#flush === undefined && this.isFull()) this.#flushInBackground();
  }

  /** Writes out all that is in memtables as of this call. */
  async flushNow(): Promise<void> {
    await this.#flush?.catch(() => {});
    await this.#startFlush();
  }

  /** Forgets a bucket at once; its blocks go with the next commit. */
  dropBucket(bucketId: string): void {
    const bucket = this.#parts.buckets.get(bucketId);
    if (bucket === undefined) return;
    this.#parts.buckets.delete(bucketId);
    for (const startNs of [...bucket.shards.keys()])
      for (const block of bucket.removeShard(startNs)) this.#parts.uses.retire(block);
  }

  /** Commits the removal of every block and series segment of buckets that are gone. */
  async commitRemovals(): Promise<void> {
    const { manifest, buckets } = this.#parts;
    let segments: SeriesSegmentMeta[] = [];
    await manifest.commit(
      () => {
        const isGone = (meta: { bucketId: string }): boolean => !buckets.has(meta.bucketId);
        const remove = manifest.state.blocks.filter(isGone).map((block) => block.key);
        segments = manifest.state.series.filter(isGone);
        if (remove.length === 0 && segments.length === 0) return undefined;
        return this.#record({ remove, removeSeries: segments.map((segment) => segment.key) });
      },
      () => {
        for (const segment of segments) this.#deleteObject(segment.key);
      },
    );
  }

  async enforceRetention(): Promise<void> {
    const existing = new Map(this.#parts.settings.buckets().map((bucket) => [bucket.id, bucket]));
    for (const id of [...this.#parts.buckets.keys()]) if (!existing.has(id)) this.dropBucket(id);
    await this.commitRemovals();
    const nowNs = this.#parts.settings.clock.nowNs();
    for (const bucket of this.#parts.buckets.values()) {
      const periodNs = existing.get(bucket.id)?.durationNs ?? 0n;
      if (periodNs === 0n) continue;
      const expired = [...bucket.shards.values()].filter((shard) => shard.range.endNs + periodNs < nowNs);
      if (expired.length > 0)
        await this.#expire(
          bucket,
          expired.map((shard) => shard.range.startNs),
        );
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#wake();
    await this.#parts.manifest.close();
    await this.#flush?.catch(() => {});
    await this.#compaction;
    await this.#flushWorker.close();
    await this.#compactionWorker.close();
  }

  async #expire(bucket: BucketView, starts: readonly bigint[]): Promise<void> {
    const blocks = starts.flatMap((startNs) => bucket.removeShard(startNs));
    const remove = blocks.map((block) => block.meta.key);
    await this.#parts.manifest.commit(
      () => (remove.length === 0 ? undefined : this.#record({ remove })),
      () => {},
    );
    for (const block of blocks) this.#parts.uses.retire(block);
    this.#tell({ kind: 'expired', bucketId: bucket.id, shards: starts.length });
  }

  #tick(): void {
    const old = this.#activeSince !== 0 && Date.now() - this.#activeSince >= this.#parts.settings.flushAgeMs;
    if (this.#flush === undefined && (old || this.#failures.has('flush') || this.isFull())) this.#flushInBackground();
    else if (this.#failures.has('compaction')) this.#compactInBackground();
  }

  #flushInBackground(): void {
    void this.#startFlush()
      .then(() => this.#compactInBackground())
      .catch(() => {});
  }

  #startFlush(): Promise<void> {
    const flush = this.#runFlush()
      .then(
        () => void this.#failures.delete('flush'),
        (error: unknown) => {
          this.#fail('flush', error);
          throw error;
        },
      )
      .finally(() => {
        this.#flush = undefined;
        this.#wake();
      });
    this.#flush = flush;
    return flush;
  }

  async #runFlush(): Promise<void> {
    const startedAt = performance.now();
    this.#freeze();
    const upTo = this.#frozenUpTo;
    const frozen = [...this.#frozen.values()];
    const added: { block: LiveBlock; parts: FrozenTable[] }[] = [];
    for (const items of planFlush(frozen.map(flushItem))) {
      const meta = await this.#writeFlushBlock(items, upTo);
      if (meta !== null) added.push({ block: await this.#openBlock(meta), parts: items.map((item) => item.frozen) });
    }
    const segments = await this.#writeSeries(frozen);
    await this.#commitFlush(added, frozen, segments, upTo);
    await this.#trim(upTo);
    const metas = added.map((entry) => entry.block.meta);
    if (frozen.length > 0) this.#tell(summary('flushed', metas, startedAt));
  }

  /** Takes what is in active memtables; what an earlier, failed flush took is still there and joins. */
  #freeze(): void {
    for (const { bucket, table, memtable } of this.#activeTables()) {
      table.freeze();
      this.#frozenBytes += memtable.sizeBytes;
      const known = this.#frozen.get(table);
      if (known === undefined) this.#frozen.set(table, { bucket, table, memtables: [memtable] });
      else known.memtables.push(memtable);
    }
    this.#frozenUpTo = this.#parts.appliedSeq();
    this.#activeSince = 0;
  }

  #writeFlushBlock(items: readonly FrozenItem[], upTo: Seq): Promise<BlockMeta | null> {
    const { bucket, table } = items[0].frozen;
    const minSeq = Math.min(...items.map((item) => item.frozen.memtables[0].minVersion));
    const tables = items.map((item) => item.snapshot);
    return this.#write(this.#flushWorker, bucket, table, tables, { level: 0, minSeq, maxSeq: upTo, deletesUpTo: upTo });
  }

  async #commitFlush(
    added: readonly { block: LiveBlock; parts: readonly FrozenTable[] }[],
    frozen: readonly FrozenTable[],
    segments: readonly SeriesSegmentMeta[],
    upTo: Seq,
  ): Promise<void> {
    const { manifest } = this.#parts;
    // A bucket or shard that went while its block was written takes the block with it.
    const isLive = ({ parts }: { parts: readonly FrozenTable[] }): boolean =>
      this.#isLive(parts[0].bucket, parts[0].table.shard.startNs);
    const dead = added.filter((entry) => !isLive(entry));
    const live = added.filter(isLive);
    await manifest.commit(
      () => {
        if (live.length === 0 && segments.length === 0 && upTo === manifest.state.upTo) return undefined;
        return this.#record({ upTo, add: live.map((entry) => entry.block.meta), addSeries: segments });
      },
      () => {
        for (const { table, memtables } of frozen) for (const memtable of memtables) table.dropMemtable(memtable);
        for (const { block, parts } of live) parts[0].bucket.addBlock(block, parts[0].table.shard);
        for (const segment of segments) {
          const bucket = this.#parts.buckets.get(segment.bucketId);
          if (bucket !== undefined) bucket.storedSeries = segment.firstId + segment.count;
        }
        this.#frozen.clear();
        this.#frozenBytes = 0;
      },
    );
    for (const { block } of dead) this.#parts.uses.retire(block);
  }

  /** Stores the keys of series that are new since the last commit, for each bucket that is flushed. */
  async #writeSeries(frozen: readonly FrozenTable[]): Promise<SeriesSegmentMeta[]> {
    const segments: SeriesSegmentMeta[] = [];
    for (const bucket of new Set(frozen.map((part) => part.bucket))) {
      const firstId = bucket.storedSeries;
      const endId = bucket.seriesTable.count;
      if (endId === firstId) continue;
      const key = `series/${bucket.id}/${firstId.toString().padStart(10, '0')}-${randomBytes(4).toString('hex')}`;
      await this.#parts.settings.store.put(key, encodeSeriesSegment(bucket.seriesTable, firstId, endId));
      segments.push({ key, bucketId: bucket.id, firstId, count: endId - firstId });
    }
    return segments;
  }

  #compactInBackground(): void {
    this.#compaction ??= this.#compactAll().finally(() => {
      this.#compaction = undefined;
    });
  }

  async #compactAll(): Promise<void> {
    try {
      while (!this.#closed) {
        const plan = planCompaction(this.#parts.manifest.state.blocks, this.#parts.settings.compaction);
        if (plan === undefined) break;
        await this.#compact(plan);
      }
      this.#failures.delete('compaction');
    } catch (error) {
      this.#fail('compaction', error);
    }
  }

  async #compact(plan: CompactionPlan): Promise<void> {
    const startedAt = performance.now();
    const bucket = this.#parts.buckets.get(plan.bucketId);
    const shard = bucket?.shards.get(BigInt(plan.shardStart));
    // What is gone from memory leaves the manifest with a commit that is on its way.
    if (bucket === undefined || shard === undefined)
      return this.#parts.manifest.commit(
        () => undefined,
        () => {},
      );
    const keys = new Set(plan.inputs.map((input) => input.key));
    const deletesUpTo = this.#parts.appliedSeq();
    const seqs = {
      minSeq: plan.inputs[0].minSeq,
      maxSeq: plan.inputs[plan.inputs.length - 1].maxSeq,
      deletesUpTo,
      level: 1,
    };
    const inputs = new Set<LiveBlock>();
    const outputs: LiveBlock[] = [];
    for (const table of shard.tables.values()) {
      const blocks = table.blocks.filter((block) => keys.has(block.meta.key));
      for (const block of blocks) {
        if (!inputs.has(block)) this.#parts.uses.hold(block);
        inputs.add(block);
      }
      if (blocks.length === 0) continue;
      const deletes = bucket.deletes.of(table.measurement);
      const sources = blocks.map((block) => blockSource(block, deletes));
      const snapshot = { measurement: table.measurement, shard: table.shard, sources, fields: table.fields() };
      const meta = await this.#write(this.#compactionWorker, bucket, table, [snapshot], seqs);
      if (meta !== null) outputs.push(await this.#openBlock(meta));
    }
    await this.#commitCompaction(bucket, [...inputs], outputs, plan);
    for (const block of inputs) this.#parts.uses.release(block);
    this.#tell(
      summary(
        'compacted',
        outputs.map((block) => block.meta),
        startedAt,
      ),
    );
  }

  async #commitCompaction(
    bucket: BucketView,
    inputs: LiveBlock[],
    outputs: LiveBlock[],
    plan: CompactionPlan,
  ): Promise<void> {
    const startNs = BigInt(plan.shardStart);
    let committed = false;
    await this.#parts.manifest.commit(
      () => {
        if (!this.#isLive(bucket, startNs)) return undefined;
        return this.#record({ add: outputs.map((block) => block.meta), remove: plan.inputs.map((input) => input.key) });
      },
      () => {
        committed = true;
        const shard = bucket.shards.get(startNs);
        for (const block of outputs) if (shard !== undefined) bucket.addBlock(block, shard.range);
        for (const block of inputs) bucket.removeBlock(block, startNs);
      },
    );
    for (const block of committed ? inputs : outputs) this.#parts.uses.retire(block);
  }

  async #write(
    worker: BlockWorker,
    bucket: BucketView,
    table: ShardTable,
    tables: readonly TableSnapshot[],
    stamp: { level: number; minSeq: Seq; maxSeq: Seq; deletesUpTo: Seq },
  ): Promise<BlockMeta | null> {
    const name = `${stamp.maxSeq.toString().padStart(16, '0')}-${randomBytes(6).toString('hex')}.parquet`;
    const key = `blocks/${bucket.id}/${table.shard.startNs}/${name}`;
    const { arena, offsets } = bucket.seriesTable.shared();
    const written = await worker.write({ key, tables, minSeq: stamp.minSeq, maxSeq: stamp.maxSeq, arena, offsets });
    if (written === null) return null;
    const { startNs, endNs } = table.shard;
    return { key, bucketId: bucket.id, shardStart: `${startNs}`, shardEnd: `${endNs}`, ...stamp, ...written };
  }

  async #openBlock(meta: BlockMeta): Promise<LiveBlock> {
    return { meta, file: await this.#parts.settings.store.localFile(meta.key) };
  }

  /** A record with what is given, and with the deletes that blocks still need after it. */
  #record(change: Partial<Omit<ManifestRecord, 'deletes'>>): ManifestRecord {
    const { state } = this.#parts.manifest;
    const removed = new Set(change.remove ?? []);
    const blocks = [...state.blocks.filter((block) => !removed.has(block.key)), ...(change.add ?? [])];
    const deletes: DeleteMeta[] = [];
    for (const bucket of this.#parts.buckets.values()) {
      bucket.deletes.prune([...blocks, ...this.#blocksToCome(bucket.id)]);
      deletes.push(...bucket.deletes.all);
    }
    return { upTo: state.upTo, add: [], remove: [], addSeries: [], removeSeries: [], ...change, deletes };
  }

  /** The memtables being flushed, as the blocks that they will be: deletes must be kept for them. */
  #blocksToCome(bucketId: string): BlockMeta[] {
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

  /** Whether a bucket and its shard are still there, after a wait. */
  #isLive(bucket: BucketView, shardStartNs: bigint): boolean {
    return this.#parts.buckets.get(bucket.id) === bucket && bucket.shards.has(shardStartNs);
  }

  *#activeTables(): Generator<{ bucket: BucketView; table: ShardTable; memtable: Memtable }> {
    for (const bucket of this.#parts.buckets.values()) {
      for (const shard of bucket.shards.values()) {
        for (const table of shard.tables.values()) {
          if (table.active !== undefined && table.active.rowCount > 0) yield { bucket, table, memtable: table.active };
        }
      }
    }
  }

  async #trim(upTo: Seq): Promise<void> {
    try {
      await this.#parts.trim(upTo);
      this.#failures.delete('trim');
    } catch (error) {
      this.#fail('trim', error);
    }
  }

  #deleteObject(key: string): void {
    this.#parts.settings.store.delete(key).catch((error: unknown) => this.#fail('delete block', error));
  }

  #fail(what: 'flush' | 'compaction' | 'retention' | 'trim' | 'delete block', error: unknown): void {
    const message = messageOf(error);
    this.#failures.set(what, message);
    this.#tell({ kind: 'failed', what, message });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #tell(event: ViewEvent): void {
    this.#parts.settings.onEvent(event);
  }
}

interface FrozenItem extends FlushItem {
  readonly frozen: FrozenTable;
  readonly snapshot: TableSnapshot;
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

function summary(kind: 'flushed' | 'compacted', metas: readonly BlockMeta[], startedAt: number): ViewEvent {
  return {
    kind,
    blocks: metas.length,
    rows: metas.reduce((sum, meta) => sum + meta.rowCount, 0),
    sizeBytes: metas.reduce((sum, meta) => sum + meta.sizeBytes, 0),
    durationMs: Math.round(performance.now() - startedAt),
  };
}
