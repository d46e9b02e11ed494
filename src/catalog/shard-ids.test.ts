import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WEEK } from '../model/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { type NumberedShard, type ShardPlace, openShardIds } from './shard-ids.ts';
import { forwarding, rejects, withStore } from './test-support/temp-store.ts';

/** `a0 a1 b0`: the weeks 0 and 1 of bucket a, week 0 of bucket b. Weeks may be negative. */
function places(text: string): () => readonly ShardPlace[] {
  const list = text.split(' ').filter((word) => word !== '');
  return () =>
    list.map((word) => {
      const startNs = BigInt(word.slice(1)) * WEEK;
      return { bucketId: word[0], range: { startNs, endNs: startNs + WEEK } };
    });
}

/** `a0=1 b0=2` */
function show(shards: readonly NumberedShard[]): string {
  return shards.map(({ id, bucketId, range }) => `${bucketId}${range.startNs / WEEK}=${id}`).join(' ');
}

test('a number is given at first sight, kept while the shard is there, and never given again', async (t) => {
  const { store } = await withStore(t);
  const ids = await openShardIds({ store });
  assert.equal(show(await ids.settle(places(''))), '');
  assert.equal(show(await ids.settle(places('a0 a1'))), 'a0=1 a1=2');
  assert.equal(show(await ids.settle(places('a-1 a0 a1 b0'))), 'a-1=3 a0=1 a1=2 b0=4');
  assert.equal(show(await ids.settle(places('b0'))), 'b0=4');
  assert.equal(show(await ids.settle(places('a0 b0'))), 'a0=5 b0=4');
  await ids.forget(4);
  await ids.forget(77);
  assert.equal(show(ids.known()), 'a0=5');
  assert.equal(show(await ids.settle(places('a0 b0'))), 'a0=5 b0=6');
  await ids.close();
  await rejects(ids.settle(places('a0')), 'unavailable', 'the server is closing');
});

test('numbers are the same after a restart, with and without checkpoints', async (t) => {
  const { store } = await withStore(t);
  for (const checkpointEvery of [1, 3, 64]) {
    const prefix = `shards-${checkpointEvery}`;
    let next = 1;
    for (let round = 0; round < 5; round++) {
      const ids = await openShardIds({ store, prefix, checkpointEvery });
      assert.equal(show(await ids.settle(places(`a0 b${round}`))), `a0=1 b${round}=${next + 1}`);
      next++;
      await ids.close();
    }
  }
});

test('calls at once give each shard one number', async (t) => {
  const { store } = await withStore(t);
  const ids = await openShardIds({ store });
  const all = await Promise.all([places('a0'), places('a0 a1'), places('a1 a0')].map((each) => ids.settle(each)));
  assert.deepEqual(all.map(show), ['a0=1', 'a0=1 a1=2', 'a1=2 a0=1']);
});

test('a number that could not be stored is not given; one that was stored unseen is not given twice', async (t) => {
  const { store } = await withStore(t);
  let fault: 'none' | 'before' | 'after' = 'none';
  const faulty: ObjectStore = {
    ...forwarding(store),
    async put(key, bytes) {
      if (fault === 'before') throw new Error('disk full');
      await store.put(key, bytes);
      if (fault === 'after') throw new Error('connection lost');
    },
  };
  const ids = await openShardIds({ store: faulty });
  fault = 'before';
  await assert.rejects(ids.settle(places('a0')), /disk full/);
  assert.deepEqual(ids.known(), []);
  fault = 'after';
  await assert.rejects(ids.settle(places('b0')), /connection lost/);
  fault = 'none';
  assert.equal(show(await ids.settle(places('a0 b0'))), 'a0=2 b0=1');
});
