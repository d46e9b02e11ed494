import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelectStatement } from '../language/ast.ts';
import { parseQuery } from '../language/parser.ts';
import { columnNames } from './column-names.ts';

const names = (fields: string): string[] => {
  const [statement] = parseQuery(`SELECT ${fields} FROM m`).statements;
  return columnNames((statement as SelectStatement).fields);
};

const CASES: readonly (readonly [fields: string, names: string])[] = [
  ['v', 'v'],
  ['"a b"', 'a b'],
  ['v AS x', 'x'],
  ['mean(v)', 'mean'],
  ['v * 2', 'v'],
  ['a + b', 'a_b'],
  ['max(v) - min(v)', 'max_min'],
  ['(a + 1) * (b + c)', 'a_b_c'],
  ['((v))', 'v'],
  ['derivative(mean(v)) / last(w)', 'derivative_last'],
  ['abs(a - b) + c', 'abs_c'],
  ['2 + 3 * v', 'v'],
  ['v, v', 'v v_1'],
  ['v, v, v', 'v v_1 v_2'],
  // Generated names give way to aliases and to one another, aliases to nothing.
  ['v, w AS v', 'v_1 v'],
  ['v, v, w AS v_1', 'v v_2 v_1'],
  ['a AS x, b AS x', 'x x'],
  ['v_1, v, v', 'v_1 v v_2'],
  ['mean(a), mean(b), mean', 'mean mean_1 mean_2'],
  ['count(distinct v), count(v)', 'count count_1'],
];

for (const [fields, expected] of CASES) {
  void test(`SELECT ${fields}`, () => assert.equal(names(fields).join(' '), expected));
}
