import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bucket, DAY, type FieldType, HOUR, SeriesTable } from '../model/index.ts';
import { type PreparedWrite, prepareWrite } from './prepare-write.ts';
import { sliceAmong } from './shard-range.ts';
import { type TestPoint, batchOf } from './test-support/points.ts';

const bucket: Bucket = { id: 'b', durationNs: 0n, shardDurationNs: HOUR };

function prepare(points: TestPoint[], types: Record<string, FieldType> = {}, period = 0n): PreparedWrite {
  const target = {
    shardRange: sliceAmong.bind(null, []),
    fieldType: (_: unknown, __: unknown, name: string) => types[name],
  };
  return prepareWrite({ ...bucket, durationNs: period }, batchOf(new SeriesTable(), points), 10n * DAY, target);
}

function rows(write: PreparedWrite): string[] {
  return write.tables.map(({ shard, batch }) => {
    const times = Array.from(batch.times, (time) => batch.baseNs + BigInt(time));
    return `${shard.startNs / HOUR}: ${times.join(' ')} (${batch.columns.map((column) => `${column.name} ${column.type}`).join(', ')})`;
  });
}

test('a batch within one shard is passed on as it is', () => {
  const write = prepare([
    { key: 'm', timeNs: 1n, fields: { v: 1 } },
    { key: 'm', timeNs: 2n, fields: { v: 1 } },
  ]);
  assert.deepEqual(rows(write), ['0: 1 2 (v float)']);
});

test('a batch over borders of shards is split, to the nanosecond', () => {
  const write = prepare(
    [HOUR, HOUR - 1n, -1n, 2n * HOUR - 1n].map((timeNs) => ({ key: 'm', timeNs, fields: { v: 1 } })),
  );
  assert.deepEqual(rows(write), [
    `1: ${HOUR} ${2n * HOUR - 1n} (v float)`,
    `0: ${HOUR - 1n} (v float)`,
    '-1: -1 (v float)',
  ]);
});

test('a point with one value of the wrong type goes as a whole', () => {
  const write = prepare(
    [
      { key: 'm', timeNs: 1n, fields: { v: 1, w: 1 } },
      { key: 'm', timeNs: 2n, fields: { w: 2 } },
    ],
    { v: 'string' },
  );
  assert.deepEqual(rows(write), ['0: 2 (w float)']);
  assert.deepEqual(write.dropped, [
    {
      count: 1,
      reason: 'field type conflict: input field "v" on measurement "m" is type float, already exists as type string',
    },
  ]);
});

test('where a batch brings a new field in two types the first point decides', () => {
  const write = prepare([
    { key: 'm', timeNs: 1n, fields: { v: 'x' } },
    { key: 'm', timeNs: 2n, fields: { v: 2 } },
    { key: 'm', timeNs: 3n, fields: { v: 'y' } },
  ]);
  assert.deepEqual(rows(write), ['0: 1 3 (v string)']);
  assert.equal(write.dropped[0].count, 1);
});

test('points older than the period are counted', () => {
  const write = prepare(
    [9n * DAY, 9n * DAY - 1n].map((timeNs) => ({ key: 'm', timeNs, fields: { v: 1 } })),
    {},
    DAY,
  );
  assert.equal(write.written, 1);
  assert.deepEqual(write.dropped, [{ count: 1, reason: 'points beyond retention policy' }]);
});
