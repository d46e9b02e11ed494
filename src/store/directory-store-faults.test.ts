import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryStore } from './directory-store.ts';
import { type Watcher, errnoError, watchedFiles } from './test-support/faulty-files.ts';
import { pattern } from './test-support/pattern.ts';
import { keys, rejects, same, text } from './test-support/store-contract.ts';
import { tempDir } from './test-support/temp-dir.ts';

const temps = (dir: string) => readdir(join(dir, '~temp'));

test('short writes and reads are carried on', async (t) => {
  const dir = await tempDir(t);
  const step = (operation: string) => (operation === 'file.write' || operation === 'file.read' ? 777 : undefined);
  const store = await openDirectoryStore({ dir, files: watchedFiles(step) });
  const bytes = pattern(100_000);
  await store.put('k', bytes);
  same(await store.get('k'), bytes);
  same(await store.get('k', 5000, 50_000), bytes.subarray(5000, 55_000));
  await store.close();
});

test('a file that shrinks under a reader is corrupt, a disk that takes no bytes is unavailable', async (t) => {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({
    dir,
    files: watchedFiles((operation) => (operation === 'file.read' ? 0 : undefined)),
  });
  await store.put('k', text('abc'));
  await rejects(store.get('k'), 'corrupt', /object k ends at byte 0 of 3/);
  await store.close();
  const full = await openDirectoryStore({
    dir,
    files: watchedFiles((operation) => (operation === 'file.write' ? 0 : undefined)),
  });
  await rejects(full.put('l', text('abc')), 'unavailable', /takes no bytes/);
  assert.deepEqual(await temps(dir), []);
  await full.close();
});

/** Runs `attempt` again and again, failing its first operation, then its second, … until it is not touched any more. */
async function failEach(code: string, attempt: (watch: Watcher, at: number) => Promise<string[]>): Promise<string[]> {
  const failed: string[] = [];
  for (let at = 1; ; at++) {
    let count = 0;
    let hit: string | undefined;
    const seen = await attempt((operation) => {
      if (++count !== at) return undefined;
      hit = operation;
      throw errnoError(code);
    }, at);
    if (hit === undefined) return failed;
    failed.push(`${hit}: ${seen.join(' ')}`);
    assert.ok(at < 100, 'a put has no hundred steps');
  }
}

for (const code of ['ENOSPC', 'EIO', 'EDQUOT']) {
  test(`a put that fails with ${code} at any step leaves nothing and works the next time`, async (t) => {
    const dir = await tempDir(t);
    const failed = await failEach(code, async (watch, at) => {
      let armed = false;
      const files = watchedFiles((...call) => (armed ? watch(...call) : undefined));
      const store = await openDirectoryStore({ dir, sweep: true, files });
      const key = `n${at}/o/k`;
      armed = true;
      const outcome = await store.put(key, text('whole')).then(
        () => 'stored',
        (error: Error) => error,
      );
      armed = false;
      if (outcome === 'stored') {
        same(await store.get(key), text('whole'));
      } else {
        await rejects(
          Promise.reject(outcome),
          'unavailable',
          new RegExp(`cannot write object ${key}: .*\\(${code}\\)`),
        );
        assert.equal(await store.head(key), undefined, 'refused, yet there');
        assert.deepEqual(await keys(store, `n${at}/`), []);
        assert.deepEqual(await temps(dir), []);
        await store.put(key, text('again'));
        same(await store.get(key), text('again'));
      }
      await store.close();
      return [outcome === 'stored' ? 'stored' : 'refused'];
    });
    // Once the object is durable, failing to tidy up cannot take that back.
    assert.deepEqual(failed, [
      'createNew: refused',
      'file.write: refused',
      'file.sync: refused',
      'link: refused',
      'makeDir: refused',
      'link: refused',
      'syncDir: refused',
      'info: refused',
      'syncDir: refused',
      'syncDir: refused',
      'file.close: stored',
      'unlink: stored',
    ]);
  });
}

test('every other call that fails says what and why', async (t) => {
  const dir = await tempDir(t);
  let failing = '';
  const files = watchedFiles((operation) => {
    if (operation === failing) throw errnoError('EIO');
    return undefined;
  });
  const store = await openDirectoryStore({ dir, files });
  await store.put('k', text('x'));
  for (const [operation, call, message] of [
    ['openRead', () => store.get('k'), /cannot read object k: the disk reports .*EIO/],
    ['file.read', () => store.get('k'), /cannot read object k: .*EIO/],
    ['info', () => store.head('k'), /cannot read object k: .*EIO/],
    ['entries', () => keys(store, ''), /cannot list objects \*: .*EIO/],
    ['unlink', () => store.delete('k'), /cannot delete object k: .*EIO/],
    ['link', () => store.localFile('k'), /cannot open object k as a local file: .*EIO/],
    ['syncDir', () => openDirectoryStore({ dir, files }), /cannot open the object store in .*EIO/],
  ] as const) {
    failing = operation;
    await rejects(call(), 'unavailable', message);
  }
  failing = '';
  same(await store.get('k'), text('x'));
  await store.close();
});

test('a streamed object that fails half way frees its space at once', async (t) => {
  const dir = await tempDir(t);
  let left = 250_000;
  const files = watchedFiles((operation) => {
    if (operation !== 'file.write') return undefined;
    if (left === 0) throw errnoError('ENOSPC');
    return (left -= Math.min(left, 50_000)) >= 0 ? 50_000 : 0;
  });
  const store = await openDirectoryStore({ dir, files });
  const writer = await store.create('k');
  await writer.write(pattern(200_000));
  await rejects(writer.write(pattern(200_000)), 'unavailable', /cannot write object k: no space left on the disk/);
  assert.deepEqual(await temps(dir), []);
  await rejects(writer.write(text('x')), 'unavailable', /given up/);
  await rejects(writer.commit(), 'unavailable', /given up/);
  await writer.abort();
  assert.deepEqual(await keys(store, ''), []);
  await store.close();
});

test('a put resolves only after its bytes and every new name above them are synced, in that order', async (t) => {
  const base = await tempDir(t);
  const dir = join(base, 'new', 'store');
  const trace: { operation: string; path: string }[] = [];
  const files = watchedFiles((operation, path, to) => {
    trace.push({ operation, path: to ?? path });
    return undefined;
  });
  const store = await openDirectoryStore({ dir, files });
  assertSynced([join(base, 'new'), dir], trace, 'after open');
  for (const [key, ...newNames] of [
    ['top', 'top'],
    ['a/b/c/1', 'a/b/c/1', 'a/b/c', 'a/b', 'a'],
    ['a/b/c/2', 'a/b/c/2'],
    ['a/b/d/1', 'a/b/d/1', 'a/b/d'],
    ['e/1', 'e/1', 'e'],
  ]) {
    trace.length = 0;
    await store.put(key, text(key));
    const steps = trace.map(({ operation }) => operation);
    assert.ok(steps.indexOf('file.write') < steps.indexOf('file.sync'));
    assert.ok(steps.indexOf('file.sync') < steps.indexOf('link'));
    assert.ok(steps.lastIndexOf('link') < steps.indexOf('syncDir'));
    const names = newNames.map((name) => join(dir, name));
    assertSynced(names, trace, key);
  }
  await store.close();
});

test('a folder that another process removed and made again is synced again', async (t) => {
  const dir = await tempDir(t);
  const synced: string[] = [];
  const files = watchedFiles((operation, path) => {
    if (operation === 'syncDir') synced.push(path);
    return undefined;
  });
  const store = await openDirectoryStore({ dir, files });
  const other = await openDirectoryStore({ dir });
  await store.put('a/b/1', text('x'));
  await store.put('a/b/2', text('x'));
  await other.delete('a/b/1');
  await other.delete('a/b/2');
  await mkdir(join(dir, 'a/b'), { recursive: true });
  synced.length = 0;
  await store.put('a/b/3', text('x'));
  assert.deepEqual(
    synced,
    ['a/b', 'a', ''].map((name) => join(dir, name)),
  );
  await Promise.all([store.close(), other.close()]);
});

/** Each of these names was made durable: the directory that holds it was synced, after the name was there. */
function assertSynced(names: string[], trace: { operation: string; path: string }[], when: string): void {
  for (const name of names) {
    const made = trace.findLastIndex(
      ({ operation, path }) => (operation === 'link' || operation === 'makeDir') && path.startsWith(name),
    );
    const synced = trace.findLastIndex(({ operation, path }) => operation === 'syncDir' && path === dirname(name));
    assert.ok(made >= 0 && synced > made, `${when}: the name ${name} was not synced`);
  }
}
