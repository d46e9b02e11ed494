// integral: the area under a group's points, by the trapezium rule, as InfluxDB's streaming reducer computes it.
//
// Points of all series of the group are taken in order of time (reading direction). Between the last point of a window and
// the first of the next that has any, the value at the window's end is interpolated: the area up to there belongs to the
// old window, the rest to the new one. Read backwards, areas are negative.
import { MIN_TIME_NS, type FieldType, type TimeRange } from '../../model/index.ts';
import type { Pacer } from '../pacer.ts';
import type { AggregateColumn, Windows } from '../plan.ts';
import type { Gathered } from '../states/gather-state.ts';
import { type Times, baseHigh, baseLow, compareTimes } from '../time64.ts';
import { windowCount, windowRange } from '../windows.ts';
import { plainColumn } from './column.ts';

const WORD = 2 ** 32;

export async function integralColumn(
  gathered: Gathered,
  windows: Windows,
  range: TimeRange,
  descending: boolean,
  unitNs: number,
  pacer: Pacer,
): Promise<AggregateColumn> {
  const perGroup = windowCount(windows);
  const cells = gathered.starts.length - 1;
  const areas = new Float64Array(cells);
  const valid = new Uint8Array(cells);
  const integrator = new Integrator(gathered, windows, range, descending, unitNs, areas, valid);
  for (let base = 0; base < cells; base += perGroup) {
    for (let at = 0; at < perGroup; at++) {
      if (pacer.due) await pacer.giveWay();
      integrator.addWindow(base, descending ? perGroup - 1 - at : at);
    }
    integrator.endGroup();
  }
  return plainColumn('integral', 'float', areas, valid);
}

class Integrator {
  readonly #gathered: Gathered;
  readonly #windows: Windows;
  readonly #range: TimeRange;
  readonly #descending: boolean;
  readonly #unitNs: number;
  readonly #areas: Float64Array;
  readonly #valid: Uint8Array;
  /** Cell of the window that is being filled; -1 = no point of the group has come yet. */
  #cell = -1;
  #startNs = 0n;
  #endNs = 0n;
  #sum = 0;
  /** The last point; its time in words. */
  #high = 0;
  #low = 0;
  #value = 0;

  constructor(
    gathered: Gathered,
    windows: Windows,
    range: TimeRange,
    descending: boolean,
    unitNs: number,
    areas: Float64Array,
    valid: Uint8Array,
  ) {
    this.#gathered = gathered;
    this.#windows = windows;
    this.#range = range;
    this.#descending = descending;
    this.#unitNs = unitNs;
    this.#areas = areas;
    this.#valid = valid;
  }

  addWindow(base: number, window: number): void {
    const { starts, values, type } = this.#gathered;
    const { words } = this.#gathered.times as Times;
    const cell = base + window;
    for (const slot of slotsByTime(this.#gathered, starts[cell], starts[cell + 1], this.#descending)) {
      this.#add(cell, window, words[2 * slot + 1], words[2 * slot] >>> 0, Number(values[slot]), type);
    }
  }

  #add(cell: number, window: number, high: number, low: number, value: number, type: FieldType): void {
    if (this.#cell < 0) this.#open(cell, window);
    else if (high === this.#high && low === this.#low) {
      this.#value = value;
      return;
    } else {
      let left = this.#value;
      let right = value;
      if (cell !== this.#cell) {
        const atEnd = this.#close(high, low, value);
        // Of integers InfluxDB puts the interpolated value in the place of the new point's, not of the old one's.
        if (type === 'float') left = atEnd ?? left;
        else right = atEnd ?? right;
        this.#open(cell, window);
      }
      this.#sum += 0.5 * (right + left) * (this.#distance(high, low) / this.#unitNs);
    }
    this.#high = high;
    this.#low = low;
    this.#value = value;
  }

  /** Ends the window before a point of a later one. Returns the value at the window's end, if the last point is not there. */
  #close(high: number, low: number, value: number): number | undefined {
    const endHigh = baseHigh(this.#endNs);
    const endLow = baseLow(this.#endNs);
    const toEnd = this.#distance(endHigh, endLow);
    let atEnd: number | undefined;
    if (toEnd !== 0) {
      const slope = (value - this.#value) / this.#distance(high, low);
      atEnd = slope * toEnd + this.#value;
      this.#sum += 0.5 * (atEnd + this.#value) * (toEnd / this.#unitNs);
      this.#high = endHigh;
      this.#low = endLow;
    }
    this.#emit();
    return atEnd;
  }

  #open(cell: number, window: number): void {
    const { startNs, endNs } = windowRange(this.#windows, window, this.#range);
    this.#cell = cell;
    this.#startNs = this.#descending ? endNs : startNs;
    this.#endNs = this.#descending ? startNs : endNs;
    this.#sum = 0;
  }

  endGroup(): void {
    if (this.#cell >= 0) {
      // A lone point at the very start of its window spans no area, and InfluxDB then gives no value.
      const lastNs = BigInt(this.#high) * BigInt(WORD) + BigInt(this.#low);
      if (lastNs !== this.#emptyNs()) this.#emit();
    }
    this.#cell = -1;
  }

  /** Without GROUP BY time the reducer takes 0 for the start, of integers only when the range is unbounded. */
  #emptyNs(): bigint {
    if (this.#windows.kind !== 'all') return this.#startNs;
    return this.#gathered.type === 'float' || this.#startNs <= MIN_TIME_NS ? 0n : this.#startNs;
  }

  #emit(): void {
    this.#areas[this.#cell] = this.#sum;
    this.#valid[this.#cell] = 1;
  }

  /** Nanoseconds from the last point, rounded once. */
  #distance(high: number, low: number): number {
    return (high - this.#high) * WORD + (low - this.#low);
  }
}

/** The slots of a cell by time in reading direction, then by series. */
function slotsByTime(gathered: Gathered, start: number, end: number, descending: boolean): Int32Array {
  const slots = new Int32Array(end - start);
  for (let at = 0; at < slots.length; at++) slots[at] = descending ? end - 1 - at : start + at;
  const { words } = gathered.times as Times;
  const ordinals = gathered.ordinals as Int32Array;
  const direction = descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const byTime = compareTimes(words, a, words, b) * direction;
    return byTime !== 0 ? byTime : ordinals[a] - ordinals[b];
  };
  for (let at = 1; at < slots.length; at++) if (compare(slots[at - 1], slots[at]) > 0) return slots.sort(compare);
  return slots;
}
