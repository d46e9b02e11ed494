import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownSeries } from './known-series.ts';

test('what is known stays known until it is too much, then all is forgotten', () => {
  const known = new KnownSeries<number>();
  known.add('a', 1, 10);
  known.add('b', 2, 60 * 1024 * 1024);
  assert.deepEqual([known.get('a'), known.get('b'), known.get('c')], [1, 2, undefined]);
  known.add('c', 3, 5 * 1024 * 1024);
  assert.deepEqual([known.get('a'), known.get('b'), known.get('c')], [undefined, undefined, 3]);
  known.add('d', 4, 10);
  assert.deepEqual([known.get('c'), known.get('d')], [3, 4]);
});
