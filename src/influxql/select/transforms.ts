// Functions over a group's sequence of points: derivative, difference, elapsed, moving_average, cumulative_sum and their
// non-negative forms, and those of technical analysis. Each takes a column in reading order, batch after batch, and gives one
// for the same rows: rows for which the function says nothing have no value there.
import type { FieldType } from '../../model/index.ts';
import type { SimpleTransformName } from './functions.ts';
import { type IndicatorTransform, Indication } from './indication.ts';
import { countSketches } from './sketch-columns.ts';
import { type Column, type Rows, allocateValues, isValid, isWide } from './rows.ts';

/** How one call of a transformation was written. */
export type Transform = SimpleTransform | IndicatorTransform | { readonly kind: 'sketch count' };

export interface SimpleTransform {
  readonly kind: 'simple';
  readonly name: SimpleTransformName;
  /** derivative and elapsed: the unit; moving_average: the number of points; else unused. */
  readonly argument: bigint;
}

/** One group's transformation under way. */
export interface TransformState {
  apply(rows: Rows, column: Column | null): Column | null;
}

export function openTransform(transform: Transform, ascending: boolean): TransformState {
  switch (transform.kind) {
    case 'indicator':
      return new Indication(transform);
    case 'sketch count':
      return { apply: countSketches };
    case 'simple':
      return openSimple(transform, ascending);
  }
}

function openSimple({ name, argument }: SimpleTransform, ascending: boolean): TransformState {
  switch (name) {
    case 'derivative':
      return new Derivative(argument, false, ascending);
    case 'non_negative_derivative':
      return new Derivative(argument, true, ascending);
    case 'difference':
      return new Difference(false);
    case 'non_negative_difference':
      return new Difference(true);
    case 'elapsed':
      return new Elapsed(argument);
    case 'moving_average':
      return new MovingAverage(Number(argument));
    case 'cumulative_sum':
      return new CumulativeSum();
  }
}

type Value = number | bigint;

/** Nanoseconds from the time of `before` in an earlier batch to a row of this one. */
function elapsedNs(rows: Rows, row: number, baseNs: bigint, offset: number): number {
  if (baseNs === rows.baseNs) return rows.times[row] - offset;
  return Number(rows.baseNs + BigInt(rows.times[row]) - baseNs - BigInt(offset));
}

/** Change of the value for each unit of time. Of several points at one time only the first counts. */
class Derivative implements TransformState {
  readonly #unit: number;
  readonly #nonNegative: boolean;
  readonly #sign: number;
  #value: Value | undefined;
  #baseNs = 0n;
  #offset = 0;

  constructor(unitNs: bigint, nonNegative: boolean, ascending: boolean) {
    this.#unit = Number(unitNs);
    this.#nonNegative = nonNegative;
    this.#sign = ascending ? 1 : -1;
  }

  apply(rows: Rows, column: Column | null): Column | null {
    if (column === null) return null;
    const { rowCount } = rows;
    const input = column.values;
    const values = new Float64Array(rowCount);
    const valid = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (!isValid(column, row)) continue;
      const value = input[row] as Value;
      if (this.#value !== undefined) {
        const elapsed = elapsedNs(rows, row, this.#baseNs, this.#offset);
        if (elapsed === 0) continue;
        const change = floatDifference(value, this.#value);
        if (!this.#nonNegative || !(change < 0)) {
          values[row] = change / ((this.#sign * elapsed) / this.#unit);
          valid[row] = 1;
        }
      }
      this.#value = value;
      this.#baseNs = rows.baseNs;
      this.#offset = rows.times[row];
    }
    return { type: 'float', values, valid };
  }
}

function floatDifference(a: Value, b: Value): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a) - BigInt(b));
}

/** Change of the value. Of several points at one time only the first counts. */
class Difference implements TransformState {
  readonly #nonNegative: boolean;
  #value: Value | undefined;
  #baseNs = 0n;
  #offset = 0;

  constructor(nonNegative: boolean) {
    this.#nonNegative = nonNegative;
  }

  apply(rows: Rows, column: Column | null): Column | null {
    if (column === null) return null;
    const { rowCount } = rows;
    const input = column.values;
    const output = new NumberColumn(column.type, rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (!isValid(column, row)) continue;
      const value = input[row] as Value;
      if (this.#value !== undefined) {
        if (elapsedNs(rows, row, this.#baseNs, this.#offset) === 0) continue;
        if (!this.#nonNegative || !(value < this.#value)) output.setSum(row, value, this.#value, -1);
      }
      this.#value = value;
      this.#baseNs = rows.baseNs;
      this.#offset = rows.times[row];
    }
    return output.finish();
  }
}

/** Time since the point before, in whole units. */
class Elapsed implements TransformState {
  readonly #unitNs: bigint;
  #timeNs: bigint | undefined;

  constructor(unitNs: bigint) {
    this.#unitNs = unitNs;
  }

  apply(rows: Rows, column: Column | null): Column | null {
    if (column === null) return null;
    const output = new NumberColumn('integer', rows.rowCount);
    for (let row = 0; row < rows.rowCount; row++) {
      if (!isValid(column, row)) continue;
      const timeNs = rows.baseNs + BigInt(rows.times[row]);
      if (this.#timeNs !== undefined) output.set(row, (timeNs - this.#timeNs) / this.#unitNs);
      this.#timeNs = timeNs;
    }
    return output.finish();
  }
}

/** Mean of the last N points, from the Nth on. */
class MovingAverage implements TransformState {
  readonly #size: number;
  readonly #ring: Value[] = [];
  #position = 0;
  #sum: Value = 0;

  constructor(size: number) {
    this.#size = size;
  }

  apply(rows: Rows, column: Column | null): Column | null {
    if (column === null) return null;
    const exact = column.type !== 'float';
    const values = new Float64Array(rows.rowCount);
    const valid = new Uint8Array(rows.rowCount);
    for (let row = 0; row < rows.rowCount; row++) {
      if (!isValid(column, row)) continue;
      this.#add(column.values[row] as Value, exact);
      if (this.#ring.length < this.#size) continue;
      values[row] = Number(this.#sum) / this.#size;
      valid[row] = 1;
    }
    return { type: 'float', values, valid };
  }

  #add(value: Value, exact: boolean): void {
    if (this.#ring.length < this.#size) this.#ring.push(value);
    else {
      this.#sum = addValues(this.#sum, this.#ring[this.#position], -1, exact);
      this.#ring[this.#position] = value;
    }
    this.#sum = addValues(this.#sum, value, 1, exact);
    this.#position = (this.#position + 1) % this.#size;
  }
}

/** Sum of all points so far. */
class CumulativeSum implements TransformState {
  #sum: Value = 0;

  apply(rows: Rows, column: Column | null): Column | null {
    if (column === null) return null;
    const exact = column.type !== 'float';
    const output = new NumberColumn(column.type, rows.rowCount);
    for (let row = 0; row < rows.rowCount; row++) {
      if (!isValid(column, row)) continue;
      this.#sum = addValues(this.#sum, column.values[row] as Value, 1, exact);
      output.set(row, this.#sum);
      if (typeof this.#sum === 'bigint') this.#sum = output.wrapped(this.#sum);
    }
    return output.finish();
  }
}

/** a + sign * b; integers become bigint once a double no longer holds them. */
function addValues(a: Value, b: Value, sign: 1 | -1, exact: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = sign === 1 ? a + b : a - b;
    if (!exact || Number.isSafeInteger(sum)) return sum;
  }
  return sign === 1 ? BigInt(a) + BigInt(b) : BigInt(a) - BigInt(b);
}

/** A numeric column being filled; goes over to 64-bit integers when a value needs them. */
class NumberColumn {
  readonly #type: FieldType;
  readonly #valid: Uint8Array;
  #values: Column['values'];

  constructor(type: FieldType, rowCount: number) {
    this.#type = type;
    this.#valid = new Uint8Array(rowCount);
    this.#values = allocateValues(type, rowCount);
  }

  /** a + sign * b, wrapped at 64 bits for integers. */
  setSum(row: number, a: Value, b: Value, sign: 1 | -1): void {
    this.set(row, addValues(a, b, sign, this.#type !== 'float'));
  }

  set(row: number, value: Value): void {
    this.#valid[row] = 1;
    const values = this.#values;
    if (isWide(values)) values[row] = this.wrapped(BigInt(value));
    else if (values instanceof Float64Array && (this.#type === 'float' || this.#fits(value)))
      values[row] = Number(value);
    else {
      const wide = allocateValues(this.#type, this.#valid.length, true) as BigInt64Array | BigUint64Array;
      for (let at = 0; at < row; at++) wide[at] = BigInt(values[at]);
      this.#values = wide;
      wide[row] = this.wrapped(BigInt(value));
    }
  }

  wrapped(value: bigint): bigint {
    return this.#type === 'unsigned' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
  }

  finish(): Column {
    return { type: this.#type, values: this.#values, valid: this.#valid };
  }

  #fits(value: Value): boolean {
    return value >= (this.#type === 'unsigned' ? 0 : Number.MIN_SAFE_INTEGER) && value <= Number.MAX_SAFE_INTEGER;
  }
}
