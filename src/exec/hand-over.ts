// When a thread that started on a request should leave the rest to the worker threads: nobody knows beforehand how much there is
// to read, but what the first points took tells what the others will take.
import { type SeriesChunk, type TimeRange, chunkTime } from '../model/index.ts';
import type { TableSet } from './table-set.ts';

/** What has not been read: rows of series `series` from `range` on (null = all), and all series after it. */
export interface Rest {
  readonly series: number;
  readonly range: TimeRange | null;
}

/** Points between two looks at the progress, at most. */
const POINTS_BETWEEN = 16 * 1024;

export class HandOver {
  readonly #seriesCount: number;
  readonly #range: TimeRange;
  readonly #tables: TableSet;
  readonly #threshold: number;
  readonly #descending: boolean;
  readonly #pointsBetween: number;
  #points = 0;
  #nextLook: number;

  /** `threshold`: so many points still to read are worth the trip. */
  constructor(seriesCount: number, range: TimeRange, tables: TableSet, threshold: number, descending: boolean) {
    this.#seriesCount = seriesCount;
    this.#range = range;
    this.#tables = tables;
    this.#threshold = threshold;
    this.#descending = descending;
    this.#pointsBetween = Math.min(POINTS_BETWEEN, threshold);
    this.#nextLook = this.#pointsBetween;
  }

  /** Call after each chunk, with the points that it had and where it was found. Depends on the data only, not on time. */
  isDue(points: number, series: number, table: number, chunk: SeriesChunk): boolean {
    this.#points += points;
    if (this.#points < this.#nextLook) return false;
    this.#nextLook = this.#points + this.#pointsBetween;
    const done = (series + this.#partOfSeries(table, chunk)) / this.#seriesCount;
    return (this.#points * (1 - done)) / done > this.#threshold;
  }

  /** What is left after a chunk of a series. */
  restAfter(series: number, chunk: SeriesChunk): Rest {
    const { startNs, endNs } = this.#range;
    const range = this.#descending
      ? { startNs, endNs: chunkTime(chunk, 0) }
      : { startNs: chunkTime(chunk, chunk.rowCount - 1) + 1n, endNs };
    return range.startNs < range.endNs ? { series, range } : { series: series + 1, range: null };
  }

  /** How much of a series lies behind, judged by time. */
  #partOfSeries(table: number, chunk: SeriesChunk): number {
    const { ranges } = this.#tables;
    const { startNs, endNs } = ranges[table];
    const reached = this.#descending
      ? endNs - chunkTime(chunk, 0)
      : chunkTime(chunk, chunk.rowCount - 1) - startNs + 1n;
    const before = this.#descending ? ranges.length - 1 - table : table;
    return (before + Number(reached) / Number(endNs - startNs)) / ranges.length;
  }
}
