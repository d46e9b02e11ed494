// Count, sum, least, greatest, first and last of the numbers of one column: per page, and per run of a series where runs are
// long enough to be worth it. Both come out of one pass over segments, the rows between two breaks of either kind:
//
//     runs       ├────── series 4 ──────┼───────── series 9 ─────────┤
//     pages      ├────── 0 ─────┼────── 1 ─────┼──────── 2 ──────────┤
//     segments   ├──────────────┼───────┼──────┼─────────────────────┤
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ColumnValues } from './column-values.ts';
import { packNumbers, unpackNumbers } from './packed-numbers.ts';

/** Series statistics are kept where runs have so many rows on average. */
export const RUN_STATS_ROWS = 64;

/** Statistics of a list of pages or runs; index = page or run within its row group. */
export interface NumberStats {
  readonly count: Float64Array;
  /** NaN = not exact: an integer sum beyond 2^53, or a sum of NaNs. */
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** Nanoseconds from the first row to the first row with a value, and from the last such row to the last row. */
  readonly firstGap: Float64Array;
  readonly lastGap: Float64Array;
}

export interface GroupStats {
  readonly pages: NumberStats;
  readonly runs: NumberStats | null;
}

export function emptyStats(size: number): NumberStats {
  const column = (value: number): Float64Array => new Float64Array(size).fill(value);
  return {
    count: column(0),
    sum: column(0),
    min: column(0),
    max: column(0),
    first: column(0),
    last: column(0),
    firstGap: column(0),
    lastGap: column(0),
  };
}

export interface StatsInput {
  readonly values: ColumnValues;
  readonly integers: boolean;
  readonly pageStarts: Uint32Array;
  readonly runStarts: Uint32Array;
  readonly times: Float64Array;
  readonly withRuns: boolean;
}

/** Numbers only: the caller has none for wide integers and strings. */
export function columnStats(input: StatsInput): GroupStats {
  const { values, integers, pageStarts, runStarts, times } = input;
  const pages = emptyStats(pageStarts.length - 1);
  const runs = input.withRuns ? emptyStats(runStarts.length - 1) : null;
  const rowCount = pageStarts[pageStarts.length - 1];
  let dense = 0;
  for (let row = 0, page = 0, run = 0; row < rowCount; ) {
    const pageEnd = pageStarts[page + 1];
    const end = runs === null ? pageEnd : Math.min(pageEnd, runStarts[run + 1]);
    const count = values.valid === null ? end - row : countValid(values.valid, row, end);
    if (count > 0) {
      summarize(values.numbers, dense, count, integers);
      mergeSegment(pages, page, integers);
      if (runs !== null) {
        if (runs.count[run] === 0) runs.firstGap[run] = times[firstValid(values.valid, row)] - times[runStarts[run]];
        runs.lastGap[run] = times[runStarts[run + 1] - 1] - times[lastValid(values.valid, end)];
        mergeSegment(runs, run, integers);
      }
    }
    dense += count;
    row = end;
    if (end === pageEnd) page++;
    if (runs !== null && end === runStarts[run + 1]) run++;
  }
  return { pages, runs };
}

/** What `summarize` found: count, sum, min, max, first, last. */
const segment = new Float64Array(6);

function summarize(numbers: Float64Array, start: number, count: number, integers: boolean): void {
  let sum = 0;
  let min = numbers[start];
  let max = min;
  for (let i = start; i < start + count; i++) {
    const value = numbers[i];
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // Every partial sum lies within count × the greatest magnitude.
  if (integers && Math.max(-min, max) * count > Number.MAX_SAFE_INTEGER) sum = Number.NaN;
  segment[0] = count;
  segment[1] = sum;
  segment[2] = min;
  segment[3] = max;
  segment[4] = numbers[start];
  segment[5] = numbers[start + count - 1];
}

function mergeSegment(stats: NumberStats, index: number, integers: boolean): void {
  const [count, sum, min, max, first, last] = segment;
  if (stats.count[index] === 0) {
    stats.min[index] = min;
    stats.max[index] = max;
    stats.first[index] = first;
    stats.sum[index] = sum;
  } else {
    // Written so that a NaN on either side stays visible in the sum, which tells that min and max mean nothing.
    if (min < stats.min[index]) stats.min[index] = min;
    if (max > stats.max[index]) stats.max[index] = max;
    const total = stats.sum[index] + sum;
    stats.sum[index] = integers && Math.abs(total) > Number.MAX_SAFE_INTEGER ? Number.NaN : total;
  }
  stats.count[index] += count;
  stats.last[index] = last;
}

function countValid(valid: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let row = start; row < end; row++) count += valid[row];
  return count;
}

function firstValid(valid: Uint8Array | null, row: number): number {
  return valid === null ? row : valid.indexOf(1, row);
}

function lastValid(valid: Uint8Array | null, end: number): number {
  return valid === null ? end - 1 : valid.lastIndexOf(1, end - 1);
}

const MEMBERS = ['count', 'sum', 'min', 'max', 'first', 'last', 'firstGap', 'lastGap'] as const;
/** Pages keep these of them. */
const PAGE_MEMBERS = 4;

export function packStats({ pages, runs }: GroupStats): ByteWriter {
  const out = new ByteWriter();
  out.varint(pages.count.length);
  for (const member of MEMBERS.slice(0, PAGE_MEMBERS)) packNumbers(out, pages[member]);
  out.varint(runs === null ? 0 : runs.count.length);
  if (runs !== null) for (const member of MEMBERS) packNumbers(out, runs[member]);
  return out;
}

/** What is stored of a field of a row group that has no value in it; nothing at all is stored where statistics are not known. */
export const NO_VALUES = Uint8Array.of(0);
export const UNKNOWN = new Uint8Array(0);

export type FieldStats = GroupStats | 'no values' | 'unknown';

export function unpackStats(bytes: Uint8Array): FieldStats {
  if (bytes.length <= 1) return bytes.length === 0 ? 'unknown' : 'no values';
  const reader = new ByteReader(bytes);
  const pages = unpackMembers(reader, MEMBERS.slice(0, PAGE_MEMBERS));
  const runs = unpackMembers(reader, MEMBERS);
  return { pages, runs: runs.count.length === 0 ? null : runs };
}

function unpackMembers(reader: ByteReader, members: readonly (keyof NumberStats)[]): NumberStats {
  const count = reader.varint();
  const stats = emptyStats(0) as Record<keyof NumberStats, Float64Array>;
  if (count > 0) for (const member of members) stats[member] = unpackNumbers(reader, count);
  return stats;
}
