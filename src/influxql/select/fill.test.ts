import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldType } from '../../model/index.ts';
import type { Fill } from '../language/ast.ts';
import { type FillCarry, cellFill, fillCells } from './fill.ts';
import { type Column, cellOf } from './rows.ts';

type Plain = number | bigint | string | boolean | null;

const fill = (mode: string): Fill => {
  const value = Number(mode);
  if (!Number.isNaN(value)) return { mode: 'number', value: Number.isInteger(value) ? BigInt(value) : value };
  return { mode: mode as 'null' };
};

const columnOf = (type: FieldType, cells: readonly Plain[]): Column & { readonly valid: Uint8Array } => {
  const valid = Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1));
  const wide = cells.some((cell) => typeof cell === 'bigint');
  if (type === 'string') return { type, values: cells.map((cell) => String(cell ?? '')), valid };
  if (wide) return { type, values: BigInt64Array.from(cells, (cell) => BigInt(cell ?? 0)), valid };
  return { type, values: Float64Array.from(cells, (cell) => Number(cell ?? 0)), valid };
};

const filled = (
  type: FieldType,
  mode: string,
  cells: readonly Plain[],
  isCount = false,
  carry: FillCarry = { previous: undefined },
): Plain[] => {
  const column = columnOf(type, cells);
  const result = fillCells(column, column.valid, 0, cells.length, cellFill(fill(mode), isCount, type), carry);
  return cells.map((_cell, row) => {
    const cell = cellOf({ ...result, valid: column.valid }, row);
    return typeof cell === 'bigint' && !cells.some((one) => typeof one === 'bigint') ? Number(cell) : cell;
  });
};

const CASES: readonly (readonly [type: FieldType, mode: string, before: readonly Plain[], after: readonly Plain[]])[] =
  [
    ['float', 'null', [null, 1, null], [null, 1, null]],
    ['float', 'none', [null, 1, null], [null, 1, null]],
    ['float', '2.5', [null, 1, null], [2.5, 1, 2.5]],
    ['integer', '2.5', [null, 1, null], [2, 1, 2]],
    ['integer', '-7', [null, 2n ** 60n, null], [-7n, 2n ** 60n, -7n]],
    ['string', '3', [null, 'a'], ['', 'a']],
    ['boolean', '3', [null, true], [false, true]],
    ['float', 'previous', [null, 1, null, null, 3, null], [null, 1, 1, 1, 3, 3]],
    ['string', 'previous', [null, 'a', null], [null, 'a', 'a']],
    ['integer', 'previous', [null, 2n ** 60n, null], [null, 2n ** 60n, 2n ** 60n]],
    ['float', 'linear', [null, 1, null, null, 4, null], [null, 1, 2, 3, 4, null]],
    ['integer', 'linear', [1, null, null, 2], [1, 1, 1, 2]],
    ['integer', 'linear', [5, null, 2], [5, 3, 2]],
    ['integer', 'linear', [2n ** 60n, null, 2n ** 60n + 2048n], [2n ** 60n, 2n ** 60n + 1024n, 2n ** 60n + 2048n]],
    ['string', 'linear', ['a', null, 'b'], ['a', null, 'b']],
    ['boolean', 'linear', [true, null, false], [true, null, false]],
  ];

for (const [type, mode, before, after] of CASES) {
  void test(`fill(${mode}) of ${type} ${before.join(' ')}`, () => assert.deepEqual(filled(type, mode, before), after));
}

void test('nothing counted is 0, unless fill says otherwise', () => {
  assert.deepEqual(filled('integer', 'null', [null, 3], true), [0, 3]);
  assert.deepEqual(filled('integer', 'none', [null, 3], true), [null, 3]);
  assert.deepEqual(filled('integer', 'previous', [3, null], true), [3, 3]);
});

void test('previous goes on from part to part, into wide integers, too', () => {
  const carry: FillCarry = { previous: undefined };
  assert.deepEqual(filled('float', 'previous', [1, null], false, carry), [1, 1]);
  assert.deepEqual(filled('float', 'previous', [null, 2], false, carry), [1, 2]);
  const wide: FillCarry = { previous: 2n ** 60n };
  const column = columnOf('integer', [null, 5]);
  const result = fillCells(column, column.valid, 0, 2, cellFill(fill('previous'), false, 'integer'), wide);
  assert.deepEqual([...(result.values as BigInt64Array)], [2n ** 60n, 5n]);
});
