// count: how many values each cell has.
import type { ChunkColumn } from '../../model/index.ts';
import { countValid } from '../kernels/sum.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface CountState {
  readonly kind: 'count';
  readonly counts: Float64Array<ArrayBuffer>;
  /** Each row's value says how many it stands for. */
  readonly weighted: boolean;
}

export const COUNT_BYTES_PER_CELL = 8;

export function newCountState(cells: number, weighted: boolean): CountState {
  return { kind: 'count', counts: new Float64Array(cells), weighted };
}

export function addCounts(state: CountState, valid: Uint8Array | null, slice: Slice): void {
  const { counts } = state;
  const { runs, cellBase } = slice;
  const { starts, ends, windows, count } = runs;
  for (let run = 0; run < count; run++) {
    const start = starts[run];
    const end = ends[run];
    counts[cellBase + windows[run]] += valid === null ? end - start : countValid(valid, start, end);
  }
}

export function addWeights(state: CountState, column: ChunkColumn, valid: Uint8Array | null, slice: Slice): void {
  const { counts } = state;
  const { runs, cellBase } = slice;
  const { starts, ends, windows, count } = runs;
  const values =
    column.values instanceof Float64Array ? column.values : Float64Array.from(column.values as BigInt64Array, Number);
  for (let run = 0; run < count; run++) {
    const end = ends[run];
    let total = 0;
    for (let row = starts[run]; row < end; row++) if (valid === null || valid[row] !== 0) total += values[row];
    counts[cellBase + windows[run]] += total;
  }
}

export function mergeCounts(into: CountState, from: CountState, map: CellMap): void {
  for (let cell = 0; cell < from.counts.length; cell++) into.counts[mapCell(map, cell)] += from.counts[cell];
}
