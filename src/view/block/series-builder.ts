// Gathers the index while row groups are written: series with their rows and times, pages, row groups, measurements.
import { assert } from '../../base/index.ts';
import type { PooledGroup } from './group-pool.ts';
import { MAX_PAGE_ROWS, layoutPages } from './page-layout.ts';
import { GrowingNumbers, GrowingTimes, packPages, packSeries } from './series-section.ts';

/** A page with long strings has fewer rows, so that its strings are about so many bytes. */
const PAGE_TEXT_BYTES = 1 << 20;

export class SeriesBuilder {
  readonly #ids = new GrowingNumbers();
  readonly #rowCounts = new GrowingNumbers();
  readonly #minTimes = new GrowingTimes();
  readonly #maxTimes = new GrowingTimes();
  readonly #pageRowCounts = new GrowingNumbers();
  readonly #pageMinTimes = new GrowingTimes();
  readonly #pageMaxTimes = new GrowingTimes();
  readonly #groupPages = new GrowingNumbers();
  readonly #groupSeries = new GrowingNumbers();
  readonly #groupFirstTimes = new GrowingTimes();
  readonly #groupLastTimes = new GrowingTimes();
  readonly #measurements: [name: string, firstSeries: number][] = [];
  #rowCount = 0;
  #minTimeNs: bigint | undefined;
  #maxTimeNs: bigint | undefined;

  /** Takes note of a row group and decides where its pages begin. */
  addGroup(group: PooledGroup, maxSpan: number): { starts: Uint32Array; firstPage: number } {
    const { runStarts, seriesIds, times, baseNs, rowCount } = group;
    const firstPage = this.#pageRowCounts.length;
    this.#groupPages.push(firstPage);
    this.#groupFirstTimes.push(baseNs + BigInt(times[0]));
    this.#groupLastTimes.push(baseNs + BigInt(times[rowCount - 1]));
    for (let run = 0; run < seriesIds.length; run++) this.#addRun(group, run);
    const starts = layoutPages(runStarts, seriesIds.length, times, maxPageRows(group), maxSpan);
    for (let page = 0; page + 1 < starts.length; page++) this.#addPage(baseNs, times, starts[page], starts[page + 1]);
    this.#rowCount += rowCount;
    return { starts, firstPage };
  }

  #addRun({ runStarts, seriesIds, runMeasurements, times, baseNs }: PooledGroup, run: number): void {
    const id = seriesIds[run];
    const measurement = runMeasurements[run];
    const rows = runStarts[run + 1] - runStarts[run];
    assert(rows > 0, 'a run without rows');
    assert(ascends(times, runStarts[run], runStarts[run + 1]), 'times of a series do not ascend');
    const minTimeNs = baseNs + BigInt(times[runStarts[run]]);
    const maxTimeNs = baseNs + BigInt(times[runStarts[run + 1] - 1]);
    const sameMeasurement = this.#measurements.at(-1)?.[0] === measurement;
    const continues = sameMeasurement && this.#ids.length > 0 && this.#ids.last() === id;
    if (run === 0) this.#groupSeries.push(this.#ids.length - (continues ? 1 : 0));
    if (!sameMeasurement) {
      assert(!this.#measurements.some(([name]) => name === measurement), `row groups of ${measurement} lie apart`);
      this.#measurements.push([measurement, this.#ids.length]);
    } else assert(continues || this.#ids.last() < id, 'series of a measurement do not ascend');
    if (continues) {
      assert(minTimeNs > this.#maxTimes.last(), 'times of a series do not ascend');
      this.#rowCounts.addToLast(rows);
      this.#maxTimes.setLast(maxTimeNs);
      return;
    }
    this.#ids.push(id);
    this.#rowCounts.push(rows);
    this.#minTimes.push(minTimeNs);
    this.#maxTimes.push(maxTimeNs);
  }

  #addPage(baseNs: bigint, times: Float64Array, start: number, end: number): void {
    let least = times[start];
    let greatest = least;
    for (let row = start + 1; row < end; row++) {
      const time = times[row];
      if (time < least) least = time;
      if (time > greatest) greatest = time;
    }
    const minTimeNs = baseNs + BigInt(least);
    const maxTimeNs = baseNs + BigInt(greatest);
    this.#pageRowCounts.push(end - start);
    this.#pageMinTimes.push(minTimeNs);
    this.#pageMaxTimes.push(maxTimeNs);
    if (this.#minTimeNs === undefined || minTimeNs < this.#minTimeNs) this.#minTimeNs = minTimeNs;
    if (this.#maxTimeNs === undefined || maxTimeNs > this.#maxTimeNs) this.#maxTimeNs = maxTimeNs;
  }

  totals(): {
    rowCount: number;
    seriesCount: number;
    pages: number;
    minTimeNs: bigint;
    maxTimeNs: bigint;
    measurements: ReadonlyArray<readonly [string, number]>;
  } {
    return {
      rowCount: this.#rowCount,
      seriesCount: this.#ids.length,
      pages: this.#pageRowCounts.length,
      minTimeNs: this.#minTimeNs ?? 0n,
      maxTimeNs: this.#maxTimeNs ?? 0n,
      measurements: this.#measurements,
    };
  }

  /** Sections 0 and 1. */
  sections(): readonly Uint8Array[] {
    return [
      packSeries(this.#ids.written(), this.#rowCounts.written(), this.#minTimes.written(), this.#maxTimes.written()),
      packPages({
        pageRowCounts: this.#pageRowCounts.written(),
        pageMinTimes: this.#pageMinTimes.written(),
        pageMaxTimes: this.#pageMaxTimes.written(),
        groupPages: this.#groupPages.written(),
        groupSeries: this.#groupSeries.written(),
        groupFirstTimes: this.#groupFirstTimes.written(),
        groupLastTimes: this.#groupLastTimes.written(),
      }),
    ];
  }
}

function ascends(times: Float64Array, start: number, end: number): boolean {
  for (let row = start + 1; row < end; row++) if (times[row] <= times[row - 1]) return false;
  return true;
}

function maxPageRows(group: PooledGroup): number {
  let rows = MAX_PAGE_ROWS;
  for (const pieces of group.columns.values()) {
    for (const { column, rowCount } of pieces) {
      if (column.strings === null) continue;
      let bytes = 0;
      for (let row = 0; row < rowCount; row++) bytes += column.strings.ends[row] - column.strings.starts[row];
      rows = Math.min(rows, Math.ceil((PAGE_TEXT_BYTES * rowCount) / Math.max(1, bytes)));
    }
  }
  return Math.max(1, rows);
}
