// What a statement gives back before it has a place in the query's results, and small tables as batches of rows.
import type { Cell, Message, ResultBatch, SeriesHeader } from '../result.ts';

export interface Answer {
  readonly messages?: readonly Message[] | undefined;
  readonly batches: AsyncIterable<ResultBatch>;
}

/** One series of an answer that fits into memory. */
export interface Table {
  /** Empty = the series has no name. */
  readonly name: string;
  /** Ascending by key; empty or absent = none. */
  readonly tags?: ReadonlyArray<readonly [key: string, value: string]> | undefined;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const ROWS_PER_BATCH = 10_000;

/** The answer of a statement that has nothing to show. */
export const NOTHING: Answer = { batches: batchesOf([]) };

/** Tables as an answer. A table without rows still shows its columns. */
export function answerTables(tables: readonly Table[]): Answer {
  return { batches: batchesOf(tables) };
}

/** Rows after the first `offset`, at most `limit` of them; 0 = no limit. */
export function limited<T>(rows: readonly T[], limit: number, offset: number): readonly T[] {
  return limit === 0 && offset === 0 ? rows : rows.slice(offset, limit === 0 ? undefined : offset + limit);
}

function batchesOf(tables: readonly Table[]): AsyncIterable<ResultBatch> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const table of tables) {
        const tags = table.tags === undefined || table.tags.length === 0 ? null : table.tags;
        const series: SeriesHeader = { name: table.name, tags, columns: table.columns };
        for (let at = 0; at === 0 || at < table.rows.length; at += ROWS_PER_BATCH) {
          yield batchOf(series, table.rows.slice(at, at + ROWS_PER_BATCH));
        }
      }
    },
  };
}

function batchOf(series: SeriesHeader, rows: Table['rows']): ResultBatch {
  return {
    series,
    rowCount: rows.length,
    columns: series.columns.map((_, column) => ({ kind: 'cells', values: rows.map((row) => row[column]) })),
  };
}
