import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openRecordLog } from '../store/index.ts';
import type { Catalog } from './catalog.ts';
import { type CatalogOptions, openCatalog } from './open-catalog.ts';
import { show } from './test-support/show.ts';
import { rejects, withStore } from './test-support/temp-store.ts';

const raw = { encode: (value: unknown) => value, decode: (value: unknown) => value };

async function withCatalog(t: TestContext, options: Partial<CatalogOptions> = {}) {
  const { dir, store } = await withStore(t);
  const catalog = await openCatalog({ store, passwordCost: 4, ...options });
  t.after(() => catalog.close());
  return { dir, store, catalog };
}

const refused = (catalog: Catalog, name: string, password: string) =>
  rejects(catalog.authenticate(name, password), 'unauthorized', 'authorization failed');

test('what an older Weir stored opens, and what was not there then is empty', async (t) => {
  const { store } = await withStore(t);
  const policy = {
    name: 'r',
    bucketId: '0123456789abcdef',
    durationNs: '0',
    shardDurationNs: '3600000000000',
    replicaN: 1,
  };
  const log = openRecordLog(store, 'catalog', { record: raw, state: raw });
  await log.load();
  await log.append({ op: 'create database', database: 'm', policy });
  await log.checkpoint({ databases: [{ name: 'm', defaultPolicy: 'r', policies: [policy] }] });
  await log.append({ op: 'create policy', database: 'm', policy: { ...policy, name: 'q' }, makeDefault: false });
  const catalog = await openCatalog({ store });
  assert.deepEqual(show(catalog), ['m: r* 0s 1h0m0s 1, q 0s 1h0m0s 1']);
  assert.deepEqual(catalog.database('m')?.continuousQueries, []);
  assert.deepEqual(catalog.policy('m', 'q').subscriptions, []);
  assert.deepEqual([catalog.users(), catalog.hasAdmin()], [[], false]);
});

test('continuous queries, subscriptions and users live on in a checkpoint', async (t) => {
  const { store, catalog } = await withCatalog(t, { checkpointEvery: 1 });
  await catalog.createDatabase('m');
  await catalog.createContinuousQuery('m', 'c', 'CREATE …');
  await catalog.createSubscription('m', 'autogen', {
    name: 's',
    mode: 'ANY',
    destinations: ['udp://h:1', 'udp://h:2'],
  });
  await catalog.createUser('u', 'p', false);
  await catalog.grant('u', 'm', 'WRITE');
  await catalog.alterPolicy('m', 'autogen', { durationNs: 3_600_000_000_000n * 24n * 30n });
  await catalog.close();
  const again = await openCatalog({ store });
  assert.deepEqual(show(again), [
    'm: autogen* 720h0m0s 168h0m0s 1 <s ANY udp://h:1,udp://h:2> [c: CREATE …]',
    'user u m WRITE',
  ]);
  for (const value of [again.user('u'), again.database('m')?.continuousQueries, again.policy('m').subscriptions]) {
    assert.ok(Object.isFrozen(value));
  }
});

test('a dropped database takes its grants along, and no others', async (t) => {
  const { catalog } = await withCatalog(t);
  for (const name of ['m', 'n']) await catalog.createDatabase(name);
  await catalog.createUser('u', 'p', false);
  await catalog.grant('u', 'm', 'ALL PRIVILEGES');
  await catalog.grant('u', 'n', 'READ');
  await catalog.dropDatabase('m');
  await catalog.createDatabase('m');
  assert.deepEqual(show(catalog).slice(2), ['user u n READ']);
});

test('revoking takes away what was granted', async (t) => {
  const { catalog } = await withCatalog(t);
  await catalog.createDatabase('m');
  await catalog.createUser('u', 'p', false);
  for (const [granted, revoked, left] of [
    ['ALL PRIVILEGES', 'READ', 'WRITE'],
    ['ALL PRIVILEGES', 'WRITE', 'READ'],
    ['ALL PRIVILEGES', 'ALL PRIVILEGES', 'NO PRIVILEGES'],
    ['READ', 'READ', 'NO PRIVILEGES'],
    ['READ', 'WRITE', 'READ'],
    ['WRITE', 'READ', 'WRITE'],
    ['WRITE', 'ALL PRIVILEGES', 'NO PRIVILEGES'],
    ['NO PRIVILEGES', 'READ', 'NO PRIVILEGES'],
  ] as const) {
    await catalog.grant('u', 'm', granted);
    await catalog.revoke('u', 'm', revoked);
    assert.equal(catalog.user('u')?.grants.get('m'), left, `${granted} without ${revoked}`);
  }
});

test('passwords: right, wrong, changed, dropped and made anew', async (t) => {
  const { catalog } = await withCatalog(t);
  await refused(catalog, 'u', 'one');
  await catalog.createUser('u', 'one', true);
  assert.match(catalog.user('u')?.passwordHash ?? '', /^\$2[ab]\$04\$/);
  for (let round = 0; round < 2; round++) {
    assert.equal((await catalog.authenticate('u', 'one')).name, 'u');
    for (const password of ['', 'One', 'one ', 'two']) await refused(catalog, 'u', password);
  }
  await refused(catalog, 'U', 'one');
  await catalog.setPassword('u', 'two');
  await refused(catalog, 'u', 'one');
  await catalog.authenticate('u', 'two');
  await catalog.dropUser('u');
  await refused(catalog, 'u', 'two');
  await catalog.createUser('u', 'three', true);
  await refused(catalog, 'u', 'two');
  await catalog.authenticate('u', 'three');
});

test('a password that another node changed is no longer taken', async (t) => {
  const { store, catalog } = await withCatalog(t);
  await catalog.createUser('u', 'one', true);
  await catalog.authenticate('u', 'one');
  const other = await openCatalog({ store, passwordCost: 4 });
  await other.setPassword('u', 'two');
  await other.close();
  await catalog.createDatabase('m'); // Reads what the other did.
  await refused(catalog, 'u', 'one');
  await catalog.authenticate('u', 'two');
});

test('as in InfluxDB, 72 bytes of a password count', async (t) => {
  const { catalog } = await withCatalog(t);
  await catalog.createUser('u', 'ü'.repeat(40), true);
  await catalog.authenticate('u', 'ü'.repeat(36));
  await refused(catalog, 'u', 'ü'.repeat(35));
});

test('hashes that InfluxDB made are taken', async (t) => {
  const { store } = await withStore(t);
  const log = openRecordLog(store, 'catalog', { record: raw, state: raw });
  await log.load();
  // Made by influxd 1.6.7 from "password".
  const passwordHash = '$2a$10$SSEVbO2U/Zl54iew8RgQ4.udWeUGvD0R1Ltk03tmZ.15QIorHdWSe';
  await log.append({ op: 'create user', name: 'u', admin: true, passwordHash });
  await log.append({ op: 'create user', name: 'broken', admin: true, passwordHash: 'x' });
  const catalog = await openCatalog({ store });
  t.after(() => catalog.close());
  await catalog.authenticate('u', 'password');
  await refused(catalog, 'u', 'passwort');
  await refused(catalog, 'broken', 'x');
});

test('a password is checked slowly once; a flood of wrong ones is turned away', async (t) => {
  const { catalog } = await withCatalog(t, { passwordCost: 8 });
  await catalog.createUser('u', 'p', true);
  await Promise.all(Array.from({ length: 1000 }, () => catalog.authenticate('u', 'p')));
  await catalog.createUser('v', 'q', false);
  const start = performance.now();
  for (let i = 0; i < 1000; i++) await catalog.authenticate('u', 'p');
  assert.ok(performance.now() - start < 1000);
  const flood = Promise.allSettled(Array.from({ length: 300 }, (_, i) => catalog.authenticate('u', `${i}`)));
  // Neither other users nor statements wait long for it.
  await Promise.all([catalog.authenticate('v', 'q'), catalog.createUser('v', 'q', false)]);
  const outcomes = await flood;
  const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'let in'));
  assert.deepEqual(codes, [
    ...Array.from({ length: 16 }, () => 'unauthorized'),
    ...Array.from({ length: 284 }, () => 'unavailable'),
  ]);
  await catalog.authenticate('u', 'p');
});
