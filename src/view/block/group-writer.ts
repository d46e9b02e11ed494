// Writes the column chunks of one row group, in the order of the schema.
import { booleanEncoder } from './boolean-encoder.ts';
import { ChunkWriter, type PageRows } from './chunk-writer.ts';
import type { ColumnRecord } from './column-table.ts';
import { type ColumnValues, gatherColumn } from './column-values.ts';
import { scaled, toScaled } from './decimal.ts';
import { floatEncoder } from './float-encoder.ts';
import type { PooledGroup } from './group-pool.ts';
import { integerEncoder, wideBounds, wideEncoder } from './integer-encoder.ts';
import {
  type GroupStats,
  NO_VALUES,
  type NumberStats,
  RUN_STATS_ROWS,
  UNKNOWN,
  columnStats,
  packStats,
} from './number-stats.ts';
import type { Output } from './output.ts';
import type { PageEncoder, TrialPage } from './page-encoder.ts';
import { ENCODING, type ParquetColumn } from './parquet-columns.ts';
import type { ChunkMeta, PageBounds } from './parquet-thrift.ts';
import { stringEncoder } from './string-encoder.ts';
import { encodeTagRuns } from './tag-encoder.ts';

export interface GroupWrite {
  readonly group: PooledGroup;
  readonly pageStarts: Uint32Array;
  /** Number of the group's first page in the block. */
  readonly firstPage: number;
  readonly groupIndex: number;
  readonly columns: readonly ColumnRecord[];
  readonly tagValuesOf: (seriesId: number) => readonly (string | null)[];
  /** See BlockSchema. */
  readonly compact: boolean;
  readonly out: Output;
}

export interface WrittenGroup {
  readonly chunks: ChunkMeta[];
  /** Packed statistics of each field, in order; empty where there are none. */
  readonly stats: Uint8Array[];
}

export function writeGroupColumns(write: GroupWrite): WrittenGroup {
  const { group, columns } = write;
  const chunks: ChunkMeta[] = [];
  const stats: Uint8Array[] = [];
  const tags = group.seriesIds.length === 0 ? [] : tagsOfRuns(write);
  let tag = 0;
  let field = 0;
  for (const record of columns) {
    switch (record.column.role) {
      case 'time':
        chunks.push(writeIntegers(write, record, group.times, group.baseNs));
        break;
      case 'version':
        chunks.push(writeIntegers(write, record, group.versions ?? new Float64Array(group.rowCount), 0n));
        break;
      case 'measurement':
        chunks.push(writeRuns(write, record.column, (run) => group.runMeasurements[run]));
        break;
      case 'tag': {
        const index = tag++;
        chunks.push(writeRuns(write, record.column, (run) => tags[run][index] ?? null));
        break;
      }
      case 'field': {
        const written = writeField(write, record, field++);
        chunks.push(written.chunk);
        stats.push(written.stats);
        break;
      }
    }
  }
  return { chunks, stats };
}

function tagsOfRuns({ group, tagValuesOf }: GroupWrite): ReadonlyArray<readonly (string | null)[]> {
  return Array.from(group.seriesIds, (id) => tagValuesOf(id));
}

/** Times and versions: every row has one. */
function writeIntegers(write: GroupWrite, record: ColumnRecord, values: Float64Array, base: bigint): ChunkMeta {
  const { group, pageStarts } = write;
  const encoder = integerEncoder(values, group.rowCount, base, trialPage(pageStarts), 'patterned');
  const chunk = new ChunkWriter(write.out, record.column, encoder);
  addDictionary(write, record, chunk);
  let all: NumberRange | undefined;
  for (let page = 0; page + 1 < pageStarts.length; page++) {
    const range = rangeOf(values, pageStarts[page], pageStarts[page + 1]);
    all = all === undefined ? range : { min: Math.min(all.min, range.min), max: Math.max(all.max, range.max) };
    const rows = pageRows(pageStarts, pageStarts, page);
    const stored = chunk.page(write.firstPage + page, rows, null, integerBounds(range, base), false);
    if (stored !== undefined) record.pages.push(stored);
  }
  return chunk.finish(all === undefined ? null : integerBounds(all, base));
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
}

function rangeOf(values: Float64Array, start: number, end: number): NumberRange {
  let min = values[start];
  let max = min;
  for (let row = start + 1; row < end; row++) {
    const value = values[row];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function integerBounds({ min, max }: NumberRange, base: bigint): PageBounds {
  return { min: int64Bytes(base + BigInt(min)), max: int64Bytes(base + BigInt(max)) };
}

function int64Bytes(value: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt.asIntN(64, value)).buffer);
}

/** Zero is written as -0 below and +0 above: the format's rule, as readers may take either for the other. */
function floatBounds({ min, max }: NumberRange): PageBounds {
  const bytes = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);
  return { min: bytes(min === 0 ? -0 : min), max: bytes(max === 0 ? 0 : max) };
}

function pageRows(pageStarts: Uint32Array, denseStarts: Uint32Array, page: number): PageRows {
  return {
    firstRow: pageStarts[page],
    rows: pageStarts[page + 1] - pageStarts[page],
    start: denseStarts[page],
    count: denseStarts[page + 1] - denseStarts[page],
  };
}

/** The fullest of the first few pages. */
function trialPage(denseStarts: Uint32Array): TrialPage {
  let best = { start: 0, count: 0 };
  for (let page = 0; page + 1 < denseStarts.length; page++) {
    const count = denseStarts[page + 1] - denseStarts[page];
    if (count > best.count) best = { start: denseStarts[page], count };
    if (count > 2048) break;
  }
  return best;
}

function addDictionary(write: GroupWrite, record: ColumnRecord, chunk: ChunkWriter): void {
  const dictionary = chunk.dictionary(write.groupIndex);
  if (dictionary !== undefined) record.dictionaries.push(dictionary);
}

function writeField(write: GroupWrite, record: ColumnRecord, field: number): { chunk: ChunkMeta; stats: Uint8Array } {
  const pieces = write.group.columns.get(field);
  if (pieces === undefined) return { chunk: writeNulls(write, record.column), stats: NO_VALUES };
  const { pageStarts, group } = write;
  const values = gatherColumn(pieces, pageStarts);
  if (values.count === 0) return { chunk: writeNulls(write, record.column), stats: NO_VALUES };
  const { type } = record.column;
  const integers = type !== 'float';
  const numeric = values.wide === null && values.strings === null;
  const withRuns = group.rowCount >= RUN_STATS_ROWS * group.seriesIds.length;
  const { runStarts, times } = group;
  const stats = numeric ? columnStats({ values, integers, pageStarts, runStarts, times, withRuns }) : undefined;
  const chunk = new ChunkWriter(write.out, record.column, encoderOf(record.column, values, write.compact));
  addDictionary(write, record, chunk);
  writeFieldPages(write, record, values, stats, chunk);
  const bounds = stats === undefined ? null : boundsOf(record.column, stats.pages);
  return { chunk: chunk.finish(bounds), stats: stats === undefined ? UNKNOWN : packStats(stats).written() };
}

function encoderOf(column: ParquetColumn, values: ColumnValues, compact: boolean): PageEncoder {
  const { numbers, wide, strings, rows, count } = values;
  const trial = trialPage(values.starts);
  const kind = compact ? 'compact' : 'plain';
  if (strings !== null) return stringEncoder(strings, rows, count, compact);
  if (wide !== null) return wideEncoder(wide, count, column.type === 'unsigned');
  if (column.type === 'boolean') return booleanEncoder(numbers);
  if (column.scale !== undefined) return integerEncoder(toScaled(numbers, count, column.scale), count, 0n, trial, kind);
  return column.type === 'float'
    ? floatEncoder(numbers, count, trial, compact)
    : integerEncoder(numbers, count, 0n, trial, kind);
}

/** Consecutive pages without any value share one Parquet page; Weir's index does not list them at all. */
function writeFieldPages(
  write: GroupWrite,
  record: ColumnRecord,
  values: ColumnValues,
  stats: GroupStats | undefined,
  chunk: ChunkWriter,
): void {
  const { pageStarts, firstPage } = write;
  let nullsFrom = -1;
  for (let page = 0; page + 1 < pageStarts.length; page++) {
    const rows = pageRows(pageStarts, values.starts, page);
    if (rows.count === 0) {
      if (nullsFrom < 0) nullsFrom = rows.firstRow;
      continue;
    }
    if (nullsFrom >= 0) writeNullPage(chunk, nullsFrom, rows.firstRow);
    nullsFrom = -1;
    const bounds = pageBounds(record.column, values, stats, page);
    const wide = values.wide !== null && isWide(values.wide, rows, record.column.type === 'unsigned');
    const stored = chunk.page(firstPage + page, rows, values.valid, bounds, wide);
    if (stored !== undefined) record.pages.push(stored);
  }
  if (nullsFrom >= 0) writeNullPage(chunk, nullsFrom, pageStarts[pageStarts.length - 1]);
}

function writeNullPage(chunk: ChunkWriter, firstRow: number, end: number): void {
  chunk.page(-1, { firstRow, rows: end - firstRow, start: 0, count: 0 }, null, null, false);
}

function isWide(values: BigInt64Array, { start, count }: PageRows, unsigned: boolean): boolean {
  const { min, max } = wideBounds(values, start, count, unsigned);
  return min < BigInt(Number.MIN_SAFE_INTEGER) || max > BigInt(Number.MAX_SAFE_INTEGER);
}

function pageBounds(
  column: ParquetColumn,
  values: ColumnValues,
  stats: GroupStats | undefined,
  page: number,
): PageBounds | null {
  if (stats !== undefined) return boundsAt(column, stats.pages, page);
  if (values.wide === null) return null;
  const start = values.starts[page];
  const { min, max } = wideBounds(values.wide, start, values.starts[page + 1] - start, column.type === 'unsigned');
  return { min: int64Bytes(min), max: int64Bytes(max) };
}

function boundsAt(column: ParquetColumn, stats: NumberStats, page: number): PageBounds | null {
  if (column.type === 'boolean' || (column.type === 'float' && Number.isNaN(stats.sum[page]))) return null;
  return numberBounds(column, { min: stats.min[page], max: stats.max[page] });
}

function numberBounds({ type, scale }: ParquetColumn, { min, max }: NumberRange): PageBounds {
  if (scale !== undefined) return integerBounds({ min: scaled(min, scale), max: scaled(max, scale) }, 0n);
  return type === 'float' ? floatBounds({ min, max }) : integerBounds({ min, max }, 0n);
}

function boundsOf(column: ParquetColumn, stats: NumberStats): PageBounds | null {
  if (column.type === 'boolean') return null;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let page = 0; page < stats.count.length; page++) {
    if (stats.count[page] === 0) continue;
    if (column.type === 'float' && Number.isNaN(stats.sum[page])) return null;
    min = Math.min(min, stats.min[page]);
    max = Math.max(max, stats.max[page]);
  }
  return numberBounds(column, { min, max });
}

const NO_ENCODER: PageEncoder = { dictionary: null, compression: 'never', encode: () => ENCODING.plain };

function writeNulls(write: GroupWrite, column: ParquetColumn): ChunkMeta {
  const chunk = new ChunkWriter(write.out, column, NO_ENCODER);
  writeNullPage(chunk, 0, write.group.rowCount);
  return chunk.finish(null);
}

/** One page for the whole row group: readers that skip pages lose little, as tags are tiny. */
function writeRuns(write: GroupWrite, column: ParquetColumn, valueOf: (run: number) => string | null): ChunkMeta {
  const { group } = write;
  const runs = encodeTagRuns(group.runStarts, valueOf);
  const encoder: PageEncoder = {
    dictionary: runs.dictionary,
    compression: 'each page',
    encode(out) {
      out.append(runs.indices);
      return ENCODING.dictionary;
    },
  };
  const chunk = new ChunkWriter(write.out, column, encoder);
  chunk.dictionary(-1);
  const rows = { firstRow: 0, rows: group.rowCount, start: 0, count: runs.count };
  chunk.page(-1, rows, runs.valid, runs.bounds, false);
  return chunk.finish(runs.bounds);
}
