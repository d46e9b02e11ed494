// The tables of a request, read series by series: readers opened when first needed, ranges cut to what a table can hold, and
// long series taken in slices of time so that no read brings more than some number of rows into memory at once.
import { type SeriesChunk, type TimeRange, intersectRange } from '../model/index.ts';
import { type ThreadUsage, type UsageCounters, addUsage } from './read-usage.ts';
import type { OpenTableReader, SeriesFieldStats, TableReader, TableSnapshot } from '../view/index.ts';

/** How many times longer than the last a slice may become, or shorter. */
const MAX_STEP = 8;
/** What part of a range is tried first when nothing is known of its rows: for few rows, for many. */
const FIRST_PART_FOR_FEW = 64;
const FIRST_PART = 8;
const FEW_ROWS = 4096;
/** A guess for what a row takes in a block. */
const BYTES_PER_ROW = 8;

export class TableSet {
  /** Those of the request that touch its range. */
  readonly tables: readonly TableSnapshot[];
  /** The part of the range in each table. */
  readonly ranges: readonly TimeRange[];
  readonly #open: OpenTableReader;
  readonly #readers: (TableReader | undefined)[];
  /** Where what is read is counted when this is closed. */
  readonly #usage: UsageCounters | null;
  /** Index of each table in the request. */
  readonly #places: readonly number[];
  readonly #used: readonly ThreadUsage[];
  /** Rows per nanosecond that each table would have if all its rows were of one series. */
  readonly #rowsPerNs: Float64Array;
  /** Rows per nanosecond of the densest series seen in each table; -1 = none was read yet. */
  readonly #densities: Float64Array;

  constructor(
    tables: readonly TableSnapshot[],
    range: TimeRange,
    open: OpenTableReader,
    usage: UsageCounters | null = null,
  ) {
    const touched: TableSnapshot[] = [];
    const ranges: TimeRange[] = [];
    const places: number[] = [];
    for (const [place, table] of tables.entries()) {
      const part = intersectRange(table.span ?? table.shard, range);
      if (part === undefined) continue;
      touched.push(table);
      ranges.push(part);
      places.push(place);
    }
    this.tables = touched;
    this.ranges = ranges;
    this.#open = open;
    this.#usage = usage;
    this.#places = places;
    this.#used = touched.map(() => ({ seriesRead: 0, seriesAnswered: 0, rows: 0 }));
    this.#readers = touched.map(() => undefined);
    this.#rowsPerNs = Float64Array.from(touched, rowsPerNs);
    this.#densities = new Float64Array(touched.length).fill(-1);
  }

  /** Whether the table knows the field at all. */
  has(index: number, field: string): boolean {
    return this.tables[index].fields.has(field);
  }

  /** Statistics have answered for a series of the table. */
  noteAnswered(index: number): void {
    this.#used[index].seriesAnswered++;
  }

  stats(index: number, seriesId: number, field: string): SeriesFieldStats | undefined {
    return this.#reader(index).stats(seriesId, field, this.ranges[index]);
  }

  /**
   * The rows of a series in a table, cut to `range`: chunks in reading order, slice by slice of about `targetRows` rows.
   * Stop iterating and nothing more is read.
   */
  *read(
    index: number,
    seriesId: number,
    fields: readonly string[],
    range: TimeRange,
    targetRows: number,
    descending: boolean,
  ): Iterable<SeriesChunk> {
    const reader = this.#reader(index);
    const asked = intersectRange(this.ranges[index], range);
    // A shard may be much longer than what the series has in it: slices start where its rows do.
    const extent = asked && reader.extent(seriesId);
    let left = asked && extent && intersectRange(asked, extent);
    if (left === undefined) return;
    const used = this.#used[index];
    used.seriesRead++;
    let spanNs = this.#firstSpan(index, left, targetRows);
    while (left !== undefined) {
      const slice = sliceOf(left, spanNs, descending);
      const chunks = reader.read(seriesId, fields, slice);
      let rows = 0;
      for (let at = 0; at < chunks.length; at++) {
        const chunk = chunks[descending ? chunks.length - 1 - at : at];
        rows += chunk.rowCount;
        used.rows += chunk.rowCount;
        yield chunk;
      }
      const sliceNs = Number(slice.endNs - slice.startNs);
      this.#densities[index] = Math.max(this.#densities[index], rows / sliceNs);
      const step = rows === 0 ? MAX_STEP : Math.min(MAX_STEP, Math.max(1 / MAX_STEP, targetRows / rows));
      spanNs = sliceNs * step;
      left = restOf(left, slice, descending);
    }
  }

  close(): void {
    for (const [index, reader] of this.#readers.entries()) {
      if (reader === undefined) continue;
      if (this.#usage !== null) addUsage(this.#usage, this.#places[index], this.#used[index], reader.figures);
      reader.close();
    }
  }

  #reader(index: number): TableReader {
    let reader = this.#readers[index];
    if (reader === undefined) {
      reader = this.#open(this.tables[index]);
      this.#readers[index] = reader;
    }
    return reader;
  }

  #firstSpan(index: number, range: TimeRange, targetRows: number): number {
    const whole = Number(range.endNs - range.startNs);
    if (this.#rowsPerNs[index] * whole <= Math.max(targetRows, FEW_ROWS)) return whole;
    const density = this.#densities[index];
    if (density < 0) return whole / (targetRows <= FEW_ROWS ? FIRST_PART_FOR_FEW : FIRST_PART);
    return density === 0 ? whole : (2 * targetRows) / density;
  }
}

function rowsPerNs(table: TableSnapshot): number {
  let rows = 0;
  for (const source of table.sources) {
    rows += source.kind === 'memtable' ? source.rowCount : source.sizeBytes / BYTES_PER_ROW;
  }
  return rows / Number(table.shard.endNs - table.shard.startNs);
}

function sliceOf(range: TimeRange, spanNs: number, descending: boolean): TimeRange {
  const { startNs, endNs } = range;
  if (spanNs >= Number(endNs - startNs)) return range;
  const span = BigInt(Math.max(1, Math.floor(spanNs)));
  return descending ? { startNs: endNs - span, endNs } : { startNs, endNs: startNs + span };
}

function restOf(range: TimeRange, slice: TimeRange, descending: boolean): TimeRange | undefined {
  if (slice === range) return undefined;
  return descending ? { startNs: range.startNs, endNs: slice.startNs } : { startNs: slice.endNs, endNs: range.endNs };
}
