import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldType, matchesTags } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import { parseExpression } from '../language/parser.ts';
import { printExpr } from '../language/print-expression.ts';
import type { SourceSchema } from './typed-select.ts';
import { classifySeries, splitCondition } from './where.ts';

const SCHEMA: SourceSchema = {
  fields: new Map<string, FieldType>([
    ['v', 'float'],
    ['n', 'integer'],
    ['s', 'string'],
  ]),
  tags: new Set(['host', 'zone']),
};

/** Series 0 to 3. */
const SERIES = [
  { host: 'a', zone: 'x' },
  { host: 'b', zone: 'x' },
  { host: 'a', zone: 'y' },
  { host: 'c', zone: '' },
];

const valueOf = (id: number, tag: string): string => (SERIES[id] as Record<string, string>)[tag] ?? '';

/** The classes that a condition makes, as `ids: filter | residual`. */
const classes = (condition: string): string[] => {
  const split = splitCondition(parseExpression(condition), 'm', SCHEMA);
  const { series } = split;
  const ids = Int32Array.from(
    [0, 1, 2, 3].filter((id) => series === null || matchesTags(series, (tag) => valueOf(id, tag))),
  );
  const snapshot = { tagValues: (some: Int32Array, tag: string) => Array.from(some, (id) => valueOf(id, tag)) };
  return classifySeries(split, ids, snapshot as unknown as Snapshot, SCHEMA).map(({ seriesIds, filter, residual }) => {
    const rest = residual === null ? '-' : printExpr(residual);
    return `${seriesIds.join(' ')}: ${filter === null ? '-' : text(filter)} | ${rest}`;
  });
};

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
    .replaceAll(/"(kind|op|name|left|right|terms|field|source|value)":/g, '')
    .replaceAll('"', '');

const CASES: readonly (readonly [condition: string, classes: readonly string[]])[] = [
  ["host = 'a'", ['0 2: - | -']],
  ["host = 'nowhere'", [': - | -']],
  ['v > 1', ['0 1 2 3: {>,{field,v},{literal,1n}} | -']],
  ["host = 'a' AND v > 1", ['0 2: {>,{field,v},{literal,1n}} | -']],
  // The same is left of all series: they stay together.
  ["(host = 'a' OR host = 'b') AND s =~ /x/", ['0 1 2: {=~,s,x} | -']],
  ["host = 'a' OR v > 1", ['0 2: - | -', '1 3: {>,{field,v},{literal,1n}} | -']],
  [
    "(host = 'a' AND v > 1) OR (zone = 'x' AND n < 2)",
    [
      '0: {or,[{>,{field,v},{literal,1n}},{<,{field,n},{literal,2n}}]} | -',
      '1: {<,{field,n},{literal,2n}} | -',
      '2: {>,{field,v},{literal,1n}} | -',
    ],
  ],
  ["host = 'a' OR (zone = '' AND v > 1)", ['0 2: - | -', '3: {>,{field,v},{literal,1n}} | -']],
  ['v + n * 2 >= 3', ['0 1 2 3: {>=,{math,+,{field,v},{math,*,{field,n},{literal,2n}}},{literal,3n}} | -']],
  ['sin(v) > 0', ['0 1 2 3: - | sin(v) > 0']],
  ['v > 1 AND sin(v) > 0', ['0 1 2 3: {>,{field,v},{literal,1n}} | sin(v) > 0']],
  ['v > 1 OR sin(v) > 0', ['0 1 2 3: - | v > 1 OR sin(v) > 0']],
  ["host = 'a' OR sin(v) > 0", ['0 2: - | -', '1 3: - | sin(v) > 0']],
  ['v::integer = 2', ['0 1 2 3: - | v::integer = 2']],
  ['v::float = 2.0', ['0 1 2 3: {=,{field,v},{literal,2}} | -']],
  [
    's = host',
    ['0 2: {=,{field,s},{literal,a}} | -', '1: {=,{field,s},{literal,b}} | -', '3: {=,{field,s},{literal,c}} | -'],
  ],
  ["nothing = ''", ['0 1 2 3: - | -']],
  ['nothing > 1', ['0 1 2 3: {>,{literal,},{literal,1n}} | -']],
];

for (const [condition, expected] of CASES) {
  void test(`WHERE ${condition}`, () => assert.deepEqual(classes(condition), expected));
}
