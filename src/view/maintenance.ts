// What a view does by itself: flushes memtables, merges blocks, drops what has expired. Each step writes objects first and
// then commits one manifest record, so that a kill at any instant leaves either the old state or the new.
import { WeirError, messageOf } from '../base/index.ts';
import { type AdoptRequest, adopt } from './adopt.ts';
import type { BucketView } from './bucket-view.ts';
import { planCompaction } from './compaction-plan.ts';
import { Compactor } from './compactor.ts';
import { Flusher } from './flusher.ts';
import { hiddenBlocks } from './hidden-blocks.ts';
import type { LiveBlock } from './live-block.ts';
import type { MaintenanceParts } from './maintenance-parts.ts';
import type { BlockMeta, DeleteMeta, ManifestRecord, SeriesSegmentMeta } from './manifest.ts';
import type { TimeRange } from '../model/index.ts';
import { RestingShards } from './resting-shards.ts';
import { findFamily } from './series-family.ts';
import type { FailedWork, ViewEvent } from './view-events.ts';

const TICK_MS = 1000;
const WRITES_PER_MEMORY_CHECK = 16;

export class Maintenance {
  readonly #parts: MaintenanceParts;
  readonly #flusher: Flusher;
  readonly #compactor: Compactor;
  readonly #resting: RestingShards;
  /** What failed last and has not worked since. */
  readonly #failures = new Map<FailedWork, string>();
  #activeSinceMs = 0;
  #writesSinceCheck = 0;
  #flush: Promise<void> | undefined;
  #compaction: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Writes that wait for room. */
  #waiting: (() => void)[] = [];
  /** How many callers at present want no merge to begin. */
  #mergesHeldOff = 0;
  #closed = false;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#flusher = new Flusher(parts, (change) => this.#record(change));
    this.#compactor = new Compactor(parts, (change) => this.#record(change));
    this.#resting = new RestingShards(parts.settings.compaction.restMs, performance.now());
    parts.manifest.onCommitted = () => this.#forgetDeletes();
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
    this.#compactInBackground();
  }

  failures(): string[] {
    const { failure } = this.#parts.manifest;
    const all = [...this.#failures].map(([what, message]) => `${what}: ${message}`);
    return failure === undefined ? all : [...all, `manifest: ${failure}`];
  }

  memory(): { rows: number; sizeBytes: number } {
    return { rows: this.#flusher.rowCount(), sizeBytes: this.#flusher.activeBytes() + this.#flusher.frozenBytes };
  }

  /** Whether the memtable is due for a flush by its size. */
  isFull(): boolean {
    return this.#flusher.activeBytes() >= this.#parts.settings.flushBytes;
  }

  /** Resolves once there is room for another write. Rejects when there is none because the store fails. */
  async room(): Promise<void> {
    while (this.#flusher.frozenBytes > 0 && this.memory().sizeBytes >= this.#parts.settings.maxMemtableBytes) {
      if (this.#closed) throw new WeirError('unavailable', 'the server is closing');
      const failure = this.#failures.get('flush') ?? this.#parts.manifest.failure;
      if (failure !== undefined)
        throw new WeirError('unavailable', `memory is full and cannot be written out: ${failure}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Called after each write: starts a flush when one is due. */
  noteWrite(): void {
    if (this.#activeSinceMs === 0) this.#activeSinceMs = Date.now();
    if (++this.#writesSinceCheck < WRITES_PER_MEMORY_CHECK) return;
    this.#writesSinceCheck = 0;
    if (this.#flush === undefined && this.isFull()) this.#flushInBackground();
  }

  /** Called after each delete: blocks of which it has left nothing go now, the rows of others when they are next merged. */
  noteDelete(): void {
    this.#compactInBackground();
  }

  /** Writes out all that is in memtables as of this call. */
  async flushNow(): Promise<void> {
    while (this.#flush !== undefined) await this.#flush.catch(() => {});
    await this.#startFlush();
  }

  /**
   * Calls `take` at a moment when blocks and deletes up to the manifest's `upTo` are what the log says there: after a flush,
   * and with no merge since it began. (A merge applies all deletes that it knows of, later ones too.) All that is in
   * memtables as of this call is in the blocks then.
   */
  async atFlush<T>(take: () => T): Promise<T> {
    this.#mergesHeldOff++;
    try {
      await this.#compaction;
      await this.flushNow();
      return take();
    } finally {
      this.#mergesHeldOff--;
      this.#compactInBackground();
    }
  }

  async adopt(request: AdoptRequest): Promise<void> {
    await adopt(this.#parts, (change) => this.#record(change), request);
    this.#compactInBackground();
  }

  /** Forgets a bucket at once; what it has in the store goes with `commitRemovals`. */
  dropBucket(bucketId: string): void {
    const bucket = this.#parts.buckets.get(bucketId);
    if (bucket === undefined) return;
    this.#parts.buckets.delete(bucketId);
    for (const startNs of [...bucket.shards.keys()]) {
      for (const block of bucket.removeShard(startNs)) this.#parts.uses.retire(block);
    }
  }

  /** Commits the removal of every block and series segment of buckets that are gone. */
  async commitRemovals(): Promise<void> {
    const { manifest, buckets, settings } = this.#parts;
    let segments: SeriesSegmentMeta[] = [];
    await manifest.commit(
      () => {
        const remove = manifest.state.blocks.filter((block) => !buckets.has(block.bucketId)).map((block) => block.key);
        segments = manifest.state.series.filter(({ bucketId }) => findFamily(buckets.values(), bucketId) === undefined);
        if (remove.length === 0 && segments.length === 0) return undefined;
        return this.#record({ remove, removeSeries: segments.map((segment) => segment.key) });
      },
      () => {},
    );
    for (const { key } of segments) {
      settings.store.delete(key).catch((error: unknown) => this.#fail('delete object', error));
    }
  }

  async enforceRetention(): Promise<void> {
    const existing = new Map(this.#parts.settings.buckets().map((bucket) => [bucket.id, bucket]));
    for (const id of [...this.#parts.buckets.keys()]) if (!existing.has(id)) this.dropBucket(id);
    await this.commitRemovals();
    const nowNs = this.#parts.settings.clock.nowNs();
    for (const bucket of this.#parts.buckets.values()) {
      const { durationNs = 0n, graceNs = 0n } = existing.get(bucket.id) ?? {};
      if (durationNs === 0n) continue;
      const keptNs = durationNs + graceNs;
      const shards = Array.from(bucket.shards.values(), ({ range }) => range).sort((a, b) =>
        a.startNs < b.startNs ? -1 : 1,
      );
      const isNeeded = (range: TimeRange): boolean =>
        range.endNs + keptNs >= nowNs || !this.#parts.settings.mayExpire(bucket.id, range);
      const firstNeeded = shards.findIndex(isNeeded);
      const expired = firstNeeded < 0 ? shards : shards.slice(0, firstNeeded);
      if (expired.length === 0) continue;
      await this.#expire(bucket, expired);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#wake();
    await this.#parts.manifest.close();
    await this.#flush?.catch(() => {});
    await this.#compaction;
    await this.#flusher.close();
    await this.#compactor.close();
  }

  /** Ascending shards. */
  async #expire(bucket: BucketView, shards: readonly TimeRange[]): Promise<void> {
    const blocks = shards.flatMap(({ startNs }) => bucket.removeShard(startNs));
    const remove = blocks.map((block) => block.meta.key);
    const expired = { [bucket.id]: `${shards[shards.length - 1].endNs}` };
    await this.#parts.manifest.commit(
      () => this.#record({ remove, expired }),
      () => {},
    );
    for (const block of blocks) this.#parts.uses.retire(block);
    this.#tell({ kind: 'expired', bucketId: bucket.id, shards: shards.length });
  }

  #tick(): void {
    const { flushAgeMs } = this.#parts.settings;
    const isOld = this.#activeSinceMs !== 0 && Date.now() - this.#activeSinceMs >= flushAgeMs;
    if (this.#flush === undefined && (isOld || this.#failures.has('flush') || this.isFull())) this.#flushInBackground();
    else if (this.#failures.has('compaction')) this.#compactInBackground();
  }

  #flushInBackground(): void {
    // A failure has been told; the next tick tries again.
    void this.#startFlush().catch(() => {});
  }

  #startFlush(): Promise<void> {
    this.#flush = this.#runFlush().finally(() => {
      this.#flush = undefined;
      this.#wake();
    });
    return this.#flush;
  }

  async #runFlush(): Promise<void> {
    const startedAt = performance.now();
    this.#activeSinceMs = 0;
    try {
      const blocks = await this.#flusher.flush();
      this.#failures.delete('flush');
      this.#resting.noteFlush(blocks, performance.now());
      if (blocks.length > 0) this.#tell(summary('flushed', blocks, startedAt));
    } catch (error) {
      this.#fail('flush', error);
      throw error;
    }
    this.#compactInBackground();
    await this.#trim();
  }

  async #trim(): Promise<void> {
    try {
      await this.#parts.trim(this.#parts.manifest.state.upTo);
      this.#failures.delete('trim');
    } catch (error) {
      this.#fail('trim', error);
    }
  }

  #compactInBackground(): void {
    if (this.#mergesHeldOff > 0) return;
    this.#compaction ??= this.#compactAll().finally(() => {
      this.#compaction = undefined;
    });
  }

  async #compactAll(): Promise<void> {
    try {
      while (!this.#closed && this.#mergesHeldOff === 0) {
        await this.#dropHidden();
        const startedAt = performance.now();
        const plan = planCompaction(this.#parts.manifest.state.blocks, this.#parts.settings.compaction, this.#rests());
        if (plan === undefined) break;
        const blocks = await this.#compactor.compact(plan);
        this.#tell(summary('compacted', blocks, startedAt));
      }
      this.#failures.delete('compaction');
    } catch (error) {
      this.#fail('compaction', error);
    }
  }

  #rests(): (block: BlockMeta) => boolean {
    const nowNs = this.#parts.settings.clock.nowNs();
    return (block) => this.#resting.rests(block, nowNs, performance.now());
  }

  /** Not while blocks are merged: what came of them would bring the rows back, and the deletes would be gone. */
  async #dropHidden(): Promise<void> {
    const { manifest, buckets, uses } = this.#parts;
    let hidden: { bucket: BucketView; block: LiveBlock; startNs: bigint }[] = [];
    await manifest.commit(
      () => {
        hidden = [...buckets.values()].flatMap((bucket) =>
          Array.from(hiddenBlocks(bucket), ([block, startNs]) => ({ bucket, block, startNs })),
        );
        if (hidden.length === 0) return undefined;
        return this.#record({ remove: hidden.map(({ block }) => block.meta.key) });
      },
      () => {
        // A bucket or shard that went meanwhile has taken its blocks with it.
        hidden = hidden.filter(
          ({ bucket, block }) => buckets.get(bucket.id) === bucket && hiddenBlocks(bucket).has(block),
        );
        for (const { bucket, block, startNs } of hidden) bucket.removeBlock(block, startNs);
      },
    );
    for (const { block } of hidden) uses.retire(block);
  }

  /** A record with what is given, and with the deletes that some block still needs after it. */
  #record(change: Partial<Omit<ManifestRecord, 'deletes'>>): ManifestRecord {
    const { state } = this.#parts.manifest;
    const removed = new Set(change.remove ?? []);
    const blocks = [...state.blocks.filter((block) => !removed.has(block.key)), ...(change.add ?? [])];
    const deletes = [...this.#parts.buckets.values()].flatMap((bucket) => this.#neededDeletes(bucket, blocks));
    return { upTo: state.upTo, add: [], remove: [], addSeries: [], removeSeries: [], ...change, deletes };
  }

  #neededDeletes(bucket: BucketView, blocks: readonly BlockMeta[]): DeleteMeta[] {
    return bucket.deletes.neededFor([...blocks, ...this.#flusher.blocksToCome(bucket.id)]);
  }

  /** Runs once a commit is in memory too: before that, readers still see the blocks that the deletes are for. */
  #forgetDeletes(): void {
    const { blocks } = this.#parts.manifest.state;
    for (const bucket of this.#parts.buckets.values()) bucket.deletes.keepOnly(this.#neededDeletes(bucket, blocks));
  }

  #fail(what: FailedWork, error: unknown): void {
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

function summary(kind: 'flushed' | 'compacted', blocks: readonly BlockMeta[], startedAt: number): ViewEvent {
  return {
    kind,
    blocks: blocks.length,
    rows: blocks.reduce((sum, meta) => sum + meta.rowCount, 0),
    sizeBytes: blocks.reduce((sum, meta) => sum + meta.sizeBytes, 0),
    durationMs: Math.round(performance.now() - startedAt),
  };
}
