import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryStore } from './directory-store.ts';
import { startChild } from './test-support/child.ts';
import { balance, numbers } from './test-support/filled-log.ts';
import { fold, openSumLog } from './test-support/sum-log.ts';
import { tempDir } from './test-support/temp-dir.ts';

test('racing processes: each number has one winner, and no deposit is lost or doubled', async (t) => {
  const dir = await tempDir(t);
  const names = ['x', 'y', 'z'];
  const children = names.map((name) => startChild(t, './depositor.ts', dir, name, '40'));
  assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0, 0]);
  const won = children.flatMap((child) => child.lines.map(Number)).sort((a, b) => a - b);
  assert.deepEqual(
    won,
    Array.from({ length: 120 }, (_, i) => i + 1),
  );
  const store = await openDirectoryStore({ dir });
  const state = fold(await openSumLog(store).load());
  for (const name of names) assert.equal(balance(state, name), (40 * 41) / 2);
  await store.close();
});

test('kill -9 between appends and checkpoints: what was acknowledged is there, once', async (t) => {
  const dir = await tempDir(t);
  for (let round = 0; round < 6; round++) {
    const name = `round${round}`;
    const child = startChild(t, './depositor.ts', dir, name, '0');
    await child.printed(15);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    await child.kill();
    const store = await openDirectoryStore({ dir, sweep: true });
    const log = openSumLog(store);
    const state = fold(await log.load());
    const acknowledged = child.lines.length;
    // The record that was under way when the process died may have become durable too.
    const expected = [acknowledged, acknowledged + 1].map((n) => (n * (n + 1)) / 2);
    assert.ok(expected.includes(balance(state, name)), `${balance(state, name)} is none of ${expected.join(', ')}`);
    assert.ok(log.lastNumber - Number(child.lines.at(-1)) <= 1);
    assert.ok((await numbers(store, 'record')).length < 40);
    await store.close();
  }
  assert.ok((await readdir(join(dir, 'sum/checkpoint'))).length <= 3);
});
