// The parts that result columns are made of.
import type { FieldType } from '../../model/index.ts';
import type { AggregateColumn, AggregateKind, SelectedPoint } from '../plan.ts';
import type { Values } from '../values.ts';

type List = readonly SelectedPoint[];

const NO_POINTS: List = [];

/** A list for each cell, all without points. */
export function emptyLists(cells: number): List[] {
  return Array.from({ length: cells }, () => NO_POINTS);
}

/** A column with one value a cell and no time. */
export function plainColumn(
  kind: AggregateKind,
  type: FieldType,
  values: AggregateColumn['values'],
  valid: Uint8Array,
): AggregateColumn {
  return { kind, type: valid.includes(1) ? type : null, values, valid, timesNs: null, seriesIds: null, lists: null };
}

/** A field that no table has. */
export function emptyColumn(kind: AggregateKind, cells: number): AggregateColumn {
  const selects = kind === 'min' || kind === 'max' || kind === 'first' || kind === 'last' || kind === 'percentile';
  const many = kind === 'distinct' || kind === 'top' || kind === 'bottom' || kind === 'sample';
  return {
    kind,
    type: null,
    values: new Float64Array(many ? 0 : cells),
    valid: new Uint8Array(cells),
    timesNs: selects ? new BigInt64Array(cells) : null,
    seriesIds: selects ? new Int32Array(cells) : null,
    lists: many ? emptyLists(cells) : null,
  };
}

export function valuesArray(values: Values): AggregateColumn['values'] {
  return values.numbers ?? values.wide ?? values.text ?? [];
}

/** 1 where the cell's count is not 0. */
export function filledCells(counts: Float64Array): Uint8Array {
  const valid = new Uint8Array(counts.length);
  for (let cell = 0; cell < valid.length; cell++) if (counts[cell] > 0) valid[cell] = 1;
  return valid;
}
