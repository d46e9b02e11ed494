import assert from 'node:assert/strict';
import { readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, isWeirError } from '../base/index.ts';
import { openBackup, openForBackup } from './backup-directory.ts';
import type { BackupSource } from './backups.ts';
import type { Selection } from './contents.ts';
import { MANIFEST_NAME } from './manifest-file.ts';
import { type RestoreOptions, planRestore } from './plan-restore.ts';
import type { RestoreTarget } from './restore-target.ts';
import { type RestoreReport, checkObjects, sendRestore } from './send-restore.ts';
import { type BackupReport, takeBackup } from './take-backup.ts';
import { type TestNode, setStage } from './test-support/test-node.ts';

const ALL: Selection = { database: null, policy: null, sinceNs: null };
const WHOLE: RestoreOptions = { database: null, as: null, policy: null, newPolicy: null, ifExists: 'refuse' };
const HOUR = 3_600_000_000_000n;

async function backUp(source: BackupSource, dir: string, selection: Partial<Selection> = {}): Promise<BackupReport> {
  const directory = await openForBackup(dir);
  try {
    return await takeBackup(directory, source, { ...ALL, ...selection });
  } finally {
    await directory.close();
  }
}

async function restore(
  dir: string,
  target: RestoreTarget,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreReport> {
  const { directory, manifest } = await openBackup(dir);
  try {
    return await sendRestore(directory, manifest, target, { ...WHOLE, ...options });
  } finally {
    await directory.close();
  }
}

const rejects = (work: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> =>
  assert.rejects(work, (error) => {
    assert.ok(isWeirError(error, code), `${code} expected: ${String(error)}`);
    assert.match(error.message, text);
    return true;
  });

/** A node with two databases, deletes, and a user. */
async function filled(t: TestContext) {
  const stage = setStage(t);
  const node = await stage.open(await stage.tempDir());
  const { catalog, view } = node;
  await catalog.createDatabase('d');
  await catalog.createPolicy('d', { name: 'short', durationNs: 0n, shardDurationNs: HOUR });
  await catalog.createDatabase('e');
  await catalog.createDatabase('empty');
  await catalog.createContinuousQuery('d', 'c', 'CREATE CONTINUOUS QUERY …');
  await catalog.createSubscription('d', 'autogen', { name: 's', mode: 'ALL', destinations: ['udp://h:1'] });
  await catalog.createUser('u', 'p', true);
  await node.write(
    'd',
    'cpu,host=a v=1,n=9007199254740993i,s="x y",ok=t 1\ncpu,host=b v=2,u=18446744073709551615u 2\n',
  );
  await view.flush();
  await node.write('d', 'cpu,host=a v=3 1\nmem used=4i 5\ngone v=1 7\n');
  await view.delete(catalog.policy('d').bucket.id, {
    measurements: ['gone'],
    predicate: null,
    range: { startNs: 0n, endNs: 100n },
  });
  await node.write('d', 'x v=1 1\nx v=2 3600000000001\nx v=3 7200000000001\n', 'short');
  await node.write('e', 'm,a=ü\\ b v=-0.5 -1\n');
  return { stage, node, catalog };
}

/** All databases, policies and points of a node. */
function everything(node: TestNode): unknown {
  return node.catalog.databases().map(({ name, defaultPolicy, policies, continuousQueries }) => ({
    name,
    defaultPolicy,
    continuousQueries,
    policies: policies.map(({ name: policy, bucket, subscriptions }) => {
      const { durationNs, shardDurationNs } = bucket;
      return { policy, durationNs, shardDurationNs, subscriptions, points: node.show(name, policy) };
    }),
  }));
}

test('a backup restored into an empty server is the same, its users too, also after a restart', async (t) => {
  const { stage, node } = await filled(t);
  const expected = everything(node);
  const dir = await stage.tempDir();
  const report = await backUp(node.backups, dir);
  assert.equal(report.copiedObjects, report.objectCount);
  assert.equal(node.backups.count, 0);
  const targetDir = await stage.tempDir();
  const target = await stage.open(targetDir);
  const { outcome, plan } = await restore(dir, target.restores);
  assert.deepEqual([outcome, plan.notes], [{ usersRestored: true, merged: null }, []]);
  assert.deepEqual(everything(target), expected);
  assert.equal((await target.catalog.authenticate('u', 'p')).admin, true);
  await target.write('d', 'cpu,host=c v=1 9\n');
  const after = everything(target);
  await target.close();
  const again = await stage.open(targetDir);
  assert.deepEqual(everything(again), after);
  assert.equal(again.restores.count, 0);
});

test('the next backup into the same directory copies what is new and removes what is old', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir);
  const nothing = await backUp(node.backups, dir);
  assert.deepEqual([nothing.copiedObjects, nothing.copiedBytes, nothing.removedObjects], [0, 0, 0]);
  await node.write('e', 'm v=2 2\n');
  const one = await backUp(node.backups, dir);
  assert.equal(one.copiedObjects, 2); // a block, and the names of new series
  await node.view.dropBucket((await node.catalog.dropDatabase('d'))[0]);
  const less = await backUp(node.backups, dir);
  assert.ok(less.removedObjects > 0 && less.objectCount < one.objectCount);
  const target = await stage.open(await stage.tempDir());
  await restore(dir, target.restores);
  assert.deepEqual(everything(target), everything(node));
});

test('an unfinished run leaves the backup before it, and what it copied is used by the next one', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir, { database: 'e' });
  await node.write('e', 'm v=2 2\nn v=1 1\n');
  let fetched = 0;
  const breaking: BackupSource = {
    open: (selection) => node.backups.open(selection),
    close: (id) => node.backups.close(id),
    fetch: async (id, key) => {
      if (++fetched === 2) throw new Error('the connection broke');
      return node.backups.fetch(id, key);
    },
  };
  await assert.rejects(backUp(breaking, dir, { database: 'e' }), /the connection broke/);
  const target = await stage.open(await stage.tempDir());
  await restore(dir, target.restores);
  assert.deepEqual(target.show('e'), ['m,a=ü\\ b v=-0.5 -1']);
  const report = await backUp(node.backups, dir, { database: 'e' });
  assert.equal(report.copiedObjects, 1);
});

test('what may be chosen: a database, a retention policy, shards from a time on', async (t) => {
  const { stage, node } = await filled(t);
  const take = async (selection: Partial<Selection>): Promise<TestNode & { readonly copy: string }> => {
    const copy = await stage.tempDir();
    await backUp(node.backups, copy, selection);
    const target = await stage.open(await stage.tempDir());
    await restore(copy, target.restores);
    return { ...target, copy };
  };
  const database = await take({ database: 'd' });
  assert.deepEqual(
    database.catalog.databases().map(({ name }) => name),
    ['d'],
  );
  assert.deepEqual(database.catalog.users(), []);
  assert.deepEqual(database.show('d'), node.show('d'));
  const policy = await take({ database: 'd', policy: 'short' });
  assert.deepEqual(
    policy.catalog.database('d')?.policies.map(({ name }) => name),
    ['short'],
  );
  assert.equal(policy.catalog.database('d')?.defaultPolicy, 'short');
  assert.deepEqual(policy.show('d', 'short'), node.show('d', 'short'));
  await policy.catalog.dropPolicy('d', 'short');
  await restore(policy.copy, policy.restores);
  assert.deepEqual(policy.show('d', 'short'), node.show('d', 'short'));
  const since = await take({ database: 'd', policy: 'short', sinceNs: `${HOUR}` });
  assert.deepEqual(since.show('d', 'short'), ['x v=2 3600000000001', 'x v=3 7200000000001']);
  for (const selection of [{ database: 'x' }, { database: 'd', policy: 'x' }])
    await rejects(backUp(node.backups, await stage.tempDir(), selection), 'not found', / not found: x$/);
});

test('a directory keeps one backup of one server', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir, { database: 'd' });
  await rejects(backUp(node.backups, dir), 'conflict', /holds a backup of database d, not of all databases/);
  const other = await stage.open(await stage.tempDir());
  await other.catalog.createDatabase('d');
  await rejects(backUp(other.backups, dir, { database: 'd' }), 'conflict', /nothing in common/);
  await rejects(backUp(node.backups, join(dir, '..')), 'invalid', /holds other things than a backup/);
  const busy = await openForBackup(dir);
  await rejects(backUp(node.backups, dir, { database: 'd' }), 'locked', /./);
  await busy.close();
});

test('restored beside what is there, under other names', async (t) => {
  const { stage, node, catalog } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir);
  const before = everything(node);
  await rejects(restore(dir, node.restores), 'conflict', /^exists already: database d, database e, database empty$/);
  await rejects(restore(dir, node.restores, { database: 'd' }), 'conflict', /^exists already: database d$/);
  await rejects(restore(dir, node.restores, { database: 'x' }), 'not found', /no database x; it has d, e, empty$/);
  await rejects(
    restore(dir, node.restores, { database: 'd', policy: 'x' }),
    'not found',
    /policy x of d; it has autogen, short$/,
  );
  await rejects(restore(dir, node.restores, { database: 'd', policy: 'short' }), 'conflict', /policy short of d$/);
  assert.deepEqual(everything(node), before);

  const renamed = await restore(dir, node.restores, { database: 'd', as: 'd2' });
  assert.deepEqual(renamed.plan.notes, ['continuous query c of d', 'subscription s of d']);
  assert.deepEqual([node.show('d2'), node.show('d2', 'short')], [node.show('d'), node.show('d', 'short')]);
  assert.deepEqual(catalog.database('d2')?.continuousQueries, []);
  await restore(dir, node.restores, { database: 'd', policy: 'short', newPolicy: 'old' });
  assert.deepEqual(node.show('d', 'old'), node.show('d', 'short'));
  await restore(dir, node.restores, { database: 'd', policy: 'short', as: 'd3' });
  assert.equal(catalog.database('d3')?.defaultPolicy, 'short');
  const skipped = await restore(dir, node.restores, { ifExists: 'skip' });
  assert.deepEqual(skipped.plan.notes, ['database d: it exists', 'database e: it exists', 'database empty: it exists']);
  // Each copy is by itself.
  await node.write('d2', 'cpu,host=a v=100 1\n');
  assert.ok(node.show('d').includes('cpu,host=a n=9007199254740993i,ok=t,s="x y",v=3 1'));
  await node.view.enforceRetention();
  assert.deepEqual(node.show('d', 'old'), node.show('d', 'short'));
});

test('merged into what is there: both stay, and where both have a value that of the backup', async (t) => {
  const { stage, node, catalog } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir, { database: 'd' });
  const expected = [node.show('d'), node.show('d', 'short')];
  const [{ bucket }] = catalog.database('d')?.policies ?? [];
  await node.view.delete(bucket.id, { measurements: ['mem'], predicate: null, range: { startNs: 0n, endNs: 100n } });
  await node.write('d', 'cpu,host=a v=99,w=1 1\ncpu,host=z v=1 1\n');
  const droppedId = await catalog.dropPolicy('d', 'short');
  await node.view.dropBucket(droppedId ?? '');
  for (let round = 0; round < 2; round++) {
    const { outcome } = await restore(dir, node.restores, { ifExists: 'merge' });
    assert.equal(outcome.merged?.dropped, 0);
    assert.ok((outcome.merged?.written ?? 0) >= 3);
    assert.deepEqual(node.show('d', 'short'), expected[1]);
    assert.deepEqual(node.show('d'), [
      'cpu,host=a n=9007199254740993i,ok=t,s="x y",v=3,w=1 1',
      ...expected[0].filter((line) => !line.startsWith('cpu,host=a')).slice(0, 1),
      'cpu,host=z v=1 1',
      'mem used=4i 5',
    ]);
  }
  await catalog.createDatabase('f');
  await node.write('f', 'cpu,host=a v="text" 0\n');
  const { outcome } = await restore(dir, node.restores, { database: 'd', as: 'f', ifExists: 'merge' });
  assert.equal(outcome.merged?.dropped, 2);
  assert.match(outcome.merged?.firstReason ?? '', /^field type conflict: input field "v"/);
  assert.deepEqual(node.show('f'), ['cpu,host=a v="text" 0', 'mem used=4i 5']);
});

test('damage is refused with file and place before anything changes', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir);
  const target = await stage.open(await stage.tempDir());
  const { directory, manifest } = await openBackup(dir);
  const [key] = manifest.objects.keys();
  await checkObjects(directory, manifest, manifest.objects.keys());
  await directory.close();
  const path = join(dir, key);
  const good = await readFile(path);
  const refuse = async (code: ErrorCode, text: RegExp): Promise<void> => {
    await rejects(restore(dir, target.restores), code, text);
    assert.deepEqual([everything(target), target.restores.count], [[], 0]);
  };
  const bad = Buffer.from(good);
  bad[good.length >> 1] ^= 1;
  await writeFile(path, bad);
  await refuse('corrupt', new RegExp(`${key} is damaged between byte 0 and byte ${good.length}$`));
  await writeFile(path, good);
  await truncate(path, good.length - 1);
  await refuse('corrupt', new RegExp(`${key} ends at byte ${good.length - 1}, it should have ${good.length} bytes$`));
  await rm(path);
  await refuse('corrupt', new RegExp(`${key} is missing$`));
  await writeFile(path, good);
  const manifestPath = join(dir, MANIFEST_NAME);
  const text = await readFile(manifestPath, 'utf8');
  await writeFile(manifestPath, text.replace('"d"', '"b"'));
  await refuse('corrupt', /manifest.json is damaged: its contents/);
  await writeFile(manifestPath, text.slice(0, -10));
  await refuse('corrupt', /manifest.json is damaged/);
  await writeFile(manifestPath, text.replace('"format": 1', '"format": 2'));
  await refuse('invalid', /has format 2, this Weir knows 1/);
  await rename(manifestPath, `${manifestPath}.away`);
  await refuse('invalid', /was never finished$/);
  await rename(`${manifestPath}.away`, manifestPath);
  await writeFile(manifestPath, text);
  await restore(dir, target.restores);
  assert.deepEqual(everything(target), everything(node));
});

test('a restore that breaks off leaves nothing', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  await backUp(node.backups, dir);
  const targetDir = await stage.tempDir();
  const target = await stage.open(targetDir, { idleMs: 1000 });
  const objects = async (): Promise<readonly string[]> =>
    (await readdir(join(targetDir, 'store'))).filter((name) => name === 'blocks' || name === 'series');
  const isClean = async (): Promise<void> => {
    for (let wait = 0; wait < 500 && (restores.count > 0 || (await objects()).length > 0); wait++) await delay(10);
    assert.deepEqual([everything(target), restores.count, await objects()], [[], 0, []]);
  };
  const { restores } = target;
  const broken: readonly (readonly [string, Partial<RestoreTarget>])[] = [
    ['append', { append: async (id, key, at, bytes) => restores.append(id, key, at + 1, bytes) }],
    [
      'damage',
      {
        append: async (id, key, at, bytes) =>
          restores.append(
            id,
            key,
            at,
            bytes.map((byte) => byte ^ 1),
          ),
      },
    ],
    ['commit', { commit: async () => Promise.reject(new Error('the connection broke')) }],
    ['silence', { commit: async () => Promise.reject(new Error('the connection broke')), abort: async () => {} }],
  ];
  for (const [what, part] of broken) {
    const whole: RestoreTarget = {
      existing: () => restores.existing(),
      open: (request) => restores.open(request),
      append: (id, key, at, bytes) => restores.append(id, key, at, bytes),
      commit: (id) => restores.commit(id),
      abort: (id) => restores.abort(id),
    };
    await assert.rejects(restore(dir, { ...whole, ...part }), what);
    await isClean();
  }
  const { directory, manifest } = await openBackup(dir);
  const id = await restores.open(planRestore(manifest, WHOLE, [], randomId).request);
  await rejects(restores.commit(id), 'invalid', /was never sent as a whole$/);
  await directory.close();
  await isClean();
  await restore(dir, restores);
  assert.deepEqual(everything(target), everything(node));
});

let lastId = 0;
function randomId(): string {
  return (++lastId).toString(16).padStart(16, '0');
}
