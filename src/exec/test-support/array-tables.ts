// Tables of plain arrays in the place of blocks and memtables. The rows ride along in the snapshot, so that a worker, too, can
// read them: `openArrayReader` is what it imports.
import { isMainThread } from 'node:worker_threads';
import { type ChunkColumn, type FieldType, type SeriesChunk, type TimeRange, chunkTime } from '../../model/index.ts';
import type { SeriesFieldStats, TableReader, TableSnapshot } from '../../view/index.ts';
import { newWide } from '../values.ts';

export type Cell = number | bigint | string | boolean | null;

/** A row as a test writes it: a time and a value for each of the table's fields. Integers are bigint. */
export interface Row {
  readonly timeNs: bigint;
  readonly cells: readonly Cell[];
}

export interface ArrayTable extends TableSnapshot {
  readonly fieldNames: readonly string[];
  /** Series id -> its rows as chunks, whose columns follow `fieldNames`. */
  readonly series: ReadonlyMap<number, readonly SeriesChunk[]>;
  /** Give statistics where they are exact. */
  readonly withStats: boolean;
  /** What each read does, for tests of faults: a module-level hook cannot reach a worker. */
  readonly fault?: Fault | undefined;
}

export type Fault = 'crash' | 'slow' | 'corrupt' | 'unprepared';

/** What `prepareArrays` was given on this thread: readers of prepared tables refuse to open without it. */
let prepared: unknown;

export function prepareArrays(argument: unknown): void {
  prepared = argument;
}

/** Reads made on this thread since the last reset. */
export const readLog: { seriesId: number; shardStartNs: bigint; range: TimeRange; rows: number }[] = [];

export function openArrayReader(snapshot: TableSnapshot): TableReader {
  const table = snapshot as ArrayTable;
  return {
    figures: { pagesRead: 0, pagesDecoded: 0, bytesDecoded: 0 },
    read: (seriesId, fields, range) => {
      if (table.fault !== undefined) suffer(table.fault);
      const chunks = (table.series.get(seriesId) ?? [])
        .map((chunk) => cutChunk(chunk, range))
        .filter((chunk) => chunk.rowCount > 0)
        .map((chunk) => ({ ...chunk, columns: fields.map((field) => columnOf(table, chunk, field)) }));
      const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
      readLog.push({ seriesId, shardStartNs: table.shard.startNs, range, rows });
      return chunks;
    },
    extent: () => table.shard,
    stats: (seriesId, field, range) => (table.withStats ? statsOf(table, seriesId, field, range) : undefined),
    close: () => {},
  };
}

function suffer(fault: Fault): void {
  if (fault === 'unprepared') {
    if (prepared !== 42 && !isMainThread) throw new Error('not prepared');
    return;
  }
  if (fault === 'crash') process.exit(3);
  if (fault === 'corrupt') throw new Error('a damaged page');
  const end = performance.now() + 5;
  while (performance.now() < end);
}

function columnOf(table: ArrayTable, chunk: SeriesChunk, field: string): ChunkColumn | null {
  const index = table.fieldNames.indexOf(field);
  return index < 0 ? null : chunk.columns[index];
}

function cutChunk(chunk: SeriesChunk, range: TimeRange): SeriesChunk {
  let start = 0;
  let end = chunk.rowCount;
  while (start < end && chunkTime(chunk, start) < range.startNs) start++;
  while (end > start && chunkTime(chunk, end - 1) >= range.endNs) end--;
  const columns = chunk.columns.map((column) => {
    if (column === null) return null;
    const values = 'subarray' in column.values ? column.values.subarray(start, end) : column.values.slice(start, end);
    return { type: column.type, values, valid: column.valid === null ? null : column.valid.subarray(start, end) };
  });
  return { rowCount: end - start, baseNs: chunk.baseNs, times: chunk.times.subarray(start, end), columns };
}

/** Rows as one chunk, with offsets from `baseNs`. */
export function chunkOfRows(rows: readonly Row[], types: readonly FieldType[], baseNs: bigint): SeriesChunk {
  const times = Float64Array.from(rows, (row) => Number(row.timeNs - baseNs));
  const columns = types.map((type, index) =>
    columnOfCells(
      type,
      rows.map((row) => row.cells[index]),
    ),
  );
  return { rowCount: rows.length, baseNs, times, columns };
}

function columnOfCells(type: FieldType, cells: readonly Cell[]): ChunkColumn | null {
  if (cells.every((cell) => cell === null)) return null;
  const valid = cells.includes(null) ? Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1)) : null;
  if (type === 'string') return { type, values: cells.map((cell) => (cell === null ? '' : String(cell))), valid };
  if (type === 'float' || type === 'boolean') return { type, values: Float64Array.from(cells, Number), valid };
  const exact = cells.every((cell) => Number.isSafeInteger(Number(cell)));
  if (exact) return { type, values: Float64Array.from(cells, Number), valid };
  const wide = newWide(type, cells.length);
  for (let row = 0; row < cells.length; row++) wide[row] = BigInt(cells[row] ?? 0);
  return { type, values: wide, valid };
}

export interface TableSpec {
  readonly shard: TimeRange;
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly series: ReadonlyMap<number, readonly SeriesChunk[]>;
  readonly withStats?: boolean;
  readonly fault?: Fault;
}

export function arrayTable(spec: TableSpec): ArrayTable {
  let bytes = 0;
  for (const chunks of spec.series.values()) for (const chunk of chunks) bytes += 8 * chunk.rowCount;
  return {
    measurement: 'm',
    shard: spec.shard,
    // The size lets the executor guess how many rows there are.
    sources: [{ kind: 'block', key: 'none', path: 'none', sizeBytes: bytes, deletes: [] }],
    fields: spec.fields,
    fieldNames: [...spec.fields.keys()],
    series: spec.series,
    withStats: spec.withStats ?? false,
    fault: spec.fault,
  };
}

/** The rows of a chunk as a test would have written them. */
export function rowsOfChunk(chunk: SeriesChunk): Row[] {
  return Array.from({ length: chunk.rowCount }, (_, row) => ({
    timeNs: chunkTime(chunk, row),
    cells: chunk.columns.map((column) => cellOf(column, row)),
  }));
}

function cellOf(column: ChunkColumn | null, row: number): Cell {
  if (column === null || (column.valid !== null && column.valid[row] === 0)) return null;
  const value = column.values[row];
  if (column.type === 'boolean') return value !== 0;
  return column.type === 'integer' || column.type === 'unsigned' ? BigInt(value) : value;
}

function statsOf(table: ArrayTable, seriesId: number, field: string, range: TimeRange): SeriesFieldStats | undefined {
  const index = table.fieldNames.indexOf(field);
  const rows = (table.series.get(seriesId) ?? []).flatMap(rowsOfChunk);
  if (rows.some((row) => row.timeNs < range.startNs || row.timeNs >= range.endNs)) return undefined;
  const points = rows.filter((row) => row.cells[index] !== null);
  const numbers = points.map((row) => Number(row.cells[index]));
  const nothing = { count: 0, sum: 0, min: 0, max: 0, firstTimeNs: 0n, first: 0, lastTimeNs: 0n, last: 0 };
  if (points.length === 0) return nothing;
  const sum = numbers.reduce((total, value) => total + value, 0);
  return {
    count: points.length,
    sum: table.fields.get(field) === 'float' || Number.isSafeInteger(sum) ? sum : null,
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    firstTimeNs: points[0].timeNs,
    first: numbers[0],
    lastTimeNs: points[points.length - 1].timeNs,
    last: numbers[numbers.length - 1],
  };
}
