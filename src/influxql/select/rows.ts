// Rows on their way from a source to an answer: columns of one group's rows in reading order (by time, ascending or
// descending as the query wants it; several rows may have the same time).
//
//     group cpu {host=a} ─┬─ Rows  times  0   10   20     ┬─ Rows …      one group object for all its rows, then the next
//                         │        user   1    –    3     │
//                         └─       host  "a"  "a"  "a"
import { type ChunkColumn, type ColumnValues, type FieldType, MAX_CHUNK_SPAN_NS } from '../../model/index.ts';

/** A typed column; tags are strings. null stands for a column without any value. */
export type Column = ChunkColumn;

/** One series of the answer. Its tags are the values of the dimensions that the rows' maker was asked for, in that order. */
export interface Group {
  readonly name: string;
  readonly tags: readonly string[];
}

export interface Rows {
  readonly rowCount: number;
  /** Times are `baseNs + times[row]`; offsets are integers below 2^53 in magnitude. Length >= rowCount. */
  readonly baseNs: bigint;
  readonly times: Float64Array;
  readonly columns: readonly (Column | null)[];
}

/** Rows of one group: batches of a group follow one another and share its object. */
export interface GroupRows {
  readonly group: Group;
  readonly rows: Rows;
}

/** Rows in an answer's batch. */
export const BATCH_ROWS = 10_000;

export function rowTime(rows: Rows, row: number): bigint {
  return rows.baseNs + BigInt(rows.times[row]);
}

export function isValid(column: Column | null, row: number): boolean {
  return column !== null && (column.valid === null || column.valid[row] !== 0);
}

/** The value of a row as a plain one: integers are bigint. Plain and slow. */
export function cellOf(column: Column | null, row: number): number | bigint | string | boolean | null {
  if (column === null || !isValid(column, row)) return null;
  const value = column.values[row];
  switch (column.type) {
    case 'integer':
    case 'unsigned':
      return BigInt(value);
    case 'boolean':
      return value !== 0;
    default:
      return value;
  }
}

/** Room for `count` values as a column of this type holds them. `wide` integers need more than 53 bits. */
export function allocateValues(type: FieldType, count: number, wide = false): ColumnValues {
  if (type === 'string') return Array<string>(count).fill('');
  if (wide && type === 'integer') return new BigInt64Array(count);
  return wide && type === 'unsigned' ? new BigUint64Array(count) : new Float64Array(count);
}

export function isWide(values: ColumnValues): values is BigInt64Array | BigUint64Array {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** Rows [from, to): views where possible. */
export function sliceRows(rows: Rows, from: number, to: number): Rows {
  if (from === 0 && to === rows.rowCount && rows.times.length === to) return rows;
  return {
    rowCount: to - from,
    baseNs: rows.baseNs,
    times: rows.times.subarray(from, to),
    columns: rows.columns.map((column) => sliceColumn(column, from, to)),
  };
}

export function sliceColumn(column: Column | null, from: number, to: number): Column | null {
  if (column === null) return null;
  const { values } = column;
  return {
    type: column.type,
    values: isTyped(values) ? values.subarray(from, to) : values.slice(from, to),
    valid: column.valid === null ? null : column.valid.subarray(from, to),
  };
}

/** The rows that `order` names, in that order. */
export function gatherRows(rows: Rows, order: Int32Array): Rows {
  const times = new Float64Array(order.length);
  for (let at = 0; at < order.length; at++) times[at] = rows.times[order[at]];
  return {
    rowCount: order.length,
    baseNs: rows.baseNs,
    times,
    columns: rows.columns.map((column) => gatherColumn(column, order)),
  };
}

export function gatherColumn(column: Column | null, order: Int32Array): Column | null {
  if (column === null) return null;
  const valid = column.valid === null ? null : gatherBytes(column.valid, order);
  return { type: column.type, values: gatherValues(column.values, order), valid };
}

function gatherValues(values: ColumnValues, order: Int32Array): ColumnValues {
  if (values instanceof Float64Array) {
    const out = new Float64Array(order.length);
    for (let at = 0; at < order.length; at++) out[at] = values[order[at]];
    return out;
  }
  if (isWide(values)) {
    const out = values instanceof BigInt64Array ? new BigInt64Array(order.length) : new BigUint64Array(order.length);
    for (let at = 0; at < order.length; at++) out[at] = values[order[at]];
    return out;
  }
  const out = Array<string>(order.length);
  for (let at = 0; at < order.length; at++) out[at] = values[order[at]];
  return out;
}

function gatherBytes(bytes: Uint8Array, order: Int32Array): Uint8Array {
  const out = new Uint8Array(order.length);
  for (let at = 0; at < order.length; at++) out[at] = bytes[order[at]];
  return out;
}

/** The same rows in the opposite order. */
export function reverseRows(rows: Rows): Rows {
  const order = new Int32Array(rows.rowCount);
  for (let at = 0; at < order.length; at++) order[at] = order.length - 1 - at;
  return gatherRows(rows, order);
}

/**
 * Some batches as one, in the given order, or undefined when their times are too far apart for one base.
 */
export function concatRows(batches: readonly Rows[], columnCount: number): Rows | undefined {
  if (batches.length === 1) return batches[0];
  const span = spanOf(batches);
  if (span.endNs - span.startNs > BigInt(MAX_CHUNK_SPAN_NS)) return undefined;
  const rowCount = batches.reduce((sum, rows) => sum + rows.rowCount, 0);
  const times = new Float64Array(rowCount);
  let start = 0;
  for (const rows of batches) {
    const shift = Number(rows.baseNs - span.startNs);
    for (let row = 0; row < rows.rowCount; row++) times[start + row] = rows.times[row] + shift;
    start += rows.rowCount;
  }
  const columns = Array.from({ length: columnCount }, (_, index) => concatColumn(batches, index, rowCount));
  return { rowCount, baseNs: span.startNs, times, columns };
}

/** From the least to the greatest time; both 0 without rows. */
export function spanOf(batches: readonly Rows[]): { readonly startNs: bigint; readonly endNs: bigint } {
  let startNs: bigint | undefined;
  let endNs: bigint | undefined;
  for (const rows of batches) {
    if (rows.rowCount === 0) continue;
    const first = rowTime(rows, 0);
    const last = rowTime(rows, rows.rowCount - 1);
    const [low, high] = first < last ? [first, last] : [last, first];
    if (startNs === undefined || low < startNs) startNs = low;
    if (endNs === undefined || high > endNs) endNs = high;
  }
  return { startNs: startNs ?? 0n, endNs: endNs ?? 0n };
}

function concatColumn(batches: readonly Rows[], index: number, rowCount: number): Column | null {
  const first = batches.find((rows) => rows.columns[index] !== null)?.columns[index];
  if (first === undefined || first === null) return null;
  const { type } = first;
  const wide = batches.some((rows) => rows.columns[index] !== null && isWide(rows.columns[index].values));
  const values = allocateValues(type, rowCount, wide);
  const allValid = batches.every((rows) => rows.columns[index]?.valid === null);
  const valid = allValid ? null : new Uint8Array(rowCount);
  let start = 0;
  for (const rows of batches) {
    const column = rows.columns[index];
    if (column !== null) {
      copyValues(column.values, rows.rowCount, values, start);
      if (valid !== null && column.valid !== null) valid.set(column.valid.subarray(0, rows.rowCount), start);
      else valid?.fill(1, start, start + rows.rowCount);
    }
    start += rows.rowCount;
  }
  return { type, values, valid };
}

function copyValues(from: ColumnValues, count: number, to: ColumnValues, start: number): void {
  if (from instanceof Float64Array && to instanceof Float64Array) to.set(from.subarray(0, count), start);
  else if (isWide(to)) for (let row = 0; row < count; row++) to[start + row] = BigInt(from[row]);
  else {
    const target = to as string[];
    for (let row = 0; row < count; row++) target[start + row] = from[row] as string;
  }
}

function isTyped(values: ColumnValues): values is Exclude<ColumnValues, readonly string[]> {
  return ArrayBuffer.isView(values);
}
