// Several sorted runs of rows as one: a stable merge by time, so that rows of one time keep the order of their runs.
//
//     run 0   10 20 30 ┐
//     run 1   10 25    ├─►  10₀ 10₁ 20₀ 25₁ 30₀
//
// Neighbouring runs are merged pairwise, on positions: every pass reads memory in order, and nothing is allocated per row.
import { MAX_CHUNK_SPAN_NS } from '../../model/index.ts';
import { type Rows, concatRows, gatherRows, rowTime, sliceRows } from './rows.ts';

/** Merges runs, each given as its batches in reading order. Yields one batch, or several where times are far apart. */
export function* mergeRuns(
  runs: readonly (readonly Rows[])[],
  columnCount: number,
  ascending: boolean,
): Generator<Rows> {
  let rest: Runs = runs.filter((run) => run.length > 0);
  if (rest.length === 1) {
    yield* rest[0];
    return;
  }
  while (rest.length > 0) {
    const whole = concatRows(rest.flat(), columnCount);
    if (whole !== undefined) {
      yield sortRuns(whole, runStarts(rest), ascending);
      return;
    }
    const [slab, others] = splitSlab(rest, ascending);
    for (const rows of mergeRuns(slab, columnCount, ascending)) yield rows;
    rest = others;
  }
}

function runStarts(runs: readonly (readonly Rows[])[]): Int32Array {
  const starts = new Int32Array(runs.length + 1);
  for (let index = 0; index < runs.length; index++) {
    starts[index + 1] = starts[index] + runs[index].reduce((sum, rows) => sum + rows.rowCount, 0);
  }
  return starts;
}

/** Rows that consist of sorted runs, run i at [starts[i], starts[i + 1]), as one sorted run. */
export function sortRuns(rows: Rows, starts: Int32Array, ascending: boolean): Rows {
  if (isSorted(rows.times, starts, ascending)) return rows;
  return gatherRows(rows, mergeOrder(ascending ? rows.times : negated(rows.times, rows.rowCount), starts));
}

function isSorted(times: Float64Array, starts: Int32Array, ascending: boolean): boolean {
  for (let run = 1; run + 1 < starts.length; run++) {
    const at = starts[run];
    if (at === 0 || at === starts[starts.length - 1]) continue;
    if (ascending ? times[at] < times[at - 1] : times[at] > times[at - 1]) return false;
  }
  return true;
}

function negated(times: Float64Array, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let row = 0; row < count; row++) out[row] = -times[row];
  return out;
}

function mergeOrder(times: Float64Array, starts: Int32Array): Int32Array {
  const count = starts[starts.length - 1];
  let from = new Int32Array(count);
  for (let row = 0; row < count; row++) from[row] = row;
  let to = new Int32Array(count);
  let bounds = starts;
  while (bounds.length > 2) {
    const merged = new Int32Array((bounds.length >>> 1) + 1);
    let runs = 0;
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const middle = bounds[run + 1];
      const end = run + 2 < bounds.length ? bounds[run + 2] : middle;
      mergePair(times, from, to, bounds[run], middle, end);
      merged[++runs] = end;
    }
    bounds = merged.subarray(0, runs + 1);
    [from, to] = [to, from];
  }
  return from;
}

/** Of equal times the left run's come first. */
function mergePair(
  times: Float64Array,
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  let at = start;
  while (left < middle && right < end) {
    if (times[from[left]] <= times[from[right]]) to[at++] = from[left++];
    else to[at++] = from[right++];
  }
  while (left < middle) to[at++] = from[left++];
  while (right < end) to[at++] = from[right++];
}

type Runs = readonly (readonly Rows[])[];

/** Cuts off the part that is read first and spans less than a chunk of times can hold. */
function splitSlab(runs: Runs, ascending: boolean): readonly [Runs, Runs] {
  const heads = runs.map(([first]) => rowTime(first, 0));
  const first = heads.reduce((a, b) => (a < b === ascending ? a : b));
  const width = BigInt(MAX_CHUNK_SPAN_NS) / 2n;
  const inSlab = (timeNs: bigint): boolean => (ascending ? timeNs - first < width : first - timeNs < width);
  const parts = runs.map((run) => splitRun(run, inSlab));
  const nonEmpty = (run: readonly Rows[]): boolean => run.length > 0;
  return [parts.map(([slab]) => slab).filter(nonEmpty), parts.map(([, rest]) => rest).filter(nonEmpty)];
}

function splitRun(
  run: readonly Rows[],
  inSlab: (timeNs: bigint) => boolean,
): readonly [readonly Rows[], readonly Rows[]] {
  for (let index = 0; index < run.length; index++) {
    const rows = run[index];
    if (inSlab(rowTime(rows, rows.rowCount - 1))) continue;
    let cut = 0;
    while (inSlab(rowTime(rows, cut))) cut++;
    const head = cut === 0 ? [] : [sliceRows(rows, 0, cut)];
    return [
      [...run.slice(0, index), ...head],
      [sliceRows(rows, cut, rows.rowCount), ...run.slice(index + 1)],
    ];
  }
  return [run, []];
}
