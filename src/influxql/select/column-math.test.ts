// Column arithmetic against a plain evaluator of single cells that follows the rules one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BinaryOperator } from '../language/ast.ts';
import { type FieldType, isNumeric } from '../../model/index.ts';
import { IN_SELECT, IN_WHERE, castColumn, combineColumns, narrowed } from './column-math.ts';
import { type Column, cellOf } from './rows.ts';

type Plain = number | bigint | string | boolean | null;

const columnOf = (type: FieldType, cells: readonly Plain[]): Column => {
  const valid = Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1));
  if (type === 'string') return { type, values: cells.map((cell) => String(cell ?? '')), valid };
  if (type === 'integer')
    return { type, values: narrowed(BigInt64Array.from(cells, (cell) => BigInt(cell ?? 0))), valid };
  if (type === 'unsigned')
    return { type, values: narrowed(BigUint64Array.from(cells, (cell) => BigInt(cell ?? 0))), valid };
  return { type, values: Float64Array.from(cells, (cell) => Number(cell ?? 0)), valid };
};

/** One cell by the rules, in SELECT or (wholeDivision) in WHERE. */
const combine = (
  op: BinaryOperator,
  a: Plain,
  at: FieldType,
  b: Plain,
  bt: FieldType,
  wholeDivision: boolean,
): Plain => {
  const comparison = ['=', '!=', '<', '<=', '>', '>='].includes(op);
  if (comparison) return compare(op, a, at, b, bt);
  if (at === 'boolean' || bt === 'boolean') {
    if (at !== 'boolean' || (a === null && (b === null || bt !== 'boolean'))) return null;
    if (bt !== 'boolean' && b !== null) return ['&', '|', '^', 'AND', 'OR'].includes(op) ? false : null;
    const [x, y] = [a === true, b === true];
    return op === '&' || op === 'AND' ? x && y : op === '|' || op === 'OR' ? x || y : op === '^' ? x !== y : null;
  }
  if (a === null || b === null || !isNumeric(at) || !isNumeric(bt)) return null;
  if (at === 'float' || bt === 'float') return floats(op, Number(a), Number(b));
  const unsigned = at === 'unsigned' || bt === 'unsigned';
  const wrap = (value: bigint): bigint => (unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
  const [x, y] = [wrap(BigInt(a as bigint)), wrap(BigInt(b as bigint))];
  if (op === '/' && !unsigned && !wholeDivision) return y === 0n ? 0 : Number(x) / Number(y);
  const table: Partial<Record<BinaryOperator, () => bigint>> = {
    '+': () => x + y,
    '-': () => x - y,
    '*': () => x * y,
    '/': () => (y === 0n ? 0n : x / y),
    '%': () => (y === 0n ? 0n : x % y),
    '&': () => x & y,
    '|': () => x | y,
    '^': () => x ^ y,
  };
  const result = table[op];
  return result === undefined ? null : wrap(result());
};

const floats = (op: BinaryOperator, x: number, y: number): number | null => {
  const table: Partial<Record<BinaryOperator, number>> = {
    '+': x + y,
    '-': x - y,
    '*': x * y,
    '/': y === 0 ? 0 : x / y,
    '%': x % y,
  };
  return table[op] ?? null;
};

const compare = (op: BinaryOperator, a: Plain, at: FieldType, b: Plain, bt: FieldType): boolean => {
  let [x, y] = [a, b];
  if (x === null && at !== bt && y !== null && bt !== 'boolean') return false;
  if (x === null && typeof y === 'boolean') x = false;
  if (y === null && typeof x === 'boolean') y = false;
  if (x === null || y === null) return false;
  if (isNumeric(at) && isNumeric(bt)) {
    if (at === 'float' || bt === 'float') [x, y] = [Number(x), Number(y)];
    return ordered(op, x as number, y as number);
  }
  if (typeof x !== typeof y) return false;
  return op === '=' ? x === y : op === '!=' && x !== y;
};

const ordered = (op: BinaryOperator, x: number, y: number): boolean => {
  switch (op) {
    case '=':
      return x >= y && x <= y;
    case '!=':
      return !(x >= y && x <= y);
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    default:
      return x >= y;
  }
};

const LARGE = [2n ** 53n, 2n ** 53n - 1n, 2n ** 62n, 2n ** 63n - 1n];
const integer = fc.oneof(
  fc.bigInt(-20n, 20n),
  fc.constantFrom(...LARGE, ...LARGE.map((value) => -value), -(2n ** 63n)),
);
const unsigned = fc.oneof(fc.bigInt(0n, 20n), fc.constantFrom(...LARGE, 2n ** 64n - 1n));
const CELLS: Record<FieldType, fc.Arbitrary<Plain>> = {
  float: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, min: -1e18, max: 1e18 })),
  integer,
  unsigned,
  string: fc.constantFrom('', 'a', 'b'),
  boolean: fc.boolean(),
};
const column = fc
  .constantFrom<FieldType>('float', 'integer', 'unsigned', 'string', 'boolean')
  .chain((type) => fc.tuple(fc.constant(type), fc.array(fc.option(CELLS[type]), { minLength: 4, maxLength: 4 })));
const OPERATORS: readonly BinaryOperator[] = ['+', '-', '*', '/', '%', '&', '|', '^', '=', '!=', '<', '<=', '>', '>='];

void test('columns combine as their cells do', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...OPERATORS),
      column,
      column,
      fc.boolean(),
      (op, [at, as], [bt, bs], wholeDivision) => {
        const result = combineColumns(op, columnOf(at, as), columnOf(bt, bs), 4, wholeDivision ? IN_WHERE : IN_SELECT);
        for (let row = 0; row < 4; row++) {
          const expected = combine(op, as[row], at, bs[row], bt, wholeDivision);
          const got = cellOf(result, row);
          assert.ok(
            Object.is(got, expected) || got === expected,
            `${as[row]} ${op} ${bs[row]} (${at}, ${bt}): ${got}, not ${expected}`,
          );
        }
      },
    ),
    { numRuns: 3000 },
  );
});

const CASTS: readonly (readonly [from: FieldType, value: Plain, to: FieldType, expected: Plain])[] = [
  ['float', 2.9, 'integer', 2n],
  ['float', -2.9, 'integer', -2n],
  ['float', -0.5, 'integer', 0n],
  ['float', 1e300, 'integer', -(2n ** 63n)],
  ['float', Number.NaN, 'integer', -(2n ** 63n)],
  ['float', 3.7, 'unsigned', 3n],
  ['integer', 7n, 'float', 7],
  ['integer', 2n ** 63n - 1n, 'float', 2 ** 63],
  ['integer', -1n, 'unsigned', 2n ** 64n - 1n],
  ['unsigned', 2n ** 64n - 1n, 'integer', -1n],
  ['unsigned', 5n, 'float', 5],
  ['string', '5', 'float', null],
  ['boolean', true, 'integer', null],
  ['float', 1, 'string', null],
  ['string', 'x', 'string', 'x'],
  ['integer', null, 'float', null],
];

for (const [from, value, to, expected] of CASTS) {
  void test(`${value}::${from} as ${to} is ${expected}`, () => {
    assert.equal(cellOf(castColumn(columnOf(from, [value]), to, 1), 0), expected);
  });
}
