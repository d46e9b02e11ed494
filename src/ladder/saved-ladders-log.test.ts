import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import { type ObjectStore, openDirectoryStore } from '../store/index.ts';
import type { SavedLadders } from './ladders.ts';
import { SavedLaddersLog } from './saved-ladders-log.ts';

async function withStore(run: (store: ObjectStore, dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-saved-ladders-'));
  const store = await openDirectoryStore({ dir, sweep: true });
  try {
    await run(store, dir);
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function stateOf(position: number): SavedLadders {
  const dirty = [
    { measurement: 'cpu', first: -3, last: position, seriesIds: [0, 7] },
    { measurement: 'ü,= "', first: 0, last: 0, seriesIds: null },
  ];
  return {
    position,
    links: { '["b","t"]': { floor: 17, doneThrough: 16, dirty, late: dirty.slice(1), skipping: { b: dirty } } },
  };
}

test('what was saved last is loaded, through checkpoints and failures', () =>
  withStore(async (store) => {
    const log = new SavedLaddersLog(store);
    assert.equal(await log.load(), undefined);
    for (let position = 1; position <= 150; position++) {
      await log.save(stateOf(position));
      if (position % 30 === 0) assert.deepEqual(await new SavedLaddersLog(store).load(), stateOf(position));
    }
  }));

test('the same state is not stored again', () =>
  withStore(async (store, dir) => {
    const log = new SavedLaddersLog(store);
    await log.load();
    for (let round = 0; round < 5; round++) await log.save(stateOf(1));
    assert.equal((await readdir(join(dir, 'ladders', 'record'))).length, 1);
    const again = new SavedLaddersLog(store);
    await again.load();
    await again.save(stateOf(1));
    await again.save(stateOf(2));
    assert.equal((await readdir(join(dir, 'ladders', 'record'))).length, 2);
  }));

test('a save that fails, stored or not, is followed by one that works', () =>
  withStore(async (store) => {
    let outcome: 'works' | 'fails' | 'stored, and fails' = 'works';
    const faulty: ObjectStore = {
      put: async (key, bytes) => {
        if (outcome !== 'fails') await store.put(key, bytes);
        if (outcome !== 'works') throw new Error('the disk is gone');
      },
      create: (key) => store.create(key),
      get: (key, offset, length) => store.get(key, offset, length),
      head: (key) => store.head(key),
      list: (prefix, after) => store.list(prefix, after),
      delete: (key) => store.delete(key),
      localFile: (key) => store.localFile(key),
      close: () => store.close(),
    };
    const log = new SavedLaddersLog(faulty);
    await log.load();
    let position = 0;
    for (const failure of ['fails', 'stored, and fails'] as const) {
      outcome = failure;
      await assert.rejects(log.save(stateOf(++position)), /the disk is gone/);
      outcome = 'works';
      await log.save(stateOf(++position));
      assert.deepEqual(await new SavedLaddersLog(store).load(), stateOf(position));
    }
  }));

test('damage is corrupt and named', () =>
  withStore(async (store, dir) => {
    const log = new SavedLaddersLog(store);
    await log.load();
    await log.save(stateOf(1));
    const records = join(dir, 'ladders', 'record');
    const [name] = await readdir(records);
    await writeFile(join(records, name), '{"half');
    await assert.rejects(
      new SavedLaddersLog(store).load(),
      (error) => isWeirError(error, 'corrupt') && error.message.includes('ladders/record'),
    );
    for (const bad of [{ position: 1.5, links: {} }, { position: 1, links: { a: { floor: 1 } } }, { position: 1 }]) {
      const other = await mkdtemp(join(tmpdir(), 'weir-saved-ladders-'));
      const otherStore = await openDirectoryStore({ dir: other, sweep: true });
      const wrong = new SavedLaddersLog(otherStore);
      await wrong.load();
      await wrong.save(bad as unknown as SavedLadders);
      await assert.rejects(new SavedLaddersLog(otherStore).load(), (error) => isWeirError(error, 'corrupt'));
      await otherStore.close();
      await rm(other, { recursive: true, force: true });
    }
  }));
