// One value of a column, for formats that need it as a JavaScript value (msgpack, CSV's and JSON's odd cases).
import type { Cell, ResultBatch, ResultColumn } from '../../influxql/index.ts';
import { nameOfNonFinite } from './number-text.ts';

/** Any column but times. */
export type ValueColumn = Exclude<ResultColumn, { readonly kind: 'times' }>;

export function isNull(column: ValueColumn, row: number): boolean {
  return column.kind === 'cells' ? column.values[row] === null : column.valid !== null && column.valid[row] === 0;
}

export function cellAt(column: ValueColumn, row: number): Cell {
  if (isNull(column, row)) return null;
  return column.kind === 'booleans' ? column.values[row] !== 0 : column.values[row];
}

/** The name of the first NaN or infinity in rows [from, to), or null. */
export function findNonFinite(batch: ResultBatch, from: number, to: number): string | null {
  for (const column of batch.columns) {
    if (column.kind !== 'numbers' && column.kind !== 'cells') continue;
    for (let row = from; row < to; row++) {
      const value = column.values[row];
      if (typeof value === 'number' && !Number.isFinite(value) && !isNull(column, row)) return nameOfNonFinite(value);
    }
  }
  return null;
}
