import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import { DAY, HOUR, MINUTE, WEEK } from '../model/index.ts';
import type { Catalog, RetentionPolicySpec } from './catalog.ts';
import { openCatalog } from './open-catalog.ts';
import { show } from './test-support/show.ts';
import { rejects, withStore } from './test-support/temp-store.ts';

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

test('create database where policies are not made by themselves', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store, autogen: false });
  t.after(() => catalog.close());
  assert.deepEqual((await catalog.createDatabase('m')).policies, []);
  await catalog.createDatabase('m');
  assert.throws(() => catalog.policy('m'), /retention policy not found: $/);
  await catalog.createDatabase('n', { name: 'r' });
  await catalog.createPolicy('m', { name: 'r', makeDefault: true });
  assert.equal(catalog.policy('m').name, 'r');
  const again = await openCatalog({ store });
  assert.deepEqual(show(again), ['m: r* 0s 168h0m0s 1', 'n: r* 0s 168h0m0s 1']);
  await again.close();
});
