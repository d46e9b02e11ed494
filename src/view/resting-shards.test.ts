import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestingShards } from './resting-shards.ts';

const HOUR_MS = 3_600_000;
const shard = { bucketId: 'b', shardStart: '0', shardEnd: '1000' };
const other = { ...shard, bucketId: 'c' };

test('a shard rests an hour after the start, unless something came', () => {
  const shards = new RestingShards(HOUR_MS, 5);
  assert.equal(shards.rests(shard, 1000n, HOUR_MS + 4), false);
  assert.equal(shards.rests(shard, 1000n, HOUR_MS + 5), true);
  shards.noteFlush([shard], HOUR_MS);
  assert.equal(shards.rests(shard, 1000n, 2 * HOUR_MS - 1), false);
  assert.equal(shards.rests(other, 1000n, 2 * HOUR_MS - 1), true);
  shards.noteFlush([other], 2 * HOUR_MS);
  assert.equal(shards.rests(shard, 1000n, 2 * HOUR_MS), true);
});

test('a shard whose time is not over does not rest', () => {
  const shards = new RestingShards(HOUR_MS, 0);
  assert.equal(shards.rests(shard, 999n, 2 * HOUR_MS), false);
});
