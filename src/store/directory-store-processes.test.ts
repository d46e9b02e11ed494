import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryStore } from './directory-store.ts';
import { bytesOfKey } from './test-support/bytes-of-key.ts';
import { startChild } from './test-support/child.ts';
import { keys, same, text } from './test-support/store-contract.ts';
import { tempDir } from './test-support/temp-dir.ts';

test('two processes race for the same keys: exactly one wins each', async (t) => {
  const dir = await tempDir(t);
  const numbers = Array.from({ length: 300 }, (_, i) => String(i));
  // Side by side through the first half, towards each other through the second.
  const orders = [numbers, [...numbers.slice(0, 150), ...numbers.slice(150).reverse()]];
  const racers = orders.map((order, i) => startChild(t, './racing-writer.ts', dir, `racer${i}`, ...order));
  await Promise.all(racers.map((racer) => racer.printed(1)));
  for (const racer of racers) racer.send('go');
  assert.deepEqual(await Promise.all(racers.map((racer) => racer.ended)), [0, 0]);

  const wins = racers.map((racer) => racer.lines.slice(1));
  assert.deepEqual([...wins[0], ...wins[1]].sort(), [...numbers].sort());
  assert.ok(wins[0].length > 0 && wins[1].length > 0, `${wins[0].length} to ${wins[1].length}: there was no race`);
  const store = await openDirectoryStore({ dir });
  for (const [i, won] of wins.entries()) {
    for (const key of won) same(await store.get(`race/${key}`), text(`racer${i} ${key}`));
  }
  await store.close();
});

test('kill -9 during puts: every object is whole, every acknowledged one is there', async (t) => {
  const dir = await tempDir(t);
  let acknowledged = 0;
  let tempsLeft = 0;
  for (let round = 0; round < 6; round++) {
    const child = startChild(t, './writer-to-kill.ts', dir, `round${round}`);
    await child.printed(20);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    await child.kill();
    tempsLeft += (await readdir(join(dir, '~temp'))).length;

    const store = await openDirectoryStore({ dir, sweep: true });
    assert.deepEqual(await readdir(join(dir, '~temp')), []);
    const stored = await keys(store, `round${round}/`);
    for (const key of stored) same(await store.get(key), bytesOfKey(key));
    const there = new Set(stored);
    for (const key of child.lines) assert.ok(there.has(key), `${key} was acknowledged and is gone`);
    acknowledged += child.lines.length;
    await store.close();
  }
  assert.ok(acknowledged >= 120);
  assert.ok(tempsLeft > 0, 'no kill came in the middle of a put');
});
