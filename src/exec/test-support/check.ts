// Holds an executor's answer against the reference.
import assert from 'node:assert/strict';
import type { FieldType, SeriesChunk, TimeRange } from '../../model/index.ts';
import type {
  AggregateCall,
  AggregateColumn,
  AggregateRequest,
  AggregateResult,
  ScanRequest,
  SeriesRows,
} from '../plan.ts';
import { type SkippedWindows, isSkipped } from '../skipped.ts';
import { rowsOfChunk } from './array-tables.ts';
import {
  type Point,
  type ReferenceRow,
  type Typed,
  inReadingOrder,
  referenceCell,
  referenceList,
  referencePoints,
  referenceRows,
  referenceType,
  referenceWindows,
} from './reference.ts';
import { referenceIncrease } from './reference-increase.ts';
import { referenceIntegral } from './reference-integral.ts';

const SELECTORS: readonly string[] = ['min', 'max', 'first', 'last', 'percentile'];
const LISTS: readonly string[] = ['distinct', 'top', 'bottom', 'sample'];
/** Their additions may be done in another order than the reference's. */
const ROUNDED: readonly string[] = ['sum', 'mean', 'stddev', 'integral', 'increase'];

export function checkAggregate(request: AggregateRequest, result: AggregateResult): void {
  const windows = referenceWindows(request.windows, request.range);
  const all = referenceRows(request);
  const rows = request.skipped === undefined ? all : countedRows(request.skipped, all, windows);
  assert.equal(result.windowCount, windows.length);
  assert.equal(result.columns.length, request.calls.length);
  checkExtents(request, result, rows);
  request.calls.forEach((call, index) => {
    const column = result.columns[index];
    assert.equal(column.kind, call.kind);
    const type = referenceType(request, request.fields[call.field]);
    for (let group = 0; group < request.groupCount; group++) {
      // A counter goes on where it is skipped.
      const followed = call.kind === 'increase' ? all : rows;
      const ofGroup = valuesOfGroup(request, call, followed, group, type);
      windows.forEach((window, at) => {
        const cell = group * windows.length + at;
        const points = referencePoints(request, rows, call.field, group, window);
        const where = `${call.kind} of ${request.fields[call.field]}, group ${group}, window ${at}`;
        if (LISTS.includes(call.kind)) checkList(request, call, column, cell, points, where);
        else if (ofGroup !== null) checkValue(column, cell, ofGroup.get(at), where);
        else checkCell(request, call, column, cell, points, type, where);
      });
    }
  });
}

/** Each group's extent spans the points of all its calls. Reading for first and last alone may have seen fewer. */
function checkExtents(request: AggregateRequest, result: AggregateResult, rows: readonly ReferenceRow[]): void {
  const windows = referenceWindows(request.windows, request.range);
  const calls = request.calls.filter((call) => referenceType(request, request.fields[call.field]) !== null);
  const partly = windows.length === 1 && calls.every(({ kind }) => kind === 'first' || kind === 'last');
  for (let group = 0; group < request.groupCount; group++) {
    const times = windows.flatMap((window) =>
      request.calls.flatMap((call) => referencePoints(request, rows, call.field, group, window).map((p) => p.timeNs)),
    );
    times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const extent = result.extents[group];
    assert.equal(extent === undefined, times.length === 0, `extent of group ${group}`);
    if (extent === undefined) continue;
    const whole = { startNs: times[0], endNs: times[times.length - 1] + 1n };
    if (partly) assert.ok(extent.startNs >= whole.startNs && extent.endNs <= whole.endNs, `extent of group ${group}`);
    else assert.deepEqual(extent, whole, `extent of group ${group}`);
  }
}

function countedRows(
  skipped: SkippedWindows,
  rows: readonly ReferenceRow[],
  windows: readonly TimeRange[],
): readonly ReferenceRow[] {
  return rows.filter(({ ordinal, timeNs }) => {
    const window = windows.findIndex(({ startNs, endNs }) => timeNs >= startNs && timeNs < endNs);
    return window < 0 || !isSkipped(skipped, ordinal * windows.length + window);
  });
}

/** By window, for calls whose windows depend on one another; null for all others. */
function valuesOfGroup(
  request: AggregateRequest,
  call: AggregateCall,
  rows: readonly ReferenceRow[],
  group: number,
  type: FieldType | null,
): ReadonlyMap<number, Typed> | null {
  if (call.kind === 'integral') return areasOf(request, call, rows, group, type);
  if (call.kind !== 'increase') return null;
  const points = referencePoints(request, rows, call.field, group, request.range);
  const windows = referenceWindows(request.windows, request.range);
  const { skipped } = request;
  return referenceIncrease(points, type ?? 'float', windows, (ordinal, window) => {
    return skipped === undefined || !isSkipped(skipped, ordinal * windows.length + window);
  });
}

function areasOf(
  request: AggregateRequest,
  call: AggregateCall,
  rows: readonly ReferenceRow[],
  group: number,
  type: FieldType | null,
): Map<number, number> {
  const all = inReadingOrder(referencePoints(request, rows, call.field, group, request.range), request.descending);
  const windows = referenceWindows(request.windows, request.range);
  const unitNs = call.argument ?? 1e9;
  return referenceIntegral(all, type ?? 'float', windows, request.windows.kind !== 'all', request.descending, unitNs);
}

function checkCell(
  request: AggregateRequest,
  call: AggregateCall,
  column: AggregateColumn,
  cell: number,
  points: readonly Point[],
  type: FieldType | null,
  where: string,
): void {
  const expected = referenceCell(call, type ?? 'float', points, request.descending);
  checkValue(column, cell, expected?.value, where);
  if (expected === undefined || !SELECTORS.includes(call.kind)) return;
  assert.equal(column.timesNs?.[cell], expected.timeNs, `time of ${where}`);
  assert.equal(column.seriesIds?.[cell], request.seriesIds[expected.ordinal ?? -1], `series of ${where}`);
}

function checkValue(column: AggregateColumn, cell: number, expected: Typed | undefined, where: string): void {
  assert.equal(column.valid[cell], expected === undefined ? 0 : 1, `presence of ${where}`);
  if (expected === undefined) return;
  const actual = valueOf(column, cell);
  if (typeof expected === 'number' && ROUNDED.includes(column.kind)) {
    const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
    assert.ok(Math.abs(Number(actual) - expected) <= tolerance, `${where}: ${String(actual)} for ${expected}`);
  } else assert.deepEqual(actual, expected, where);
}

/** Integers as bigint, whatever array they came in. */
export function valueOf(column: AggregateColumn, cell: number): Typed {
  const value = column.values[cell];
  if (column.type === 'integer' || column.type === 'unsigned') return BigInt(value);
  return column.type === 'boolean' ? value !== 0 : value;
}

function checkList(
  request: AggregateRequest,
  call: AggregateCall,
  column: AggregateColumn,
  cell: number,
  points: readonly Point[],
  where: string,
): void {
  const list = column.lists?.[cell] ?? [];
  assert.equal(column.valid[cell], list.length > 0 ? 1 : 0, `presence of ${where}`);
  const plain = list.map(({ timeNs, seriesId, value }) => ({ timeNs, seriesId, value: typedLike(value, column.type) }));
  if (call.kind === 'sample') checkSample(request, call, plain, points, where);
  else {
    const expected = referenceList(call, points, request.descending);
    const ids = request.seriesIds;
    assert.deepEqual(
      plain,
      expected.map(({ timeNs, ordinal, value }) => ({ timeNs, seriesId: ids[ordinal], value })),
      where,
    );
  }
}

function typedLike(value: Typed, type: FieldType | null): Typed {
  return (type === 'integer' || type === 'unsigned') && typeof value === 'number' ? BigInt(value) : value;
}

function checkSample(
  request: AggregateRequest,
  call: AggregateCall,
  list: readonly { timeNs: bigint; seriesId: number; value: Typed }[],
  points: readonly Point[],
  where: string,
): void {
  assert.equal(list.length, Math.min(call.argument ?? 0, points.length), `size of ${where}`);
  const key = (timeNs: bigint, seriesId: number, value: Typed): string => `${timeNs} ${seriesId} ${String(value)}`;
  const all = new Set(points.map(({ timeNs, ordinal, value }) => key(timeNs, request.seriesIds[ordinal], value)));
  const own = new Set(list.map(({ timeNs, seriesId, value }) => key(timeNs, seriesId, value)));
  assert.equal(own.size, list.length, `${where}: a point twice`);
  for (const point of own) assert.ok(all.has(point), `${where}: ${point} is none of the points`);
  for (let at = 1; at < list.length; at++) {
    const [before, after] = [list[at - 1].timeNs, list[at].timeNs];
    assert.ok(request.descending ? before >= after : before <= after, `order of ${where}`);
  }
}

/** Rows of a scan against the reference; every series in the order of the request. */
export function checkScan(request: ScanRequest, found: readonly SeriesRows[]): void {
  const rows = referenceRows(request).filter(
    (row) => request.fields.length === 0 || row.cells.some((cell) => cell !== null),
  );
  const expected = [...request.seriesIds.keys()].flatMap((ordinal) => {
    const own = rows.filter((row) => row.ordinal === ordinal);
    if (request.descending) own.reverse();
    return own.slice(0, request.limit ?? own.length);
  });
  const actual = found.flatMap(({ seriesId, chunks }) => {
    const ordinal = request.seriesIds.indexOf(seriesId);
    return chunks.flatMap((chunk) => inOrder(chunk, request.descending).map((row) => ({ ordinal, ...row })));
  });
  assert.deepEqual(actual, expected);
}

function inOrder(chunk: SeriesChunk, descending: boolean): ReturnType<typeof rowsOfChunk> {
  const rows = rowsOfChunk(chunk);
  return descending ? rows.reverse() : rows;
}
