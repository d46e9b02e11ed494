// One bucket of a view: its series, its shards, its deletes. Holds no I/O: the view feeds it and reads it.
import { assert } from '../base/index.ts';
import type { DeleteChange, Seq, WriteChange } from '../log/index.ts';
import { type Bucket, type FieldType, type SeriesTable, type TimeRange, intersectRange } from '../model/index.ts';
import { type ResolvedDelete, Deletes, deleteMeta, isNeededFor } from './deletes.ts';
import type { LiveBlock } from './live-block.ts';
import { type DeleteMeta, coversAllTime, deleteRange } from './manifest.ts';
import { type PreparedTable, type PreparedWrite, type WriteTarget, splitByShard } from './prepare-write.ts';
import { SeriesFamily } from './series-family.ts';
import type { SeriesIndex } from './series-index.ts';
import { sliceAmong } from './shard-range.ts';
import { ShardTable } from './shard-table.ts';
import { openTableReader } from './open-table-reader.ts';

/** The tables of one slice of time. */
export interface Shard {
  readonly range: TimeRange;
  readonly tables: Map<string, ShardTable>;
  /** Since the start. */
  readonly counts: ShardCounts;
}

export interface ShardCounts {
  /** Writes that touched the shard… */
  writes: number;
  /** …and how many of them could not be made durable. */
  failedWrites: number;
  points: number;
}

export class BucketView implements WriteTarget {
  readonly id: string;
  readonly family: SeriesFamily;
  readonly deletes: Deletes;
  /** By start of the shard. */
  readonly shards = new Map<bigint, Shard>();
  /** Series id -> number of tables in which it has rows. A series with none is not shown. */
  #tableCounts: Int32Array = new Int32Array(1024);
  #liveSeries = 0;

  constructor(id: string, family: SeriesFamily = new SeriesFamily(id)) {
    this.id = id;
    this.family = family;
    this.deletes = new Deletes(family.index);
  }

  get seriesTable(): SeriesTable {
    return this.family.table;
  }

  get index(): SeriesIndex {
    return this.family.index;
  }

  get liveSeriesCount(): number {
    return this.#liveSeries;
  }

  isLive(seriesId: number): boolean {
    return seriesId < this.#tableCounts.length && this.#tableCounts[seriesId] > 0;
  }

  shardRange(bucket: Bucket, timeNs: bigint): TimeRange {
    const ranges = Array.from(this.shards.values(), (shard) => shard.range);
    return sliceAmong(ranges, bucket, timeNs);
  }

  fieldType(shard: TimeRange, measurement: string, field: string): FieldType | undefined {
    return this.shards.get(shard.startNs)?.tables.get(measurement)?.fieldType(field);
  }

  /** Reserves the field types of an accepted write; `settle` must follow. */
  claim(write: PreparedWrite): void {
    for (const { shard, batch } of write.tables) {
      const table = this.table(shard, batch.measurement);
      for (const column of batch.columns) table.claimField(column.name, column.type);
    }
  }

  settle(write: PreparedWrite, durable: boolean): void {
    this.#count(write, durable);
    for (const { shard, batch } of write.tables) {
      const table = this.shards.get(shard.startNs)?.tables.get(batch.measurement);
      if (table === undefined) continue;
      for (const column of batch.columns) table.settleField(column.name, durable);
      if (table.isEmpty) this.#removeTable(table);
    }
  }

  #count(write: PreparedWrite, durable: boolean): void {
    const touched = new Set<ShardCounts>();
    for (const { shard, batch } of write.tables) {
      const counts = this.shards.get(shard.startNs)?.counts;
      if (counts === undefined) continue;
      touched.add(counts);
      if (durable) counts.points += batch.rowCount;
    }
    for (const counts of touched) {
      counts.writes++;
      if (!durable) counts.failedWrites++;
    }
  }

  /** Makes a durable write visible. */
  applyWrite(seq: Seq, tables: readonly PreparedTable[]): void {
    this.index.update();
    for (const { shard, batch } of tables) {
      const table = this.table(shard, batch.measurement);
      for (const column of batch.columns) table.addField(column.name, column.type);
      table.writable().append(batch, seq, (seriesId) => this.#addSeries(table, seriesId));
    }
  }

  /** The tables of a logged write. The bucket's shards may have other borders now than when it was accepted. */
  tablesOf(bucket: Bucket, change: WriteChange): PreparedTable[] {
    return change.tables.flatMap((batch) => splitByShard(bucket, batch, this));
  }

  applyDelete(seq: Seq, change: DeleteChange): void {
    this.index.update();
    const meta = deleteMeta(seq, change);
    this.deletes.add(meta);
    for (const table of this.#tablesOf(meta)) {
      const deletion = this.deletes.resolve(meta, table.measurement);
      table.deleteFromMemtables(deletion);
      this.#forgetDeletedSeries(table, deletion, coversShard(deletion, table));
    }
  }

  /** A delete that the manifest tells of: blocks have been added before. */
  restoreDelete(meta: DeleteMeta): void {
    this.deletes.add(meta);
    for (const table of this.#tablesOf(meta)) {
      // Blocks from after the delete may hold its series again, so only reading tells; most blocks have it applied already.
      if (!table.blocks.some((block) => isNeededFor(meta, block.meta))) continue;
      this.#forgetDeletedSeries(table, this.deletes.resolve(meta, table.measurement), false);
    }
  }

  addBlock(block: LiveBlock, shard: TimeRange): void {
    for (const meta of block.meta.tables) {
      const table = this.table(shard, meta.measurement);
      table.addBlock(block);
      for (const [name, type] of meta.fields) table.addField(name, type);
    }
  }

  /** Takes note of the series that a block has, when it was not made from rows that were here already. */
  addBlockSeries(shard: TimeRange, measurement: string, seriesIds: Iterable<number>): void {
    this.index.update();
    const table = this.table(shard, measurement);
    for (const seriesId of seriesIds) this.#addSeries(table, seriesId);
  }

  removeBlock(block: LiveBlock, shardStartNs: bigint): void {
    for (const meta of block.meta.tables) {
      const table = this.shards.get(shardStartNs)?.tables.get(meta.measurement);
      if (table === undefined) continue;
      table.removeBlock(block);
      if (table.isEmpty) this.#removeTable(table);
    }
  }

  /** The shard is past its bucket's period. Returns the blocks that went with it. */
  removeShard(startNs: bigint): LiveBlock[] {
    const shard = this.shards.get(startNs);
    if (shard === undefined) return [];
    const blocks = new Set<LiveBlock>();
    for (const table of shard.tables.values()) {
      for (const block of table.blocks) blocks.add(block);
      for (const seriesId of [...table.series]) this.#dropSeries(table, seriesId);
    }
    this.shards.delete(startNs);
    return [...blocks];
  }

  table(range: TimeRange, measurement: string): ShardTable {
    let shard = this.shards.get(range.startNs);
    if (shard === undefined) {
      shard = { range, tables: new Map(), counts: { writes: 0, failedWrites: 0, points: 0 } };
      this.shards.set(range.startNs, shard);
    }
    let table = shard.tables.get(measurement);
    if (table === undefined) {
      table = new ShardTable(measurement, shard.range);
      shard.tables.set(measurement, table);
    }
    return table;
  }

  /**
   * Series of which the delete left no row are no longer shown; with the last of them go the fields. `whole` = the delete
   * is known to leave nothing of its series.
   */
  #forgetDeletedSeries(table: ShardTable, deletion: ResolvedDelete, whole: boolean): void {
    const candidates = [...(deletion.seriesIds ?? table.series)].filter((id) => table.series.has(id));
    const reader = whole ? undefined : openTableReader(table.snapshot(this.deletes.of(table.measurement)));
    for (const seriesId of candidates) {
      if (reader !== undefined && reader.read(seriesId, [], table.shard).length > 0) continue;
      this.#dropSeries(table, seriesId);
    }
    reader?.close();
    if (table.series.size === 0) table.forgetFields();
  }

  /** The tables that a delete is about. */
  #tablesOf(meta: DeleteMeta): ShardTable[] {
    const range = deleteRange(meta);
    return [...this.shards.values()]
      .filter((shard) => intersectRange(shard.range, range) !== undefined)
      .flatMap((shard) => [...shard.tables.values()])
      .filter((table) => meta.measurements === null || meta.measurements.includes(table.measurement));
  }

  #removeTable(table: ShardTable): void {
    for (const seriesId of [...table.series]) this.#dropSeries(table, seriesId);
    const shard = this.shards.get(table.shard.startNs);
    shard?.tables.delete(table.measurement);
    if (shard?.tables.size === 0) this.shards.delete(table.shard.startNs);
  }

  #addSeries(table: ShardTable, seriesId: number): void {
    if (!table.series.add(seriesId)) return;
    while (seriesId >= this.#tableCounts.length) {
      const grown = new Int32Array(2 * this.#tableCounts.length);
      grown.set(this.#tableCounts);
      this.#tableCounts = grown;
    }
    if (this.#tableCounts[seriesId]++ === 0) this.#liveSeries++;
  }

  #dropSeries(table: ShardTable, seriesId: number): void {
    if (!table.series.delete(seriesId)) return;
    assert(this.#tableCounts[seriesId] > 0, 'a series that a table has is counted');
    if (--this.#tableCounts[seriesId] === 0) this.#liveSeries--;
  }
}

function coversShard(deletion: ResolvedDelete, table: ShardTable): boolean {
  const range = deleteRange(deletion.meta);
  return coversAllTime(range) || (range.startNs <= table.shard.startNs && range.endNs >= table.shard.endNs);
}
