// A set of windows that wait to be computed, as few ranges of time. Bounded: beyond a limit the ranges that are nearest to each
// other become one, which costs work but loses nothing.
import type { TimeRange } from '../model/index.ts';

const MAX_RANGES = 4096;

export class WindowRanges {
  /** Ascending, disjoint and apart. */
  #ranges: TimeRange[] = [];

  constructor(ranges: readonly TimeRange[] = []) {
    for (const range of ranges) this.add(range);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  get first(): TimeRange | undefined {
    return this.#ranges[0];
  }

  toArray(): readonly TimeRange[] {
    return this.#ranges;
  }

  has(timeNs: bigint): boolean {
    const at = this.#indexAfter(timeNs) - 1;
    return at >= 0 && timeNs < this.#ranges[at].endNs;
  }

  /** Joins what overlaps or touches. */
  add({ startNs, endNs }: TimeRange): void {
    if (startNs >= endNs) return;
    const ranges = this.#ranges;
    let from = this.#indexAfter(startNs);
    if (from > 0 && ranges[from - 1].endNs >= startNs) from--;
    let to = from;
    while (to < ranges.length && ranges[to].startNs <= endNs) to++;
    const joined = ranges.slice(from, to);
    ranges.splice(from, to - from, {
      startNs: least(startNs, joined[0]?.startNs ?? startNs),
      endNs: greatest(endNs, joined.at(-1)?.endNs ?? endNs),
    });
    if (ranges.length > MAX_RANGES) this.#coarsen();
  }

  remove({ startNs, endNs }: TimeRange): void {
    if (startNs >= endNs) return;
    this.#ranges = this.#ranges.flatMap((range) => {
      const kept: TimeRange[] = [];
      if (range.startNs < startNs) kept.push({ startNs: range.startNs, endNs: least(range.endNs, startNs) });
      if (range.endNs > endNs) kept.push({ startNs: greatest(range.startNs, endNs), endNs: range.endNs });
      return kept;
    });
  }

  clear(): void {
    this.#ranges = [];
  }

  /** The index of the first range that begins after a time. */
  #indexAfter(timeNs: bigint): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].startNs <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Closes the smaller half of the gaps. */
  #coarsen(): void {
    const gaps = this.#ranges.slice(1).map(({ startNs }, at) => startNs - this.#ranges[at].endNs);
    const median = [...gaps].sort((a, b) => (a < b ? -1 : 1))[gaps.length >> 1];
    const joined: TimeRange[] = [this.#ranges[0]];
    for (const [at, range] of this.#ranges.slice(1).entries()) {
      const last = joined[joined.length - 1];
      if (gaps[at] <= median) joined[joined.length - 1] = { startNs: last.startNs, endNs: range.endNs };
      else joined.push(range);
    }
    this.#ranges = joined;
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
