// Runs of one series' rows from one source, with offsets from the shard's start, and their merge into what a reader gives.
import { assert } from '../base/index.ts';
import type { ChunkColumn, ColumnValues, FieldType, SeriesChunk } from '../model/index.ts';

/** Like SeriesChunk, but `times[row] + shift` is the offset from the shard's start. */
export interface Run {
  readonly rowCount: number;
  readonly times: Float64Array;
  readonly shift: number;
  readonly columns: readonly (ChunkColumn | null)[];
}

export function firstOffset(run: Run): number {
  return run.times[0] + run.shift;
}

export function lastOffset(run: Run): number {
  return run.times[run.rowCount - 1] + run.shift;
}

/**
 * Chunks ascending and disjoint in time from runs of several sources. `runs` are in order of version, oldest first; each
 * run is strictly ascending. Runs that overlap are merged row by row, field by field: the newest value wins.
 */
export function mergeRuns(runs: readonly Run[], originNs: bigint, fieldCount: number): SeriesChunk[] {
  if (runs.length === 1) return [chunkOf(runs[0], originNs)];
  const order = runs.map((run, version) => ({ run, version })).sort((a, b) => firstOffset(a.run) - firstOffset(b.run));
  const chunks: SeriesChunk[] = [];
  for (let at = 0; at < order.length; ) {
    let end = at + 1;
    let reach = lastOffset(order[at].run);
    while (end < order.length && firstOffset(order[end].run) <= reach) {
      reach = Math.max(reach, lastOffset(order[end].run));
      end++;
    }
    if (end === at + 1) chunks.push(chunkOf(order[at].run, originNs));
    else {
      const cluster = order.slice(at, end).sort((a, b) => a.version - b.version);
      chunks.push(
        mergeCluster(
          cluster.map((entry) => entry.run),
          originNs,
          fieldCount,
        ),
      );
    }
    at = end;
  }
  return chunks;
}

function chunkOf(run: Run, originNs: bigint): SeriesChunk {
  return { rowCount: run.rowCount, baseNs: originNs + BigInt(run.shift), times: run.times, columns: run.columns };
}

/**
 * Merges runs, oldest version first. Every input row goes to one output row (rows of equal time to the same); then each field is
 * filled run by run, so that a newer value overwrites an older one and a missing one leaves it.
 */
function mergeCluster(runs: readonly Run[], originNs: bigint, fieldCount: number): SeriesChunk {
  let merged = offsetsOf(runs[0]);
  for (let next = 1; next < runs.length; next++) merged = mergeTimes(merged, offsetsOf(runs[next]));
  const columns: (ChunkColumn | null)[] = [];
  const targets = runs.map((run) => targetRows(run, merged));
  for (let field = 0; field < fieldCount; field++) {
    const sources = runs.map((run) => run.columns[field]);
    columns.push(mergeColumn(sources, targets, merged.length));
  }
  return { rowCount: merged.length, baseNs: originNs, times: merged, columns };
}

function offsetsOf(run: Run): Float64Array {
  const offsets = new Float64Array(run.rowCount);
  for (let row = 0; row < run.rowCount; row++) offsets[row] = run.times[row] + run.shift;
  return offsets;
}

/** The ascending union of two strictly ascending lists. */
function mergeTimes(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i];
    const y = b[j];
    out[count++] = x < y ? x : y;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  for (; i < a.length; i++) out[count++] = a[i];
  for (; j < b.length; j++) out[count++] = b[j];
  return out.subarray(0, count);
}

/** For each row of the run, its row in the merged times. */
function targetRows(run: Run, merged: Float64Array): Int32Array {
  const targets = new Int32Array(run.rowCount);
  let at = 0;
  for (let row = 0; row < run.rowCount; row++) {
    const offset = run.times[row] + run.shift;
    while (merged[at] < offset) at++;
    targets[row] = at;
  }
  return targets;
}

function mergeColumn(
  sources: readonly (ChunkColumn | null)[],
  targets: readonly Int32Array[],
  rowCount: number,
): ChunkColumn | null {
  const present = sources.filter((column) => column !== null);
  if (present.length === 0) return null;
  const type = present[0].type;
  const values = emptyValues(type, present, rowCount);
  const valid = new Uint8Array(rowCount);
  let filled = 0;
  for (let source = 0; source < sources.length; source++) {
    const column = sources[source];
    if (column === null) continue;
    assert(column.type === type, 'a field has one type within a shard');
    filled += scatter(column, targets[source], values, valid);
  }
  return { type, values, valid: filled === rowCount ? null : valid };
}

type WritableValues = Float64Array | BigInt64Array | BigUint64Array | string[];

function emptyValues(type: FieldType, present: readonly ChunkColumn[], rowCount: number): WritableValues {
  if (type === 'string') return new Array<string>(rowCount).fill('');
  if (present.every((column) => column.values instanceof Float64Array)) return new Float64Array(rowCount);
  return type === 'unsigned' ? new BigUint64Array(rowCount) : new BigInt64Array(rowCount);
}

/** Writes a column's values to their target rows; returns how many rows got their first value. */
function scatter(column: ChunkColumn, targets: Int32Array, values: WritableValues, valid: Uint8Array): number {
  const source: ColumnValues = column.values;
  const widen = !(values instanceof Float64Array) && source instanceof Float64Array;
  let fresh = 0;
  for (let row = 0; row < targets.length; row++) {
    if (column.valid !== null && column.valid[row] === 0) continue;
    const target = targets[row];
    values[target] = (widen ? BigInt(source[row] as number) : source[row]) as never;
    fresh += 1 - valid[target];
    valid[target] = 1;
  }
  return fresh;
}

/** The run without the rows of `drop` (1 = leave out); null when none are left. */
export function withoutRows(run: Run, drop: Uint8Array): Run | null {
  const kept: number[] = [];
  for (let row = 0; row < run.rowCount; row++) if (drop[row] === 0) kept.push(row);
  if (kept.length === run.rowCount) return run;
  if (kept.length === 0) return null;
  const rows = Int32Array.from(kept);
  return {
    rowCount: rows.length,
    times: takeFloats(run.times, rows),
    shift: run.shift,
    columns: run.columns.map((column) => (column === null ? null : takeRows(column, rows))),
  };
}

export function takeFloats(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]];
  return taken;
}

function takeRows(column: ChunkColumn, rows: Int32Array): ChunkColumn {
  let values: WritableValues;
  const source = column.values;
  if (source instanceof Float64Array) values = takeFloats(source, rows);
  else if (source instanceof BigInt64Array || source instanceof BigUint64Array) {
    values = source.slice(0, rows.length);
    for (let at = 0; at < rows.length; at++) values[at] = source[rows[at]];
  } else values = Array.from(rows, (row) => source[row]);
  const valid = column.valid === null ? null : Uint8Array.from(rows, (row) => (column.valid as Uint8Array)[row]);
  return { type: column.type, values, valid };
}
