// What the answer must be, worked out row by row with bigints and plain arrays, slowly and as InfluxDB's texts tell it.
import { compareStrings } from '../../base/index.ts';
import { type FieldType, type TimeRange, dominantType } from '../../model/index.ts';
import type { AggregateCall, AggregateRequest, ScanRequest, Windows } from '../plan.ts';
import { type ArrayTable, type Cell, rowsOfChunk } from './array-tables.ts';
import { rowPasses } from './reference-filter.ts';

export type Typed = number | bigint | string | boolean;

export interface Point {
  readonly timeNs: bigint;
  readonly ordinal: number;
  readonly value: Typed;
}

export interface ReferenceRow {
  readonly ordinal: number;
  readonly timeNs: bigint;
  /** Of the request's fields, converted to the type over all tables. */
  readonly cells: readonly Cell[];
}

export function referenceType(request: ScanRequest, field: string): FieldType | null {
  let found: FieldType | null = null;
  for (const table of request.tables) {
    const type = table.fields.get(field);
    if (type !== undefined) found = found === null ? type : dominantType(found, type);
  }
  return found;
}

/** All rows in range that pass the filter, series by series, ascending. */
export function referenceRows(request: ScanRequest): ReferenceRow[] {
  const rows: ReferenceRow[] = [];
  const types = request.fields.map((field) => referenceType(request, field));
  request.seriesIds.forEach((id, ordinal) => {
    for (const table of request.tables as readonly ArrayTable[]) {
      for (const row of (table.series.get(id) ?? []).flatMap(rowsOfChunk)) {
        if (row.timeNs < request.range.startNs || row.timeNs >= request.range.endNs) continue;
        const cellOf = (field: string): Cell => {
          const index = table.fieldNames.indexOf(field);
          return index < 0 ? null : row.cells[index];
        };
        const operandOf = (field: string) => ({
          cell: cellOf(field),
          unsigned: table.fields.get(field) === 'unsigned',
        });
        if (request.filter !== null && !rowPasses(request.filter, operandOf)) continue;
        const cells = request.fields.map((field, index) =>
          convert(cellOf(field), table.fields.get(field) ?? null, types[index]),
        );
        rows.push({ ordinal, timeNs: row.timeNs, cells });
      }
    }
  });
  return rows;
}

function convert(cell: Cell, from: FieldType | null, to: FieldType | null): Cell {
  if (cell === null || from === null || to === null) return null;
  if (from === to) return cell;
  if (typeof cell !== 'bigint') return null;
  if (to === 'float') return Number(cell);
  return to === 'integer' ? BigInt.asIntN(64, cell) : null;
}

export function referenceWindows(windows: Windows, range: TimeRange): TimeRange[] {
  if (windows.kind === 'all') return [range];
  if (windows.kind === 'edges') {
    const edges = [...windows.edgesNs];
    return edges.slice(1).map((endNs, index) => ({ startNs: edges[index], endNs }));
  }
  return Array.from({ length: windows.count }, (_, index) => {
    const startNs = windows.originNs + BigInt(index) * windows.everyNs;
    return { startNs, endNs: startNs + windows.everyNs };
  });
}

/** The points of a call in one cell: by series in order of the request, then ascending in time. */
export function referencePoints(
  request: AggregateRequest,
  rows: readonly ReferenceRow[],
  field: number,
  group: number,
  window: TimeRange,
): Point[] {
  const points: Point[] = [];
  for (const { ordinal, timeNs, cells } of rows) {
    const value = cells[field];
    if (request.groups[ordinal] !== group || value === null) continue;
    if (timeNs >= window.startNs && timeNs < window.endNs) points.push({ ordinal, timeNs, value });
  }
  return points;
}

export interface ReferenceCell {
  readonly value: Typed;
  /** Selectors only. */
  readonly timeNs?: bigint;
  readonly ordinal?: number;
}

export function compareTyped(a: Typed, b: Typed): number {
  if (typeof a === 'string') return compareStrings(a, b as string);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Merged by time in reading direction; series in order at one time. */
export function inReadingOrder(points: readonly Point[], descending: boolean): Point[] {
  return points.toSorted((a, b) => {
    if (a.timeNs !== b.timeNs) return a.timeNs < b.timeNs === descending ? 1 : -1;
    return a.ordinal - b.ordinal;
  });
}

/** The single value of a call in a cell; undefined = none. `integral` is done by group: see reference-integral.ts. */
export function referenceCell(
  call: AggregateCall,
  type: FieldType,
  points: readonly Point[],
  descending: boolean,
): ReferenceCell | undefined {
  if (points.length === 0) return undefined;
  const values = points.map((point) => point.value);
  switch (call.kind) {
    case 'count':
      return { value: BigInt(points.length) };
    case 'sum':
      return { value: sumOf(values, type) };
    case 'mean':
      return { value: Number(sumOf(values, type)) / points.length };
    case 'min':
      return best(points, (a, b) => compareTyped(a.value, b.value) || compareTimes(a, b));
    case 'max':
      return best(points, (a, b) => -compareTyped(a.value, b.value) || compareTimes(a, b));
    case 'first':
      return best(points, (a, b) => {
        const byValue = compareTyped(a.value, b.value);
        return compareTimes(a, b) || (type === 'boolean' ? byValue : -byValue);
      });
    case 'last':
      return best(points, (a, b) => -compareTimes(a, b) || -compareTyped(a.value, b.value));
    case 'spread':
      return { value: spreadOf(values, type) };
    case 'stddev':
      return points.length < 2 ? undefined : { value: stddevOf(values.map(Number)) };
    case 'median':
      return { value: medianOf(values, type) };
    case 'percentile':
      return percentileOf(points, call.argument ?? 0, descending);
    case 'mode':
      return { value: modeOf(inReadingOrder(points, descending), type) };
    case 'count-distinct':
      return { value: BigInt(new Set(values.map((value) => (value === 0 ? 0 : value))).size) };
    default:
      throw new Error(`${call.kind} has no single value by cell`);
  }
}

function compareTimes(a: Point, b: Point): number {
  return a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0;
}

/** The least by an order; of equals the first. */
function best(points: readonly Point[], order: (a: Point, b: Point) => number): ReferenceCell {
  return points.reduce((held, point) => (order(point, held) < 0 ? point : held));
}

function sumOf(values: readonly Typed[], type: FieldType): number | bigint {
  if (type === 'float') return values.reduce((sum: number, value) => sum + Number(value), 0);
  const sum = values.reduce((total: bigint, value) => total + BigInt(value), 0n);
  return type === 'unsigned' ? BigInt.asUintN(64, sum) : BigInt.asIntN(64, sum);
}

function spreadOf(values: readonly Typed[], type: FieldType): number | bigint {
  const sorted = values.toSorted(compareTyped);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (type === 'float') return Number(high) - Number(low);
  return BigInt.asIntN(64, BigInt(high) - BigInt(low)) + (type === 'unsigned' ? unsignedExcess(low, high) : 0n);
}

function unsignedExcess(low: Typed, high: Typed): bigint {
  const difference = BigInt(high) - BigInt(low);
  return difference - BigInt.asIntN(64, difference);
}

function stddevOf(values: readonly number[]): number {
  let mean = 0;
  values.forEach((value, index) => {
    mean += (value - mean) / (index + 1);
  });
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(variance / (values.length - 1));
}

function medianOf(values: readonly Typed[], type: FieldType): number {
  const sorted = values.toSorted(compareTyped);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return Number(sorted[middle]);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (type === 'float') return Number(low) + (Number(high) - Number(low)) / 2;
  const distance = BigInt(high) - BigInt(low);
  return Number(low) + Number(type === 'integer' ? BigInt.asIntN(64, distance) : distance) / 2;
}

function percentileOf(points: readonly Point[], percent: number, descending: boolean): ReferenceCell | undefined {
  const rank = Math.floor((points.length * percent) / 100 + 0.5) - 1;
  if (rank < 0 || rank >= points.length) return undefined;
  return inReadingOrder(points, descending).sort((a, b) => compareTyped(a.value, b.value))[rank];
}

/** InfluxDB's loop over points sorted by value. */
function modeOf(points: readonly Point[], type: FieldType): Typed {
  if (points.length === 1) return points[0].value;
  if (type === 'boolean') return 2 * points.filter((point) => point.value === true).length >= points.length;
  const sorted = points.toSorted((a, b) => compareTyped(a.value, b.value));
  let most = 0;
  let current = 0;
  let value = sorted[0].value;
  let mode = value;
  let modeTime = sorted[0].timeNs;
  let runTime = sorted[0].timeNs;
  for (const point of sorted) {
    if (compareTyped(point.value, value) !== 0) {
      current = 1;
      value = point.value;
      runTime = point.timeNs;
      continue;
    }
    current++;
    if (most > current || (most === current && runTime > modeTime)) continue;
    most = current;
    mode = point.value;
    modeTime = point.timeNs;
  }
  return mode;
}

/** The points of a many-valued call in a cell, in the order of the answer. Not for sample. */
export function referenceList(call: AggregateCall, points: readonly Point[], descending: boolean): Point[] {
  const ordered = inReadingOrder(points, descending);
  if (call.kind === 'distinct') {
    const seen = new Map<Typed, Point>();
    for (const point of ordered) {
      const key = point.value === 0 ? 0 : point.value;
      if (!seen.has(key)) seen.set(key, point);
    }
    return byTimeThen([...seen.values()], descending, (a, b) => compareTyped(a.value, b.value));
  }
  const sign = call.kind === 'top' ? -1 : 1;
  const rank = (a: Point, b: Point): number =>
    sign * compareTyped(a.value, b.value) || compareTimes(a, b) || a.ordinal - b.ordinal;
  return byTimeThen(ordered.toSorted(rank).slice(0, call.argument), descending, rank);
}

export function byTimeThen(
  points: readonly Point[],
  descending: boolean,
  then: (a: Point, b: Point) => number,
): Point[] {
  return points.toSorted((a, b) => (descending ? -compareTimes(a, b) : compareTimes(a, b)) || then(a, b));
}
