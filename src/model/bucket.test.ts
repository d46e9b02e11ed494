import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bucket, defaultShardDuration, shardRange, tierShardDuration } from './bucket.ts';
import { DAY, HOUR, MINUTE, SECOND, WEEK } from './duration.ts';
import { MAX_TIME_NS, MIN_TIME_NS } from './time.ts';

function defaultsTo(name: string, durationNs: bigint, expected: bigint): void {
  test(`shards of a bucket kept for ${name}`, () => assert.equal(defaultShardDuration(durationNs), expected));
}

defaultsTo('ever', 0n, WEEK);
defaultsTo('an hour', HOUR, HOUR);
defaultsTo('just under two days', 2n * DAY - 1n, HOUR);
defaultsTo('two days', 2n * DAY, DAY);
defaultsTo('just under 180 days', 180n * DAY - 1n, DAY);
defaultsTo('180 days', 180n * DAY, WEEK);

function tierDefaultsTo(stepNs: bigint, durationNs: bigint, expected: bigint): void {
  const name = `windows of ${stepNs / SECOND} s that are kept for ${durationNs / HOUR} hours`;
  test(`shards of ${name}`, () => assert.equal(tierShardDuration(stepNs, durationNs), expected));
}

tierDefaultsTo(10n * SECOND, 8n * DAY, DAY);
tierDefaultsTo(30n * SECOND, 15n * DAY, DAY);
tierDefaultsTo(2n * MINUTE, 45n * DAY, 2n * DAY);
tierDefaultsTo(5n * MINUTE, 120n * DAY, 4n * DAY);
tierDefaultsTo(15n * MINUTE, 220n * DAY, 2n * WEEK);
tierDefaultsTo(HOUR, 800n * DAY, 8n * WEEK);
tierDefaultsTo(HOUR, 10n * DAY, DAY);
tierDefaultsTo(DAY, 0n, 8n * WEEK);

const ns = (date: string) => BigInt(Date.parse(date)) * 1_000_000n;

function holds(shardDurationNs: bigint, time: string, start: string, end: string): void {
  test(`shard of ${shardDurationNs / HOUR}h at ${time}`, () => {
    const bucket: Bucket = { id: '0000000000000001', durationNs: 0n, shardDurationNs };
    assert.deepEqual(shardRange(bucket, ns(time)), { startNs: ns(start), endNs: ns(end) });
    assert.deepEqual(shardRange(bucket, ns(start)), shardRange(bucket, ns(end) - 1n));
  });
}

// Weeks start on Monday.
holds(WEEK, '2024-05-15T12:00:00Z', '2024-05-13T00:00:00Z', '2024-05-20T00:00:00Z');
holds(WEEK, '2024-05-13T00:00:00Z', '2024-05-13T00:00:00Z', '2024-05-20T00:00:00Z');
holds(WEEK, '1970-01-01T00:00:00Z', '1969-12-29T00:00:00Z', '1970-01-05T00:00:00Z');
holds(DAY, '2024-05-15T23:59:59.999Z', '2024-05-15T00:00:00Z', '2024-05-16T00:00:00Z');
holds(DAY, '1969-12-31T23:00:00Z', '1969-12-31T00:00:00Z', '1970-01-01T00:00:00Z');
holds(HOUR, '2024-05-15T12:34:56Z', '2024-05-15T12:00:00Z', '2024-05-15T13:00:00Z');

test('the first and the last time have a shard', () => {
  const bucket: Bucket = { id: '0000000000000001', durationNs: 0n, shardDurationNs: WEEK };
  for (const time of [MIN_TIME_NS, MAX_TIME_NS]) {
    const { startNs, endNs } = shardRange(bucket, time);
    assert.ok(startNs <= time && time < endNs && endNs - startNs === WEEK);
  }
});
