// percentile and median of rows that are quantile sketches of many points: one merged sketch a cell.
import { type Sketch, decodeSketch, mergeSketch, newSketch } from '../../base/index.ts';
import type { ChunkColumn } from '../../model/index.ts';
import type { Meter } from '../meter.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface SketchState {
  readonly kind: 'sketch';
  readonly cells: number;
  /** Cell -> sketch; only cells that have one. */
  readonly sketches: Map<number, Sketch>;
}

/** About what a sketch of some decades of values takes. */
const BYTES_PER_SKETCH = 8192;

export function newSketchState(cells: number): SketchState {
  return { kind: 'sketch', cells, sketches: new Map() };
}

export function addSketches(
  state: SketchState,
  column: ChunkColumn,
  valid: Uint8Array | null,
  { runs, cellBase }: Slice,
  meter: Meter,
): void {
  const texts = column.values as readonly string[];
  for (let run = 0; run < runs.count; run++) {
    const cell = cellBase + runs.windows[run];
    for (let row = runs.starts[run]; row < runs.ends[run]; row++) {
      if (valid !== null && valid[row] === 0) continue;
      let sketch = state.sketches.get(cell);
      if (sketch === undefined) {
        meter.reserve(BYTES_PER_SKETCH);
        sketch = newSketch();
        state.sketches.set(cell, sketch);
      }
      mergeSketch(sketch, decodeSketch(texts[row]));
    }
  }
}

export function mergeSketches(into: SketchState, from: SketchState, map: CellMap): void {
  for (const [cell, sketch] of from.sketches) {
    const target = mapCell(map, cell);
    const own = into.sketches.get(target);
    if (own === undefined) into.sketches.set(target, sketch);
    else mergeSketch(own, sketch);
  }
}
