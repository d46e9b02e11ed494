// increase: what counters grew by, resets counted as a start from 0. What a series grows by from one window to the next
// belongs to the later one, so that windows add up. Rows of a series that are read in one go form a piece; the growth between
// pieces is added when all of them are there, as threads may have read them in any order.
//
//     series      ──●──●──●──  ──●──●──            2 pieces: growth within them is in the sums,
//                           └──┘                   that between them waits for `joinPieces`
import type { ChunkColumn, FieldType } from '../../model/index.ts';
import { firstValid, lastValid } from '../kernels/pick.ts';
import type { Meter } from '../meter.ts';
import { type Value, type Values, newValues } from '../values.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';
import { type SumState, addSum, addWideSum, mergeSums } from './sum-state.ts';

/** Plain data. */
interface Piece {
  readonly startNs: bigint;
  readonly first: Value;
  /** -1 = its window does not count. */
  readonly firstCell: number;
  endNs: bigint;
  last: Value;
}

export interface IncreaseState {
  readonly kind: 'increase';
  /** Growth within pieces. */
  readonly growth: SumState;
  /** 1 = the cell has a point. */
  readonly filled: Uint8Array<ArrayBuffer>;
  /** Those of each series, by its position in the request. */
  readonly pieces: Map<number, Piece[]>;
}

export const INCREASE_BYTES_PER_CELL = 9;
const BYTES_PER_PIECE = 200;

/** What rows know of a counter: points are their own first and last value, without `increases`. */
export interface CounterColumns {
  readonly firsts: ChunkColumn;
  readonly lasts: ChunkColumn;
  /** What each row grew by from its first to its last value; where it is not known, that follows from the two. */
  readonly increases: ChunkColumn | null;
}

export function newIncreaseState(type: FieldType, cells: number): IncreaseState {
  const growth: SumState = { kind: 'sum', sums: newValues(type, cells) };
  return { kind: 'increase', growth, filled: new Uint8Array(cells), pieces: new Map() };
}

/** Adds the rows of a slice, which ascend; `valid` says which have a value (null = all). */
export function addIncreases(
  state: IncreaseState,
  columns: CounterColumns,
  valid: Uint8Array | null,
  slice: Slice,
  meter: Meter,
): void {
  const { runs, cellBase, baseNs, times, isSkipped } = slice;
  let piece: Piece | undefined;
  let lastRow = -1;
  for (let run = 0; run < runs.count; run++) {
    const counts = isSkipped === null || !isSkipped(runs.windows[run]);
    const cell = counts ? cellBase + runs.windows[run] : -1;
    const row = firstValid(valid, runs.starts[run], runs.ends[run]);
    const end = lastValid(valid, runs.starts[run], runs.ends[run]) + 1;
    if (row < 0) continue;
    if (piece === undefined) {
      const startNs = baseNs + BigInt(times[row]);
      piece = pieceFor(state, slice.ordinal, startNs, columns.firsts.values[row], cell, meter);
    }
    if (counts) {
      state.filled[cell] = 1;
      piece.last = addRows(state.growth.sums, cell, columns, valid, row, end, piece.last);
    } else piece.last = columns.lasts.values[end - 1];
    lastRow = end - 1;
  }
  if (piece !== undefined) piece.endNs = baseNs + BigInt(times[lastRow]);
}

/** The piece of the series that the rows from `startNs` on belong to: what was read last, where they go on from it. */
function pieceFor(
  { pieces }: IncreaseState,
  ordinal: number,
  startNs: bigint,
  first: Value,
  firstCell: number,
  meter: Meter,
): Piece {
  let own = pieces.get(ordinal);
  if (own === undefined) pieces.set(ordinal, (own = []));
  const last = own.at(-1);
  if (last !== undefined && startNs >= last.endNs) return last;
  meter.reserve(BYTES_PER_PIECE);
  const piece: Piece = { startNs, first, firstCell, endNs: startNs, last: first };
  own.push(piece);
  return piece;
}

/** Adds the growth of rows [start, end) from `last` on; returns the new last value. */
function addRows(
  sums: Values,
  cell: number,
  { firsts, lasts, increases }: CounterColumns,
  valid: Uint8Array | null,
  start: number,
  end: number,
  last: Value,
): Value {
  if (increases === null && firsts === lasts && typeof last === 'number' && firsts.values instanceof Float64Array)
    return addNumbers(sums, cell, firsts.values, valid, start, end, last);
  let held = last;
  for (let row = start; row < end; row++) {
    if (valid !== null && valid[row] === 0) continue;
    const first = firsts.values[row];
    addGrowth(sums, cell, held, first);
    held = lasts.values[row];
    if (increases === null || (increases.valid !== null && increases.valid[row] === 0)) {
      if (firsts !== lasts) addGrowth(sums, cell, first, held);
    } else addAmount(sums, cell, increases.values[row]);
  }
  return held;
}

/** Points as doubles. Integers are added up as such only while every step is exact. */
function addNumbers(
  sums: Values,
  cell: number,
  values: Float64Array,
  valid: Uint8Array | null,
  start: number,
  end: number,
  last: number,
): number {
  const isFloat = sums.type === 'float';
  let amount = 0;
  let held = last;
  for (let row = start; row < end; row++) {
    if (valid !== null && valid[row] === 0) continue;
    const value = values[row];
    const total = amount + (value >= held ? value - held : value);
    if (isFloat || Number.isSafeInteger(total)) amount = total;
    else {
      addSum(sums, cell, amount);
      addGrowth(sums, cell, held, value);
      amount = 0;
    }
    held = value;
  }
  addSum(sums, cell, amount);
  return held;
}

/** A value below the one before it is a counter that began anew at 0. */
function addGrowth(sums: Values, cell: number, from: Value, to: Value): void {
  if (sums.type === 'float') addSum(sums, cell, to >= from ? (to as number) - (from as number) : (to as number));
  else addAmount(sums, cell, to >= from ? exactDifference(from, to) : to);
}

function exactDifference(from: Value, to: Value): number | bigint {
  if (typeof from === 'number' && typeof to === 'number' && Number.isSafeInteger(to - from)) return to - from;
  return BigInt(to) - BigInt(from);
}

function addAmount(sums: Values, cell: number, amount: Value): void {
  if (typeof amount === 'bigint') addWideSum(sums, cell, amount);
  else addSum(sums, cell, amount as number);
}

export function mergeIncreases(into: IncreaseState, from: IncreaseState, map: CellMap): void {
  mergeSums(into.growth, from.growth, map);
  for (let cell = 0; cell < from.filled.length; cell++) {
    if (from.filled[cell] !== 0) into.filled[mapCell(map, cell)] = 1;
  }
  for (const [ordinal, pieces] of from.pieces) {
    const moved = pieces.map((piece) => ({
      ...piece,
      firstCell: piece.firstCell < 0 ? -1 : mapCell(map, piece.firstCell),
    }));
    into.pieces.set(ordinal, [...(into.pieces.get(ordinal) ?? []), ...moved]);
  }
}

/** Adds what each series grew by between its pieces, once. */
export function joinPieces({ growth, pieces }: IncreaseState): void {
  for (const own of pieces.values()) {
    own.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
    for (let index = 1; index < own.length; index++) {
      const { first, firstCell } = own[index];
      if (firstCell >= 0) addGrowth(growth.sums, firstCell, own[index - 1].last, first);
    }
  }
  pieces.clear();
}
