import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultLog, WeirError } from '../base/index.ts';
import { LineQueue, type LineQueueOptions } from './line-queue.ts';
import { LineStore } from './test-support/store.ts';

function queueOf(store: LineStore, options: Partial<LineQueueOptions> = {}): LineQueue {
  return new LineQueue({
    batchPoints: 3,
    maxPendingBatches: 2,
    timeoutMs: 20,
    precision: 'ns',
    store: store.parts.store,
    faults: new FaultLog('test', store.parts.onFault),
    ...options,
  });
}

function add(queue: LineQueue, ...lines: readonly string[]): void {
  for (const line of lines) queue.add(Buffer.from(`${line}\n`), 1, 5n);
}

test('a batch is stored when it is full, when it is old, and when the queue stops', async () => {
  const store = new LineStore();
  const queue = queueOf(store);
  add(queue, 'a v=1', 'a v=2', 'a v=3', 'a v=4');
  await store.has(3);
  assert.deepEqual(store.batches, ['a v=1\na v=2\na v=3\n']);
  await store.has(4);
  add(queue, 'a v=5');
  await queue.stop();
  assert.deepEqual(store.batches.slice(1), ['a v=4\n', 'a v=5\n']);
  assert.deepEqual(queue.counts, { batchesTx: 3, pointsTx: 5, batchesTxFail: 0, pointsTxFail: 0 });
});

test('a batch of many bytes is full', async () => {
  const store = new LineStore();
  const queue = queueOf(store, { timeoutMs: 100_000 });
  queue.add(Buffer.from(`a v="${'x'.repeat(5_000_000)}"\n`), 1, 5n);
  await store.has(1);
  await queue.stop();
});

test('it is full while as many batches wait as may, and says when it is not', async () => {
  const store = new LineStore();
  let release = (): void => {};
  store.before = () => new Promise((resolve) => (release = resolve));
  const queue = queueOf(store, { batchPoints: 1 });
  add(queue, 'a v=1', 'a v=2');
  assert.equal(queue.isFull, false);
  add(queue, 'a v=3');
  assert.equal(queue.isFull, true);
  let hadRoom = false;
  const room = queue.hasRoom().then(() => (hadRoom = true));
  await sleep(5);
  assert.equal(hadRoom, false);
  release();
  await room;
  store.before = () => Promise.resolve();
  release();
  await queue.stop();
  assert.equal(queue.counts.batchesTx, 3);
});

test('what cannot be stored at present is tried again, what cannot be stored at all is counted', async () => {
  const store = new LineStore();
  let failures = 1;
  store.before = async () => {
    if (failures-- > 0) throw new WeirError('unavailable', 'the disk is full');
  };
  const queue = queueOf(store, { batchPoints: 1 });
  add(queue, 'a v=1');
  await store.has(1);
  assert.equal(queue.counts.batchesTxFail, 0);
  store.before = () => Promise.reject(new WeirError('not found', 'retention policy not found: r'));
  add(queue, 'a v=2');
  await queue.stop();
  assert.deepEqual(queue.counts, { batchesTx: 1, pointsTx: 1, batchesTxFail: 1, pointsTxFail: 1 });
  assert.deepEqual(
    store.faults.map(({ what, example }) => `${what}: ${example}`),
    ['points cannot be stored at present: the disk is full', 'points are lost: retention policy not found: r'],
  );
});

test('a stop does not wait for a store that never can', async () => {
  const store = new LineStore();
  store.before = () => Promise.reject(new WeirError('unavailable', 'the disk is full'));
  const queue = queueOf(store, { batchPoints: 1 });
  add(queue, 'a v=1', 'a v=2');
  await sleep(5);
  const startMs = performance.now();
  await queue.stop();
  assert.ok(performance.now() - startMs < 500);
  assert.deepEqual(queue.counts, { batchesTx: 0, pointsTx: 0, batchesTxFail: 2, pointsTxFail: 2 });
});

test('bad lines and refused points are counted and told of, the others stored', async () => {
  const store = new LineStore();
  let badLines = 0;
  const queue = queueOf(store, { onBadLines: (count) => (badLines += count) });
  add(queue, 'a v=1', 'nonsense', 'a,time=1 v=1');
  await queue.stop();
  assert.equal(badLines, 1);
  assert.deepEqual(queue.counts, { batchesTx: 1, pointsTx: 1, batchesTxFail: 0, pointsTxFail: 1 });
  assert.match(store.faults[0].example, /unable to parse 'nonsense': missing fields/);
  assert.match(store.faults[1].example, /invalid tag key: input tag "time"/);
});
