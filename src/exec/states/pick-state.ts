// min, max, first, last: one point of each cell, with its time and series.
//
// Among equals InfluxDB's order decides: min and max take the earliest of equal values; first and last take the greater of
// two values at the same time (of booleans, first takes false). What is still equal goes to the series that comes first.
import type { ChunkColumn } from '../../model/index.ts';
import { firstValid, lastValid, maxRow, maxRowWide, minRow, minRowWide } from '../kernels/pick.ts';
import { type Times, baseHigh, baseLow, compareTime, highWord, lowWord, newTimes, setTime } from '../time64.ts';
import { type Value, type Values, compareValues, getValue, newValues, setValue } from '../values.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export type PickRule = 'min' | 'max' | 'first' | 'last';

export interface PickState {
  readonly kind: 'pick';
  readonly rule: PickRule;
  readonly values: Values;
  readonly times: Times;
  /** Position of the point's series in the request; -1 = the cell has no point. */
  readonly ordinals: Int32Array<ArrayBuffer>;
}

export const PICK_BYTES_PER_CELL = 20;

export function newPickState(rule: PickRule, type: Values['type'], cells: number): PickState {
  const ordinals = new Int32Array(cells).fill(-1);
  return { kind: 'pick', rule, values: newValues(type, cells), times: newTimes(cells), ordinals };
}

export function addPicks(state: PickState, column: ChunkColumn, valid: Uint8Array | null, slice: Slice): void {
  const { values } = column;
  const { runs, cellBase, times, high, low, ordinal } = slice;
  const numbers = values instanceof Float64Array ? state.values.numbers : null;
  for (let run = 0; run < runs.count; run++) {
    const start = runs.starts[run];
    const row =
      valid === null && runs.ends[run] - start === 1
        ? start
        : pickRow(state.rule, column, valid, start, runs.ends[run]);
    if (row < 0) continue;
    const cell = cellBase + runs.windows[run];
    if (numbers !== null && losesByValue(state, numbers, cell, values[row] as number)) continue;
    const timeHigh = highWord(high, low, times[row]);
    const timeLow = lowWord(low, times[row]);
    if (numbers !== null) offerNumber(state, numbers, cell, values[row] as number, timeHigh, timeLow, ordinal);
    else offerValue(state, cell, values[row], timeHigh, timeLow, ordinal);
  }
}

/** Most points of a min or max: no time has to be looked at. */
function losesByValue({ rule, ordinals }: PickState, numbers: Float64Array, cell: number, value: number): boolean {
  if (rule === 'max') return value < numbers[cell] && ordinals[cell] >= 0;
  return rule === 'min' && value > numbers[cell] && ordinals[cell] >= 0;
}

function pickRow(rule: PickRule, column: ChunkColumn, valid: Uint8Array | null, start: number, end: number): number {
  if (rule === 'first') return firstValid(valid, start, end);
  if (rule === 'last') return lastValid(valid, start, end);
  const { values } = column;
  if (values instanceof Float64Array) {
    return rule === 'min' ? minRow(values, valid, start, end) : maxRow(values, valid, start, end);
  }
  const wide = values as BigInt64Array | BigUint64Array;
  return rule === 'min' ? minRowWide(wide, valid, start, end) : maxRowWide(wide, valid, start, end);
}

/** Apart from `offerValue` so that no number is boxed. */
function offerNumber(
  state: PickState,
  numbers: Float64Array,
  cell: number,
  value: number,
  high: number,
  low: number,
  ordinal: number,
): void {
  const { ordinals, times } = state;
  if (ordinals[cell] >= 0) {
    const held = numbers[cell];
    const byValue = value < held ? -1 : value > held ? 1 : 0;
    if (!wins(state, cell, byValue, high, low, ordinal)) return;
  }
  numbers[cell] = value;
  ordinals[cell] = ordinal;
  setTime(times.words, cell, high, low);
}

function offerValue(state: PickState, cell: number, value: Value, high: number, low: number, ordinal: number): void {
  const { ordinals, times, values } = state;
  if (ordinals[cell] >= 0) {
    const byValue = compareValues(value, getValue(values, cell));
    if (!wins(state, cell, byValue, high, low, ordinal)) return;
  }
  setValue(values, cell, value);
  ordinals[cell] = ordinal;
  setTime(times.words, cell, high, low);
}

/** Whether a point beats the one that the cell holds; `byValue`: the order of its value against the one held. */
function wins(state: PickState, cell: number, byValue: number, high: number, low: number, ordinal: number): boolean {
  const heldLater = compareTime(state.times.words, cell, high, low);
  const sooner = ordinal < state.ordinals[cell];
  switch (state.rule) {
    case 'min':
      return byValue !== 0 ? byValue < 0 : heldLater !== 0 ? heldLater > 0 : sooner;
    case 'max':
      return byValue !== 0 ? byValue > 0 : heldLater !== 0 ? heldLater > 0 : sooner;
    case 'first':
      if (heldLater !== 0) return heldLater > 0;
      return byValue !== 0 ? byValue < 0 === (state.values.type === 'boolean') : sooner;
    case 'last':
      if (heldLater !== 0) return heldLater < 0;
      return byValue !== 0 ? byValue > 0 : sooner;
  }
}

/** Offers one point. */
export function offerPick(state: PickState, cell: number, value: Value, timeNs: bigint, ordinal: number): void {
  offerValue(state, cell, value, baseHigh(timeNs), baseLow(timeNs), ordinal);
}

/** Whether a point with this value, no earlier than `timeNs`, could win the cell of a min or max (ties of series aside). */
export function canOfferPick(state: PickState, cell: number, value: Value, timeNs: bigint): boolean {
  if (state.ordinals[cell] < 0) return true;
  const byValue = compareValues(value, getValue(state.values, cell));
  if (byValue !== 0) return byValue < 0 === (state.rule === 'min');
  return compareTime(state.times.words, cell, baseHigh(timeNs), baseLow(timeNs)) >= 0;
}

export function mergePicks(into: PickState, from: PickState, map: CellMap): void {
  const { words } = from.times;
  for (let cell = 0; cell < from.ordinals.length; cell++) {
    if (from.ordinals[cell] < 0) continue;
    const low = words[2 * cell] >>> 0;
    offerValue(into, mapCell(map, cell), getValue(from.values, cell), words[2 * cell + 1], low, from.ordinals[cell]);
  }
}
