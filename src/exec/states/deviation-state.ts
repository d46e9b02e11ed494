// stddev. While there are few values they are all kept, so that the result has the very digits of InfluxDB's two passes over
// them; beyond that each cell keeps count, mean and M2 (the sum of squared distances from the mean), merged by Chan's rule.
import { unwrappedSum } from '../../base/index.ts';
import type { ChunkColumn } from '../../model/index.ts';
import { toFloats } from '../column-types.ts';
import type { Meter } from '../meter.ts';
import { type GatherPart, type GatherState, addGather, mergeGather, newGatherState } from './gather-state.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface Moments {
  readonly counts: Float64Array<ArrayBuffer>;
  readonly means: Float64Array<ArrayBuffer>;
  readonly m2s: Float64Array<ArrayBuffer>;
}

export interface DeviationState {
  readonly kind: 'deviation';
  readonly cells: number;
  /** Exactly one of the two is there. */
  gather: GatherState | null;
  moments: Moments | null;
}

const MAX_KEPT_VALUES = 1_000_000;
export const MOMENT_BYTES_PER_CELL = 24;

export function newDeviationState(cells: number): DeviationState {
  return { kind: 'deviation', cells, gather: newGatherState('float', false), moments: null };
}

/** Of rows that are moments of many points: there are no values to keep. */
export function newMomentsState(cells: number): DeviationState {
  return { kind: 'deviation', cells, gather: null, moments: newMoments(cells) };
}

function newMoments(cells: number): Moments {
  return { counts: new Float64Array(cells), means: new Float64Array(cells), m2s: new Float64Array(cells) };
}

/** How many points each row stands for, their sum, their mean where that wrapped, and their M2. */
export interface MomentColumns {
  readonly counts: ChunkColumn;
  readonly sums: ChunkColumn;
  readonly means: ChunkColumn | null;
  readonly m2s: ChunkColumn;
}

/** Adds rows that are moments. */
export function addMomentRows(
  state: DeviationState,
  { counts, sums, means, m2s }: MomentColumns,
  valid: Uint8Array | null,
  { runs, cellBase }: Slice,
): void {
  const moments = state.moments as Moments;
  for (let run = 0; run < runs.count; run++) {
    for (let row = runs.starts[run]; row < runs.ends[run]; row++) {
      if (valid !== null && valid[row] === 0) continue;
      const count = Number(counts.values[row]);
      if (count === 0) continue;
      const hasMean = means !== null && (means.valid === null || means.valid[row] !== 0);
      const mean = hasMean ? Number(means.values[row]) : undefined;
      const sum = unwrappedSum(sums.values[row] as number | bigint, count, mean);
      join(moments, cellBase + runs.windows[run], count, Number(sum) / count, Number(m2s.values[row]));
    }
  }
}

/** Adds values as floats. */
export function addDeviations(
  state: DeviationState,
  column: ChunkColumn,
  valid: Uint8Array | null,
  slice: Slice,
  meter: Meter,
): void {
  const { values } = column;
  const floats = values instanceof Float64Array ? values : toFloats(values as BigInt64Array | BigUint64Array);
  if (state.moments !== null) {
    addMoments(state.moments, floats, valid, slice);
    return;
  }
  const gather = state.gather as GatherState;
  addGather(gather, { type: 'float', values: floats, valid }, valid, slice, meter);
  if (gather.valueCount > MAX_KEPT_VALUES) fold(state, meter);
}

function addMoments(moments: Moments, values: Float64Array, valid: Uint8Array | null, slice: Slice): void {
  const { runs, cellBase } = slice;
  for (let run = 0; run < runs.count; run++) {
    addRun(moments, cellBase + runs.windows[run], values, valid, runs.starts[run], runs.ends[run]);
  }
}

function addRun(
  moments: Moments,
  cell: number,
  values: Float64Array,
  valid: Uint8Array | null,
  start: number,
  end: number,
): void {
  let count = 0;
  let sum = 0;
  for (let row = start; row < end; row++) {
    if (valid !== null && valid[row] === 0) continue;
    count++;
    sum += values[row];
  }
  if (count === 0) return;
  const mean = sum / count;
  let m2 = 0;
  for (let row = start; row < end; row++) {
    if (valid !== null && valid[row] === 0) continue;
    const distance = values[row] - mean;
    m2 += distance * distance;
  }
  join(moments, cell, count, mean, m2);
}

function join(moments: Moments, cell: number, count: number, mean: number, m2: number): void {
  const { counts, means, m2s } = moments;
  const total = counts[cell] + count;
  const distance = mean - means[cell];
  m2s[cell] += m2 + (distance * distance * counts[cell] * count) / total;
  means[cell] += (distance * count) / total;
  counts[cell] = total;
}

/** Gives up the kept values for their moments. */
function fold(state: DeviationState, meter: Meter): Moments {
  if (state.moments !== null) return state.moments;
  meter.reserve(state.cells * MOMENT_BYTES_PER_CELL);
  const moments = newMoments(state.cells);
  const gather = state.gather as GatherState;
  for (const part of gather.parts) {
    foldPart(moments, part);
    meter.release(part.values.byteLength);
  }
  state.gather = null;
  state.moments = moments;
  return moments;
}

function foldPart(moments: Moments, part: GatherPart): void {
  let from = 0;
  for (let run = 0; run < part.runCount; run++) {
    const to = from + part.runCounts[run];
    addRun(moments, part.runCells[run], part.values as Float64Array, null, from, to);
    from = to;
  }
}

export function mergeDeviations(into: DeviationState, from: DeviationState, map: CellMap, meter: Meter): void {
  if (into.gather !== null && from.gather !== null) {
    mergeGather(into.gather, from.gather, map);
    if (into.gather.valueCount > MAX_KEPT_VALUES) fold(into, meter);
    return;
  }
  const moments = fold(into, meter);
  const other = fold(from, meter);
  for (let cell = 0; cell < from.cells; cell++) {
    const count = other.counts[cell];
    if (count > 0) join(moments, mapCell(map, cell), count, other.means[cell], other.m2s[cell]);
  }
}
