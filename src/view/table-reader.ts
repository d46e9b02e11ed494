// Reads series out of a TableSnapshot. Works the same on the main thread and in a worker.
import type { SeriesChunk, TimeRange } from '../model/index.ts';
import type { TableSnapshot } from './table-snapshot.ts';

/** Statistics of one field of one series within one table, known without decoding. `count` 0 leaves the rest undefined. */
export interface SeriesFieldStats {
  readonly count: number;
  /** Exact; null when the type has no sum or it is not exact as Float64. */
  readonly sum: number | null;
  readonly min: number;
  readonly max: number;
  /** Value of the first and last row that has one, with their times. */
  readonly firstTimeNs: bigint;
  readonly first: number;
  readonly lastTimeNs: bigint;
  readonly last: number;
}

/** What a reader has read so far; it only grows. */
export interface ReadFigures {
  /** Pages of blocks that were looked into, one for each column. */
  readonly pagesRead: number;
  /** Those of them that were not in memory, and what they take there. */
  readonly pagesDecoded: number;
  readonly bytesDecoded: number;
}

export interface TableReader {
  readonly figures: ReadFigures;

  /**
   * The rows of one series in `range`: chunks ascending in time, disjoint, rows merged field by field (highest version
   * wins), deleted rows left out. `columns` of every chunk follow `fields`.
   */
  read(seriesId: number, fields: readonly string[], range: TimeRange): readonly SeriesChunk[];

  /** A stretch of time that holds all rows of the series, without decoding any; undefined = it has none here. */
  extent(seriesId: number): TimeRange | undefined;

  /** Statistics where they are exact for all points of the series in `range`; undefined = must be read. */
  stats(seriesId: number, field: string, range: TimeRange): SeriesFieldStats | undefined;

  close(): void;
}

export type OpenTableReader = (table: TableSnapshot) => TableReader;
