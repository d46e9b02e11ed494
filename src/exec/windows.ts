// Which window a row falls into. Rows of a chunk ascend, so the rows of one window are a run; finding the runs once a chunk
// leaves every kernel a plain loop over [start, end).
//
//     times    0 10 20 30 40 50 60 70 …          every 30
//     runs    [0 ────── 3)[3 ────── 6)[6 …       starts 0 3 6   ends 3 6 …   windows 0 1 2
import { assert } from '../base/index.ts';
import { type SeriesChunk, type TimeRange, chunkTime, floorDiv } from '../model/index.ts';
import type { Windows } from './plan.ts';

/** Beyond this a double no longer holds every integer; a window that ends past it ends past every row of the chunk. */
const EXACT = 2 ** 53;

/** Reused from chunk to chunk: read it before the next `find`. */
export interface Runs {
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  windows: Int32Array;
}

export function windowCount(windows: Windows): number {
  switch (windows.kind) {
    case 'all':
      return 1;
    case 'every':
      return windows.count;
    case 'edges':
      return Math.max(0, windows.edgesNs.length - 1);
  }
}

/** The times that some window covers; null = all of them. */
export function windowsHull(windows: Windows): TimeRange | null {
  switch (windows.kind) {
    case 'all':
      return null;
    case 'every':
      return { startNs: windows.originNs, endNs: windows.originNs + windows.everyNs * BigInt(windows.count) };
    case 'edges': {
      const edges = windows.edgesNs;
      return edges.length < 2 ? { startNs: 0n, endNs: 0n } : { startNs: edges[0], endNs: edges[edges.length - 1] };
    }
  }
}

/** The window of a time, or -1. */
export function windowOf(windows: Windows, timeNs: bigint): number {
  switch (windows.kind) {
    case 'all':
      return 0;
    case 'every': {
      const index = floorDiv(timeNs - windows.originNs, windows.everyNs);
      return index < 0n || index >= BigInt(windows.count) ? -1 : Number(index);
    }
    case 'edges': {
      const after = firstEdgeAfter(windows.edgesNs, timeNs);
      return after === 0 || after === windows.edgesNs.length ? -1 : after - 1;
    }
  }
}

/** The start and end of a window; for 'all' those of the range. */
export function windowRange(windows: Windows, index: number, range: TimeRange): TimeRange {
  switch (windows.kind) {
    case 'all':
      return range;
    case 'every': {
      const startNs = windows.originNs + windows.everyNs * BigInt(index);
      return { startNs, endNs: startNs + windows.everyNs };
    }
    case 'edges':
      return { startNs: windows.edgesNs[index], endNs: windows.edgesNs[index + 1] };
  }
}

export class RunFinder {
  readonly #windows: Windows;
  readonly #runs: Runs;

  constructor(windows: Windows) {
    if (windows.kind === 'every') assert(windows.everyNs > 0n, 'windows have a length');
    this.#windows = windows;
    this.#runs = {
      count: 0,
      starts: new Int32Array(64),
      ends: new Int32Array(64),
      windows: new Int32Array(64),
    };
  }

  /** The runs of the chunk's rows, ascending; rows outside of every window are in none. */
  find(chunk: SeriesChunk): Runs {
    const runs = this.#runs;
    runs.count = 0;
    if (chunk.rowCount === 0) return runs;
    const windows = this.#windows;
    switch (windows.kind) {
      case 'all':
        addRun(runs, 0, chunk.rowCount, 0);
        break;
      case 'every':
        findEvery(chunk, windows.originNs, windows.everyNs, windows.count, runs);
        break;
      case 'edges':
        findEdges(chunk, windows.edgesNs, runs);
        break;
    }
    return runs;
  }
}

/** The runs that a predicate on their windows leaves. */
export function runsWithout(runs: Runs, isLeftOut: (window: number) => boolean): Runs {
  const left: Runs = { count: 0, starts: runs.starts.slice(), ends: runs.ends.slice(), windows: runs.windows.slice() };
  for (let run = 0; run < runs.count; run++) {
    if (!isLeftOut(runs.windows[run])) addRun(left, runs.starts[run], runs.ends[run], runs.windows[run]);
  }
  return left;
}

function findEvery(chunk: SeriesChunk, originNs: bigint, everyNs: bigint, count: number, runs: Runs): void {
  const { times, rowCount, baseNs } = chunk;
  const index = floorDiv(chunkTime(chunk, 0) - originNs, everyNs);
  const window = index < 0n ? 0 : Number(index);
  const row = index < 0n ? gallop(times, 0, rowCount, offsetOf(originNs - baseNs), 1) : 0;
  if (row === rowCount) return;
  const every = Number(everyNs);
  if (times[rowCount - 1] - times[0] + every < EXACT) {
    const end = Number(originNs + BigInt(window + 1) * everyNs - baseNs);
    findShortWindows(times, row, rowCount, window, end, every, count, runs);
  } else findLongWindows(chunk, row, originNs, everyNs, count, runs);
}

/** From `row` on, in `window`, which ends at offset `end`. Every distance is an exact double here. */
function findShortWindows(
  times: Float64Array,
  row: number,
  rowCount: number,
  window: number,
  end: number,
  every: number,
  count: number,
  runs: Runs,
): void {
  makeRoom(runs, rowCount - row);
  const { starts, ends, windows } = runs;
  let found = runs.count;
  for (let length = 1; row < rowCount; ) {
    const time = times[row];
    if (time >= end + every) {
      // Exact: a quotient of integers below 2^53 is never rounded up to the next integer.
      const skip = Math.floor((time - end) / every) + 1;
      window += skip;
      end += skip * every;
    } else if (time >= end) {
      window++;
      end += every;
    }
    if (window >= count) break;
    const next = gallop(times, row, rowCount, end, length);
    starts[found] = row;
    ends[found] = next;
    windows[found++] = window;
    length = next - row;
    row = next;
  }
  runs.count = found;
}

/** Windows or chunks of over 104 days: a few, so BigInt may do. */
function findLongWindows(
  chunk: SeriesChunk,
  row: number,
  originNs: bigint,
  everyNs: bigint,
  count: number,
  runs: Runs,
): void {
  while (row < chunk.rowCount) {
    const index = floorDiv(chunkTime(chunk, row) - originNs, everyNs);
    if (index >= BigInt(count)) return;
    const end = offsetOf(originNs + (index + 1n) * everyNs - chunk.baseNs);
    const next = gallop(chunk.times, row, chunk.rowCount, end, 1);
    addRun(runs, row, next, Number(index));
    row = next;
  }
}

/** A distance as a double; where that is not exact, no row lies as far. */
function offsetOf(distanceNs: bigint): number {
  if (distanceNs >= BigInt(EXACT)) return Infinity;
  return distanceNs <= -BigInt(EXACT) ? -Infinity : Number(distanceNs);
}

function findEdges(chunk: SeriesChunk, edges: BigInt64Array, runs: Runs): void {
  const { times, rowCount, baseNs } = chunk;
  if (edges.length < 2) return;
  const after = firstEdgeAfter(edges, chunkTime(chunk, 0));
  let window = Math.max(0, after - 1);
  let row = after === 0 ? gallop(times, 0, rowCount, offsetOf(edges[0] - baseNs), 1) : 0;
  for (let length = 1; row < rowCount && window + 1 < edges.length; window++) {
    const end = offsetOf(edges[window + 1] - baseNs);
    if (times[row] >= end) continue;
    const next = gallop(times, row, rowCount, end, length);
    addRun(runs, row, next, window);
    length = next - row;
    row = next;
  }
}

/** Index of the first edge > timeNs. */
function firstEdgeAfter(edges: BigInt64Array, timeNs: bigint): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The first row in (start, rowCount] with `times[row] >= bound`. `guess`: the length of the run before this one, which
 * regular series repeat.
 */
function gallop(times: Float64Array, start: number, rowCount: number, bound: number, guess: number): number {
  let low = start;
  let high = start + guess;
  if (high < rowCount && times[high] < bound) {
    let step = 1;
    while (high < rowCount && times[high] < bound) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    if (high > rowCount) high = rowCount;
  } else {
    if (high > rowCount) high = rowCount;
    // Regular series end their runs exactly where the last one suggests.
    if (high > low && times[high - 1] < bound) return high;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addRun(runs: Runs, start: number, end: number, window: number): void {
  makeRoom(runs, 1);
  const at = runs.count++;
  runs.starts[at] = start;
  runs.ends[at] = end;
  runs.windows[at] = window;
}

/** For so many more runs. */
function makeRoom(runs: Runs, more: number): void {
  const least = runs.count + more;
  if (least <= runs.starts.length) return;
  const length = Math.max(least, 2 * runs.starts.length);
  runs.starts = grown(runs.starts, length);
  runs.ends = grown(runs.ends, length);
  runs.windows = grown(runs.windows, length);
}

function grown(array: Int32Array, length: number): Int32Array {
  const next = new Int32Array(length);
  next.set(array);
  return next;
}
