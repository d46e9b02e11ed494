// Statistics of series and pages, decoded by (row group, field) when first asked for.
import type { FieldType } from '../../model/index.ts';
import type { SectionReader } from './index-section.ts';
import { type FieldStats, type NumberStats, unpackStats } from './number-stats.ts';
import { timeAt } from './packed-numbers.ts';
import type { PageRowsTable, SeriesRows } from './series-section.ts';

/** One field over some rows. With `count` 0 the rest says nothing. */
export interface PageFieldStats {
  readonly count: number;
  /** null = the type has no sum, or it is not exact as Float64. */
  readonly sum: number | null;
  readonly min: number;
  readonly max: number;
}

export interface RunFieldStats extends PageFieldStats {
  readonly firstTimeNs: bigint;
  readonly first: number;
  readonly lastTimeNs: bigint;
  readonly last: number;
}

export class StatsReader {
  readonly #sections: SectionReader;
  readonly #firstSection: number;
  readonly #fieldCount: number;
  readonly #series: SeriesRows;
  readonly #pages: PageRowsTable;
  readonly #decoded = new Map<number, FieldStats>();

  constructor(
    sections: SectionReader,
    firstSection: number,
    fieldCount: number,
    series: SeriesRows,
    pages: PageRowsTable,
  ) {
    this.#sections = sections;
    this.#firstSection = firstSection;
    this.#fieldCount = fieldCount;
    this.#series = series;
    this.#pages = pages;
  }

  ofPage(page: number, field: number, type: FieldType): PageFieldStats | undefined {
    const group = lastAtMost(this.#pages.groupPages, page);
    const stats = this.#stats(group, field);
    if (stats === 'unknown') return undefined;
    if (stats === 'no values') return NO_VALUES;
    return statsAt(stats.pages, page - this.#pages.groupPages[group], type);
  }

  /** Joins the parts of a series that spans row groups; undefined when one of them is not known. */
  ofSeries(series: number, field: number, type: FieldType): RunFieldStats | undefined {
    const { rowStarts } = this.#series;
    const firstGroup = lastAtMost(this.#pages.groupRows, rowStarts[series]);
    const lastGroup = lastAtMost(this.#pages.groupRows, rowStarts[series + 1] - 1);
    let joined: RunFieldStats | undefined = NO_VALUES;
    for (let group = firstGroup; group <= lastGroup && joined !== undefined; group++) {
      joined = joinStats(joined, this.#part(group, series, field, type), type);
    }
    return joined;
  }

  /** The part of a series that lies in a row group. */
  #part(group: number, series: number, field: number, type: FieldType): RunFieldStats | undefined {
    const stats = this.#stats(group, field);
    if (stats === 'no values') return NO_VALUES;
    if (stats === 'unknown' || stats.runs === null) return undefined;
    const run = series - this.#pages.groupSeries[group];
    const found = statsAt(stats.runs, run, type);
    if (found === undefined) return undefined;
    const { groupFirstTimes, groupLastTimes } = this.#pages;
    const { first, last, firstGap, lastGap } = stats.runs;
    // Only the first and the last run of a row group may be parts: there the group's own first and last row tell.
    const startNs = run === 0 ? timeAt(groupFirstTimes, group) : timeAt(this.#series.minTimes, series);
    const isLast = run === first.length - 1;
    const endNs = isLast ? timeAt(groupLastTimes, group) : timeAt(this.#series.maxTimes, series);
    return {
      ...found,
      first: first[run],
      firstTimeNs: startNs + BigInt(firstGap[run]),
      last: last[run],
      lastTimeNs: endNs - BigInt(lastGap[run]),
    };
  }

  #stats(group: number, field: number): FieldStats {
    const section = this.#firstSection + group * this.#fieldCount + field;
    let stats = this.#decoded.get(section);
    if (stats === undefined) {
      stats = unpackStats(this.#sections.section(section));
      this.#decoded.set(section, stats);
    }
    return stats;
  }
}

const NO_VALUES: RunFieldStats = {
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  first: 0,
  last: 0,
  firstTimeNs: 0n,
  lastTimeNs: 0n,
};

function statsAt(stats: NumberStats, index: number, type: FieldType): PageFieldStats | undefined {
  const count = stats.count[index];
  if (count === 0) return NO_VALUES;
  const sum = stats.sum[index];
  // A NaN among floats shows in their sum, and leaves min and max without meaning.
  if (type === 'float' && Number.isNaN(sum)) return undefined;
  const summable = type !== 'boolean' && !Number.isNaN(sum);
  return { count, sum: summable ? sum : null, min: stats.min[index], max: stats.max[index] };
}

/** `b` is later. */
function joinStats(a: RunFieldStats, b: RunFieldStats | undefined, type: FieldType): RunFieldStats | undefined {
  if (b === undefined || a.count === 0) return b;
  if (b.count === 0) return a;
  let sum = a.sum === null || b.sum === null ? null : a.sum + b.sum;
  if (sum !== null && type === 'float' && Number.isNaN(sum)) return undefined;
  if (sum !== null && type !== 'float' && Math.abs(sum) > Number.MAX_SAFE_INTEGER) sum = null;
  return {
    count: a.count + b.count,
    sum,
    min: b.min < a.min ? b.min : a.min,
    max: b.max > a.max ? b.max : a.max,
    first: a.first,
    firstTimeNs: a.firstTimeNs,
    last: b.last,
    lastTimeNs: b.lastTimeNs,
  };
}

/** The last index whose value is at most `value`; `values` ascend from one that is. */
export function lastAtMost(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
