// sum: exact for integers (wrapped to 64 bits, as in InfluxDB), in order of rows for floats. Whether a cell has a value at
// all is the count state's to say.
import { type ChunkColumn, isNumeric } from '../../model/index.ts';
import { sumIntegers, sumIntegersExactly, sumNumbers, sumValidNumbers, sumWide } from '../kernels/sum.ts';
import { type Values, getValue, newValues, widen } from '../values.ts';
import { assert } from '../../base/index.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface SumState {
  readonly kind: 'sum';
  readonly sums: Values;
}

export const SUM_BYTES_PER_CELL = 8;

const EXACT = 2 ** 53;

export function newSumState(type: Values['type'], cells: number): SumState {
  assert(isNumeric(type), 'only numbers have a sum');
  return { kind: 'sum', sums: newValues(type, cells) };
}

export function addSums(state: SumState, column: ChunkColumn, valid: Uint8Array | null, slice: Slice): void {
  const { sums } = state;
  const { values } = column;
  if (!(values instanceof Float64Array)) addWideSums(sums, values as BigInt64Array | BigUint64Array, valid, slice);
  else if (sums.type === 'float') addFloatSums(sums.numbers as Float64Array, values, valid, slice);
  else addIntegerSums(sums, values, valid, slice);
}

function addFloatSums(sums: Float64Array, values: Float64Array, valid: Uint8Array | null, slice: Slice): void {
  const { runs, cellBase } = slice;
  const { starts, ends, windows, count } = runs;
  for (let run = 0; run < count; run++) {
    const start = starts[run];
    const end = ends[run];
    if (valid !== null) sums[cellBase + windows[run]] += sumValidNumbers(values, valid, start, end);
    else sums[cellBase + windows[run]] += end - start === 1 ? values[start] : sumNumbers(values, start, end);
  }
}

function addIntegerSums(sums: Values, values: Float64Array, valid: Uint8Array | null, slice: Slice): void {
  const { runs, cellBase } = slice;
  for (let run = 0; run < runs.count; run++) {
    const start = runs.starts[run];
    const end = runs.ends[run];
    const cell = cellBase + runs.windows[run];
    const sum = sumIntegers(values, valid, start, end);
    if (Number.isNaN(sum)) addWideSum(sums, cell, sumIntegersExactly(values, valid, start, end));
    else addSum(sums, cell, sum);
  }
}

function addWideSums(
  sums: Values,
  values: BigInt64Array | BigUint64Array,
  valid: Uint8Array | null,
  slice: Slice,
): void {
  const { runs, cellBase } = slice;
  for (let run = 0; run < runs.count; run++) {
    addWideSum(sums, cellBase + runs.windows[run], sumWide(values, valid, runs.starts[run], runs.ends[run]));
  }
}

/** Adds an exact amount. */
export function addSum(sums: Values, cell: number, amount: number): void {
  const { numbers } = sums;
  if (numbers === null) {
    addWideSum(sums, cell, BigInt(amount));
    return;
  }
  const total = numbers[cell] + amount;
  // Where the true total is an exact double, so is the computed one; where it is not, the computed one shows it.
  if (sums.type === 'float' || (total < EXACT && total > -EXACT)) numbers[cell] = total;
  else addWideSum(sums, cell, BigInt(amount));
}

/** Adds to a sum of integers. Storing into a typed array wraps to 64 bits. */
export function addWideSum(sums: Values, cell: number, amount: bigint): void {
  const wide = widen(sums);
  wide[cell] = wide[cell] + amount;
}

export function mergeSums(into: SumState, from: SumState, map: CellMap): void {
  const count = (from.sums.numbers ?? from.sums.wide ?? []).length;
  for (let cell = 0; cell < count; cell++) {
    const amount = getValue(from.sums, cell);
    const target = mapCell(map, cell);
    if (typeof amount === 'number') addSum(into.sums, target, amount);
    else addWideSum(into.sums, target, amount as bigint);
  }
}
