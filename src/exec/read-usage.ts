// What an execution reads, counted for those who ask: a row of counters for each table of the request, in shared memory, as
// the main thread and all workers count into the same.
import type { ReadFigures } from '../view/index.ts';

/** counters[table * 7 + …]: see `TableUsage` for their order. */
export type UsageCounters = BigInt64Array<SharedArrayBuffer>;

export interface TableUsage {
  /** Whether its blocks were opened at all. */
  readonly opened: boolean;
  /** Series whose rows were read; one that was read in several goes counts more than once. */
  readonly seriesRead: number;
  /** Series that statistics answered for, so that nothing of them was read. */
  readonly seriesAnswered: number;
  readonly rows: number;
  /** Pages that were looked into, one for each column… */
  readonly pagesRead: number;
  /** …those of them that were not in memory, and what they take there. */
  readonly pagesDecoded: number;
  readonly bytesDecoded: number;
}

const OPENED = 0;
const SERIES_READ = 1;
const SERIES_ANSWERED = 2;
const ROWS = 3;
const PAGES_READ = 4;
const PAGES_DECODED = 5;
const BYTES_DECODED = 6;
const WIDTH = 7;

/** Counters for so many tables. */
export function newUsage(tables: number): UsageCounters {
  return new BigInt64Array(new SharedArrayBuffer(8 * WIDTH * tables));
}

export function usageOf(counters: UsageCounters, table: number): TableUsage {
  const at = (counter: number): number => Number(Atomics.load(counters, table * WIDTH + counter));
  return {
    opened: at(OPENED) > 0,
    seriesRead: at(SERIES_READ),
    seriesAnswered: at(SERIES_ANSWERED),
    rows: at(ROWS),
    pagesRead: at(PAGES_READ),
    pagesDecoded: at(PAGES_DECODED),
    bytesDecoded: at(BYTES_DECODED),
  };
}

/** What one thread has read of a table. */
export interface ThreadUsage {
  seriesRead: number;
  seriesAnswered: number;
  rows: number;
}

export function addUsage(counters: UsageCounters, table: number, usage: ThreadUsage, figures: ReadFigures): void {
  const add = (counter: number, count: number): void => {
    Atomics.add(counters, table * WIDTH + counter, BigInt(count));
  };
  add(OPENED, 1);
  add(SERIES_READ, usage.seriesRead);
  add(SERIES_ANSWERED, usage.seriesAnswered);
  add(ROWS, usage.rows);
  add(PAGES_READ, figures.pagesRead);
  add(PAGES_DECODED, figures.pagesDecoded);
  add(BYTES_DECODED, figures.bytesDecoded);
}
