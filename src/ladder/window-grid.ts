// The windows of one step: [T, T + step), numbered from the epoch in UTC; or, for steps of whole days in a zone, from midnight
// to midnight of its clocks, so that a window is 23 to 25 hours a day long.
import {
  DAY,
  MAX_TIME_NS,
  MIN_TIME_NS,
  type TimeRange,
  floorDiv,
  utcOffsetSeconds,
  wallTimeToUtc,
} from '../model/index.ts';

const SECOND = 1_000_000_000n;

export class WindowGrid {
  readonly stepNs: bigint;
  readonly #step: number;
  /** null = UTC. */
  readonly #zone: string | null;

  constructor(stepNs: bigint, timeZone: string | null) {
    this.stepNs = stepNs;
    this.#step = Number(stepNs);
    this.#zone = timeZone !== null && stepNs % DAY === 0n ? timeZone : null;
  }

  /** The number of the window that holds a time. */
  indexAt(timeNs: bigint): number {
    return Number(floorDiv(timeNs + this.#offsetNs(timeNs), this.stepNs));
  }

  startNs(index: number): bigint {
    const wallNs = BigInt(index) * this.stepNs;
    return this.#zone === null ? wallNs : wallTimeToUtc(this.#zone, wallNs);
  }

  endNs(index: number): bigint {
    return this.startNs(index + 1);
  }

  /** The start of the window that holds a time. */
  floorNs(timeNs: bigint): bigint {
    return this.startNs(this.indexAt(timeNs));
  }

  /** The first and the last window that a range touches; infinite where it does not end. */
  windowsIn({ startNs, endNs }: TimeRange): [first: number, last: number] {
    const first = startNs <= MIN_TIME_NS ? -Infinity : this.indexAt(startNs);
    return [first, endNs > MAX_TIME_NS ? Infinity : this.indexAt(endNs - 1n)];
  }

  /** From the start of the first window that a range touches to the end of the last. */
  wholeWindows(range: TimeRange): TimeRange {
    const [first, last] = this.windowsIn(range);
    const startNs = Number.isFinite(first) ? this.startNs(first) : range.startNs;
    return { startNs, endNs: Number.isFinite(last) ? this.endNs(last) : range.endNs };
  }

  /** Whether all of a window is in the range. */
  isIn(window: number, range: TimeRange): boolean {
    return range.startNs <= this.startNs(window) && range.endNs >= this.endNs(window);
  }

  rangeOf(first: number, last: number): TimeRange {
    return { startNs: this.startNs(first), endNs: this.endNs(last) };
  }

  /**
   * For rows at `baseNs + times[row]`: the number of each row's window, and how far into it the row lies, in ns. Both arrays
   * are at least `count` long.
   */
  place(baseNs: bigint, times: Float64Array, count: number, windows: Float64Array, offsets: Float64Array): void {
    if (this.#zone !== null) {
      this.#placeInZone(baseNs, times, count, windows, offsets);
      return;
    }
    const step = this.#step;
    const baseIndex = floorDiv(baseNs, this.stepNs);
    const baseOffset = Number(baseNs - baseIndex * this.stepNs);
    const first = Number(baseIndex);
    for (let row = 0; row < count; row++) {
      const local = baseOffset + times[row];
      const index = Math.floor(local / step);
      windows[row] = first + index;
      offsets[row] = local - index * step;
    }
  }

  #placeInZone(baseNs: bigint, times: Float64Array, count: number, windows: Float64Array, offsets: Float64Array): void {
    for (let row = 0; row < count; row++) {
      const timeNs = baseNs + BigInt(times[row]);
      windows[row] = this.indexAt(timeNs);
      offsets[row] = Number(timeNs - this.startNs(windows[row]));
    }
  }

  #offsetNs(timeNs: bigint): bigint {
    return this.#zone === null ? 0n : BigInt(utcOffsetSeconds(this.#zone, timeNs)) * SECOND;
  }
}
