// The reader of a table: for one series, runs of rows from each source, merged. One page cache a thread serves all readers.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { ChunkColumn, FieldType, SeriesChunk, TimeRange } from '../model/index.ts';
import type { BlockMeasurement } from './block/index.ts';
import { DerivedReader } from './derived-reader.ts';
import { hasRows, includesSorted, lowerBound, memtableExtent, readMemtable } from './memtable-reader.ts';
import { type CachedBlock, PageCache } from './page-cache.ts';
import { type Run, mergeRuns, withoutRows } from './series-rows.ts';
import type { SeriesFieldStats, TableReader } from './table-reader.ts';
import type { BlockSource, MemtableColumn, MemtableSource, SeriesDelete, TableSnapshot } from './table-snapshot.ts';
import { chunkAsFloats } from './widen-numbers.ts';

const CACHE_BYTES_KEY = 'weir.pageCacheBytes';
const DEFAULT_CACHE_BYTES = 256 * 1024 * 1024;

let threadCache: PageCache | undefined;

/**
 * How many bytes of decoded pages each thread may keep: this one, if it has not read yet, and those that it starts from
 * now on.
 */
export function setPageCacheBytes(bytes: number): void {
  setEnvironmentData(CACHE_BYTES_KEY, bytes);
}

/** The page cache of this thread. */
export function pageCache(): PageCache {
  threadCache ??= new PageCache(Number(getEnvironmentData(CACHE_BYTES_KEY) ?? DEFAULT_CACHE_BYTES));
  return threadCache;
}

/** Ids of a measurement's series in a block, ascending. */
export function seriesOfBlock(source: BlockSource, shard: TimeRange, measurement: string): Int32Array {
  const cache = pageCache();
  const cached = cache.open(source, shard.startNs);
  const seriesIds = cached.seriesOf(measurement).slice();
  cache.release(cached);
  return seriesIds;
}

export function openTableReader(table: TableSnapshot): TableReader {
  const reader = new SourcesReader(table, pageCache());
  return table.derived === undefined ? reader : new DerivedReader(reader, table.derived);
}

/** A field list bound to one source, kept while callers ask for the same list again and again. */
interface BoundFields {
  readonly fields: readonly string[];
  readonly blocks: readonly (readonly number[])[];
  readonly memtables: readonly (readonly (MemtableColumn | undefined)[])[];
  /** Which fields are floats, but not in every source; null = none. */
  readonly widened: readonly boolean[] | null;
}

class SourcesReader implements TableReader {
  readonly figures = { pagesRead: 0, pagesDecoded: 0, bytesDecoded: 0 };
  readonly #cache: PageCache;
  readonly #types: ReadonlyMap<string, FieldType>;
  readonly #originNs: bigint;
  readonly #spanNs: number;
  readonly #blockSources: readonly BlockSource[];
  readonly #blocks: CachedBlock[];
  /** The measurement's part of each block. */
  readonly #parts: readonly (BlockMeasurement | undefined)[];
  readonly #memtables: readonly MemtableSource[];
  /** Sources oldest first: index into blocks, or into memtables as ~index. */
  readonly #order: readonly number[];
  #bound: BoundFields | undefined;

  constructor(table: TableSnapshot, cache: PageCache) {
    this.#cache = cache;
    this.#types = table.fields;
    this.#originNs = table.shard.startNs;
    this.#spanNs = Number(table.shard.endNs - table.shard.startNs);
    this.#blockSources = table.sources.filter((source) => source.kind === 'block');
    this.#memtables = table.sources.filter((source) => source.kind === 'memtable');
    this.#blocks = openAll(cache, this.#blockSources, this.#originNs);
    this.#parts = this.#blocks.map((cached) => cached.measurement(table.measurement));
    let blocks = 0;
    let memtables = 0;
    this.#order = table.sources.map((source) => (source.kind === 'block' ? blocks++ : ~memtables++));
  }

  read(seriesId: number, fields: readonly string[], range: TimeRange): readonly SeriesChunk[] {
    const from = this.#offset(range.startNs);
    const to = this.#offset(range.endNs);
    if (from >= to) return [];
    const bound = this.#bind(fields);
    const { decodedPages, decodedBytes } = this.#cache;
    const runs: Run[] = [];
    for (const source of this.#order) {
      if (source >= 0) this.#readBlock(source, seriesId, bound.blocks[source], from, to, runs);
      else {
        const run = readMemtable(this.#memtables[~source], seriesId, bound.memtables[~source], from, to);
        if (run !== null) runs.push(run);
      }
    }
    this.figures.pagesDecoded += this.#cache.decodedPages - decodedPages;
    this.figures.bytesDecoded += this.#cache.decodedBytes - decodedBytes;
    if (runs.length === 0) return [];
    const { widened } = bound;
    const alike = widened === null ? runs : runs.map((run) => widenedRun(run, widened));
    return mergeRuns(alike, this.#originNs, fields.length);
  }

  extent(seriesId: number): TimeRange | undefined {
    let first: bigint | undefined;
    let last = 0n;
    const include = (from: bigint, to: bigint): void => {
      if (first === undefined || to > last) last = to;
      if (first === undefined || from < first) first = from;
    };
    for (const memtable of this.#memtables) {
      const own = memtableExtent(memtable, seriesId);
      if (own !== null) include(memtable.baseNs + BigInt(own.first), memtable.baseNs + BigInt(own.last));
    }
    for (let index = 0; index < this.#blocks.length; index++) {
      const series = this.#findSeries(index, seriesId);
      const { block } = this.#blocks[index];
      if (series >= 0) include(block.seriesMinTime(series), block.seriesMaxTime(series));
    }
    return first === undefined ? undefined : { startNs: first, endNs: last + 1n };
  }

  stats(seriesId: number, field: string, range: TimeRange): SeriesFieldStats | undefined {
    // Exact only while one source alone has the series, whole in range, and nothing of it was deleted.
    let found: { index: number; series: number } | undefined;
    for (const memtable of this.#memtables) if (hasRows(memtable, seriesId)) return undefined;
    for (let index = 0; index < this.#blocks.length; index++) {
      const series = this.#findSeries(index, seriesId);
      if (series < 0) continue;
      if (found !== undefined) return undefined;
      found = { index, series };
    }
    if (found === undefined) return undefined;
    const cached = this.#blocks[found.index];
    if (this.#blockSources[found.index].deletes.some((deletion) => concerns(deletion, seriesId))) return undefined;
    if (cached.block.seriesMinTime(found.series) < range.startNs) return undefined;
    if (cached.block.seriesMaxTime(found.series) >= range.endNs) return undefined;
    const fieldIndex = cached.fieldIndex(field);
    if (fieldIndex < 0 || this.#isWidened(field, cached.block.fields[fieldIndex].type)) return undefined;
    return cached.block.seriesStats(found.series, fieldIndex);
  }

  close(): void {
    this.#bound = undefined;
    for (const block of this.#blocks.splice(0)) this.#cache.release(block);
  }

  /** Index of the series in a block, or -1. */
  #findSeries(index: number, seriesId: number): number {
    const part = this.#parts[index];
    return part === undefined ? -1 : this.#blocks[index].block.findSeries(seriesId, part);
  }

  /** A time as an offset from the shard's start, held within the shard so that it is exact. */
  #offset(timeNs: bigint): number {
    const offset = timeNs - this.#originNs;
    if (offset <= 0n) return 0;
    return offset >= BigInt(this.#spanNs) ? this.#spanNs : Number(offset);
  }

  #bind(fields: readonly string[]): BoundFields {
    if (this.#bound?.fields === fields) return this.#bound;
    const blocks = this.#blocks.map((cached) => fields.map((field) => cached.fieldIndex(field)));
    const memtables = this.#memtables.map((memtable) => {
      const byName = new Map(memtable.columns.map((column) => [column.name, column]));
      return fields.map((field) => byName.get(field));
    });
    const widened = fields.map(
      (field, at) =>
        memtables.some((columns) => this.#isWidened(field, columns[at]?.type)) ||
        this.#blocks.some(({ block }, index) => {
          const own = blocks[index][at];
          return own >= 0 && this.#isWidened(field, block.fields[own].type);
        }),
    );
    this.#bound = { fields, blocks, memtables, widened: widened.includes(true) ? widened : null };
    return this.#bound;
  }

  /** Whether a source has numbers of another type than the field. */
  #isWidened(field: string, type: FieldType | undefined): boolean {
    return type !== undefined && type !== 'float' && this.#types.get(field) === 'float';
  }

  #readBlock(
    index: number,
    seriesId: number,
    fieldIndexes: readonly number[],
    from: number,
    to: number,
    runs: Run[],
  ): void {
    const cached = this.#blocks[index];
    const block = cached.block;
    const series = this.#findSeries(index, seriesId);
    if (series < 0) return;
    const rowEnd = block.rowStarts[series + 1];
    let row = block.rowStarts[series];
    let page = block.pageOf(row);
    const deletes = this.#blockSources[index].deletes.filter((deletion) => concerns(deletion, seriesId));
    for (; row < rowEnd; page++) {
      const pageStart = block.pageStarts[page];
      const runEnd = Math.min(rowEnd, block.pageStarts[page + 1]);
      const run = this.#slicePage(index, page, row - pageStart, runEnd - pageStart, fieldIndexes, from, to);
      if (run !== null) {
        const kept = deletes.length === 0 ? run : withoutDeleted(run, deletes, this.#originNs);
        if (kept !== null) runs.push(kept);
      }
      row = runEnd;
    }
  }

  /** Rows [start, end) of a page, one series, cut to the range. */
  #slicePage(
    index: number,
    page: number,
    start: number,
    end: number,
    fieldIndexes: readonly number[],
    from: number,
    to: number,
  ): Run | null {
    const cached = this.#blocks[index];
    if (cached.pageLast[page] < from || cached.pageFirst[page] >= to) return null;
    this.figures.pagesRead += 1 + fieldIndexes.length;
    const { shift, times } = cached.times(page);
    const first = times[start] + shift >= from ? start : lowerBound(times, from - shift, start, end);
    const last = times[end - 1] + shift < to ? end : lowerBound(times, to - shift, first, end);
    if (first >= last) return null;
    const whole = first === 0 && last === times.length;
    const columns: (ChunkColumn | null)[] = [];
    for (const field of fieldIndexes) {
      const column = field < 0 ? null : cached.column(field, page);
      columns.push(whole || column === null ? column : sliceColumn(column, first, last));
    }
    return { rowCount: last - first, times: whole ? times : times.subarray(first, last), shift, columns };
  }
}

function widenedRun(run: Run, widened: readonly boolean[]): Run {
  return { ...run, columns: run.columns.map((column, at) => (widened[at] ? chunkAsFloats(column) : column)) };
}

/** All or none. */
function openAll(cache: PageCache, sources: readonly BlockSource[], originNs: bigint): CachedBlock[] {
  const opened: CachedBlock[] = [];
  try {
    for (const source of sources) opened.push(cache.open(source, originNs));
  } catch (error) {
    for (const block of opened) cache.release(block);
    throw error;
  }
  return opened;
}

function concerns(deletion: SeriesDelete, seriesId: number): boolean {
  return deletion.seriesIds === null || includesSorted(deletion.seriesIds, seriesId);
}

function withoutDeleted(run: Run, deletes: readonly SeriesDelete[], originNs: bigint): Run | null {
  const drop = new Uint8Array(run.rowCount);
  const base = originNs + BigInt(run.shift);
  for (let row = 0; row < run.rowCount; row++) {
    const timeNs = base + BigInt(run.times[row]);
    for (const { range } of deletes) if (timeNs >= range.startNs && timeNs < range.endNs) drop[row] = 1;
  }
  return withoutRows(run, drop);
}

function sliceColumn(column: ChunkColumn, first: number, last: number): ChunkColumn {
  const values = column.values;
  return {
    type: column.type,
    values: Array.isArray(values) ? values.slice(first, last) : (values as Float64Array).subarray(first, last),
    valid: column.valid === null ? null : column.valid.subarray(first, last),
  };
}
