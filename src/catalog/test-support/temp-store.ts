// A store that lives as long as a test, and what tests of the catalog do with errors.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ErrorCode, WeirError, messageOf } from '../../base/index.ts';
import { type ObjectStore, openDirectoryStore } from '../../store/index.ts';

export async function withStore(t: TestContext): Promise<{ dir: string; store: ObjectStore }> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-catalog-'));
  const store = await openDirectoryStore({ dir, sweep: true });
  t.after(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });
  return { dir, store };
}

export async function rejects(call: Promise<unknown>, code: ErrorCode, message: string | RegExp): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof WeirError, messageOf(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });
}

/** `store` as a plain object, to be spread under a method of one's own. */
export function forwarding(store: ObjectStore): ObjectStore {
  return {
    put: (key, bytes) => store.put(key, bytes),
    create: (key) => store.create(key),
    get: (key, offset, length) => store.get(key, offset, length),
    head: (key) => store.head(key),
    list: (prefix, after) => store.list(prefix, after),
    delete: (key) => store.delete(key),
    localFile: (key) => store.localFile(key),
    close: () => store.close(),
  };
}
