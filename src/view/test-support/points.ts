// Test support: points as plain objects, and batches made of them.
import {
  type BatchColumn,
  type FieldType,
  type MeasurementBatch,
  SeriesTable,
  parseSeriesKey,
} from '../../model/index.ts';

export type FieldValue = number | bigint | string | boolean;

/** Numbers are floats, bigints are integers. */
export interface TestPoint {
  readonly key: string;
  readonly timeNs: bigint;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

export function typeOfValue(value: FieldValue): FieldType {
  if (typeof value === 'number') return 'float';
  if (typeof value === 'bigint') return 'integer';
  return typeof value === 'string' ? 'string' : 'boolean';
}

/** One table a measurement, rows in the order given. */
export function batchOf(table: SeriesTable, points: readonly TestPoint[]): { tables: MeasurementBatch[] } {
  const groups = new Map<string, TestPoint[]>();
  for (const point of points) {
    const { measurement } = parseSeriesKey(point.key);
    groups.set(measurement, [...(groups.get(measurement) ?? []), point]);
  }
  return { tables: [...groups].map(([measurement, group]) => tableOf(table, measurement, group)) };
}

function tableOf(table: SeriesTable, measurement: string, points: readonly TestPoint[]): MeasurementBatch {
  const baseNs = points[0].timeNs;
  const columns = new Map<string, { name: string; type: FieldType }>();
  for (const point of points) {
    for (const [name, value] of Object.entries(point.fields)) {
      const type = typeOfValue(value);
      columns.set(`${name} ${type}`, { name, type });
    }
  }
  return {
    measurement,
    rowCount: points.length,
    seriesIds: Int32Array.from(points, (point) => internKey(table, point.key)),
    baseNs,
    times: Float64Array.from(points, (point) => Number(point.timeNs - baseNs)),
    columns: [...columns.values()].map(({ name, type }) => columnOf(name, type, points)),
  };
}

function internKey(table: SeriesTable, key: string): number {
  const bytes = Buffer.from(key);
  return table.intern(bytes, 0, bytes.length);
}

function columnOf(name: string, type: FieldType, points: readonly TestPoint[]): BatchColumn {
  const values = points.map((point) => {
    const value = point.fields[name];
    return value !== undefined && typeOfValue(value) === type ? value : undefined;
  });
  const text = Buffer.from(values.map((value) => (typeof value === 'string' ? value : '')).join(''));
  const starts = new Uint32Array(points.length);
  const ends = new Uint32Array(points.length);
  let at = 0;
  values.forEach((value, row) => {
    starts[row] = at;
    at += typeof value === 'string' ? Buffer.byteLength(value) : 0;
    ends[row] = at;
  });
  const isWide = values.some((value) => typeof value === 'bigint' && !Number.isSafeInteger(Number(value)));
  return {
    name,
    type,
    numbers: type === 'string' ? new Float64Array(0) : Float64Array.from(values, (value) => Number(value ?? 0)),
    wide: isWide ? BigInt64Array.from(values, (value) => BigInt(value ?? 0)) : null,
    strings: type === 'string' ? { text, starts, ends } : null,
    valid: values.includes(undefined) ? Uint8Array.from(values, (value) => (value === undefined ? 0 : 1)) : null,
  };
}
