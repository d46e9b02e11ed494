import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import type { ObjectStore } from './object-store.ts';
import { decodeRecordFile, encodeRecordFile } from './record-file.ts';
import { balance, deposit, filledLog, nameOf, numbers, withStore } from './test-support/filled-log.ts';
import { keys, rejects } from './test-support/store-contract.ts';
import { add, fold, openSumLog } from './test-support/sum-log.ts';

test('a new log is empty', async (t) => {
  const { store } = await withStore(t);
  const log = openSumLog(store);
  assert.deepEqual(await log.load(), { checkpoint: undefined, records: [] });
  assert.equal(log.lastNumber, 0);
  assert.deepEqual(await log.refresh(), { checkpoint: undefined, records: [] });
  await log.checkpoint(new Map());
  assert.deepEqual(await keys(store, ''), []);
});

test('records come back in order, also from a second opener', async (t) => {
  const { store } = await withStore(t);
  const log = await filledLog(store, 40);
  assert.equal(log.lastNumber, 40);
  const second = openSumLog(store);
  const { checkpoint, records } = await second.load();
  assert.equal(checkpoint, undefined);
  assert.deepEqual(
    records,
    Array.from({ length: 40 }, (_, i) => ({ number: i + 1, record: deposit(1) })),
  );
  assert.equal(await second.append(deposit(5)), 41);
  assert.deepEqual(await log.refresh(), { checkpoint: undefined, records: [{ number: 41, record: deposit(5) }] });
});

test('a record is one line of JSON', async (t) => {
  const { dir, store } = await withStore(t);
  await filledLog(store, 7);
  const text = await readFile(join(dir, 'sum/record', nameOf(7)), 'utf8');
  assert.match(
    text,
    /^\{"kind":"record","format":1,"number":7,"writer":"[0-9a-f]{16}","body":\{"account":"a","amount":"1"\},"crc32":"[0-9a-f]{8}"\}\n$/,
  );
  assert.equal(JSON.parse(text).body.account, 'a');
});

test('the example in the description of the format is one', async () => {
  const page = await readFile(new URL('../../docs/formats/record-log.md', import.meta.url), 'utf8');
  const example = page.match(/^(\{"kind".*\})⏎$/m)?.[1];
  const bytes = Buffer.from(`${example}\n`);
  const body = decodeRecordFile('example', bytes, 'record', 129);
  assert.deepEqual(body, { op: 'drop database', database: 'm' });
  const again = encodeRecordFile({ kind: 'record', number: 129, writer: '5f0c9a17d2e84b63', body });
  assert.equal(Buffer.from(again).toString(), bytes.toString());
});

test('checkpoints: two are kept, and every record after the older of them', async (t) => {
  for (const [count, made, keptCheckpoints, firstRecord] of [
    [5, [], [], 1],
    [5, [3], [3], 1],
    [9, [3, 6], [3, 6], 4],
    [9, [3, 6, 9], [6, 9], 7],
    [30, [3, 6, 9, 20, 21], [20, 21], 21],
    [21, [10, 21], [10, 21], 11],
  ] as const) {
    const { store } = await withStore(t);
    const log = await filledLog(store, count, ...made);
    assert.deepEqual(await numbers(store, 'checkpoint'), keptCheckpoints);
    assert.equal((await numbers(store, 'record'))[0], firstRecord);
    assert.equal(log.recordsSinceCheckpoint, count - (made.at(-1) ?? 0));
    const reader = openSumLog(store);
    const loaded = await reader.load();
    assert.equal(loaded.checkpoint?.number, made.at(-1));
    assert.equal(loaded.records.length, count - (made.at(-1) ?? 0));
    assert.equal(balance(fold(loaded)), count);
    assert.equal(reader.lastNumber, count);
    assert.equal(reader.recordsSinceCheckpoint, loaded.records.length);
  }
});

test('the second of two writers learns of the conflict, reloads and goes on', async (t) => {
  const { store } = await withStore(t);
  const [first, second] = [openSumLog(store), openSumLog(store)];
  await Promise.all([first.load(), second.load()]);
  await first.append(deposit(1));
  await rejects(second.append(deposit(10)), 'conflict', /sum\/record\/0000000000000001\.json was written by another/);
  assert.equal(second.lastNumber, 0);
  assert.deepEqual((await second.refresh()).records, [{ number: 1, record: deposit(1) }]);
  assert.equal(await second.append(deposit(10)), 2);
});

test('a checkpoint may be written while appends go on', async (t) => {
  const { store } = await withStore(t);
  const log = await filledLog(store, 10, 3);
  const writing = log.checkpoint(new Map([['a', 10n]]));
  for (let i = 0; i < 5; i++) await log.append(deposit(1));
  await writing;
  assert.deepEqual(await numbers(store, 'checkpoint'), [3, 10]);
  assert.equal(log.recordsSinceCheckpoint, 5);
  assert.equal(balance(fold(await openSumLog(store).load())), 15);
});

test('two writers make the same checkpoint', async (t) => {
  const { store } = await withStore(t);
  const log = await filledLog(store, 4);
  const other = openSumLog(store);
  const state = fold(await other.load());
  await Promise.all([log.checkpoint(state), other.checkpoint(state)]);
  assert.deepEqual(await numbers(store, 'checkpoint'), [4]);
});

test('refresh falls back to a checkpoint when records have been let go', async (t) => {
  const { store } = await withStore(t);
  const late = openSumLog(store);
  const state = fold(await late.load());
  await filledLog(store, 20, 8, 16);
  const loaded = await late.refresh();
  assert.equal(loaded.checkpoint?.number, 16);
  assert.equal(balance(fold(loaded, state)), 20);
  assert.equal(late.lastNumber, 20);
});

test('refresh reads just the records as long as they are all there', async (t) => {
  const { store } = await withStore(t);
  const late = openSumLog(store);
  const state = fold(await late.load());
  await filledLog(store, 20, 16);
  const loaded = await late.refresh();
  assert.equal(loaded.checkpoint, undefined);
  assert.equal(loaded.records.length, 20);
  assert.equal(balance(fold(loaded, state)), 20);
});

test('a checkpoint that is replaced between being listed and being read', async (t) => {
  const { store } = await withStore(t);
  const writer = await filledLog(store, 4, 4);
  let overtaken = false;
  const overtaking = {
    ...withPut(store, (key, bytes) => store.put(key, bytes)),
    async get(key: string) {
      for (let balance = 5n; !overtaken && balance <= 6n; balance++) {
        await writer.append(deposit(1));
        await writer.checkpoint(new Map([['a', balance]]));
      }
      overtaken = true;
      return store.get(key);
    },
  };
  const loaded = await openSumLog(overtaking).load();
  assert.equal(loaded.checkpoint?.number, 6);
  assert.equal(balance(fold(loaded)), 6);
});

test('a writer so late that its number is free again still loses', async (t) => {
  const { store } = await withStore(t);
  for (const position of [0, 7, 8]) {
    await filledPrefix(position);
  }

  async function filledPrefix(position: number) {
    const prefix = `late${position}`;
    const [log, late] = [openSumLog(store, prefix), openSumLog(store, prefix)];
    await log.load();
    const state = new Map<string, bigint>();
    for (let number = 1; number <= 20; number++) {
      if (number === position + 1) await late.load();
      await log.append(deposit(1));
      add(state, deposit(1));
      if (number === 9 || number === 16) await log.checkpoint(state);
    }
    assert.equal(await store.head(`${prefix}/record/${nameOf(position + 1)}`), undefined);
    await rejects(late.append(deposit(1000)), 'conflict');
    assert.equal(await store.head(`${prefix}/record/${nameOf(position + 1)}`), undefined);
    assert.equal(balance(fold(await late.refresh())), 20);
    assert.equal(balance(fold(await openSumLog(store, prefix).load())), 20);
  }
});

test('a reader that is as late as such a writer does not take its record', async (t) => {
  const { store } = await withStore(t);
  const prefix = 'sum';
  const late = openSumLog(store, prefix);
  await late.load();
  await filledLog(store, 20, 1, 16);
  // What a late writer leaves when it dies between its put and its second look.
  const forged = openSumLog(store, 'forged');
  await forged.append(deposit(1000));
  await store.put(`sum/record/${nameOf(1)}`, await store.get(`forged/record/${nameOf(1)}`));
  assert.equal(balance(fold(await late.refresh())), 20);
});

test('a put whose answer got lost is not a conflict with oneself', async (t) => {
  const { store } = await withStore(t);
  let lost = 0;
  const lossy = withPut(store, async (key, bytes) => {
    await store.put(key, bytes);
    if (lost++ % 2 === 0) throw new WeirError('conflict', 'the retry found the object of the first try');
  });
  const log = openSumLog(lossy);
  await log.load();
  for (let number = 1; number <= 6; number++) assert.equal(await log.append(deposit(number)), number);
  assert.equal(balance(fold(await openSumLog(store).load())), 21);
});

test('after a failed append the log goes on, whether or not the record was stored', async (t) => {
  const { store } = await withStore(t);
  for (const stored of [false, true]) {
    const prefix = `p${stored}`;
    let failing = true;
    const log = openSumLog(
      withPut(store, async (key, bytes) => {
        if (stored || !failing) await store.put(key, bytes);
        if (failing) throw new WeirError('unavailable', 'no answer');
      }),
      prefix,
    );
    await log.load();
    await rejects(log.append(deposit(1)), 'unavailable', /no answer/);
    failing = false;
    if (stored) await rejects(log.append(deposit(2)), 'conflict');
    const { records } = await log.refresh();
    assert.deepEqual(records, stored ? [{ number: 1, record: deposit(1) }] : []);
    assert.equal(await log.append(deposit(2)), stored ? 2 : 1);
  }
});

test('a checkpoint that cannot be stored costs nothing', async (t) => {
  const { store } = await withStore(t);
  let failing = true;
  const log = openSumLog(
    withPut(store, async (key, bytes) => {
      if (failing && key.includes('checkpoint')) throw new WeirError('unavailable', 'full');
      await store.put(key, bytes);
    }),
  );
  await log.load();
  await log.append(deposit(3));
  await rejects(log.checkpoint(new Map([['a', 3n]])), 'unavailable', /full/);
  assert.equal(log.recordsSinceCheckpoint, 1);
  failing = false;
  await log.checkpoint(new Map([['a', 3n]]));
  assert.equal((await openSumLog(store).load()).checkpoint?.number, 1);
});

test('readers cope with a writer that checkpoints all the time', async (t) => {
  const { store } = await withStore(t);
  const writer = openSumLog(store);
  await writer.load();
  let done = false;
  const state = new Map<string, bigint>();
  const writing = (async () => {
    for (let i = 0; i < 150; i++) {
      await writer.append(deposit(1));
      add(state, deposit(1));
      if (i % 2 === 0) await writer.checkpoint(state);
    }
    done = true;
  })();
  const follower = openSumLog(store);
  let followed = fold(await follower.load());
  let loads = 0;
  while (!done) {
    const reader = openSumLog(store);
    assert.equal(balance(fold(await reader.load())), reader.lastNumber);
    followed = fold(await follower.refresh(), followed);
    assert.equal(balance(followed), follower.lastNumber);
    loads++;
  }
  await writing;
  assert.ok(loads > 10);
  assert.equal(balance(fold(await follower.refresh(), followed)), 150);
});

/** `store` with another put. */
function withPut(store: ObjectStore, put: ObjectStore['put']): ObjectStore {
  return {
    put,
    create: (key) => store.create(key),
    get: (key, offset, length) => store.get(key, offset, length),
    head: (key) => store.head(key),
    list: (prefix, after) => store.list(prefix, after),
    delete: (key) => store.delete(key),
    localFile: (key) => store.localFile(key),
    close: () => store.close(),
  };
}
