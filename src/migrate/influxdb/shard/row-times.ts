// Fields become rows: the times at which at least one of them has a value, and where each field's values go.
import type { FieldRun } from './field-run.ts';

export interface RowTimes {
  /** Strictly ascending. */
  readonly times: Float64Array;
  /** Per run: the row of each of its values; null = it has a value in every row. */
  readonly rows: readonly (Int32Array | null)[];
}

/** Of at least one run. */
export function rowTimes(runs: readonly FieldRun[]): RowTimes {
  // Fields that are written together have the same times, so that there are few different ones.
  const distinct: Float64Array[] = [];
  for (const { times } of runs) if (!distinct.some((each) => sameTimes(each, times))) distinct.push(times);
  const all = unionOf(distinct);
  const rows = runs.map(({ times }) => (times.length === all.length ? null : rowsIn(all, times)));
  return { times: all, rows };
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let row = 0; row < a.length; row++) if (a[row] !== b[row]) return false;
  return true;
}

function unionOf(lists: readonly Float64Array[]): Float64Array {
  if (lists.length === 1) return lists[0];
  const half = lists.length >> 1;
  return merge(unionOf(lists.slice(0, half)), unionOf(lists.slice(half)));
}

function merge(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  let to = 0;
  let atB = 0;
  for (const time of a) {
    while (atB < b.length && b[atB] < time) out[to++] = b[atB++];
    if (atB < b.length && b[atB] === time) atB++;
    out[to++] = time;
  }
  while (atB < b.length) out[to++] = b[atB++];
  return out.subarray(0, to);
}

/** Where each of `times` stands in `all`, which has them all. */
function rowsIn(all: Float64Array, times: Float64Array): Int32Array {
  const rows = new Int32Array(times.length);
  let at = 0;
  for (let index = 0; index < times.length; index++) {
    while (all[at] !== times[index]) at++;
    rows[index] = at++;
  }
  return rows;
}
