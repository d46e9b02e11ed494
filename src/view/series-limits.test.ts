import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeriesTable } from '../model/index.ts';
import { SeriesIndex } from './series-index.ts';
import { openAdmission } from './series-limits.ts';

function bucketOf(...keys: string[]) {
  const table = new SeriesTable();
  for (const key of keys) table.intern(Buffer.from(key), 0, key.length);
  return { family: table, index: new SeriesIndex(table), liveSeriesCount: table.count };
}

function admission(
  limits: { maxSeries?: number; maxValuesPerTag?: number },
  ...buckets: ReturnType<typeof bucketOf>[]
) {
  return openAdmission({ maxSeries: 0, maxValuesPerTag: 0, siblings: () => [], ...limits }, buckets[0], buckets);
}

test('a database has so many series, whichever of its buckets they are in', () => {
  const admit = admission({ maxSeries: 5 }, bucketOf('m,a=1', 'm,a=2'), bucketOf('m,a=1'));
  assert.equal(admit('m,a=3'), null);
  assert.equal(admit('n'), null);
  for (const key of ['m,a=4', 'm,a=5']) assert.equal(admit(key), 'max-series-per-database limit exceeded: (5)');
});

test('buckets of one family have their series in common', () => {
  const base = bucketOf('m,a=1', 'm,a=2');
  const admit = admission({ maxSeries: 3 }, base, { ...base, liveSeriesCount: 1 });
  assert.equal(admit('m,a=3'), null);
  assert.notEqual(admit('m,a=4'), null);
});

test('a tag of a measurement has so many values; the first one too many is named', () => {
  const admit = admission({ maxValuesPerTag: 2 }, bucketOf('m,a=1,b=1', 'm,a=2,b=1', 'n,a=1'));
  for (const key of ['m,a=1,b=2', 'm,a=2', 'n,a=x', 'other,a=3']) assert.equal(admit(key), null);
  const text = 'max-values-per-tag limit exceeded (2/2): measurement="m" tag="a" value="3"';
  assert.deepEqual([admit('m,a=3,b=1'), admit('m,a=4'), admit('m')], [text, text, null]);
});
