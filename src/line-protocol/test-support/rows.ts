// Batches and reference points as rows of text, for tests to compare.
import {
  type BatchColumn,
  type MeasurementBatch,
  type PointBatch,
  type SeriesTable,
  encodeSeriesKey,
} from '../../model/index.ts';
import type { ReferencePoint, ReferenceValue } from './reference-parser.ts';

/** `cpu,host=a usage=float:0.5,state=string:"ok" 1000` for each row, tables in order. Checks what a batch promises. */
export function batchRows(batch: PointBatch, series: SeriesTable): string[] {
  return batch.tables.flatMap((table) => {
    checkTable(table, series);
    return Array.from({ length: table.rowCount }, (_, row) => {
      const fields = table.columns.filter((column) => column.valid === null || column.valid[row] === 1);
      const texts = fields.map((column) => fieldText(column.name, { type: column.type, value: valueAt(column, row) }));
      const timeNs = table.baseNs + BigInt(table.times[row]);
      return `${series.keyText(table.seriesIds[row])} ${texts.sort().join(',')} ${timeNs}`;
    });
  });
}

export function referenceRow(point: ReferencePoint): string {
  const tags = point.tags.map(([key, value]) => ({ key, value }));
  const texts = Array.from(point.fields, ([name, value]) => fieldText(name, value));
  return `${encodeSeriesKey({ measurement: point.measurement, tags })} ${texts.sort().join(',')} ${point.timeNs}`;
}

function fieldText(name: string, field: ReferenceValue): string {
  const { type, value } = field;
  const text = typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value);
  return `${name}=${type}:${text}`;
}

export function valueAt(column: BatchColumn, row: number): number | bigint | string | boolean {
  if (column.strings !== null) {
    const { text, starts, ends } = column.strings;
    return Buffer.from(text.subarray(starts[row], ends[row])).toString('utf8');
  }
  if (column.type === 'boolean') return column.numbers[row] === 1;
  if (column.type === 'float') return column.numbers[row];
  const value = column.wide === null ? BigInt(column.numbers[row]) : column.wide[row];
  return column.type === 'unsigned' ? BigInt.asUintN(64, value) : value;
}

function checkTable(table: MeasurementBatch, series: SeriesTable): void {
  const { rowCount } = table;
  const check = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`batch of ${table.measurement}: ${what}`);
  };
  check(rowCount > 0, 'no rows');
  check(table.seriesIds.length >= rowCount && table.times.length >= rowCount, 'short arrays');
  check(table.columns.length > 0, 'no columns');
  for (let row = 0; row < rowCount; row++) {
    check(Number.isSafeInteger(table.times[row]), `time ${table.times[row]} is not exact`);
    check(
      series.measurements[series.measurementOf(table.seriesIds[row])] === table.measurement,
      'measurement of a series',
    );
    const names = table.columns.filter((column) => column.valid?.[row] !== 0).map((column) => column.name);
    check(names.length > 0 && new Set(names).size === names.length, `fields of row ${row}: ${names.join()}`);
  }
  for (const column of table.columns) checkColumn(column, rowCount, check);
}

function checkColumn(column: BatchColumn, rowCount: number, check: (holds: boolean, what: string) => void): void {
  const { name, type, numbers, wide, strings, valid } = column;
  const isInteger = type === 'integer' || type === 'unsigned';
  check((type === 'string') === (strings !== null), `strings of ${name}`);
  check(type === 'string' ? numbers.length === 0 : numbers.length >= rowCount, `length of ${name}`);
  check(wide === null || (isInteger && wide.length >= rowCount), `wide of ${name}`);
  check(valid === null || (valid.length >= rowCount && valid.subarray(0, rowCount).includes(1)), `valid of ${name}`);
  if (strings !== null) {
    const used = strings.ends.reduce((sum, end, row) => sum + end - strings.starts[row], 0);
    check(used === strings.text.length, `text of ${name} has ${strings.text.length} bytes, ${used} of them used`);
  }
  for (let row = 0; row < rowCount; row++) {
    if (isInteger && wide === null) {
      check(Number.isSafeInteger(numbers[row]) && !Object.is(numbers[row], -0), `${name} at ${row} is not exact`);
    }
    if (strings !== null) {
      const inside = strings.starts[row] <= strings.ends[row] && strings.ends[row] <= strings.text.length;
      check(inside, `offsets of ${name} at ${row}`);
    }
    if (valid?.[row] === 0) {
      const isZero =
        strings === null ? numbers[row] === 0 && (wide === null || wide[row] === 0n) : strings.ends[row] === 0;
      check(isZero, `${name} at ${row} has no value but is not zero`);
    }
  }
}
