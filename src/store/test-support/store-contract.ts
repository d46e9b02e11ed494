// What every object store has to do, whatever it is made of: each driver's tests call `storeContract`.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, WeirError } from '../../base/index.ts';
import type { ObjectStore } from '../object-store.ts';
import { pattern } from './pattern.ts';

/** Opens an empty store, or with `again` one more instance on the same objects; both are closed by the contract. */
export type OpenStore = (t: TestContext) => Promise<{ store: ObjectStore; again: () => Promise<ObjectStore> }>;

export function storeContract(name: string, openStore: OpenStore): void {
  const contract = (what: string, run: (store: ObjectStore, again: () => Promise<ObjectStore>) => Promise<void>) => {
    void test(`${name}: ${what}`, async (t) => {
      const opened = await openStore(t);
      const stores = [opened.store];
      const again = async () => {
        const store = await opened.again();
        stores.push(store);
        return store;
      };
      try {
        await run(opened.store, again);
      } finally {
        await Promise.all(stores.map((store) => store.close()));
      }
    });
  };

  contract('put, then get', async (store, again) => {
    for (const [key, bytes] of [
      ['one', text('1')],
      ['empty', new Uint8Array(0)],
      ['a/b/c/d', text('deep')],
      ['A-Z_a-z.0=9/..x/x..', text('every letter')],
      ['large', pattern(5_000_011)],
      ['view', pattern(1000).subarray(100, 200)],
      ['shared', new Uint8Array(new SharedArrayBuffer(16)).fill(7)],
    ] as const) {
      await store.put(key, bytes);
      same(await store.get(key), bytes);
      same(await (await again()).get(key), bytes);
      assert.deepEqual(await store.head(key), { key, sizeBytes: bytes.length });
    }
  });

  contract('bytes may be reused after a put', async (store) => {
    const bytes = text('abc');
    await store.put('k', bytes);
    bytes.fill(0);
    same(await store.get('k'), text('abc'));
  });

  contract('put never replaces', async (store, again) => {
    await store.put('k', text('first'));
    await rejects(store.put('k', text('second, longer')), 'conflict', /k\b/);
    await rejects((await again()).put('k', text('3')), 'conflict');
    const writer = await store.create('k');
    await writer.write(text('4'));
    await rejects(writer.commit(), 'conflict');
    await writer.abort();
    same(await store.get('k'), text('first'));
    await store.delete('k');
    await store.put('k', text('second'));
    same(await store.get('k'), text('second'));
  });

  contract('of many puts of one key exactly one wins', async (store, again) => {
    const stores = [store, await again(), await again()];
    for (let round = 0; round < 10; round++) {
      const key = `race/${round}`;
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, i) => stores[i % stores.length].put(key, text(`writer ${i}`))),
      );
      const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i] : []));
      assert.equal(winners.length, 1);
      same(await store.get(key), text(`writer ${winners[0]}`));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.equal((outcome.reason as WeirError).code, 'conflict');
      }
    }
  });

  contract('create shows nothing before commit', async (store) => {
    const bytes = pattern(3_000_000);
    const writer = await store.create('x/streamed');
    const piece = new Uint8Array(70_000);
    for (let at = 0; at < bytes.length; at += piece.length) {
      const part = bytes.subarray(at, at + piece.length);
      piece.set(part);
      await writer.write(piece.subarray(0, part.length));
      piece.fill(0);
    }
    assert.equal(await store.head('x/streamed'), undefined);
    assert.deepEqual(await keys(store, ''), []);
    await rejects(store.get('x/streamed'), 'not found');
    assert.deepEqual(await writer.commit(), { key: 'x/streamed', sizeBytes: bytes.length });
    same(await store.get('x/streamed'), bytes);

    const empty = await store.create('x/empty');
    assert.deepEqual(await empty.commit(), { key: 'x/empty', sizeBytes: 0 });
    same(await store.get('x/empty'), new Uint8Array(0));
  });

  contract('abort leaves nothing', async (store) => {
    const writer = await store.create('k');
    await writer.write(text('half'));
    await writer.abort();
    await writer.abort();
    assert.equal(await store.head('k'), undefined);
    assert.deepEqual(await keys(store, ''), []);
    await store.put('k', text('whole'));
    same(await store.get('k'), text('whole'));
  });

  contract('get of ranges', async (store) => {
    const bytes = pattern(100_000);
    await store.put('k', bytes);
    await store.put('empty', new Uint8Array(0));
    for (const [offset, length] of [
      [0, 100_000],
      [0, 0],
      [0, 1],
      [99_999, 1],
      [12_345, 54_321],
      [100_000, 0],
      [50_000, undefined],
      [100_000, undefined],
      [undefined, 10],
    ] as const) {
      const start = offset ?? 0;
      same(
        await store.get('k', offset, length),
        bytes.subarray(start, length === undefined ? undefined : start + length),
      );
    }
    same(await store.get('empty', 0, 0), new Uint8Array(0));
    for (const [offset, length] of [
      [100_001, undefined],
      [100_001, 0],
      [100_000, 1],
      [0, 100_001],
      [-1, 2],
      [5, -1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      await rejects(store.get('k', offset, length), 'invalid', /outside object k of 100000 bytes/);
    }
    await rejects(store.get('empty', 0, 1), 'invalid');
  });

  contract('what is not there', async (store) => {
    await store.put('folder/k', text('x'));
    for (const key of ['k', 'folder', 'folder/k2', 'folder/k/below', 'other/k']) {
      await rejects(store.get(key), 'not found', new RegExp(key));
      await rejects(store.localFile(key), 'not found');
      assert.equal(await store.head(key), undefined);
      await store.delete(key);
    }
    same(await store.get('folder/k'), text('x'));
  });

  contract('delete', async (store, again) => {
    await store.put('a/b/c', text('c'));
    await store.put('a/d', text('d'));
    await store.delete('a/b/c');
    assert.equal(await store.head('a/b/c'), undefined);
    assert.deepEqual(await keys(await again(), ''), ['a/d']);
    await store.put('a/b/c', text('new'));
    same(await store.get('a/b/c'), text('new'));
  });

  contract('list is in order of key', async (store) => {
    const all = [
      'a',
      'a-b',
      'a.b',
      'a0',
      'aa',
      'b/a',
      'b/a-',
      'b/c/d',
      'b/c/e',
      'b/c-d',
      'b/c.d',
      'b/c0',
      'b=',
      'c/1',
      'Z',
    ];
    const ordered = [...all].sort();
    for (const key of all) await store.put(key, text(key));
    for (const prefix of ['', 'a', 'b', 'b/', 'b/c', 'b/c/', 'b/c/d', 'c/', 'x', 'x/y', 'aa/', 'B', '.']) {
      for (const after of [undefined, '', ...ordered, 'a/', 'b/c/', 'b0', 'z']) {
        const expected = ordered.filter((key) => key.startsWith(prefix) && key > (after ?? ''));
        assert.deepEqual(await keys(store, prefix, after), expected, `prefix ${prefix} after ${after}`);
      }
    }
    for await (const info of store.list('')) assert.equal(info.sizeBytes, info.key.length);
  });

  contract('list of many, read in part', async (store) => {
    const all = Array.from({ length: 300 }, (_, i) => `n/${String(i).padStart(5, '0')}`);
    await Promise.all(all.map((key) => store.put(key, text(key))));
    assert.deepEqual(await keys(store, 'n/'), all);
    const some: string[] = [];
    for await (const { key } of store.list('n/', 'n/00100')) {
      some.push(key);
      if (some.length === 100) break;
    }
    assert.deepEqual(some, all.slice(101, 201));
  });

  contract('a local file stays until it is released', async (store, again) => {
    const bytes = pattern(10_000);
    await store.put('blocks/x.parquet', bytes);
    const [first, second] = [await store.localFile('blocks/x.parquet'), await store.localFile('blocks/x.parquet')];
    assert.match(first.path, /\.parquet$/);
    await (await again()).delete('blocks/x.parquet');
    await rejects(store.localFile('blocks/x.parquet'), 'not found');
    await store.put('blocks/x.parquet', text('another'));
    same(await readFile(first.path), bytes);
    first.release();
    first.release();
    same(await readFile(second.path), bytes);
    const third = await store.localFile('blocks/x.parquet');
    same(await readFile(third.path), text('another'));
    second.release();
    third.release();
  });

  contract('keys are checked', async (store) => {
    for (const key of [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/..',
      '../a',
      './a',
      'a b',
      'a~',
      'ä',
      'a\0b',
      'a\\b',
      'a:b',
      'x'.repeat(256),
      `${'x/'.repeat(600)}x`,
    ]) {
      for (const call of [
        () => store.put(key, text('x')),
        () => store.create(key),
        () => store.get(key),
        () => store.head(key),
        () => store.delete(key),
        () => store.localFile(key),
      ]) {
        await rejects(call(), 'invalid', /^object key /);
      }
    }
    for (const prefix of ['/', '../', 'a/../', 'a//', 'ä', '../..']) {
      await rejects(keys(store, prefix), 'invalid', /^object prefix /);
    }
    assert.deepEqual(await keys(store, ''), []);
  });

  contract('close waits for puts and deletes', async (store, again) => {
    await store.put('old', text('x'));
    const settled: string[] = [];
    const changes = [
      store.put('new', pattern(1_000_000)).then(() => settled.push('put')),
      store.delete('old').then(() => settled.push('delete')),
    ];
    await store.close();
    assert.deepEqual(settled.sort(), ['delete', 'put']);
    await Promise.all(changes);
    assert.deepEqual(await keys(await again(), ''), ['new']);
  });

  contract('a closed store says so', async (store) => {
    await store.put('k', text('x'));
    await store.close();
    for (const call of [
      () => store.put('l', text('x')),
      () => store.get('k'),
      () => keys(store, ''),
      () => store.delete('k'),
    ]) {
      await rejects(call(), 'unavailable', /closed/);
    }
  });
}

/** Asserts that a call fails with a WeirError of this code and text. */
export async function rejects(call: Promise<unknown>, code: ErrorCode, message = /./): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof WeirError, `expected a WeirError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

export async function keys(store: ObjectStore, prefix: string, after?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix, after)) found.push(key);
  return found;
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function same(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(
    Buffer.compare(actual, expected),
    0,
    `${actual.length} bytes differ from the ${expected.length} expected`,
  );
}
