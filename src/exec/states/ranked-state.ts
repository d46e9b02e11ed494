// top, bottom, sample: at most N points of each cell, in a heap whose root is the one to go next.
//
// The heaps of all cells lie in one arena; a heap that is full moves to a place twice as long at the arena's end.
//
//     cell c:  arena slots starts[c] … starts[c] + sizes[c], with room for rooms[c]
//
// sample keeps the N points with the least of random keys: a reservoir that can be merged.
import type { ChunkColumn, FieldType } from '../../model/index.ts';
import type { Meter } from '../meter.ts';
import { type Times, compareTimes, copyTime, highWord, lowWord, newTimes, setTime } from '../time64.ts';
import { type Value, type Values, compareValues, getValue, grownValues, newValues, setValue } from '../values.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export type RankRule = 'top' | 'bottom' | 'sample';

export interface RankedState {
  readonly kind: 'ranked';
  readonly rule: RankRule;
  /** N */
  readonly limit: number;
  readonly starts: Int32Array<ArrayBuffer>;
  readonly sizes: Int32Array<ArrayBuffer>;
  readonly rooms: Int32Array<ArrayBuffer>;
  arenaUsed: number;
  values: Values;
  times: Times;
  ordinals: Int32Array<ArrayBuffer>;
  /** sample's random keys; else null. */
  keys: Float64Array<ArrayBuffer> | null;
}

export const RANKED_BYTES_PER_CELL = 12;
const BYTES_PER_POINT = 28;
const FIRST_ARENA = 64;
const FIRST_ROOM = 4;

export function newRankedState(rule: RankRule, limit: number, type: FieldType, cells: number): RankedState {
  return {
    kind: 'ranked',
    rule,
    limit,
    starts: new Int32Array(cells),
    sizes: new Int32Array(cells),
    rooms: new Int32Array(cells),
    arenaUsed: 0,
    values: newValues(type, FIRST_ARENA),
    times: newTimes(FIRST_ARENA),
    ordinals: new Int32Array(FIRST_ARENA),
    keys: rule === 'sample' ? new Float64Array(FIRST_ARENA) : null,
  };
}

export function addRanked(
  state: RankedState,
  column: ChunkColumn,
  valid: Uint8Array | null,
  slice: Slice,
  meter: Meter,
  random: () => number,
): void {
  const { values } = column;
  const { runs, cellBase, times, high, low, ordinal } = slice;
  if (state.limit <= 0) return;
  for (let run = 0; run < runs.count; run++) {
    const cell = cellBase + runs.windows[run];
    const end = runs.ends[run];
    for (let row = runs.starts[run]; row < end; row++) {
      if (valid !== null && valid[row] === 0) continue;
      const key = state.keys === null ? 0 : random();
      // Most points of a long run are worse than all that the cell holds.
      if (state.sizes[cell] === state.limit && hopeless(state, cell, values[row], key)) continue;
      offer(state, cell, values[row], key, highWord(high, low, times[row]), lowWord(low, times[row]), ordinal, meter);
    }
  }
}

/** Whether the point is worse than the root by its value alone. */
function hopeless(state: RankedState, cell: number, value: Value, key: number): boolean {
  const root = state.starts[cell];
  if (state.keys !== null) return key >= state.keys[root];
  const held = getValue(state.values, root);
  return state.rule === 'top' ? value < held : value > held;
}

function offer(
  state: RankedState,
  cell: number,
  value: Value,
  key: number,
  high: number,
  low: number,
  ordinal: number,
  meter: Meter,
): void {
  const size = state.sizes[cell];
  if (size < state.limit) {
    if (size === state.rooms[cell]) makeRoom(state, cell, meter);
    put(state, state.starts[cell] + size, value, key, high, low, ordinal);
    state.sizes[cell] = size + 1;
    siftUp(state, state.starts[cell], size);
    return;
  }
  // The arena always has one spare slot at its end, where the newcomer waits for the verdict.
  reserveArena(state, 0, meter);
  put(state, state.arenaUsed, value, key, high, low, ordinal);
  const root = state.starts[cell];
  if (!isWorse(state, root, state.arenaUsed)) return;
  copyPoint(state, state.arenaUsed, state, root);
  siftDown(state, root, size);
}

function put(
  state: RankedState,
  slot: number,
  value: Value,
  key: number,
  high: number,
  low: number,
  ordinal: number,
): void {
  setValue(state.values, slot, value);
  setTime(state.times.words, slot, high, low);
  state.ordinals[slot] = ordinal;
  if (state.keys !== null) state.keys[slot] = key;
}

/** Whether the point in slot a goes before the one in slot b. */
function isWorse(state: RankedState, a: number, b: number): boolean {
  return rankSlots(state, a, b) > 0;
}

/** Negative when the point in slot a is better: further up (top), further down (bottom), then earlier, then of a series before. */
export function rankSlots(state: RankedState, a: number, b: number): number {
  if (state.keys !== null) return state.keys[a] - state.keys[b];
  const { numbers } = state.values;
  const byValue =
    numbers === null ? compareValues(getValue(state.values, a), getValue(state.values, b)) : numbers[a] - numbers[b];
  if (byValue !== 0) return state.rule === 'top' ? -byValue : byValue;
  const { words } = state.times;
  const byTime = compareTimes(words, a, words, b);
  return byTime !== 0 ? byTime : state.ordinals[a] - state.ordinals[b];
}

function siftUp(state: RankedState, start: number, at: number): void {
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isWorse(state, start + at, start + parent)) return;
    swap(state, start + at, start + parent);
    at = parent;
  }
}

function siftDown(state: RankedState, start: number, size: number): void {
  for (let at = 0; ; ) {
    let worst = at;
    const left = 2 * at + 1;
    if (left < size && isWorse(state, start + left, start + worst)) worst = left;
    if (left + 1 < size && isWorse(state, start + left + 1, start + worst)) worst = left + 1;
    if (worst === at) return;
    swap(state, start + at, start + worst);
    at = worst;
  }
}

/** By way of the spare slot. */
function swap(state: RankedState, a: number, b: number): void {
  const spare = state.ordinals.length - 1;
  copyPoint(state, a, state, spare);
  copyPoint(state, b, state, a);
  copyPoint(state, spare, state, b);
}

function copyPoint(from: RankedState, source: number, to: RankedState, target: number): void {
  setValue(to.values, target, getValue(from.values, source));
  copyTime(from.times.words, source, to.times.words, target);
  to.ordinals[target] = from.ordinals[source];
  if (to.keys !== null && from.keys !== null) to.keys[target] = from.keys[source];
}

function makeRoom(state: RankedState, cell: number, meter: Meter): void {
  const room = Math.min(state.limit, Math.max(FIRST_ROOM, 2 * state.rooms[cell]));
  reserveArena(state, room, meter);
  const from = state.starts[cell];
  const to = state.arenaUsed;
  for (let at = 0; at < state.sizes[cell]; at++) copyPoint(state, from + at, state, to + at);
  state.starts[cell] = to;
  state.rooms[cell] = room;
  state.arenaUsed += room;
}

/** Room for `more` points and two spare slots. */
function reserveArena(state: RankedState, more: number, meter: Meter): void {
  const needed = state.arenaUsed + more + 2;
  const length = state.ordinals.length;
  if (needed <= length) return;
  const size = Math.max(needed, 2 * length);
  meter.reserve((size - length) * BYTES_PER_POINT);
  state.values = grownValues(state.values, size);
  const times = newTimes(size);
  times.ns.set(state.times.ns);
  state.times = times;
  const ordinals = new Int32Array(size);
  ordinals.set(state.ordinals);
  state.ordinals = ordinals;
  if (state.keys !== null) {
    const keys = new Float64Array(size);
    keys.set(state.keys);
    state.keys = keys;
  }
}

export function mergeRanked(into: RankedState, from: RankedState, map: CellMap, meter: Meter): void {
  const { words } = from.times;
  for (let cell = 0; cell < from.sizes.length; cell++) {
    const target = mapCell(map, cell);
    const start = from.starts[cell];
    for (let slot = start; slot < start + from.sizes[cell]; slot++) {
      const key = from.keys === null ? 0 : from.keys[slot];
      const low = words[2 * slot] >>> 0;
      offer(into, target, getValue(from.values, slot), key, words[2 * slot + 1], low, from.ordinals[slot], meter);
    }
  }
}
