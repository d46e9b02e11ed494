import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import { DAY, HOUR, WEEK } from '../model/index.ts';
import { type ObjectStore, openRecordLog } from '../store/index.ts';
import { openCatalog } from './open-catalog.ts';
import { show, showDatabase } from './test-support/show.ts';
import { forwarding, rejects, withStore } from './test-support/temp-store.ts';

const AUTOGEN = 'm: autogen* 0s 168h0m0s 1';

test('buckets: an id is kept by alter, returned by drop and never used again', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  const seen = new Set<string>();
  for (let round = 0; round < 10; round++) {
    const database = await catalog.createDatabase('m');
    const policy = await catalog.createPolicy('m', { name: 'r', durationNs: DAY });
    const ids = [database.policies[0].bucket.id, policy.bucket.id];
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{16}$/);
      assert.ok(!seen.has(id));
      seen.add(id);
    }
    await catalog.alterPolicy('m', 'r', { durationNs: WEEK });
    assert.equal(catalog.policy('m', 'r').bucket.id, ids[1]);
    if (round % 2 === 0) {
      assert.equal(await catalog.dropPolicy('m', 'r'), ids[1]);
      assert.equal(await catalog.dropPolicy('m', 'r'), undefined);
      assert.deepEqual(await catalog.dropDatabase('m'), [ids[0]]);
    } else {
      assert.deepEqual(await catalog.dropDatabase('m'), ids);
    }
    assert.deepEqual(await catalog.dropDatabase('m'), []);
  }
});

test('what was returned never changes', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  const database = await catalog.createDatabase('m');
  const databases = catalog.databases();
  assert.equal(catalog.databases(), databases);
  await catalog.createPolicy('m', { name: 'r' });
  await catalog.alterPolicy('m', 'autogen', { durationNs: 52n * WEEK });
  await catalog.createDatabase('n');
  assert.equal(showDatabase(database), AUTOGEN);
  assert.deepEqual(databases.map(showDatabase), [AUTOGEN]);
  for (const value of [databases, database, database.policies, database.policies[0], database.policies[0].bucket]) {
    assert.ok(Object.isFrozen(value));
  }
});

test('concurrent changes come one after another', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store, checkpointEvery: 3 });
  await Promise.all(Array.from({ length: 20 }, (_, i) => catalog.createDatabase(`d${i % 5}`)));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => catalog.createPolicy('d0', { name: 'r', durationNs: BigInt(i + 1) * HOUR })),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status === 'fulfilled'),
    [true, ...Array.from({ length: 9 }, () => false)],
  );
  assert.equal(catalog.policy('d0', 'r').bucket.durationNs, HOUR);
  assert.deepEqual((await openCatalog({ store })).databases(), catalog.databases());
});

test('two nodes on one store decide on what both have done', async (t) => {
  const { store } = await withStore(t);
  const [one, two] = [
    await openCatalog({ store, checkpointEvery: 4 }),
    await openCatalog({ store, checkpointEvery: 4 }),
  ];
  await one.createDatabase('m');
  await rejects(
    two.createDatabase('m', { name: 'r', durationNs: DAY }),
    'conflict',
    /conflicts with an existing policy/,
  );
  const nodes = [one, two];
  const created = await Promise.all(
    Array.from({ length: 20 }, (_, i) => nodes[i % 2].createPolicy('m', { name: `p${i % 10}` })),
  );
  assert.equal(new Set(created.map((policy) => policy.bucket.id)).size, 10);
  for (const node of nodes) await node.dropDatabase('nothing');
  assert.deepEqual(one.databases(), two.databases());
  assert.equal(one.database('m')?.policies.length, 11);
});

test('nothing changes before its record is durable, nor when that fails', async (t) => {
  const { store } = await withStore(t);
  let putting: (() => void) | undefined;
  let fails = false;
  const slow: ObjectStore = {
    ...forwarding(store),
    async put(key, bytes) {
      await new Promise<void>((resolve) => (putting = resolve));
      if (fails) throw new WeirError('unavailable', 'no space left on the disk');
      await store.put(key, bytes);
    },
  };
  const putStarted = async () => {
    while (putting === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    const go = putting;
    putting = undefined;
    return go;
  };
  const catalog = await openCatalog({ store: slow });

  const creating = catalog.createDatabase('m');
  let go = await putStarted();
  assert.deepEqual(show(catalog), []);
  go();
  await creating;
  assert.deepEqual(show(catalog), [AUTOGEN]);

  fails = true;
  const failing = catalog.dropDatabase('m');
  go = await putStarted();
  go();
  await rejects(failing, 'unavailable', 'no space left on the disk');
  assert.deepEqual(show(catalog), [AUTOGEN]);

  fails = false;
  const retried = catalog.dropDatabase('m');
  (await putStarted())();
  assert.equal((await retried).length, 1);
  assert.deepEqual(show(catalog), []);
});

test('checkpoints keep the log short, and one that fails harms nothing', async (t) => {
  const { dir, store } = await withStore(t);
  let fails = true;
  const failing: ObjectStore = {
    ...forwarding(store),
    async put(key, bytes) {
      if (fails && key.includes('/checkpoint/')) throw new WeirError('unavailable', 'no space left on the disk');
      await store.put(key, bytes);
    },
  };
  const catalog = await openCatalog({ store: failing, checkpointEvery: 10 });
  const count = async (what: string) => (await readdir(join(dir, 'catalog', what)).catch(() => [])).length;
  for (let i = 0; i < 15; i++) await catalog.createDatabase(`before${i}`);
  assert.deepEqual([await count('checkpoint'), await count('record')], [0, 15]);
  fails = false;
  for (let i = 0; i < 50; i++) await catalog.createDatabase(`after${i}`);
  await catalog.close();
  assert.equal(await count('checkpoint'), 2);
  assert.ok((await count('record')) <= 20);
  assert.deepEqual((await openCatalog({ store })).databases(), catalog.databases());
});

test('close waits for what is under way and refuses more', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  const done: string[] = [];
  const creating = ['m', 'n'].map((name) => catalog.createDatabase(name).then(() => done.push(name)));
  await catalog.close();
  assert.deepEqual(done, ['m', 'n']);
  await Promise.all(creating);
  assert.equal((await openCatalog({ store })).databases().length, 2);
  await rejects(catalog.createDatabase('o'), 'unavailable', 'the catalog is closed');
  assert.equal(catalog.databases().length, 2);
});

test('stored damage is corrupt and named', async (t) => {
  const { dir, store } = await withStore(t);
  await (await openCatalog({ store })).createDatabase('m');
  const [name] = await readdir(join(dir, 'catalog/record'));
  await writeFile(join(dir, 'catalog/record', name), '{}');
  await rejects(openCatalog({ store }), 'corrupt', /^catalog\/record\/0{15}1\.json has no checksum/);
});

test('records that do not follow on the state, or are not understood, stop the catalog', async (t) => {
  for (const [record, message] of [
    [
      { op: 'drop database', database: 'x' },
      /^catalog: record 2: cannot drop database in "x": there is no such database$/,
    ],
    [{ op: 'drop policy', database: 'm', name: 'x' }, /record 2: cannot drop policy in "m": there is no policy "x"$/],
    [{ op: 'fly' }, /^catalog\/record\/0{15}2\.json: op: expected a known operation, found "fly"$/],
    [{ op: 'drop database' }, /0{15}2\.json: database: expected a string, found nothing$/],
    [
      { op: 'create database', database: 'n', policy: { name: 'r', bucketId: 'G' } },
      /bucketId: expected 16 hexadecimal digits, found "G"$/,
    ],
    [[1], /record: expected an object, found \[1\]$/],
  ] as const) {
    const { store } = await withStore(t);
    const catalog = await openCatalog({ store });
    await catalog.createDatabase('m');
    const raw = { encode: (value: unknown) => value, decode: (value: unknown) => value };
    const log = openRecordLog(store, 'catalog', { record: raw, state: raw });
    await log.load();
    await log.append(record);
    await rejects(openCatalog({ store }), 'corrupt', message);
    // The node that was running sees it too, and decides nothing more on a state that is not that of the log.
    await rejects(catalog.createDatabase('n'), 'corrupt', message);
    await rejects(catalog.createDatabase('n'), 'corrupt', message);
    assert.deepEqual(show(catalog), [AUTOGEN]);
  }
});
