// fill(): what windows without a value show. Works on the cells of one call and one group in reading order; windows that are
// shown and have no value (fill(null), or nothing before to go on with) stay invalid.
import type { FieldType } from '../../model/index.ts';
import { isNumeric } from '../../model/index.ts';
import type { Fill } from '../language/ast.ts';
import { castColumn } from './column-math.ts';
import { literalColumn } from './evaluate.ts';
import { type Column, allocateValues } from './rows.ts';

/** How empty windows of one call are filled. */
export type CellFill =
  | { readonly mode: 'none' | 'null' | 'previous' | 'linear' }
  | { readonly mode: 'value'; readonly value: number | bigint | string };

/** count() counts nothing as 0. A number in a column of strings is "", of booleans false. */
export function cellFill(fill: Fill, isCount: boolean, type: FieldType): CellFill {
  if (fill.mode === 'null' && isCount) return { mode: 'value', value: 0 };
  if (fill.mode === 'linear' && !isNumeric(type)) return { mode: 'null' };
  return fill.mode === 'number' ? { mode: 'value', value: fillNumber(fill.value, type) } : { mode: fill.mode };
}

/** The number of fill(number) as a value of a column's type. */
export function fillNumber(value: number | bigint, type: FieldType): number | bigint | string {
  if (type === 'string') return '';
  if (type === 'boolean') return 0;
  const literal = literalColumn(typeof value === 'bigint' ? 'integer' : 'float', value, 1);
  return castColumn(literal, type, 1)?.values[0] ?? 0;
}

/** Where `previous` goes on from when a group's windows come in several parts: the last value that was seen. */
export interface FillCarry {
  previous: number | bigint | string | undefined;
}

/**
 * Fills cells [from, to); those that have a value then have valid = 1. Changes the column's arrays in place, or gives it wide
 * ones when a value from before needs them.
 */
export function fillCells(
  column: Column,
  valid: Uint8Array,
  from: number,
  to: number,
  fill: CellFill,
  carry: FillCarry,
): Column {
  const target = fill.mode === 'previous' && typeof carry.previous === 'bigint' ? widened(column) : column;
  fillValues(target, valid, from, to, fill, carry);
  return target;
}

function widened(column: Column): Column {
  if (!(column.values instanceof Float64Array)) return column;
  const values = allocateValues(column.type, column.values.length, true) as BigInt64Array | BigUint64Array;
  for (let at = 0; at < values.length; at++) values[at] = BigInt(column.values[at]);
  return { ...column, values };
}

function fillValues(
  column: Column,
  valid: Uint8Array,
  from: number,
  to: number,
  fill: CellFill,
  carry: FillCarry,
): void {
  const values = column.values as (number | bigint | string)[];
  switch (fill.mode) {
    case 'none':
    case 'null':
      return;
    case 'value': {
      const filler = typeof values[0] === 'bigint' ? BigInt(fill.value) : fill.value;
      for (let at = from; at < to; at++) {
        if (valid[at] !== 0) continue;
        values[at] = filler;
        valid[at] = 1;
      }
      return;
    }
    case 'previous':
      for (let at = from; at < to; at++) {
        if (valid[at] !== 0) carry.previous = values[at];
        else if (carry.previous !== undefined) {
          values[at] = typeof values[at] === 'bigint' ? BigInt(carry.previous) : carry.previous;
          valid[at] = 1;
        }
      }
      return;
    case 'linear':
      fillLinear(values, valid, from, to, column.type !== 'float');
  }
}

/** A straight line from value to value; nothing before the first and after the last. */
function fillLinear(
  values: (number | bigint | string)[],
  valid: Uint8Array,
  from: number,
  to: number,
  integers: boolean,
): void {
  let last = -1;
  for (let at = from; at < to; at++) {
    if (valid[at] === 0) continue;
    for (let gap = last + 1; last >= 0 && gap < at; gap++) {
      const start = Number(values[last]);
      const slope = Number(difference(values[at], values[last])) / (at - last);
      const value = slope * (gap - last) + start;
      const exact = integers ? Math.trunc(value) : value;
      values[gap] = typeof values[at] === 'bigint' ? BigInt(exact) : exact;
    }
    if (last >= 0) valid.fill(1, last + 1, at);
    last = at;
  }
}

function difference(a: number | bigint | string, b: number | bigint | string): number | bigint {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a - b : Number(a) - Number(b);
}
