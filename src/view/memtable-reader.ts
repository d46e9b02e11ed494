// Reads one series out of a memtable's rows: follows its chain, puts the rows in order of time, merges rows of equal time.
import type { ChunkColumn } from '../model/index.ts';
import { findSlot } from './memtable.ts';
import type { Run } from './series-rows.ts';
import type { MemtableColumn, MemtableSource } from './table-snapshot.ts';

const text = new TextDecoder();

/** The rows with `fromOffset <= offset < toOffset`, or null when there are none. Offsets count from the memtable's base. */
export function readMemtable(
  source: MemtableSource,
  seriesId: number,
  columns: readonly (MemtableColumn | undefined)[],
  fromOffset: number,
  toOffset: number,
): Run | null {
  const rows = rowsOfSeries(source, seriesId, fromOffset, toOffset);
  if (rows.length === 0) return null;
  const distinct = countDistinct(source.times, rows);
  const times = new Float64Array(distinct);
  const targets = new Int32Array(rows.length);
  let target = -1;
  for (let at = 0; at < rows.length; at++) {
    const time = source.times[rows[at]];
    if (at === 0 || time !== times[target]) times[++target] = time;
    targets[at] = target;
  }
  return {
    rowCount: distinct,
    times,
    shift: 0,
    columns: columns.map((column) => (column === undefined ? null : gather(column, rows, targets, distinct))),
  };
}

/** Offsets of the series' first and last row, deleted ones included; null when it has none. */
export function memtableExtent(source: MemtableSource, seriesId: number): { first: number; last: number } | null {
  let first = Infinity;
  let last = -Infinity;
  for (let row = newestRow(source, seriesId); row >= 0; row = source.previous[row]) {
    const time = source.times[row];
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return first > last ? null : { first, last };
}

/** Whether the series has rows, deleted ones included. */
export function hasRows(source: MemtableSource, seriesId: number): boolean {
  return newestRow(source, seriesId) >= 0;
}

/** The snapshot's last row of the series, or -1. */
function newestRow(source: MemtableSource, seriesId: number): number {
  const slot = findSlot(source.headIds, seriesId);
  if (source.headIds[slot] !== seriesId) return -1;
  let row = source.headRows[slot];
  while (row >= source.rowCount) row = source.previous[row];
  return row;
}

/** Rows of the series in ascending (time, row). */
function rowsOfSeries(source: MemtableSource, seriesId: number, fromOffset: number, toOffset: number): Int32Array {
  const { times, previous } = source;
  const head = newestRow(source, seriesId);
  let row = head;
  let count = 0;
  let sorted = true;
  let later = Infinity;
  for (; row >= 0; row = previous[row]) {
    const time = times[row];
    if (time < fromOffset || time >= toOffset) continue;
    if (time > later) sorted = false;
    later = time;
    count++;
  }
  let rows = new Int32Array(count);
  row = head;
  for (let at = count - 1; at >= 0; row = previous[row]) {
    const time = times[row];
    if (time >= fromOffset && time < toOffset) rows[at--] = row;
  }
  if (!sorted) rows = Int32Array.from(Array.from(rows).sort((a, b) => times[a] - times[b] || a - b));
  return source.deletes.length === 0 ? rows : rows.filter((candidate) => !isDeleted(source, seriesId, candidate));
}

function isDeleted(source: MemtableSource, seriesId: number, row: number): boolean {
  for (const deletion of source.deletes) {
    if (row >= deletion.beforeRow) continue;
    if (deletion.seriesIds !== null && !includesSorted(deletion.seriesIds, seriesId)) continue;
    const timeNs = source.baseNs + BigInt(source.times[row]);
    if (timeNs >= deletion.range.startNs && timeNs < deletion.range.endNs) return true;
  }
  return false;
}

/** Whether an ascending list holds the value. */
export function includesSorted(list: Int32Array, value: number): boolean {
  const at = lowerBound(list, value, 0, list.length);
  return at < list.length && list[at] === value;
}

/** The first index in [from, to) whose value is >= `value`, or `to`. */
export function lowerBound(
  list: Int32Array | Uint32Array | Float64Array,
  value: number,
  from: number,
  to: number,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countDistinct(times: Float64Array, rows: Int32Array): number {
  let count = rows.length === 0 ? 0 : 1;
  for (let at = 1; at < rows.length; at++) if (times[rows[at]] !== times[rows[at - 1]]) count++;
  return count;
}

/** Rows come in order of version within a time, so the last valid value is the one that counts. */
function gather(column: MemtableColumn, rows: Int32Array, targets: Int32Array, rowCount: number): ChunkColumn | null {
  if (column.valid === null && column.type !== 'string' && column.wide === null) {
    return { type: column.type, values: gatherNumbers(column.numbers, rows, targets, rowCount), valid: null };
  }
  const valid = new Uint8Array(rowCount);
  const values =
    column.type === 'string'
      ? new Array<string>(rowCount).fill('')
      : column.wide === null
        ? new Float64Array(rowCount)
        : column.type === 'unsigned'
          ? new BigUint64Array(rowCount)
          : new BigInt64Array(rowCount);
  let filled = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    if (column.valid !== null && column.valid[row] === 0) continue;
    const target = targets[at];
    if (column.text !== null) values[target] = stringAt(column, row);
    else values[target] = column.wide === null ? column.numbers[row] : column.wide[row];
    filled += 1 - valid[target];
    valid[target] = 1;
  }
  if (filled === 0) return null;
  return { type: column.type, values, valid: filled === rowCount ? null : valid };
}

function gatherNumbers(numbers: Float64Array, rows: Int32Array, targets: Int32Array, rowCount: number): Float64Array {
  const values = new Float64Array(rowCount);
  for (let at = 0; at < rows.length; at++) values[targets[at]] = numbers[rows[at]];
  return values;
}

function stringAt(column: MemtableColumn, row: number): string {
  const bytes = column.text as Uint8Array;
  // A TextDecoder refuses shared memory, so the bytes are copied out first.
  return text.decode(bytes.slice((column.starts as Uint32Array)[row], (column.ends as Uint32Array)[row]));
}
