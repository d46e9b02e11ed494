// Filters against InfluxDB's evaluator row by row, and its particulars written out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldType } from '../../model/index.ts';
import type { FieldOperand, FieldPredicate } from '../plan.ts';
import { type Cell, chunkOfRows } from '../test-support/array-tables.ts';
import { seededRandom, type Random } from '../test-support/random.ts';
import { rowPasses } from '../test-support/reference-filter.ts';
import { RowFilter, predicateFields } from './filter.ts';

const TYPES: Readonly<Record<string, FieldType>> = {
  f: 'float',
  i: 'integer',
  big: 'integer',
  wide: 'integer',
  u: 'unsigned',
  b: 'boolean',
  s: 'string',
};
const NAMES = Object.keys(TYPES);

/** Which rows pass: those of `cells`, one object a row; what is not given is null. */
function passing(predicate: FieldPredicate, rows: readonly Readonly<Record<string, Cell>>[]): number[] {
  const list = rows.map((row, at) => ({ timeNs: BigInt(at), cells: NAMES.map((name) => row[name] ?? null) }));
  const chunk = chunkOfRows(list, Object.values(TYPES), 0n);
  const read = predicateFields(predicate);
  const filter = new RowFilter(predicate, new Map(read.map((field, index) => [field, index])));
  const selection = filter.select({ ...chunk, columns: read.map((field) => chunk.columns[NAMES.indexOf(field)]) });
  if (typeof selection !== 'string') {
    assert.ok(selection.includes(0) && selection.includes(1), 'a mask says more than all or none');
  }
  return [...rows.keys()].filter((row) => selection === 'all' || (selection !== 'none' && selection[row] === 1));
}

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
const MATH = ['+', '-', '*', '/', '%', '&', '|', '^'] as const;

/** `a < b` or `a + b < c`: names of fields, 1.5, 2n (an integer), true, 'text'. */
function parse(text: string): FieldPredicate {
  const tokens = text.split(' ');
  const at = tokens.findIndex((token) => COMPARISONS.some((op) => op === token));
  const op = COMPARISONS.find((name) => name === tokens[at]);
  assert.ok(op !== undefined);
  return { op, left: operand(tokens.slice(0, at)), right: operand(tokens.slice(at + 1)) };
}

function operand(tokens: readonly string[]): FieldOperand {
  const [token, sign, ...rest] = tokens;
  const op = MATH.find((name) => name === sign);
  if (op !== undefined) return { kind: 'math', op, left: operand([token]), right: operand(rest) };
  if (NAMES.includes(token)) return { kind: 'field', name: token };
  if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
  if (token.startsWith("'")) return { kind: 'literal', value: token.slice(1, -1) };
  return { kind: 'literal', value: token.endsWith('n') ? BigInt(token.slice(0, -1)) : Number(token) };
}

const MAX = 2n ** 63n - 1n;
const SAFE = 2n ** 53n - 1n;

/** What it shows, the condition, the rows, and which of them pass. */
type Case = readonly [string, string | FieldPredicate, readonly Readonly<Record<string, Cell>>[], readonly number[]];

const cases: readonly Case[] = [
  ['a missing field never compares', 'f != 1', [{}, { f: 2 }, { f: 1 }], [1]],
  ['nor across kinds', 's != 1', [{ s: '1' }, { s: 'x' }], []],
  ['a number and an integer do', 'i < 1.5', [{ i: 1n }, { i: 2n }], [0]],
  ['on either side', '1.5 > i', [{ i: 1n }, { i: 2n }], [0]],
  ['exactly beyond 2^53', 'wide > 9007199254740992', [{ wide: SAFE + 1n }, { wide: SAFE + 2n }], [1]],
  [
    'unsigned above int64',
    'u > wide',
    [
      { u: 2n ** 64n - 1n, wide: MAX },
      { u: 1n, wide: MAX },
    ],
    [0],
  ],
  ['unsigned and negative', 'u > i', [{ u: 0n, i: -1n }], [0]],
  ['nor beside a boolean', 'b != true', [{}, { b: true }, { b: false }], [2]],
  ['a boolean is no number', 'i = false', [{}, { i: 0n }], []],
  ['booleans have no order', 'b < true', [{ b: false }], []],
  ['strings neither', "s < 'b'", [{ s: 'a' }], []],
  ['strings are equal or not', "s != 'b'", [{ s: 'a' }, { s: 'b' }], [0]],
  ['integers divide as integers', 'i / 2n = -3n', [{ i: -7n }, { i: -6n }, { i: -8n }], [0, 1]],
  ['floats as floats', 'i / 2 = 3.5', [{ i: 7n }, { i: 6n }], [0]],
  ['x / 0 is 0', 'f / 0 = 0', [{ f: 5 }], [0]],
  ['integer x % 0 is 0', 'i % 0n = 0n', [{ i: 5n }], [0]],
  ['float x % 0 is no number', 'f % 0 = 0', [{ f: 5 }], []],
  ['products wrap', 'wide * 2n = -2n', [{ wide: MAX }], [0]],
  ['and are exact up to there', 'big * 3n = 27021597764222973n', [{ big: SAFE }], [0]],
  ['to the last digit', 'big * 3n = 27021597764222972n', [{ big: SAFE }], []],
  ['bits of integers', 'i & 6n = 4n', [{ i: 5n }, { i: 2n }], [0]],
  ['bits of booleans', 'b ^ true = true', [{ b: false }, { b: true }, {}], [0]],
  ['patterns', { op: '=~', field: 's', source: '^a' }, [{ s: 'ab' }, { s: 'ba' }, {}], [0]],
  ['patterns refused', { op: '!~', field: 's', source: '^a' }, [{ s: 'ab' }, { s: 'ba' }, {}, { s: '' }], [1, 3]],
  ['of strings only', { op: '!~', field: 'i', source: '^a' }, [{ i: 1n }], []],
  ['no terms', { op: 'and', terms: [] }, [{}], [0]],
  ['none at all', { op: 'or', terms: [] }, [{}], []],
  [
    'all of several',
    { op: 'and', terms: [parse('i > 1n'), parse('f < 5')] },
    [
      { i: 2n, f: 1 },
      { i: 2n, f: 9 },
    ],
    [0],
  ],
  [
    'any of several',
    { op: 'or', terms: [parse('i > 1n'), parse('f < 5')] },
    [
      { i: 0n, f: 1 },
      { i: 0n, f: 9 },
    ],
    [0],
  ],
];

for (const [name, condition, rows, expected] of cases) {
  const predicate = typeof condition === 'string' ? parse(condition) : condition;
  test(name, () => assert.deepEqual(passing(predicate, rows), expected));
}

function randomCell(random: Random, name: string): Cell {
  if (random.chance(0.15)) return null;
  switch (name) {
    case 'f':
      return random.pick([0, -1.5, 2, 2.5, 7]);
    case 'i':
      return BigInt(random.integer(-5, 5));
    case 'big':
      return BigInt(random.integer(-3, 3)) * (2n ** 51n + 1n) + BigInt(random.integer(0, 2));
    case 'wide':
      return BigInt.asIntN(64, random.pick([MAX, -MAX - 1n, 2n ** 53n, 3n, 0n]) + BigInt(random.integer(-1, 1)));
    case 'u':
      return random.pick([0n, 3n, 2n ** 53n + 1n, 2n ** 64n - 1n]);
    case 'b':
      return random.chance(0.5);
    default:
      return random.pick(['', 'a', 'ab']);
  }
}

const LITERALS = [0, 2, -1.5, 2.5, 0n, 2n, -3n, 2n ** 53n + 1n, MAX, 2n ** 64n - 1n] as const;

function randomNumber(random: Random, depth: number): FieldOperand {
  if (depth > 0 && random.chance(0.5)) {
    const [left, right] = [randomNumber(random, depth - 1), randomNumber(random, depth - 1)];
    return { kind: 'math', op: random.pick(MATH), left, right };
  }
  if (random.chance(0.7)) return { kind: 'field', name: random.pick(['f', 'i', 'big', 'wide', 'u']) };
  return { kind: 'literal', value: random.pick(LITERALS) };
}

function randomOperand(random: Random): FieldOperand {
  if (random.chance(0.8)) return randomNumber(random, 2);
  if (random.chance(0.5)) return { kind: 'field', name: random.pick(['b', 's']) };
  return { kind: 'literal', value: random.pick([true, false, 'a', '']) };
}

test('every row is judged as the evaluator judges it', () => {
  for (let seed = 1; seed <= 4000; seed++) {
    const random = seededRandom(seed);
    const predicate = { op: random.pick(COMPARISONS), left: randomOperand(random), right: randomOperand(random) };
    const missing = new Set(NAMES.filter(() => random.chance(0.2)));
    const rows = Array.from({ length: random.integer(1, 12) }, () =>
      Object.fromEntries(NAMES.map((name) => [name, missing.has(name) ? null : randomCell(random, name)])),
    );
    const expected = [...rows.keys()].filter((row) =>
      rowPasses(predicate, (name) => ({ cell: rows[row][name], unsigned: TYPES[name] === 'unsigned' })),
    );
    assert.deepEqual(passing(predicate, rows), expected, `seed ${seed}`);
  }
});
