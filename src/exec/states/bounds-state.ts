// The least and greatest value of each cell without where they were: all that spread needs.
import type { ChunkColumn } from '../../model/index.ts';
import { maxRow, maxRowWide, minRow, minRowWide } from '../kernels/pick.ts';
import { type Value, type Values, getValue, newValues, setValue } from '../values.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface BoundsState {
  readonly kind: 'bounds';
  readonly lows: Values;
  readonly highs: Values;
  /** 1 = the cell has a value. */
  readonly filled: Uint8Array<ArrayBuffer>;
}

export const BOUNDS_BYTES_PER_CELL = 17;

export function newBoundsState(type: Values['type'], cells: number): BoundsState {
  return { kind: 'bounds', lows: newValues(type, cells), highs: newValues(type, cells), filled: new Uint8Array(cells) };
}

export function addBounds(state: BoundsState, column: ChunkColumn, valid: Uint8Array | null, slice: Slice): void {
  const { values } = column;
  const { runs, cellBase } = slice;
  for (let run = 0; run < runs.count; run++) {
    const start = runs.starts[run];
    const end = runs.ends[run];
    const cell = cellBase + runs.windows[run];
    if (values instanceof Float64Array) {
      const least = minRow(values, valid, start, end);
      if (least < 0) continue;
      const greatest = maxRow(values, valid, start, end);
      if (state.lows.numbers !== null && state.highs.numbers !== null) {
        offerNumbers(state, state.lows.numbers, state.highs.numbers, cell, values[least], values[greatest]);
      } else offerBounds(state, cell, values[least], values[greatest]);
    } else {
      const wide = values as BigInt64Array | BigUint64Array;
      const least = minRowWide(wide, valid, start, end);
      if (least >= 0) offerBounds(state, cell, wide[least], wide[maxRowWide(wide, valid, start, end)]);
    }
  }
}

function offerNumbers(
  state: BoundsState,
  lows: Float64Array,
  highs: Float64Array,
  cell: number,
  low: number,
  high: number,
): void {
  if (state.filled[cell] === 0) {
    state.filled[cell] = 1;
    lows[cell] = low;
    highs[cell] = high;
    return;
  }
  if (low < lows[cell]) lows[cell] = low;
  if (high > highs[cell]) highs[cell] = high;
}

export function offerBounds(state: BoundsState, cell: number, low: Value, high: Value): void {
  const fresh = state.filled[cell] === 0;
  state.filled[cell] = 1;
  if (fresh || low < getValue(state.lows, cell)) setValue(state.lows, cell, low);
  if (fresh || high > getValue(state.highs, cell)) setValue(state.highs, cell, high);
}

export function mergeBounds(into: BoundsState, from: BoundsState, map: CellMap): void {
  for (let cell = 0; cell < from.filled.length; cell++) {
    if (from.filled[cell] === 0) continue;
    offerBounds(into, mapCell(map, cell), getValue(from.lows, cell), getValue(from.highs, cell));
  }
}
