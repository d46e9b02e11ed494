import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryStore } from './directory-store.ts';
import { keys, rejects, same, storeContract, text } from './test-support/store-contract.ts';
import { tempDir } from './test-support/temp-dir.ts';

storeContract('directory store', async (t) => {
  const dir = await tempDir(t);
  return { store: await openDirectoryStore({ dir, sweep: true }), again: () => openDirectoryStore({ dir }) };
});

const temps = (dir: string) => readdir(join(dir, '~temp'));

test('a new store makes its directory, and an old one is found again', async (t) => {
  const dir = join(await tempDir(t), 'some', 'where');
  const store = await openDirectoryStore({ dir });
  await store.put('a/b', text('x'));
  await store.close();
  const again = await openDirectoryStore({ dir, sweep: true });
  same(await again.get('a/b'), text('x'));
  assert.equal(await readFile(join(dir, 'a/b'), 'latin1'), 'x');
  await again.close();
});

test('only the owner sweeps temporary files', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir, sweep: true });
  const writer = await store.create('k');
  await writer.write(text('x'));
  await writeFile(join(dir, '~temp', 'left-by-a-crash'), 'x');
  const other = await openDirectoryStore({ dir });
  assert.equal((await temps(dir)).length, 2);
  await writer.commit();
  same(await other.get('k'), text('x'));
  const owner = await openDirectoryStore({ dir, sweep: true });
  assert.deepEqual(await temps(dir), []);
  await Promise.all([store, other, owner].map((each) => each.close()));
});

test('close lets go of local files', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir });
  await store.put('k', text('x'));
  const file = await store.localFile('k');
  assert.equal((await temps(dir)).length, 1);
  await store.close();
  file.release();
  assert.deepEqual(await temps(dir), []);
});

test('empty folders are pruned, and nothing else', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir });
  for (const key of ['a/b/c/1', 'a/b/c/2', 'a/d']) await store.put(key, text('x'));
  await store.delete('a/b/c/1');
  assert.deepEqual(await readdir(join(dir, 'a/b/c')), ['2']);
  await store.delete('a/b/c/2');
  assert.deepEqual(await readdir(join(dir, 'a')), ['d']);
  await store.delete('a/d');
  assert.deepEqual(await readdir(dir), ['~temp']);
  await store.close();
});

test('puts and deletes in the same folders do not disturb each other', async (t) => {
  const dir = await tempDir(t);
  const stores = [await openDirectoryStore({ dir }), await openDirectoryStore({ dir })];
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let i = 0; i < 40; i++) {
        await stores[worker % 2].put(`a/b/${worker}`, text('x'));
        await stores[(worker + 1) % 2].delete(`a/b/${worker}`);
      }
      await stores[0].put(`a/b/${worker}`, text('last'));
    }),
  );
  assert.equal((await keys(stores[1], 'a/')).length, 8);
  assert.deepEqual(await temps(dir), []);
  await Promise.all(stores.map((store) => store.close()));
});

test('no object is named like the folder of another', async (t) => {
  const store = await openDirectoryStore({ dir: await tempDir(t) });
  await store.put('a/b', text('x'));
  for (const key of ['a', 'a/b/c', 'a/b/c/d']) {
    await rejects(store.put(key, text('y')), 'invalid', /cannot write object a.*folder/);
  }
  assert.deepEqual(await keys(store, ''), ['a/b']);
  await store.delete('a/b');
  await store.put('a', text('y'));
  await store.close();
});

test('an empty folder left by a crash does not stand in the way', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir });
  await mkdir(join(dir, 'a'));
  await store.put('a', text('x'));
  same(await store.get('a'), text('x'));
  await store.close();
});

test('files that are not ours are not listed', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir });
  await store.put('a/1', text('x'));
  await writeFile(join(dir, 'no key'), 'x');
  await mkdir(join(dir, 'lost+found'));
  await writeFile(join(dir, 'lost+found', 'x'), 'x');
  await symlink('/etc', join(dir, 'etc'));
  assert.deepEqual(await keys(store, ''), ['a/1']);
  assert.equal(await store.head('etc'), undefined);
  await store.close();
});

test('what vanishes while it is listed is passed over', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir });
  for (const key of ['a/1', 'a/2', 'b/1', 'c/1']) await store.put(key, text('x'));
  const found: string[] = [];
  for await (const { key } of store.list('')) {
    found.push(key);
    await store.delete('a/2');
    await store.delete('b/1');
  }
  assert.deepEqual(
    found.filter((key) => key !== 'a/2'),
    ['a/1', 'c/1'],
  );
  await store.close();
});
