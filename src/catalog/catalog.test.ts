import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, WeirError, messageOf } from '../base/index.ts';
import { DAY, HOUR, MINUTE, WEEK } from '../model/index.ts';
import { type ObjectStore, openDirectoryStore } from '../store/index.ts';
import type { Catalog, RetentionPolicySpec } from './catalog.ts';
import { openCatalog } from './open-catalog.ts';
import { ModelCatalog } from './test-support/model-catalog.ts';
import { perform } from './test-support/perform.ts';
import { requests } from './test-support/requests.ts';
import { bucketIds, show, showDatabase } from './test-support/show.ts';

async function withStore(t: TestContext): Promise<{ dir: string; store: ObjectStore }> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-catalog-'));
  const store = await openDirectoryStore({ dir, sweep: true });
  t.after(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });
  return { dir, store };
}

async function rejects(call: Promise<unknown>, code: ErrorCode, message: string | RegExp): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof WeirError, messageOf(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });
}

type Step = readonly [call: (catalog: Catalog) => Promise<unknown>, outcome: string];

const createDatabase = (name: string, spec?: RetentionPolicySpec) => (catalog: Catalog) =>
  catalog.createDatabase(name, spec);
const dropDatabase = (name: string) => (catalog: Catalog) => catalog.dropDatabase(name);
const create = (name: string, durationNs?: bigint, shardDurationNs?: bigint, replicaN?: number) => (catalog: Catalog) =>
  catalog.createPolicy('m', { name, durationNs, shardDurationNs, replicaN });
const createDefault = (name: string, durationNs?: bigint, shardDurationNs?: bigint) => (catalog: Catalog) =>
  catalog.createPolicy('m', { name, durationNs, shardDurationNs, makeDefault: true });
const alter = (name: string, change: Omit<RetentionPolicySpec, 'name'>) => (catalog: Catalog) =>
  catalog.alterPolicy('m', name, change);
const drop = (name: string) => (catalog: Catalog) => catalog.dropPolicy('m', name);

const AUTOGEN = 'm: autogen* 0s 168h0m0s 1';
const CONFLICT = 'conflict: retention policy conflicts with an existing policy';
const EXISTS = 'conflict: retention policy already exists';
const TOO_LOW = 'invalid: retention policy duration must be at least 1h0m0s';
const MISFIT = 'invalid: retention policy duration must be greater than the shard duration';

/** Each outcome is what is there afterwards, databases joined by ` | `, or the code and text of the error. */
const tables: Record<string, readonly Step[]> = {
  databases: [
    [dropDatabase('m'), ''],
    [createDatabase('m'), AUTOGEN],
    [createDatabase('m'), AUTOGEN],
    [createDatabase('b'), `b: autogen* 0s 168h0m0s 1 | ${AUTOGEN}`],
    [createDatabase('M'), `M: autogen* 0s 168h0m0s 1 | b: autogen* 0s 168h0m0s 1 | ${AUTOGEN}`],
    [dropDatabase('b'), `M: autogen* 0s 168h0m0s 1 | ${AUTOGEN}`],
    [dropDatabase('M'), AUTOGEN],
    [dropDatabase('m'), ''],
    [createDatabase('m'), AUTOGEN],
  ],
  'databases are ordered by the bytes of their names': [
    [createDatabase('\u{1f600}'), '\u{1f600}: autogen* 0s 168h0m0s 1'],
    [createDatabase('\ufffd'), '\ufffd: autogen* 0s 168h0m0s 1 | \u{1f600}: autogen* 0s 168h0m0s 1'],
  ],
  'create database with a policy': [
    [createDatabase('m', { name: 'r', durationNs: DAY, replicaN: 2 }), 'm: r* 24h0m0s 1h0m0s 2'],
    [createDatabase('m', { name: 'r', durationNs: DAY, replicaN: 2 }), 'm: r* 24h0m0s 1h0m0s 2'],
    [createDatabase('m', { name: 'r', durationNs: DAY, shardDurationNs: MINUTE }), 'm: r* 24h0m0s 1h0m0s 2'],
    [createDatabase('m', { name: 'r' }), 'm: r* 24h0m0s 1h0m0s 2'],
    [createDatabase('m'), 'm: r* 24h0m0s 1h0m0s 2'],
    [createDatabase('m', { name: 'r', durationNs: 2n * DAY }), CONFLICT],
    [createDatabase('m', { name: 'r', replicaN: 1 }), CONFLICT],
    [createDatabase('m', { name: 'r', shardDurationNs: 2n * HOUR }), CONFLICT],
    [createDatabase('m', { name: 'r', durationNs: 0n }), CONFLICT],
    [createDatabase('m', { name: 'autogen' }), CONFLICT],
    [create('q', DAY), 'm: r* 24h0m0s 1h0m0s 2, q 24h0m0s 1h0m0s 1'],
    [createDatabase('m', { name: 'q', durationNs: DAY }), CONFLICT],
    [drop('r'), 'm: q 24h0m0s 1h0m0s 1 (default r)'],
    [createDatabase('m', { name: 'q', durationNs: DAY }), CONFLICT],
    [drop('q'), 'm:  (default r)'],
    [createDatabase('m'), 'm:  (default r)'],
    [createDatabase('m', { name: 'p', durationNs: WEEK }), 'm: p* 168h0m0s 24h0m0s 1'],
  ],
  'create database with a bad policy stores nothing': [
    [createDatabase('m', { name: 'r', durationNs: HOUR - 1n }), TOO_LOW],
    [createDatabase('m', { name: 'r', durationNs: HOUR, shardDurationNs: DAY }), MISFIT],
    [createDatabase('m', { name: 'r', replicaN: 0 }), 'invalid: replication factor must be greater than 0'],
    [createDatabase('m', { name: '.' }), 'invalid: invalid name'],
    [dropDatabase('m'), ''],
  ],
  'shard durations': [
    [createDatabase('m', { name: 'a', shardDurationNs: 61n * MINUTE }), 'm: a* 0s 1h1m0s 1'],
    [drop('a'), 'm:  (default a)'],
    [createDefault('a', HOUR), 'm: a* 1h0m0s 1h0m0s 1'],
    [create('b', HOUR, 30n * MINUTE), 'm: a* 1h0m0s 1h0m0s 1, b 1h0m0s 1h0m0s 1'],
    [drop('a'), 'm: b 1h0m0s 1h0m0s 1 (default a)'],
    [drop('b'), 'm:  (default a)'],
    [create('c', 2n * DAY - 1n, 0n), 'm: c 47h59m59.999999999s 1h0m0s 1 (default a)'],
    [drop('c'), 'm:  (default a)'],
    [create('d', 2n * DAY), 'm: d 48h0m0s 24h0m0s 1 (default a)'],
    [drop('d'), 'm:  (default a)'],
    [create('e', 180n * DAY - 1n), 'm: e 4319h59m59.999999999s 24h0m0s 1 (default a)'],
    [drop('e'), 'm:  (default a)'],
    [create('f', 180n * DAY), 'm: f 4320h0m0s 168h0m0s 1 (default a)'],
    [drop('f'), 'm:  (default a)'],
    [create('g', undefined, 1n), 'm: g 0s 1h0m0s 1 (default a)'],
    [create('h', HOUR, HOUR + 1n), MISFIT],
    [create('h', HOUR - 1n), TOO_LOW],
    [create('h', 1n), TOO_LOW],
    [create('h', -HOUR), TOO_LOW],
  ],
  'create policy': [
    [create('r', DAY), 'not found: database not found: m'],
    [createDatabase('m'), AUTOGEN],
    [create('r', DAY), `${AUTOGEN}, r 24h0m0s 1h0m0s 1`],
    [create('r', DAY), `${AUTOGEN}, r 24h0m0s 1h0m0s 1`],
    [create('r', DAY, MINUTE), `${AUTOGEN}, r 24h0m0s 1h0m0s 1`],
    [create('r', 2n * DAY), EXISTS],
    [create('r', DAY, 2n * HOUR), EXISTS],
    [create('r', DAY, HOUR, 2), EXISTS],
    [create('r', 1n), TOO_LOW],
    [create('s', DAY, HOUR, 0), 'invalid: replication factor must be greater than 0'],
    [create('s', DAY, HOUR, -1), 'invalid: replication factor must be greater than 0'],
    [create('s', DAY, HOUR, 1.5), 'invalid: replication factor must be greater than 0'],
    [createDefault('r', DAY), CONFLICT],
    [createDefault('r', WEEK), EXISTS],
    [createDefault('s', WEEK), 'm: autogen 0s 168h0m0s 1, r 24h0m0s 1h0m0s 1, s* 168h0m0s 24h0m0s 1'],
    [createDefault('s', WEEK), 'm: autogen 0s 168h0m0s 1, r 24h0m0s 1h0m0s 1, s* 168h0m0s 24h0m0s 1'],
    [create('s', WEEK), 'm: autogen 0s 168h0m0s 1, r 24h0m0s 1h0m0s 1, s* 168h0m0s 24h0m0s 1'],
  ],
  'alter policy': [
    [alter('r', {}), 'not found: database not found: m'],
    [createDatabase('m'), AUTOGEN],
    [alter('r', {}), 'not found: retention policy not found: r'],
    [create('r', HOUR), `${AUTOGEN}, r 1h0m0s 1h0m0s 1`],
    [
      alter('r', { durationNs: 2n * HOUR, replicaN: 3, makeDefault: true }),
      'm: autogen 0s 168h0m0s 1, r* 2h0m0s 1h0m0s 3',
    ],
    [alter('r', { makeDefault: false }), 'm: autogen 0s 168h0m0s 1, r* 2h0m0s 1h0m0s 3'],
    [alter('autogen', { makeDefault: true }), `${AUTOGEN}, r 2h0m0s 1h0m0s 3`],
    // The shard duration stays unless it is given, even where the default would differ.
    [alter('r', { durationNs: WEEK }), `${AUTOGEN}, r 168h0m0s 1h0m0s 3`],
    [alter('r', { shardDurationNs: 0n }), `${AUTOGEN}, r 168h0m0s 24h0m0s 3`],
    [alter('r', { shardDurationNs: MINUTE }), `${AUTOGEN}, r 168h0m0s 1h0m0s 3`],
    [alter('r', { shardDurationNs: WEEK }), `${AUTOGEN}, r 168h0m0s 168h0m0s 3`],
    [alter('r', { durationNs: DAY }), MISFIT],
    [alter('r', { shardDurationNs: WEEK + 1n }), MISFIT],
    [alter('r', { durationNs: DAY, shardDurationNs: 2n * DAY }), MISFIT],
    [alter('r', { durationNs: MINUTE }), TOO_LOW],
    [alter('r', { durationNs: HOUR, shardDurationNs: MINUTE }), `${AUTOGEN}, r 1h0m0s 1h0m0s 3`],
    [alter('r', { durationNs: 0n }), `${AUTOGEN}, r 0s 1h0m0s 3`],
    [alter('r', { shardDurationNs: 52n * WEEK }), `${AUTOGEN}, r 0s 8736h0m0s 3`],
    [alter('r', { replicaN: 0 }), 'invalid: replication factor must be greater than 0'],
  ],
  'drop policy': [
    [drop('r'), ''],
    [createDatabase('m'), AUTOGEN],
    [drop('r'), AUTOGEN],
    [createDefault('r', DAY), 'm: autogen 0s 168h0m0s 1, r* 24h0m0s 1h0m0s 1'],
    [drop('r'), 'm: autogen 0s 168h0m0s 1 (default r)'],
    [create('r', WEEK), 'm: autogen 0s 168h0m0s 1, r* 168h0m0s 24h0m0s 1'],
    [drop('autogen'), 'm: r* 168h0m0s 24h0m0s 1'],
  ],
};

for (const [name, steps] of Object.entries(tables)) {
  test(name, async (t) => {
    const { store } = await withStore(t);
    const catalog = await openCatalog({ store });
    let there = '';
    for (const [at, [call, outcome]] of steps.entries()) {
      const result = await call(catalog).then(
        () => show(catalog).join(' | '),
        (error: WeirError) => `${error.code}: ${error.message}`,
      );
      assert.equal(result, outcome, `step ${at + 1}`);
      if (/^(conflict|invalid|not found): /.test(result))
        assert.equal(show(catalog).join(' | '), there, `step ${at + 1}`);
      else there = result;
    }
    // Whatever happened, a restart finds the same.
    assert.deepEqual((await openCatalog({ store })).databases(), catalog.databases());
  });
}

test('names', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  await catalog.createDatabase('m');
  for (const name of [
    'a',
    'A b',
    'ünïcödé',
    '日本',
    '😀',
    '...',
    '-',
    '"',
    "'",
    '0',
    'x'.repeat(255),
    'ü'.repeat(127),
  ]) {
    await catalog.createDatabase(name);
    assert.equal(catalog.database(name)?.name, name);
    assert.equal((await catalog.createPolicy('m', { name })).name, name);
  }
  for (const name of [
    '',
    '.',
    '..',
    'a/b',
    '/',
    'a\\b',
    'a\nb',
    'a\tb',
    '\0',
    '\u00a0',
    '\u200b',
    'a\u2028',
    '\ud800',
  ]) {
    await rejects(catalog.createDatabase(name), 'invalid', 'invalid name');
    await rejects(catalog.createDatabase('ok', { name }), 'invalid', 'invalid name');
    await rejects(catalog.createPolicy('m', { name }), 'invalid', 'invalid name');
  }
  for (const name of ['x'.repeat(256), 'ü'.repeat(128)]) {
    await rejects(catalog.createDatabase(name), 'invalid', 'name too long');
    await rejects(catalog.createPolicy('m', { name }), 'invalid', 'name too long');
  }
  assert.equal(catalog.database('ok'), undefined);
});

test('policy looks up, with the texts of InfluxDB', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  const missing = (message: string) => (error: unknown) =>
    error instanceof WeirError && error.code === 'not found' && error.message === message;
  assert.throws(() => catalog.policy('m'), missing('database not found: m'));
  assert.equal(catalog.database('m'), undefined);
  await catalog.createDatabase('m');
  assert.equal(catalog.policy('m').name, 'autogen');
  assert.equal(catalog.policy('m', '').name, 'autogen');
  assert.throws(() => catalog.policy('m', 'r'), missing('retention policy not found: r'));
  const created = await catalog.createPolicy('m', { name: 'r', durationNs: DAY, makeDefault: true });
  assert.equal(catalog.policy('m'), created);
  assert.equal(catalog.policy('m', 'autogen').name, 'autogen');
  await catalog.dropPolicy('m', 'r');
  assert.throws(() => catalog.policy('m'), missing('retention policy not found: r'));
});

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
    create: (key) => store.create(key),
    get: (key, offset, length) => store.get(key, offset, length),
    head: (key) => store.head(key),
    list: (prefix, after) => store.list(prefix, after),
    delete: (key) => store.delete(key),
    localFile: (key) => store.localFile(key),
    close: () => store.close(),
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

test('close waits for what is under way and refuses more', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  const creating = [catalog.createDatabase('m'), catalog.createDatabase('n')];
  await catalog.close();
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
    const { openRecordLog } = await import('../store/index.ts');
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

test('random requests to two nodes, with restarts, against a plain model', async (t) => {
  for (const seed of [1, 2, Math.floor(Math.random() * 2 ** 32)]) {
    const { store } = await withStore(t);
    const open = () => openCatalog({ store, checkpointEvery: 7 });
    const nodes = [await open(), await open()];
    const model = new ModelCatalog();
    const dropped = new Set<string>();
    let carriedOut = 0;
    let count = 0;
    for (const request of requests(seed)) {
      if (++count > 250) break;
      const node = nodes[count % 2];
      const where = `seed ${seed}, request ${count}: ${JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`;
      const expected = model.apply(request);
      const before = new Set(bucketIds(node));
      const error = await perform(node, request).then(
        (ids) => {
          for (const id of ids) dropped.add(id);
          return undefined;
        },
        (thrown: Error) => thrown.message,
      );
      assert.equal(error, expected, where);
      assert.deepEqual(show(node), model.show(), where);
      for (const id of bucketIds(node))
        assert.ok(before.has(id) || !dropped.has(id), `${where}: bucket ${id} came back`);
      for (const { policies } of node.databases()) {
        for (const { bucket } of policies)
          assert.ok(bucket.durationNs === 0n || bucket.shardDurationNs <= bucket.durationNs);
      }
      if (error === undefined) carriedOut++;
      if (count % 40 === 0) {
        const restarted = await open();
        assert.deepEqual(restarted.databases(), node.databases(), where);
        nodes[count % 2] = restarted;
      }
    }
    assert.ok(carriedOut > 60 && carriedOut < 240, `seed ${seed}: ${carriedOut} of 250 requests were carried out`);
    assert.ok(dropped.size > 5, `seed ${seed}`);
  }
});

test('kill -9: after a restart the catalog is what its last finished request made it, or the one after', async (t) => {
  for (let round = 0; round < 4; round++) {
    const { dir, store } = await withStore(t);
    const seed = 1 + Math.floor(Math.random() * 2 ** 31);
    const script = new URL('./test-support/requester-to-kill.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, dir, String(seed)], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const closed = once(child, 'close');
    let finished = 0;
    const enough = new Promise<void>((resolve) => {
      child.stdout.on('data', (bytes: Buffer) => {
        finished += bytes.length;
        if (finished >= 30) resolve();
      });
    });
    await Promise.race([enough, closed]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    child.kill('SIGKILL');
    await closed;
    assert.ok(finished >= 30, `the requester ended by itself after ${finished} requests`);

    const model = new ModelCatalog();
    const script_ = requests(seed);
    for (let i = 0; i < finished; i++) model.apply(script_.next().value);
    const possible = [model.show()];
    model.apply(script_.next().value);
    possible.push(model.show());
    const found = show(await openCatalog({ store }));
    const fits = possible.some((lines) => lines.join('\n') === found.join('\n'));
    assert.ok(
      fits,
      `seed ${seed}, ${finished} requests: found ${found.join(' | ')}, expected ${possible.join(' or ')}`,
    );
  }
});
