import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegex } from '../base/index.ts';
import { parseDuration } from '../model/index.ts';
import { type FlowQuery, planFlow, printFlow } from './data-flow.ts';
import type { Place } from './scheduled-query.ts';

/** `name interval: source > target`; a place is `bucket.measurement` or `bucket./regex/`. */
function query(text: string): FlowQuery {
  const [name, interval, source, target] = text.split(/[ :>]+/);
  return {
    name,
    database: 'm',
    intervalNs: parseDuration(interval),
    reads: source.split('+').map(place),
    writes: target.split('+').map(place),
  };
}

function place(text: string): Place {
  const [id, name] = [text.slice(0, text.indexOf('.')), text.slice(text.indexOf('.') + 1)];
  const regex = /^\/(.*)\/$/.exec(name);
  return {
    bucket: { id, durationNs: 0n, shardDurationNs: 1n },
    measurements: regex === null ? { name } : { regex: compileRegex(regex[1]) },
  };
}

function plan(...texts: string[]): string[] {
  const queries = texts.map(query);
  return printFlow(planFlow(queries), queries).split('\n');
}

void test('a ladder runs finest first, whatever its order of creation', () => {
  const levels = [
    'h: 1h: q./.*/ > h./.*/',
    's: 10s: raw./.*/ > s./.*/',
    'q: 15m: t./.*/ > q./.*/',
    't: 30s: s./.*/ > t./.*/',
  ];
  const expected = ['s on m (10s)', 't on m (30s) after s', 'q on m (15m) after t', 'h on m (1h) after q'];
  assert.deepEqual(plan(...levels), expected);
  assert.deepEqual(plan(...levels.toReversed()), expected);
});

void test('the flow of data goes before the interval', () => {
  assert.deepEqual(plan('coarse: 1h: raw.cpu > r.hourly', 'fine: 1m: r.hourly > r.echo'), [
    'coarse on m (1h)',
    'fine on m (1m) after coarse',
  ]);
});

void test('queries that do not touch each other go by interval, then by age', () => {
  assert.deepEqual(plan('a: 1h: raw.cpu > r.a', 'b: 1m: raw.mem > r.b', 'c: 1m: raw.cpu > r.c'), [
    'b on m (1m)',
    'c on m (1m)',
    'a on m (1h)',
  ]);
});

void test('names decide within one bucket', () => {
  assert.deepEqual(plan('d: 1m: r.a+r.b > x.d', 'e: 2m: r./^c/ > x.e', 'b: 5m: raw.x > r.b', 'c: 3m: raw.x > r.cpu'), [
    'c on m (3m)',
    'e on m (2m) after c',
    'b on m (5m)',
    'd on m (1m) after b',
  ]);
});

void test('a query that reads its own target does not wait for itself', () => {
  assert.deepEqual(plan('a: 1m: r./.*/ > r.a'), ['a on m (1m)']);
});

void test('in a circle the shortest interval begins, and what follows the circle still follows', () => {
  assert.deepEqual(
    plan('after: 1s: b.x > c.x', 'one: 1m: b.x > a.x', 'two: 30s: a.x > b.x', 'first: 1h: raw.x > a.x'),
    ['first on m (1h)', 'two on m (30s) after first', 'after on m (1s) after two', 'one on m (1m) after two'],
  );
});
