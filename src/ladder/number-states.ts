// The states of one number field in many windows at once: slot s is the open window of one series. Points, or states of
// finer windows, come in order of time; whoever calls sees to that.
//
//     count, sum, least, greatest   always                              one Float64Array each, at index slot
//     first, last, m2, increase     where the field's rule keeps them   likewise
//     sketch                        where it is kept                    an object a slot
//
// Floats are added with a carry (Neumaier), so that sums do not depend on how windows were cut to their last digits, and sums of
// decimals are decimals. Integers are exact: a slot whose sum or value leaves ±(2^53 - 1) goes on as bigints, wrapped to 64 bits
// at the end as InfluxDB's; their mean is kept beside m2 then, which is measured from it.
import {
  type Sketch,
  addToSketch,
  clearSketch,
  decodeSketch,
  encodeSketch,
  isWrapped,
  mergeSketch,
  newSketch,
  unwrappedSum,
} from '../base/index.ts';
import type { FieldType, OptionalState } from '../model/index.ts';
import { decimalSum } from './decimal-sum.ts';
import { type InputColumn, hasValue, numberAt } from './input-column.ts';
import { Moments, grown } from './moments.ts';
import type { RowBuilder } from './row-builder.ts';
import { type StateName, keepsMean, stateColumn, stateType, statesOf } from './state-columns.ts';
import { type Addend, type WideStates, addToWide, wideValue } from './wide-states.ts';

/** The state columns of one field in rows of a finer tier. */
export type StateInputs = Readonly<Partial<Record<StateName, InputColumn>>>;

export class NumberStates {
  readonly field: string;
  readonly type: FieldType;
  readonly #names: readonly StateName[];
  readonly #columns: readonly { readonly name: StateName; readonly column: string; readonly type: FieldType }[];
  readonly #kept: { readonly first: boolean; readonly last: boolean; readonly increase: boolean };
  readonly #moments: Moments | null;
  /** The column of the mean, where sums that leave 64 bits have one. */
  readonly #meanColumn: string | null;
  readonly #keepsSketch: boolean;
  #counts: Float64Array = new Float64Array(0);
  #sums: Float64Array = new Float64Array(0);
  #carries: Float64Array = new Float64Array(0);
  #least: Float64Array = new Float64Array(0);
  #greatest: Float64Array = new Float64Array(0);
  #firsts: Float64Array = new Float64Array(0);
  #lasts: Float64Array = new Float64Array(0);
  #increases: Float64Array = new Float64Array(0);
  #sketches: (Sketch | undefined)[] = [];
  #wide: Map<number, WideStates> | null = null;
  /** Slots of which a finer window says that it counts nothing any more. */
  readonly #cancelled = new Set<number>();

  constructor(field: string, type: FieldType, keep: ReadonlySet<OptionalState>) {
    this.field = field;
    this.type = type;
    this.#names = statesOf(type, keep);
    this.#columns = this.#names.map((name) => {
      return { name, column: stateColumn(field, name), type: stateType(name, type) };
    });
    this.#kept = {
      first: this.#names.includes('first'),
      last: this.#names.includes('last'),
      increase: this.#names.includes('increase'),
    };
    this.#moments = this.#names.includes('m2') ? new Moments() : null;
    this.#meanColumn = keepsMean(type, this.#names) ? stateColumn(field, 'mean') : null;
    this.#keepsSketch = this.#names.includes('sketch');
  }

  addPoint(slot: number, column: InputColumn, row: number): void {
    if (slot >= this.#counts.length) this.#grow(slot);
    const value = column.numbers === null ? numberAt(column, row) : column.numbers[row];
    if (typeof value === 'bigint' || this.#outgrows(slot, value)) {
      this.#addWidePoint(slot, BigInt(value));
      return;
    }
    const count = this.#counts[slot]++;
    if (count === 0) {
      this.#sums[slot] = value;
      this.#carries[slot] = 0;
      this.#least[slot] = value;
      this.#greatest[slot] = value;
      this.#firsts[slot] = value;
      this.#increases[slot] = 0;
    } else {
      this.#addToSum(slot, value);
      if (value < this.#least[slot]) this.#least[slot] = value;
      if (value > this.#greatest[slot]) this.#greatest[slot] = value;
      const last = this.#lasts[slot];
      this.#increases[slot] += value >= last ? value - last : value;
    }
    this.#lasts[slot] = value;
    this.#moments?.join(slot, count, 1, value, 0);
    if (this.#keepsSketch) addToSketch(this.#sketchOf(slot, count === 0), value);
  }

  /** Adds the states of a finer window. False when the row has none of the field, or not all that are kept. */
  addStates(slot: number, inputs: StateInputs, row: number): boolean {
    for (const name of this.#names) if (!isIn(inputs[name], row)) return false;
    if (slot >= this.#counts.length) this.#grow(slot);
    const more = Number(valueAt(inputs.count, row));
    if (more === 0) {
      this.#cancelled.add(slot);
      return true;
    }
    const count = this.#counts[slot];
    const sum =
      this.type === 'float' ? this.#addFloatStates(slot, more, inputs, row) : this.#addWhole(slot, more, inputs, row);
    this.#moments?.join(slot, count, more, Number(sum) / more, Number(valueAt(inputs.m2, row)));
    if (this.#keepsSketch) {
      const text = (inputs.sketch?.texts ?? [])[row];
      mergeSketch(this.#sketchOf(slot, count === 0), decodeSketch(text));
    }
    return true;
  }

  /** Returns the sum that was added. */
  #addFloatStates(slot: number, more: number, inputs: StateInputs, row: number): number {
    const sum = floatAt(inputs.sum, row);
    const { first, last, increase } = this.#kept;
    this.#addPlainStates(
      slot,
      more,
      sum,
      floatAt(inputs.min, row),
      floatAt(inputs.max, row),
      first ? floatAt(inputs.first, row) : 0,
      last ? floatAt(inputs.last, row) : 0,
      increase ? floatAt(inputs.increase, row) : 0,
    );
    return sum;
  }

  /** The same of integers, which may be wide. */
  #addWhole(slot: number, more: number, inputs: StateInputs, row: number): number | bigint {
    const kept = this.#kept;
    const means = this.#meanColumn === null ? undefined : inputs.mean;
    const mean = means !== undefined && hasValue(means, row) ? Number(numberAt(means, row)) : undefined;
    const sum = unwrappedSum(valueAt(inputs.sum, row), more, mean);
    const least = valueAt(inputs.min, row);
    const greatest = valueAt(inputs.max, row);
    const first = kept.first ? valueAt(inputs.first, row) : 0;
    const last = kept.last ? valueAt(inputs.last, row) : 0;
    const increase = kept.increase ? valueAt(inputs.increase, row) : 0;
    const isPlain =
      typeof sum === 'number' &&
      typeof least === 'number' &&
      typeof greatest === 'number' &&
      typeof first === 'number' &&
      typeof last === 'number' &&
      typeof increase === 'number';
    if (isPlain && !this.#outgrows(slot, sum))
      this.#addPlainStates(slot, more, sum, least, greatest, first, last, increase);
    else this.#addWideStates(slot, more, { sum, least, greatest, first, last, increase });
    return sum;
  }

  /** Whether the slot counts anything. */
  holds(slot: number): boolean {
    return slot < this.#counts.length && this.#counts[slot] > 0;
  }

  /** Adds what a slot of another, of the same field in another type, holds of later points. These are floats. */
  absorb(slot: number, later: NumberStates, laterSlot: number): void {
    if (slot >= this.#counts.length) this.#grow(slot);
    const count = this.#counts[slot];
    const more = later.#counts[laterSlot];
    const wide = later.#wide?.get(laterSlot);
    const read = (name: StateName, wideValue: bigint | undefined): number =>
      Number(wideValue ?? later.#value(name, laterSlot));
    this.#addPlainStates(
      slot,
      more,
      read('sum', wide?.sum),
      read('min', wide?.least),
      read('max', wide?.greatest),
      read('first', wide?.first),
      read('last', wide?.last),
      read('increase', wide?.increase),
    );
    this.#moments?.join(slot, count, more, later.#moments?.mean(laterSlot) ?? 0, later.#moments?.m2(laterSlot) ?? 0);
    const sketch = later.#sketches[laterSlot];
    if (this.#keepsSketch && sketch !== undefined) mergeSketch(this.#sketchOf(slot, count === 0), sketch);
  }

  /** Writes the slot's columns into a row and empties the slot. */
  close(slot: number, out: RowBuilder, row: number): void {
    if (slot >= this.#counts.length || this.#counts[slot] === 0) {
      if (this.#cancelled.has(slot)) cancelStates(this.field, this.type, this.#names, out, row);
      this.clear(slot);
      return;
    }
    const wide = this.#wide?.get(slot);
    for (const { name, column, type } of this.#columns) {
      const exact = wide && wideValue(wide, name, this.type === 'unsigned');
      out.set(row, column, type, exact ?? this.#value(name, slot));
    }
    if (this.#meanColumn !== null && wide !== undefined && isWrapped(wide.sum, this.type === 'unsigned'))
      out.set(row, this.#meanColumn, 'float', this.#mean(slot, wide));
    this.clear(slot);
  }

  clear(slot: number): void {
    if (slot < this.#counts.length) this.#counts[slot] = 0;
    this.#wide?.delete(slot);
    this.#cancelled.delete(slot);
  }

  #value(name: StateName, slot: number): number | string {
    switch (name) {
      case 'count':
        return this.#counts[slot];
      case 'sum':
        return this.#sum(slot);
      case 'min':
        return this.#least[slot];
      case 'max':
        return this.#greatest[slot];
      case 'first':
        return this.#firsts[slot];
      case 'last':
        return this.#lasts[slot];
      case 'increase':
        return this.#increases[slot];
      case 'm2':
        return this.#moments?.m2(slot) ?? 0;
      case 'mean':
        return this.#moments?.mean(slot) ?? 0;
      case 'sketch':
        return encodeSketch(this.#sketches[slot] ?? newSketch());
      case 'true':
        return 0;
    }
  }

  #sum(slot: number): number {
    const sum = this.#sums[slot] + this.#carries[slot];
    if (this.type !== 'float') return sum;
    return decimalSum(sum, this.#counts[slot], this.#least[slot], this.#greatest[slot]);
  }

  #mean(slot: number, { sum }: WideStates): number {
    return Number(sum) / this.#counts[slot];
  }

  #addToSum(slot: number, value: number): void {
    const sum = this.#sums[slot];
    const total = sum + value;
    if (this.type === 'float')
      this.#carries[slot] += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    this.#sums[slot] = total;
  }

  /** Whether an integer slot holds bigints, or has to once `amount` is added. */
  #outgrows(slot: number, amount: number): boolean {
    if (this.type === 'float') return false;
    if (this.#wide !== null && this.#wide.has(slot)) return true;
    return this.#counts[slot] > 0 && !Number.isSafeInteger(this.#sums[slot] + amount);
  }

  #addPlainStates(
    slot: number,
    more: number,
    sum: number,
    least: number,
    greatest: number,
    first: number,
    last: number,
    increase: number,
  ): void {
    if (this.#counts[slot] === 0) {
      this.#sums[slot] = sum;
      this.#carries[slot] = 0;
      this.#least[slot] = least;
      this.#greatest[slot] = greatest;
      this.#firsts[slot] = first;
      this.#increases[slot] = increase;
    } else {
      this.#addToSum(slot, sum);
      if (least < this.#least[slot]) this.#least[slot] = least;
      if (greatest > this.#greatest[slot]) this.#greatest[slot] = greatest;
      const before = this.#lasts[slot];
      this.#increases[slot] += increase + (first >= before ? first - before : first);
    }
    this.#counts[slot] += more;
    this.#lasts[slot] = last;
  }

  #addWidePoint(slot: number, value: bigint): void {
    this.#addWideStates(slot, 1, { sum: value, least: value, greatest: value, first: value, last: value, increase: 0 });
    const count = this.#counts[slot] - 1;
    this.#moments?.join(slot, count, 1, Number(value), 0);
    if (this.#keepsSketch) addToSketch(this.#sketchOf(slot, count === 0), Number(value));
  }

  #addWideStates(slot: number, more: number, addend: Addend): void {
    addToWide(this.#widen(slot), this.#counts[slot] === 0, addend);
    this.#counts[slot] += more;
  }

  /** The slot as bigints, from what it holds so far. */
  #widen(slot: number): WideStates {
    this.#wide ??= new Map();
    let wide = this.#wide.get(slot);
    if (wide === undefined) {
      const from = (values: Float64Array): bigint => (this.#counts[slot] === 0 ? 0n : BigInt(values[slot]));
      wide = {
        sum: from(this.#sums),
        least: from(this.#least),
        greatest: from(this.#greatest),
        first: from(this.#firsts),
        last: from(this.#lasts),
        increase: from(this.#increases),
      };
      this.#wide.set(slot, wide);
    }
    return wide;
  }

  #sketchOf(slot: number, isNew: boolean): Sketch {
    const sketch = (this.#sketches[slot] ??= newSketch());
    if (isNew) clearSketch(sketch);
    return sketch;
  }

  #grow(slot: number): void {
    const length = Math.max(16, 2 * (slot + 1));
    this.#counts = grown(this.#counts, length);
    this.#sums = grown(this.#sums, length);
    this.#carries = grown(this.#carries, length);
    this.#least = grown(this.#least, length);
    this.#greatest = grown(this.#greatest, length);
    this.#firsts = grown(this.#firsts, length);
    this.#lasts = grown(this.#lasts, length);
    this.#increases = grown(this.#increases, length);
    this.#moments?.grow(length);
  }
}

/** States that count nothing. */
export function cancelStates(
  field: string,
  type: FieldType,
  names: readonly StateName[],
  out: RowBuilder,
  row: number,
): void {
  for (const name of names) {
    const own = stateType(name, type);
    const nothing = own === 'string' ? (name === 'sketch' ? encodeSketch(newSketch()) : '') : 0;
    out.set(row, stateColumn(field, name), own, nothing);
  }
}

/** 0 for a state that is not there: who needs it has looked. */
function valueAt(column: InputColumn | undefined, row: number): number | bigint {
  return column === undefined ? 0 : numberAt(column, row);
}

function floatAt(column: InputColumn | undefined, row: number): number {
  return column === undefined || column.numbers === null ? 0 : column.numbers[row];
}

function isIn(column: InputColumn | undefined, row: number): boolean {
  return column !== undefined && hasValue(column, row);
}
