// percentile, median, integral, stddev: every value of a cell, kept until the end.
//
// Values are appended in the order in which they are read, as runs of one cell and one series; only at the end are they put
// in order of cells. So appending is a copy, and merging two states is joining their lists of parts.
//
//     part   values    v v v v v v v v v …            offsets  from the run's base, when times are needed
//            runs      [cell 3, 5 values, series 0][cell 4, 4 values, series 0] …
import type { ChunkColumn, FieldType } from '../../model/index.ts';
import type { Meter } from '../meter.ts';
import { countValid } from '../kernels/sum.ts';
import { type Times, baseHigh, baseLow, highWord, lowWord, newTimes, setTime } from '../time64.ts';
import { type WideArray, isWide, newWide } from '../values.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface GatherPart {
  readonly values: Float64Array<ArrayBuffer> | WideArray;
  readonly offsets: Float64Array<ArrayBuffer> | null;
  valueCount: number;
  /** Of each run: its cell, how many values, position of its series, base of its offsets. */
  runCells: Int32Array<ArrayBuffer>;
  runCounts: Int32Array<ArrayBuffer>;
  runOrdinals: Int32Array<ArrayBuffer>;
  runBases: BigInt64Array<ArrayBuffer>;
  runCount: number;
}

export interface GatherState {
  readonly kind: 'gather';
  readonly type: FieldType;
  readonly withTimes: boolean;
  valueCount: number;
  parts: GatherPart[];
}

const FIRST_PART = 1024;
const LARGEST_PART = 1 << 20;
const RUN_BYTES = 20;

export function newGatherState(type: FieldType, withTimes: boolean): GatherState {
  return { kind: 'gather', type, withTimes, valueCount: 0, parts: [] };
}

export function addGather(
  state: GatherState,
  column: ChunkColumn,
  valid: Uint8Array | null,
  slice: Slice,
  meter: Meter,
): void {
  const { runs, cellBase, times, baseNs, ordinal } = slice;
  for (let run = 0; run < runs.count; run++) {
    const start = runs.starts[run];
    const end = runs.ends[run];
    const count = valid === null ? end - start : countValid(valid, start, end);
    if (count === 0) continue;
    const part = partWithRoom(state, isWide(column.values), count, meter);
    appendRows(part, column.values as Float64Array, valid, times, start, end);
    appendRun(part, cellBase + runs.windows[run], count, ordinal, baseNs, meter);
    state.valueCount += count;
  }
}

/** `source` and the part's values are arrays of the same kind. */
function appendRows(
  part: GatherPart,
  source: Float64Array,
  valid: Uint8Array | null,
  times: Float64Array,
  start: number,
  end: number,
): void {
  const values = part.values as Float64Array;
  const { offsets } = part;
  let at = part.valueCount;
  for (let row = start; row < end; row++) {
    if (valid !== null && valid[row] === 0) continue;
    values[at] = source[row];
    if (offsets !== null) offsets[at] = times[row];
    at++;
  }
  part.valueCount = at;
}

function appendRun(part: GatherPart, cell: number, count: number, ordinal: number, baseNs: bigint, meter: Meter): void {
  if (part.runCount === part.runCells.length) {
    meter.reserve(part.runCount * RUN_BYTES);
    part.runCells = doubled(part.runCells);
    part.runCounts = doubled(part.runCounts);
    part.runOrdinals = doubled(part.runOrdinals);
    const bases = new BigInt64Array(2 * part.runCount);
    bases.set(part.runBases);
    part.runBases = bases;
  }
  const at = part.runCount++;
  part.runCells[at] = cell;
  part.runCounts[at] = count;
  part.runOrdinals[at] = ordinal;
  part.runBases[at] = baseNs;
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(2 * array.length);
  next.set(array);
  return next;
}

function partWithRoom(state: GatherState, wide: boolean, count: number, meter: Meter): GatherPart {
  const last = state.parts.at(-1);
  const fits = last !== undefined && isWide(last.values) === wide && last.values.length - last.valueCount >= count;
  if (fits) return last;
  const capacity = Math.max(count, Math.min(LARGEST_PART, Math.max(FIRST_PART, 2 * state.valueCount)));
  const runs = 64;
  meter.reserve(capacity * (state.withTimes ? 16 : 8) + runs * RUN_BYTES);
  const part: GatherPart = {
    values: wide ? newWide(state.type, capacity) : new Float64Array(capacity),
    offsets: state.withTimes ? new Float64Array(capacity) : null,
    valueCount: 0,
    runCells: new Int32Array(runs),
    runCounts: new Int32Array(runs),
    runOrdinals: new Int32Array(runs),
    runBases: new BigInt64Array(runs),
    runCount: 0,
  };
  state.parts.push(part);
  return part;
}

/** Takes over the parts of `from`. */
export function mergeGather(into: GatherState, from: GatherState, map: CellMap): void {
  for (const part of from.parts) {
    for (let run = 0; run < part.runCount; run++) part.runCells[run] = mapCell(map, part.runCells[run]);
    into.parts.push(part);
  }
  into.valueCount += from.valueCount;
}

/** A gather state in order of cells: cell c has the values [starts[c], starts[c + 1]). */
export interface Gathered {
  readonly type: FieldType;
  readonly starts: Int32Array;
  readonly values: Float64Array<ArrayBuffer> | WideArray;
  readonly times: Times | null;
  readonly ordinals: Int32Array | null;
}

/**
 * Within a cell values come in the order of series, then as they were read. Values stay doubles unless some part is wide.
 * The state is used up: its parts go as they are copied.
 */
export function arrangeGather(state: GatherState, cells: number, meter: Meter): Gathered {
  const count = state.valueCount;
  meter.reserve(count * (state.withTimes ? 20 : 8) + cells * 4);
  const starts = startsOfCells(state.parts, cells);
  const wide = state.parts.some((part) => isWide(part.values));
  const values = wide ? newWide(state.type, count) : new Float64Array(count);
  const times = state.withTimes ? newTimes(count) : null;
  const ordinals = state.withTimes ? new Int32Array(count) : null;
  const target: Target = { next: starts.slice(0, cells), values, times, ordinals };
  for (const segment of segmentsBySeries(state.parts)) copySegment(segment, target);
  return { type: state.type, starts, values, times, ordinals };
}

function startsOfCells(parts: readonly GatherPart[], cells: number): Int32Array {
  const starts = new Int32Array(cells + 1);
  for (const part of parts) {
    for (let run = 0; run < part.runCount; run++) starts[part.runCells[run] + 1] += part.runCounts[run];
  }
  for (let cell = 0; cell < cells; cell++) starts[cell + 1] += starts[cell];
  return starts;
}

/** Runs [start, end) of a part, all of one series; the first value of the first is at `from`. */
interface Segment {
  readonly part: GatherPart;
  readonly ordinal: number;
  readonly start: number;
  end: number;
  readonly from: number;
}

/** In order of series; the runs of one series keep their order. Parts of one thread are in that order already. */
function segmentsBySeries(parts: readonly GatherPart[]): readonly Segment[] {
  const segments: Segment[] = [];
  let ascending = true;
  for (const part of parts) {
    let from = 0;
    for (let run = 0; run < part.runCount; run++) {
      const ordinal = part.runOrdinals[run];
      const last = segments.at(-1);
      if (last !== undefined && last.part === part && last.ordinal === ordinal) last.end = run + 1;
      else {
        if (last !== undefined && last.ordinal > ordinal) ascending = false;
        segments.push({ part, ordinal, start: run, end: run + 1, from });
      }
      from += part.runCounts[run];
    }
  }
  return ascending ? segments : segments.sort((a, b) => a.ordinal - b.ordinal);
}

interface Target {
  /** Where the next value of each cell goes. */
  readonly next: Int32Array;
  readonly values: GatherPart['values'];
  readonly times: Times | null;
  readonly ordinals: Int32Array | null;
}

function copySegment(segment: Segment, target: Target): void {
  const { part } = segment;
  const { next, values, times, ordinals } = target;
  let from = segment.from;
  for (let run = segment.start; run < segment.end; run++) {
    const cell = part.runCells[run];
    const length = part.runCounts[run];
    const to = next[cell];
    copyValues(part.values, from, length, values, to);
    if (times !== null && part.offsets !== null) copyTimes(part.offsets, from, length, part.runBases[run], times, to);
    ordinals?.fill(segment.ordinal, to, to + length);
    next[cell] = to + length;
    from += length;
  }
}

function copyValues(
  source: GatherPart['values'],
  from: number,
  length: number,
  target: GatherPart['values'],
  to: number,
): void {
  if (isWide(target) && !isWide(source)) {
    for (let at = 0; at < length; at++) target[to + at] = BigInt(source[from + at]);
    return;
  }
  const out = target as Float64Array;
  const values = source as Float64Array;
  for (let at = 0; at < length; at++) out[to + at] = values[from + at];
}

function copyTimes(
  offsets: Float64Array,
  from: number,
  length: number,
  baseNs: bigint,
  times: Times,
  to: number,
): void {
  const high = baseHigh(baseNs);
  const low = baseLow(baseNs);
  for (let at = 0; at < length; at++) {
    const offset = offsets[from + at];
    setTime(times.words, to + at, highWord(high, low, offset), lowWord(low, offset));
  }
}
