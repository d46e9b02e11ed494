import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicker } from './ticker.ts';

const unexpected = (error: unknown): void => assert.ifError(error);

async function until(condition: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - startMs < 10_000, 'waited in vain');
    await sleep(1);
  }
}

void test('calls at the interval, one after the other', async () => {
  let calls = 0;
  let active = 0;
  const ticker = startTicker(
    async () => {
      assert.equal(++active, 1);
      await sleep(5);
      active--;
      calls++;
      return false;
    },
    2,
    unexpected,
  );
  await until(() => calls === 3);
  await ticker.stop();
  const stoppedAt = calls;
  await sleep(20);
  assert.equal(calls, stoppedAt);
  assert.equal(active, 0);
});

void test('while there is more to do it does not wait for the interval', async () => {
  let calls = 0;
  const ticker = startTicker(async () => ++calls < 4, 300, unexpected);
  const startMs = performance.now();
  await until(() => calls === 4);
  assert.ok(performance.now() - startMs < 900);
  await ticker.stop();
});

void test('a failure is told of, and does not end it', async () => {
  const failures: unknown[] = [];
  let calls = 0;
  const ticker = startTicker(
    async () => {
      if (++calls === 1) throw new Error('disk full');
      return false;
    },
    1,
    (error) => void failures.push(error),
  );
  await until(() => calls >= 2);
  await ticker.stop();
  assert.deepEqual(
    failures.map((error) => (error as Error).message),
    ['disk full'],
  );
});

void test('a stop does not wait for the interval', async () => {
  const ticker = startTicker(() => Promise.resolve(false), 60_000, unexpected);
  const startMs = performance.now();
  await ticker.stop();
  assert.ok(performance.now() - startMs < 1000);
});
