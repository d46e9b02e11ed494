// The view of one log on one machine: takes writes, makes them durable, shows them, and keeps the blocks in order.
//
//   write ─► prepare ─► log.append ─► memtable ─► (flush) ─► blocks ─► (compaction) ─► blocks
//              types       fsync        visible     manifest commit       manifest commit
import { WeirError, assert, messageOf } from '../base/index.ts';
import type { Change, DeleteChange, Log, WriteChange } from '../log/index.ts';
import type { Bucket, PointBatch, SeriesTable } from '../model/index.ts';
import type { AdoptRequest } from './adopt.ts';
import { BucketView } from './bucket-view.ts';
import { type Capture, takeCapture } from './capture.ts';
import { type BucketFigures, figuresOf } from './figures.ts';
import { BlockUses, type LiveBlock } from './live-block.ts';
import { LiveSnapshot } from './live-snapshot.ts';
import { loadBlock, loadSegment } from './load-bucket.ts';
import { Maintenance } from './maintenance.ts';
import { ManifestLog } from './manifest-log.ts';
import { pageCache } from './open-table-reader.ts';
import { type PreparedWrite, prepareWrite } from './prepare-write.ts';
import { SeriesFamily, findFamily } from './series-family.ts';
import { type SeriesAdmission, openAdmission } from './series-limits.ts';
import type { Snapshot } from './snapshot.ts';
import type { DeleteRequest, ViewDoor, ViewStatus, WriteOutcome } from './view-door.ts';
import { type Settings, type ViewOptions, withDefaults } from './view-settings.ts';

/** Progress is told this often during replay. */
const REPLAY_EVENT_MS = 1000;

/** Opens the view: loads the manifest, then replays the log from there. Rejects with `corrupt` when either is damaged. */
export async function openView(options: ViewOptions): Promise<ViewDoor> {
  const view = new View(withDefaults(options));
  await view.open(options.openLog);
  return view;
}

class View implements ViewDoor {
  readonly #settings: Settings;
  readonly #buckets = new Map<string, BucketView>();
  readonly #manifest: ManifestLog;
  readonly #uses: BlockUses;
  readonly #maintenance: Maintenance;
  #log: Log | undefined;
  #appliedSeq = 0;
  readonly #written = { writes: 0, failed: 0, points: 0, droppedPoints: 0 };
  #closing: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#manifest = new ManifestLog(settings.store, settings.retryMs);
    this.#uses = new BlockUses((block) => this.#removeBlock(block));
    this.#maintenance = new Maintenance({
      settings,
      buckets: this.#buckets,
      manifest: this.#manifest,
      uses: this.#uses,
      appliedSeq: () => this.#appliedSeq,
      trim: (upTo) => this.#log?.trim(Math.min(upTo, this.#settings.heldAfter())) ?? Promise.resolve(),
    });
  }

  async open(openLog: ViewOptions['openLog']): Promise<void> {
    await this.#manifest.load();
    // Before replay, which may flush: what it writes is in no record yet.
    await this.#sweep();
    await this.#loadSeries();
    const orphans = await this.#loadBlocks();
    this.#appliedSeq = this.#manifest.state.upTo;
    this.#log = await openLog((bucketId) => this.seriesTable(bucketId), this.#appliedSeq);
    await this.#replay(this.#log);
    // Its last step took them out of the manifest.
    for (const key of orphans) await this.#settings.store.delete(key);
    this.#maintenance.start();
  }

  seriesTable(bucketId: string): SeriesTable {
    return this.#bucket(bucketId).seriesTable;
  }

  admission(bucketId: string): SeriesAdmission | null {
    const limits = this.#settings.seriesLimits;
    if (limits === null) return null;
    const siblings = limits.siblings(bucketId).flatMap((id) => this.#buckets.get(id) ?? []);
    return openAdmission(limits, this.#bucket(bucketId), siblings);
  }

  async write(bucket: Bucket, batch: PointBatch): Promise<WriteOutcome> {
    await this.#maintenance.room();
    const own = this.#bucket(bucket.id);
    const write = prepareWrite(bucket, batch, this.#settings.clock.nowNs(), own);
    this.#written.writes++;
    if (write.tables.length > 0) await this.#commitWrite(own, write);
    this.#written.points += write.written;
    for (const { count } of write.dropped) this.#written.droppedPoints += count;
    if (bucket.late === undefined || write.late.tables.length === 0)
      return { written: write.written, dropped: write.dropped };
    const late = await this.write(bucket.late, write.late);
    return { written: write.written + late.written, dropped: [...write.dropped, ...late.dropped] };
  }

  async delete(bucketId: string, request: DeleteRequest): Promise<void> {
    if (!this.#buckets.has(bucketId)) return;
    const change: DeleteChange = { op: 'delete', bucketId, ...request };
    const seq = await this.#append(change);
    this.#apply(seq, change, false);
    this.#maintenance.noteDelete();
  }

  async dropBucket(bucketId: string): Promise<void> {
    if (!this.#buckets.has(bucketId)) return;
    const change: Change = { op: 'drop-bucket', bucketId };
    const seq = await this.#append(change);
    this.#apply(seq, change, false);
    await this.#maintenance.commitRemovals();
  }

  snapshot(bucketId: string, withExpired = false): Snapshot {
    const bucket = this.#settings.buckets().find((candidate) => candidate.id === bucketId);
    const period = bucket?.durationNs ?? 0n;
    const oldestNs = period === 0n || withExpired ? -(2n ** 63n) : this.#settings.clock.nowNs() - period;
    return new LiveSnapshot(bucketId, this.#buckets.get(bucketId), this.#uses, oldestNs);
  }

  async enforceRetention(): Promise<void> {
    await this.#maintenance.enforceRetention();
  }

  capture(wanted: (bucketId: string) => boolean): Promise<Capture> {
    const { store } = this.#settings;
    return this.#maintenance.atFlush(() =>
      takeCapture(wanted, this.#buckets.values(), this.#manifest.state, this.#uses, store),
    );
  }

  async adopt(request: AdoptRequest): Promise<void> {
    if (this.#closing !== undefined) throw new WeirError('unavailable', 'the server is closing');
    await this.#maintenance.adopt(request);
  }

  status(): ViewStatus {
    let seriesCount = 0;
    let indexBytes = 0;
    for (const bucket of this.#buckets.values()) seriesCount += bucket.liveSeriesCount;
    for (const { index, table } of new Set(Array.from(this.#buckets.values(), ({ family }) => family)))
      indexBytes += index.memoryBytes + table.memoryBytes;
    const { blocks } = this.#manifest.state;
    const memory = this.#maintenance.memory();
    const failures = [...this.#maintenance.failures()];
    if (this.#log?.failure) failures.push(`log: ${this.#log.failure}`);
    return {
      lastSeq: this.#appliedSeq,
      memtableRows: memory.rows,
      memtableBytes: memory.sizeBytes,
      blocks: blocks.length,
      blockBytes: blocks.reduce((sum, block) => sum + block.sizeBytes, 0),
      logBytes: this.#log?.sizeBytes ?? 0,
      seriesCount,
      indexBytes,
      written: { ...this.#written },
      failures,
    };
  }

  oldestShardNs(bucketId: string): bigint | undefined {
    let oldest: bigint | undefined;
    for (const startNs of this.#buckets.get(bucketId)?.shards.keys() ?? [])
      if (oldest === undefined || startNs < oldest) oldest = startNs;
    return oldest;
  }

  figures(): readonly BucketFigures[] {
    return Array.from(this.#buckets.values(), figuresOf);
  }

  async flush(): Promise<void> {
    await this.#maintenance.flushNow();
  }

  /** Ends after what is under way; the memtable stays in the log. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#maintenance.close();
    await this.#log?.close();
    for (const bucket of this.#buckets.values()) {
      for (const shard of bucket.shards.values()) {
        for (const table of shard.tables.values()) for (const block of table.blocks) block.file.release();
      }
    }
  }

  async #commitWrite(bucket: BucketView, write: PreparedWrite): Promise<void> {
    bucket.claim(write);
    try {
      const tables = write.tables.map((table) => table.batch);
      const change: Change = { op: 'write', bucketId: bucket.id, tables };
      const seq = await this.#append(change);
      this.#advance(seq);
      // A bucket that was dropped meanwhile takes its writes with it.
      const exists = this.#buckets.get(bucket.id) === bucket;
      if (exists) bucket.applyWrite(seq, write.tables);
      bucket.settle(write, true);
      if (exists) this.#settings.onChange({ seq, change, replayed: false });
    } catch (error) {
      bucket.settle(write, false);
      this.#written.failed++;
      throw error;
    }
    this.#maintenance.noteWrite();
  }

  #append(change: Change): Promise<number> {
    if (this.#closing !== undefined || this.#log === undefined)
      throw new WeirError('unavailable', 'the server is closing');
    return this.#log.append(change);
  }

  /** Changes are applied in the order of the log: appends resolve in that order. */
  #advance(seq: number): void {
    assert(seq > this.#appliedSeq, `change ${seq} is applied after ${this.#appliedSeq}`);
    this.#appliedSeq = seq;
  }

  #apply(seq: number, change: Exclude<Change, WriteChange>, replayed: boolean): void {
    this.#advance(seq);
    if (change.op === 'delete') this.#buckets.get(change.bucketId)?.applyDelete(seq, change);
    else if (change.op === 'drop-bucket') this.#maintenance.dropBucket(change.bucketId);
    this.#settings.onChange({ seq, change, replayed });
  }

  #bucket(id: string): BucketView {
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      const familyId = this.#settings.buckets().find((known) => known.id === id)?.seriesOf ?? id;
      bucket = new BucketView(id, findFamily(this.#buckets.values(), familyId) ?? new SeriesFamily(familyId));
      this.#buckets.set(id, bucket);
    }
    return bucket;
  }

  async #loadSeries(): Promise<void> {
    const segments = [...this.#manifest.state.series].sort((a, b) => a.firstId - b.firstId);
    for (const segment of segments)
      await loadSegment(this.#bucket(segment.bucketId).family, segment, this.#settings.store);
    // They keep the series of a base that is gone.
    for (const { id, seriesOf } of this.#settings.buckets()) if (seriesOf !== undefined) this.#bucket(id);
  }

  /** Of buckets that exist: the next round of retention lets go of the rest. */
  /** Returns the keys of blocks whose bucket is gone; a kill may have left only some of them. */
  async #loadBlocks(): Promise<readonly string[]> {
    const { blocks, deletes, upTo } = this.#manifest.state;
    const existing = new Set(this.#settings.buckets().map(({ id }) => id));
    const orphans: string[] = [];
    for (const meta of blocks) {
      if (existing.has(meta.bucketId)) await loadBlock(this.#bucket(meta.bucketId), meta, this.#settings.store);
      else orphans.push(meta.key);
    }
    // Deletes after the commit come again with the log.
    for (const meta of deletes)
      if (meta.seq <= upTo && existing.has(meta.bucketId)) this.#bucket(meta.bucketId).restoreDelete(meta);
    return orphans;
  }

  /** Removes objects that a kill left between being written and being committed. */
  async #sweep(): Promise<void> {
    const { state } = this.#manifest;
    const known = new Set([...state.blocks, ...state.series].map((meta) => meta.key));
    for (const prefix of ['blocks/', 'series/']) {
      for await (const { key } of this.#settings.store.list(prefix)) {
        if (!known.has(key)) await this.#settings.store.delete(key);
      }
    }
  }

  async #replay(log: Log): Promise<void> {
    const inBlocks = this.#appliedSeq;
    const fromSeq = Math.min(inBlocks, this.#settings.heldAfter());
    const existing = new Map(this.#settings.buckets().map((bucket) => [bucket.id, bucket]));
    let toldAt = Date.now();
    let told = false;
    for await (const { seq, change } of log.read(fromSeq)) {
      if (seq <= inBlocks) {
        // Only those who follow the changes have not heard of it for good.
        if (!('bucketId' in change) || existing.has(change.bucketId))
          this.#settings.onChange({ seq, change, replayed: true });
      } else if (change.op !== 'write') this.#apply(seq, change, true);
      else {
        this.#replayWrite(seq, change, existing.get(change.bucketId));
        if (this.#maintenance.isFull()) await this.#maintenance.flushNow();
      }
      if (Date.now() - toldAt < REPLAY_EVENT_MS) continue;
      toldAt = Date.now();
      told = true;
      this.#settings.onEvent({ kind: 'replay', fromSeq, seq, lastSeq: log.lastSeq, done: false });
    }
    this.#appliedSeq = Math.max(this.#appliedSeq, log.lastSeq);
    if (told)
      this.#settings.onEvent({ kind: 'replay', fromSeq, seq: this.#appliedSeq, lastSeq: log.lastSeq, done: true });
    await this.enforceRetention();
  }

  #replayWrite(seq: number, change: WriteChange, bucket: Bucket | undefined): void {
    this.#advance(seq);
    const own = this.#bucket(change.bucketId);
    if (bucket === undefined) return;
    const expired = this.#manifest.state.expired[bucket.id];
    const tables = own.tablesOf(bucket, change);
    own.applyWrite(seq, expired === undefined ? tables : tables.filter(({ shard }) => shard.endNs > BigInt(expired)));
    this.#settings.onChange({ seq, change, replayed: true });
  }

  /** Called once nobody reads a block that has left the view. */
  #removeBlock(block: LiveBlock): void {
    pageCache().drop(block.meta.key);
    block.file.release();
    this.#settings.store.delete(block.meta.key).catch((error: unknown) => {
      this.#settings.onEvent({ kind: 'failed', what: 'delete object', message: messageOf(error) });
    });
  }
}
