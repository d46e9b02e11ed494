// count: how many values each cell has.
import { countValid } from '../kernels/sum.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface CountState {
  readonly kind: 'count';
  readonly counts: Float64Array<ArrayBuffer>;
}

export const COUNT_BYTES_PER_CELL = 8;

export function newCountState(cells: number): CountState {
  return { kind: 'count', counts: new Float64Array(cells) };
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

export function mergeCounts(into: CountState, from: CountState, map: CellMap): void {
  for (let cell = 0; cell < from.counts.length; cell++) into.counts[mapCell(map, cell)] += from.counts[cell];
}
