import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type LadderSpec, DAY, HOUR, MINUTE, SECOND } from '../model/index.ts';
import { bucketsOf, withBucketIds } from './bucket-ids.ts';
import type { Catalog } from './catalog.ts';
import { openCatalog } from './open-catalog.ts';
import { decodeDatabase, encodeDatabase } from './state-codec.ts';
import { showDatabase } from './test-support/show.ts';
import { rejects, withStore } from './test-support/temp-store.ts';

type Tier = readonly [policy: string, stepNs: bigint, durationNs: bigint];

const TEN: Tier = ['ten', 10n * SECOND, 8n * DAY];
const MIN: Tier = ['min', MINUTE, 40n * DAY];
const HOURLY: Tier = ['hourly', HOUR, 0n];

function ladder(tiers: readonly Tier[], more: Partial<LadderSpec> = {}): LadderSpec {
  const specs = tiers.map(([policy, stepNs, durationNs]) => ({
    policy,
    stepNs,
    timeZone: null,
    durationNs,
    graceNs: HOUR,
  }));
  const rule = { measurements: { kind: 'all' as const }, baseStepNs: SECOND, tiers: specs, states: [], gapShare: 0 };
  const base = { policy: null, newPolicy: 'raw', durationNs: 60n * HOUR, graceNs: 70n * SECOND };
  return { name: 'l', base, rules: [rule], latenessNs: 10n * SECOND, ...more };
}

async function withDatabase(t: TestContext): Promise<{ catalog: Catalog; reopen: () => Promise<Catalog> }> {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  await catalog.createDatabase('d');
  return { catalog, reopen: () => openCatalog({ store }) };
}

const shown = (catalog: Catalog): string => showDatabase(catalog.database('d') ?? assert.fail());
const idOf = (catalog: Catalog, policy: string): string | undefined => {
  const [{ ladder: own, kept }] = catalog.database('d')?.ladders ?? [];
  const tiers = [...own.rules, ...kept].flatMap((rule) => rule.tiers);
  return tiers.find((tier) => tier.policy === policy)?.bucket.id;
};

test('a ladder makes the policies of its tiers, and its base keeps points as long as it says', async (t) => {
  const { catalog, reopen } = await withDatabase(t);
  const before = catalog.policy('d').bucket;
  await catalog.createLadder('d', ladder([TEN, HOURLY]), 'text');
  assert.equal(
    shown(catalog),
    'd: autogen* 60h0m0s 24h0m0s 1, ten 192h0m0s 24h0m0s 1, hourly 0s 168h0m0s 1' +
      ' {l on autogen: ten/10000000000 hourly/3600000000000; kept ; own hourly ten}',
  );
  const base = catalog.policy('d').bucket;
  assert.equal(base.id, before.id);
  assert.equal(base.graceNs, 70n * SECOND);
  // As long as the longest tier, and counting series as the base does.
  assert.deepEqual([base.late?.durationNs, base.late?.seriesOf], [0n, base.id]);
  const [{ ladder: placed }] = catalog.database('d')?.ladders ?? [];
  const [ten] = placed.rules[0].tiers;
  const { id, ...rest } = ten.bucket;
  assert.deepEqual(rest, { durationNs: 8n * DAY, shardDurationNs: DAY, seriesOf: base.id, graceNs: HOUR });
  assert.notEqual(id, catalog.policy('d', 'ten').bucket.id);
  assert.equal(new Set(bucketsOf(catalog.database('d') ?? assert.fail()).map((bucket) => bucket.id)).size, 6);
  assert.deepEqual((await reopen()).databases(), catalog.databases());
  // The same once more is no error.
  await catalog.createLadder('d', ladder([TEN, HOURLY]), 'text');
  await rejects(catalog.createLadder('d', ladder([TEN]), 'other'), 'conflict', 'ladder already exists: l');
});

test('a policy that is there is taken over with its points, and stays when the ladder goes', async (t) => {
  const { catalog } = await withDatabase(t);
  const old = await catalog.createPolicy('d', { name: 'ten', durationNs: 8n * DAY, makeDefault: true });
  await catalog.createPolicy('d', { name: 'min', durationNs: DAY });
  await rejects(
    catalog.createLadder('d', ladder([MIN], { base: { ...ladder([]).base, policy: 'autogen' } }), ''),
    'conflict',
    'retention policy "min" exists with a duration of 24h0m0s, the tier of ladder "l" has 960h0m0s',
  );
  await catalog.createLadder('d', ladder([TEN], { base: { ...ladder([]).base, policy: 'autogen' } }), '');
  assert.equal(catalog.policy('d', 'ten').bucket.id, old.bucket.id);
  assert.equal(catalog.database('d')?.defaultPolicy, 'ten');
  const tier = idOf(catalog, 'ten');
  const late = catalog.policy('d', 'autogen').bucket.late?.id;
  assert.deepEqual(await catalog.dropLadder('d', 'l', false), [tier, late]);
  assert.equal(shown(catalog), 'd: autogen 60h0m0s 24h0m0s 1, ten* 192h0m0s 24h0m0s 1, min 24h0m0s 1h0m0s 1');
  const { graceNs, late: none } = catalog.policy('d', 'autogen').bucket;
  assert.deepEqual([graceNs, none], [undefined, undefined]);
});

test('the base is made and becomes the default where the database has none', async (t) => {
  const { catalog } = await withDatabase(t);
  await catalog.dropPolicy('d', 'autogen');
  await catalog.createLadder('d', ladder([TEN]), '');
  assert.equal(
    shown(catalog),
    'd: raw* 60h0m0s 24h0m0s 1, ten 192h0m0s 24h0m0s 1 {l on raw: ten/10000000000; kept ; own ten}',
  );
  await catalog.dropLadder('d', 'l', false);
  assert.equal(shown(catalog), 'd: raw* 60h0m0s 24h0m0s 1');
});

test('what is part of a ladder is neither dropped nor given another duration by itself', async (t) => {
  const { catalog } = await withDatabase(t);
  await catalog.createLadder('d', ladder([TEN]), '');
  for (const name of ['autogen', 'ten']) {
    const belongs = `retention policy "${name}" belongs to ladder "l":`;
    await rejects(catalog.dropPolicy('d', name), 'conflict', `${belongs} drop or alter the ladder first`);
    await rejects(
      catalog.alterPolicy('d', name, { durationNs: 0n }),
      'conflict',
      `${belongs} alter the ladder instead`,
    );
    await catalog.alterPolicy('d', name, { replicaN: 2, makeDefault: true });
  }
  const all = bucketsOf(catalog.database('d') ?? assert.fail()).map(({ id }) => id);
  assert.equal(all.length, 4);
  assert.deepEqual(await catalog.dropDatabase('d'), all);
});

test('an altered ladder goes on in the buckets of its tiers, by step; the others go', async (t) => {
  const { catalog } = await withDatabase(t);
  await catalog.createLadder('d', ladder([TEN, MIN]), '');
  const [ten, min, late] = [idOf(catalog, 'ten'), idOf(catalog, 'min'), catalog.policy('d').bucket.late?.id];
  const own = catalog.policy('d', 'ten').bucket.id;
  const ownMin = catalog.policy('d', 'min').bucket.id;
  const gone = await catalog.alterLadder('d', ladder([['long', 10n * SECOND, 9n * DAY], HOURLY]), '2', false);
  assert.deepEqual(gone, [ownMin, min]);
  assert.equal(idOf(catalog, 'long'), ten);
  assert.equal(catalog.policy('d', 'long').bucket.id, own);
  assert.equal(catalog.policy('d').bucket.late?.id, late);
});

test('with KEEP DATA, tiers that are not fed any more stay, and are fed again when they are declared again', async (t) => {
  const { catalog, reopen } = await withDatabase(t);
  await catalog.createLadder('d', ladder([TEN, MIN]), '1');
  const [ten, min] = [idOf(catalog, 'ten'), idOf(catalog, 'min')];
  assert.deepEqual(await catalog.alterLadder('d', ladder([TEN]), '2', true), []);
  assert.match(shown(catalog), /\{l on autogen: ten\/10000000000; kept min\/60000000000; own min ten\}$/);
  const late = catalog.policy('d').bucket.late?.id;
  assert.deepEqual(await catalog.dropLadder('d', 'l', true), [late]);
  assert.match(shown(catalog), /\{l on autogen: ; kept ten\/10000000000 min\/60000000000; own min ten\}$/);
  assert.equal(catalog.policy('d').bucket.late, undefined);
  await rejects(catalog.dropPolicy('d', 'min'), 'conflict', /belongs to ladder "l"/);
  assert.deepEqual((await reopen()).databases(), catalog.databases());
  await rejects(
    catalog.createLadder('d', ladder([['min', HOUR, 40n * DAY]]), '3'),
    'conflict',
    /^retention policy "min" holds kept data of ladder "l" that does not fit the new tier/,
  );
  await catalog.createLadder('d', ladder([MIN]), '4');
  assert.equal(idOf(catalog, 'min'), min);
  assert.equal(idOf(catalog, 'ten'), ten);
  await catalog.dropLadder('d', 'l', false);
  assert.match(shown(catalog), /^d: autogen\* 60h0m0s 24h0m0s 1$/);
});

test('several ladders: each on a base of its own, and no tier in two of them', async (t) => {
  const { catalog } = await withDatabase(t);
  await catalog.createLadder('d', ladder([TEN]), '');
  const other = (tiers: readonly Tier[], policy: string | null): LadderSpec =>
    ladder(tiers, { name: 'k', base: { ...ladder([]).base, policy } });
  const refused: readonly (readonly [LadderSpec, RegExp])[] = [
    [other([MIN], null), /^ladder "l" is on retention policy "autogen" already$/],
    [other([['a/b', HOUR, 0n]], 'r'), /^retention policy "a\/b": invalid name$/],
    [{ ...other([MIN], 'r'), name: '..' }, /^ladder "\.\.": invalid name$/],
    [other([MIN], 'ten'), /^retention policy "ten" is a tier of ladder "l": it cannot be the base of "k"$/],
    [other([TEN], 'r'), /^retention policy "ten" belongs to ladder "l": it cannot be a tier of "k", too$/],
    [other([['autogen', HOUR, 0n]], 'r'), /^retention policy "autogen" belongs to ladder "l"/],
    [other([['r', HOUR, 0n]], 'r'), /^a tier cannot have the name of the base: "r"$/],
    [other([['x', HOUR, MINUTE]], 'r'), /^retention policy duration must be at least 1h0m0s$/],
    [other([MIN, ['min', HOUR, 0n]], 'r'), /^two different tiers have the name "min"$/],
  ];
  for (const [spec, message] of refused) await assert.rejects(catalog.createLadder('d', spec, ''), { message });
  await catalog.createLadder('d', other([MIN], 'r'), '');
  assert.equal(catalog.database('d')?.defaultPolicy, 'autogen');
  await rejects(catalog.createLadder('nowhere', ladder([TEN]), ''), 'not found', 'database not found: nowhere');
  await rejects(catalog.dropLadder('d', 'x', false), 'not found', 'ladder not found: x');
  await rejects(catalog.alterLadder('d', ladder([TEN], { name: 'x' }), '', false), 'not found', 'ladder not found: x');
});

test('continuous queries are replaced in the same step, or nothing happens', async (t) => {
  const { catalog } = await withDatabase(t);
  await catalog.createContinuousQuery('d', 'a', 'A');
  await catalog.createContinuousQuery('d', 'b', 'B');
  await rejects(catalog.createLadder('d', ladder([TEN]), '', ['a', 'x']), 'not found', 'continuous query not found: x');
  assert.equal(catalog.database('d')?.ladders.length, 0);
  await catalog.createLadder('d', ladder([TEN]), '', ['a']);
  assert.deepEqual(
    catalog.database('d')?.continuousQueries.map(({ name }) => name),
    ['b'],
  );
});

test('a copy of a database has a ladder over buckets of its own', async (t) => {
  const { catalog } = await withDatabase(t);
  await catalog.createLadder('d', ladder([TEN, HOURLY]), '');
  const database = catalog.database('d') ?? assert.fail();
  assert.deepEqual(decodeDatabase(JSON.parse(JSON.stringify(encodeDatabase(database)))), database);
  const ids = new Map(bucketsOf(database).map(({ id }, index) => [id, String(index).padStart(16, 'f')]));
  const copy = { ...withBucketIds(database, ids), name: 'e' };
  await catalog.importAll({ databases: [copy], policies: [], users: [] });
  const imported = catalog.database('e') ?? assert.fail();
  const texts = JSON.stringify(encodeDatabase(imported));
  for (const { id } of bucketsOf(database)) assert.ok(!texts.includes(id), id);
  assert.equal(bucketsOf(imported)[0].late?.seriesOf, bucketsOf(imported)[0].id);
  await rejects(
    catalog.importAll({ databases: [{ ...copy, name: 'f' }], policies: [], users: [] }),
    'conflict',
    /^bucket already exists/,
  );
});
