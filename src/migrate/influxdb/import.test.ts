import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { ALL_TIME, HOUR } from '../../model/index.ts';
import { engineTarget } from './engine-target.ts';
import { type ImportOptions, importInfluxdb } from './import.ts';
import { reportText } from './import-report.ts';
import type { InfluxDatabase, InfluxMeta } from './meta/meta-file.ts';
import { encodeTsm, walWrite } from './test-support/encode-files.ts';
import { type InfluxDir, makeInfluxDir, policyOf } from './test-support/influx-dir.ts';
import { type Node, openNode } from './test-support/node.ts';

interface Stage {
  readonly from: InfluxDir;
  readonly to: Node;
  /** The report as text, without the heading. */
  readonly run: (options?: Partial<ImportOptions>) => Promise<string[]>;
}

const NOW_NS = 1_800_000_000_000_000_000n;
const clock = { nowNs: () => NOW_NS };

async function setStage(t: TestContext, meta: InfluxMeta): Promise<Stage> {
  const from = await makeInfluxDir();
  await from.meta(meta);
  const to = await openNode();
  t.after(async () => {
    await to.close();
    await from.remove();
  });
  const base = { directories: from.directories, clock, range: ALL_TIME, skipDamaged: false, onProgress: () => {} };
  return {
    from,
    to,
    async run(options) {
      const report = await importInfluxdb({ ...base, target: engineTarget(to.catalog, to.view), ...options });
      return reportText(report).split('\n').slice(1);
    },
  };
}

function database(name: string, changes: Partial<InfluxDatabase> = {}): InfluxDatabase {
  return { name, defaultPolicy: 'autogen', policies: [policyOf('autogen', ['1'])], continuousQueries: [], ...changes };
}

function tsmOf(key: string, times: readonly bigint[], values: readonly number[]): Buffer {
  return encodeTsm([{ key: `${key}#!~#v`, type: 'float', blocks: [{ times, values }] }]);
}

test('several databases, policies and shards; _internal only when asked for', async (t) => {
  const policies = [policyOf('autogen', ['1', '2', '9']), policyOf('other', ['3'])];
  const internal = database('_internal', { policies: [policyOf('monitor', ['4'])] });
  const { from, to, run } = await setStage(t, { databases: [database('d', { policies }), internal], users: [] });
  await from.tsm('d/autogen/1', tsmOf('cpu', [1n, 2n], [1, 2]));
  await from.tsm('d/autogen/1', tsmOf('cpu', [2n, 3n], [20, 3]));
  await from.tsm('d/autogen/2', tsmOf('mem,h=a', [HOUR], [4]));
  await from.wal('d/other/3', walWrite([{ key: 'cpu#!~#v', type: 'integer', points: [[5n, 7n]] }]));
  await from.tsm('_internal/monitor/4', tsmOf('self', [1n], [1]));
  const lines = await run();
  assert.match(lines[0], /^d\.autogen +2 +2 +4 +\d+$/);
  assert.match(lines[1], /^d\.other +1 +1 +1 +\d+$/);
  assert.equal(lines.length, 2);
  assert.deepEqual(to.points('d', 'autogen'), ['cpu v=1 1', 'cpu v=20 2', 'cpu v=3 3', `mem,h=a v=4 ${HOUR}`]);
  assert.deepEqual(to.points('d', 'other'), ['cpu v=7i 5']);
  assert.equal(to.catalog.database('_internal'), undefined);
  await run({ database: '_internal' });
  assert.deepEqual(to.points('_internal', 'monitor'), ['self v=1 1']);
});

test('one policy, and a span of time', async (t) => {
  const policies = [policyOf('autogen', ['1']), policyOf('other', ['2'])];
  const e = database('e', { policies: [policyOf('third', [])] });
  const { from, to, run } = await setStage(t, { databases: [database('d', { policies }), e], users: [] });
  await from.tsm('d/autogen/1', tsmOf('cpu', [1n, 2n, 3n, 4n], [1, 2, 3, 4]));
  await from.wal(
    'd/autogen/1',
    walWrite([
      {
        key: 'cpu#!~#v',
        type: 'float',
        points: [
          [2n, 9],
          [5n, 5],
        ],
      },
    ]),
  );
  await from.tsm('d/other/2', tsmOf('cpu', [2n], [2]));
  await run({ database: 'd', policy: 'autogen', range: { startNs: 2n, endNs: 4n } });
  assert.deepEqual(to.points('d', 'autogen'), ['cpu v=3 3', 'cpu v=9 2']);
  const policyNames = (): unknown => to.catalog.database('d')?.policies.map(({ name }) => name);
  assert.deepEqual(policyNames(), ['autogen']);
  await to.catalog.dropDatabase('d');
  await run({ policy: 'other' });
  assert.deepEqual(policyNames(), ['other']);
  assert.equal(to.catalog.database('d')?.defaultPolicy, 'other');
  assert.equal(to.catalog.database('e'), undefined);
  assert.deepEqual(to.points('d', 'other'), ['cpu v=2 2']);
});

test('what exists is made: policies, continuous queries, subscriptions, users', async (t) => {
  const text = 'CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM cpu GROUP BY time(1h) END';
  const subscription = { name: 's', mode: 'ANY', destinations: ['udp://h:1'] };
  const long = policyOf('long', [], {
    durationNs: 24n * HOUR,
    shardDurationNs: HOUR,
    replicaN: 2,
    subscriptions: [subscription],
  });
  const user = {
    name: 'u',
    passwordHash: '$2a$10$x',
    admin: true,
    grants: [{ database: 'd', privilege: 'READ' as const }],
  };
  const d = database('d', {
    policies: [policyOf('autogen', []), long],
    defaultPolicy: 'long',
    continuousQueries: [{ name: 'q', text }],
  });
  const { from, to, run } = await setStage(t, { databases: [d], users: [user] });
  await run();
  const made = to.catalog.database('d');
  assert.equal(made?.defaultPolicy, 'long');
  assert.deepEqual(made.continuousQueries, [{ name: 'q', text }]);
  const { bucket, replicaN, subscriptions } = to.catalog.policy('d');
  assert.deepEqual([bucket.durationNs, bucket.shardDurationNs, replicaN], [24n * HOUR, HOUR, 2]);
  assert.deepEqual(subscriptions, [subscription]);
  const { passwordHash, admin, grants } = to.catalog.user('u') ?? assert.fail();
  assert.deepEqual([passwordHash, admin, [...grants]], ['$2a$10$x', true, [['d', 'READ']]]);

  // Again: nothing changes. With what came later: only that is added, and what differs is told.
  assert.deepEqual((await run()).length, 2);
  await from.meta({
    databases: [
      { ...d, policies: [policyOf('autogen', [], { durationNs: 5n * HOUR }), long, policyOf('new', [])] },
      database('e'),
    ],
    users: [
      { ...user, passwordHash: '$2a$10$other' },
      { ...user, name: 'w' },
    ],
  });
  assert.deepEqual((await run()).slice(4), [
    'd.autogen is here with another duration or shard duration, and keeps it',
    'user u is here with another password or rights, and keeps them',
  ]);
  assert.deepEqual(
    to.catalog.database('d')?.policies.map(({ name }) => name),
    ['autogen', 'long', 'new'],
  );
  assert.equal(to.catalog.policy('d', 'autogen').bucket.durationNs, 0n);
  assert.equal(to.catalog.user('w')?.admin, true);
  assert.equal(to.catalog.user('u')?.passwordHash, '$2a$10$x');
});

test('a dry run reads and counts, and writes nothing', async (t) => {
  const { from, to, run } = await setStage(t, { databases: [database('d')], users: [] });
  await from.tsm('d/autogen/1', tsmOf('cpu', [1n, 2n], [1, 2]));
  await from.wal('d/autogen/1', walWrite([{ key: 'cpu#!~#v', type: 'float', points: [[2n, 9]] }]));
  assert.match((await run({ target: null }))[0], /^d\.autogen +1 +1 +3 +\d+$/);
  assert.equal(to.catalog.database('d'), undefined);
});

test('points past their period come along as long as their shard does', async (t) => {
  const shards = [
    { id: '1', range: { startNs: NOW_NS - 4n * HOUR, endNs: NOW_NS - 3n * HOUR } },
    { id: '2', range: { startNs: NOW_NS - 3n * HOUR, endNs: NOW_NS - HOUR } },
  ];
  const policy = policyOf('autogen', [], { durationNs: 2n * HOUR, shardDurationNs: HOUR, shards });
  const { from, to, run } = await setStage(t, { databases: [database('d', { policies: [policy] })], users: [] });
  await from.tsm('d/autogen/1', tsmOf('cpu', [shards[0].range.startNs], [1]));
  await from.tsm('d/autogen/2', tsmOf('cpu', [shards[1].range.startNs], [2]));
  assert.deepEqual((await run()).slice(1), ['d.autogen: 1 shards are past their retention and are left out']);
  assert.equal(to.view.status().memtableRows, 1);
});

test('values and names that Weir cannot keep as they are', async (t) => {
  const { from, to, run } = await setStage(t, { databases: [database('d')], users: [] });
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  const file = encodeTsm([
    { key: 'm,a=,b=x,c=#!~#v', type: 'float', blocks: [{ times: [1n, 2n], values: [1, Infinity] }] },
    { key: String.raw`m\#!~#v`, type: 'float', blocks: [{ times: [1n], values: [1] }] },
    { key: latin1('m\xfc#!~#s\xfc'), type: 'string', blocks: [{ times: [1n, 2n], values: [latin1('\xfc-'), 'ü'] }] },
  ]);
  await from.tsm('d/autogen/1', file);
  const lines = await run();
  assert.deepEqual(lines.slice(1), [
    'd/autogen/1: 1 values are NaN or infinite and are left out',
    'd/autogen/1: 1 strings are not UTF-8; each bad byte has become U+FFFD',
    String.raw`d/autogen/1: 1 series are left out: measurement "m\" ends in a backslash`,
  ]);
  assert.deepEqual(to.points('d', 'autogen'), ['m,b=x v=1 1', 'm\ufffd s\ufffd=ü 2', 'm\ufffd s\ufffd=\ufffd- 1']);
});

test('a damaged shard is left out as a whole, or what is damaged of it; others are not concerned', async (t) => {
  const policies = [policyOf('autogen', ['1', '2'])];
  const { from, to, run } = await setStage(t, { databases: [database('d', { policies })], users: [] });
  const good = tsmOf('cpu', [1n, 2n], [1, 2]);
  const broken = encodeTsm([
    {
      key: 'cpu#!~#v',
      type: 'float',
      blocks: [
        { times: [3n], values: [3] },
        { times: [4n], values: [4] },
      ],
    },
  ]);
  broken[20] ^= 1;
  const cut = tsmOf('lost', [1n], [1]).subarray(0, 40);
  await from.tsm('d/autogen/1', good);
  const brokenPath = await from.tsm('d/autogen/1', broken);
  const cutPath = await from.tsm('d/autogen/1', cut);
  const walPath = await from.wal('d/autogen/1', Buffer.from('garbage'));
  const write = walWrite([{ key: 'cpu#!~#v', type: 'float', points: [[5n, 5]] }]);
  await appendFile(walPath, write);
  await from.tsm('d/autogen/2', tsmOf('mem', [1n], [1]));
  const found = [
    `damaged: ${brokenPath} at byte 5: the checksum of a block of 34 bytes is wrong; lost: values of "cpu#!~#v"`,
    `damaged: ${cutPath} at byte 32: the index is said to start at`,
    `damaged: ${walPath} at byte 0: unknown kind of record 103; 7 bytes are passed over, with the writes and deletes in them`,
  ];
  const check = (lines: readonly string[]): void =>
    found.forEach((text, index) => assert.ok(lines[index].startsWith(text), `${lines[index]}\n${text}`));
  const first = await run();
  check(first.slice(1));
  assert.equal(first[4], 'damaged: shard d/autogen/1 is not imported; --skip-damaged imports what is left of it');
  assert.deepEqual(to.points('d', 'autogen'), ['mem v=1 1']);
  check((await run({ skipDamaged: true })).slice(1));
  assert.deepEqual(to.points('d', 'autogen'), ['cpu v=1 1', 'cpu v=2 2', 'cpu v=4 4', 'cpu v=5 5', 'mem v=1 1']);
});

test('a torn end of the WAL is passed over and told; so are shards and files that influxd does not read', async (t) => {
  const { from, to, run } = await setStage(t, { databases: [database('d')], users: [] });
  const write = walWrite([{ key: 'cpu#!~#v', type: 'float', points: [[5n, 5]] }]);
  const path = await from.wal('d/autogen/1', Buffer.concat([write, write.subarray(0, 9)]));
  await from.tsm('d/autogen/77', tsmOf('cpu', [1n], [1]));
  await mkdir(join(from.directories.data, 'd/_series/00'), { recursive: true });
  await mkdir(join(from.directories.data, 'd/autogen/1'), { recursive: true });
  const ignored = join(from.directories.data, 'd/autogen/1/000000002-000000001.tsm.tmp');
  await writeFile(ignored, 'half');
  assert.deepEqual((await run()).slice(1), [
    `${ignored} is left out, as influxd does`,
    'shard d/autogen/77 is in no database of meta.db and is left out',
    `torn end of a WAL segment, as influxd does: ${path} at byte ${write.length}: the file ends within a record; 9 bytes are passed over`,
  ]);
  assert.deepEqual(to.points('d', 'autogen'), ['cpu v=5 5']);
});

test('a field of two types in one shard of Weir: what cannot be stored is told', async (t) => {
  const policies = [policyOf('autogen', ['1', '2'])];
  const { from, to, run } = await setStage(t, { databases: [database('d', { policies })], users: [] });
  await from.tsm('d/autogen/1', tsmOf('cpu', [1n], [1]));
  await from.wal('d/autogen/2', walWrite([{ key: 'cpu#!~#v', type: 'integer', points: [[2n, 2n]] }]));
  assert.match((await run())[1], /^d\/autogen\/2: 1 points were refused: field type conflict: input field "v"/);
  assert.deepEqual(to.points('d', 'autogen'), ['cpu v=1 1']);
});

test('no meta.db, or a damaged one', async (t) => {
  const { from, run } = await setStage(t, { databases: [], users: [] });
  await writeFile(join(from.directories.meta, 'meta.db'), Buffer.from('no such thing'));
  await assert.rejects(run(), (error) => isWeirError(error, 'corrupt') && /meta\.db at byte 0/.test(error.message));
  await assert.rejects(
    run({ directories: { ...from.directories, meta: '/nowhere' } }),
    (error) => isWeirError(error, 'not found') && error.message.startsWith('/nowhere/meta.db cannot be read'),
  );
});
