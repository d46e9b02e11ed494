// What the npm client `influx` can do, on Weir and on InfluxDB, with the same answers from both.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FieldType, type IPoint, InfluxDB, type INanoDate, escape, toNanoDate } from 'influx';
import { hasInfluxd, startInfluxd } from './test-support/influxd.ts';
import { startWeir } from './test-support/weir-server.ts';

const DATABASE = 'mill';
const START_S = Date.UTC(2020, 0, 6) / 1000;
const DAY_S = 86_400;
/** Wheels `a b` and `c,d=e` in turn, one point a day from a Monday: two weeks, thus two shards. */
const WHEELS: readonly IPoint[] = Array.from({ length: 10 }, (_, day) => ({
  measurement: 'wheel',
  tags: { name: day % 2 === 0 ? 'a b' : 'c,d=e' },
  fields: { level: day / 2, turns: day, note: `"${day}" \\ ü`, open: day < 5 },
  timestamp: START_S + day * DAY_S,
}));

/** A server without data. */
interface Site {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly skip: string | false;
  readonly start: (dir: string) => Promise<Site>;
}

const KINDS: readonly Kind[] = [
  {
    name: 'Weir',
    skip: false,
    async start(dir) {
      const server = await startWeir(dir);
      return { url: `http://${server.address}`, stop: () => server.close() };
    },
  },
  {
    name: 'InfluxDB',
    skip: hasInfluxd() ? false : 'needs influxd: apt-get install influxdb',
    async start(dir) {
      const server = await startInfluxd(dir, { index: 'inmem' });
      return { url: server.url, stop: () => server.kill() };
    },
  },
];

/** Works in database `mill`, which is empty before each case. */
type Case = (client: InfluxDB) => Promise<void>;

const CASES: Readonly<Record<string, Case>> = {
  'databases are created and dropped, again and again': async (client) => {
    await client.createDatabase('other one');
    await client.createDatabase('other one');
    assert.deepEqual((await client.getDatabaseNames()).toSorted(), [DATABASE, 'other one']);
    await client.dropDatabase('other one');
    await client.dropDatabase('other one');
    assert.deepEqual(await client.getDatabaseNames(), [DATABASE]);
    await assert.rejects(client.writePoints([...WHEELS], { database: 'none' }), /404 .*database not found: \\"none\\"/);
    await assert.rejects(client.query('SELECT * FROM wheel', { database: 'none' }), /database not found: none/);
  },

  'points of all types are read as they were written': async (client) => {
    await client.writePoints([...WHEELS], { precision: 's' });
    const rows = await client.query<Row>('SELECT * FROM wheel');
    assert.deepEqual(
      rows.map(({ time, ...row }) => [time.getTime() / 1000, row]),
      WHEELS.map(({ timestamp, tags, fields }) => [timestamp, { ...fields, ...tags }]),
    );
    const note = JSON.stringify({ a: JSON.stringify({ b: 'c c' }) });
    await client.writeMeasurement('loose', [{ fields: { note }, tags: { 'k y': 'v w' } }]);
    assert.deepEqual(pick(await client.query<Row>('SELECT note, "k y" FROM loose'), 'note', 'k y'), [[note, 'v w']]);
  },

  'times keep their nanoseconds, and are rounded to a precision when asked': async (client) => {
    const timestamp = toNanoDate('1475985480231035677');
    await client.writePoints([{ measurement: 'wheel', tags: { name: 'x' }, fields: { level: 2 }, timestamp }]);
    const [row] = await client.query<Row>('SELECT level FROM wheel');
    assert.equal(row.time.getNanoTime(), '1475985480231035677');
    const rounded = [
      ['u', 1475985480231035],
      ['ms', 1475985480231],
      ['s', 1475985480],
      ['m', 24599758],
      ['h', 409995],
    ] as const;
    for (const [precision, time] of rounded) {
      assert.deepEqual(await raw(client, 'SELECT level FROM wheel', { precision }), [[time, 2]], precision);
    }
  },

  'queries go by GET and POST, with placeholders, groups and several statements': async (client) => {
    await client.writePoints([...WHEELS], { precision: 's' });
    for (const method of ['GET', 'POST'] as const) {
      const text = `SELECT turns, "name" FROM wheel WHERE time = '2020-01-09T00:00:00Z'`;
      assert.deepEqual(await raw(client, text, { method }), [['2020-01-09T00:00:00Z', 3, 'c,d=e']], method);
    }
    const text = 'SELECT turns FROM wheel WHERE "name" = $wheel AND turns > $least';
    const placed = await client.query<Row>(text, { placeholders: { wheel: 'a b', least: 5 } });
    assert.deepEqual(pick(placed, 'turns'), [[6], [8]]);
    await assert.rejects(client.query(text, { placeholders: { wheel: 'a b' } }), /400 .*missing parameter: least/);
    const literal = escape.stringLit('c,d=e');
    const [sum, none] = await client.query<Row>([
      `SELECT sum(turns) FROM wheel WHERE "name" = ${literal}`,
      'SELECT * FROM nothing',
    ]);
    assert.deepEqual(pick(sum, 'sum'), [[25]]);
    assert.equal(none.length, 0);
    const grouped = await client.query<Row>('SELECT max(turns) FROM wheel GROUP BY "name"');
    assert.deepEqual(
      grouped.groups().map(({ tags, rows }) => [tags, pick(rows, 'max')]),
      [
        [{ name: 'a b' }, [[8]]],
        [{ name: 'c,d=e' }, [[9]]],
      ],
    );
  },

  'what is wrong is told, and nothing of it is kept': async (client) => {
    await assert.rejects(client.query('SELECT nonsense('), /400 .*error parsing query: found EOF/);
    await assert.rejects(client.query('SELECT nonsense(v) FROM wheel'), /undefined function nonsense\(\)/);
    await client.writeMeasurement('loose', [{ fields: { v: 1 } }]);
    await assert.rejects(client.writeMeasurement('loose', [{ fields: { v: 'text' } }]), /400 .*field type conflict/);
    await assert.rejects(client.writeMeasurement('other', [{ fields: { v: Number.NaN } }]), /400 .*invalid number/);
    assert.deepEqual(await client.getMeasurements(), ['loose']);
    assert.deepEqual(pick(await client.query<Row>('SELECT v FROM loose'), 'v'), [[1]]);
  },

  'measurements and series are listed and dropped': async (client) => {
    await client.writePoints([...WHEELS], { precision: 's' });
    await client.writeMeasurement('loose', [{ fields: { v: 1 }, tags: { n: '1' } }]);
    assert.deepEqual(await client.getMeasurements(), ['loose', 'wheel']);
    const wheels = [String.raw`wheel,name=a\ b`, String.raw`wheel,name=c\,d\=e`];
    assert.deepEqual(await client.getSeries(), ['loose,n=1', ...wheels]);
    assert.deepEqual(await client.getSeries({ measurement: 'wheel' }), wheels);
    await client.dropSeries({ measurement: 'wheel', where: (e) => e.tag('name').equals.value('a b') });
    assert.deepEqual(await client.getSeries(), ['loose,n=1', wheels[1]]);
    assert.deepEqual(pick(await client.query<Row>('SELECT count(turns) FROM wheel'), 'count'), [[5]]);
    await client.dropSeries({ where: (e) => e.tag('n').matches.value(/^1/) });
    assert.deepEqual(await client.getMeasurements(), ['wheel']);
    await assert.rejects(client.dropSeries({ where: 'time > 2' }), /DROP SERIES doesn't support time/);
    await client.dropMeasurement('wheel');
    assert.deepEqual([await client.getMeasurements(), await client.getSeries()], [[], []]);
  },

  'shards are listed and dropped': async (client) => {
    assert.deepEqual(await client.showShards(), []);
    await client.writePoints([...WHEELS], { precision: 's' });
    const [first, second] = await client.showShards();
    assert.deepEqual(
      [first, second].map((shard) => [shard.database, shard.retention_policy, shard.start_time, shard.end_time]),
      [
        [DATABASE, 'autogen', '2020-01-06T00:00:00Z', '2020-01-13T00:00:00Z'],
        [DATABASE, 'autogen', '2020-01-13T00:00:00Z', '2020-01-20T00:00:00Z'],
      ],
    );
    await client.dropShard(first.id);
    assert.deepEqual(pick(await client.showShards(), 'id'), [[second.id]]);
    assert.deepEqual(pick(await client.query<Row>('SELECT turns FROM wheel'), 'turns'), [[7], [8], [9]]);
    await client.dropShard(first.id);
  },

  'retention policies are created, changed, written to and dropped': async (client) => {
    const autogen = ['autogen', '0s', '168h0m0s', 1];
    await client.createRetentionPolicy('7d', { duration: '7d', replication: 1 });
    await client.createRetentionPolicy('7d', { duration: '7d', replication: 1 });
    const differing = client.createRetentionPolicy('7d', { duration: '8d', replication: 1 });
    await assert.rejects(differing, /retention policy already exists/);
    assert.deepEqual(await policies(client), [
      [...autogen, true],
      ['7d', '168h0m0s', '24h0m0s', 1, false],
    ]);
    await client.alterRetentionPolicy('7d', { duration: '14d', replication: 1, isDefault: true });
    assert.deepEqual(await policies(client), [
      [...autogen, false],
      ['7d', '336h0m0s', '24h0m0s', 1, true],
    ]);
    await client.writePoints([{ ...WHEELS[0], timestamp: undefined }], { retentionPolicy: '7d' });
    const text = 'SELECT turns FROM wheel';
    assert.equal((await client.query(text, { retentionPolicy: '7d' })).length, 1);
    assert.equal((await client.query(text, { retentionPolicy: 'autogen' })).length, 0);
    await client.dropRetentionPolicy('7d');
    assert.deepEqual(await policies(client), [[...autogen, false]]);
  },

  'continuous queries are created, shown as they are kept, and dropped': async (client) => {
    await client.createRetentionPolicy('7d', { duration: '7d', replication: 1 });
    const text = 'SELECT MEAN(level) INTO "7d"."means" FROM "autogen"."wheel" GROUP BY time(1m), *';
    await client.createContinuousQuery('by 1m', text);
    await client.createContinuousQuery('by 1m', text);
    const differing = client.createContinuousQuery('by 1m', text.replace('1m', '2m'));
    await assert.rejects(differing, /continuous query already exists/);
    await client.createContinuousQuery('late', text, DATABASE, 'RESAMPLE EVERY 1m FOR 2m');
    const kept = 'BEGIN SELECT mean(level) INTO mill."7d".means FROM mill.autogen.wheel GROUP BY time(1m), * END';
    const late = ['late', `CREATE CONTINUOUS QUERY late ON mill RESAMPLE EVERY 1m FOR 2m ${kept}`];
    assert.deepEqual(pick(await client.showContinousQueries(), 'name', 'query'), [
      ['by 1m', `CREATE CONTINUOUS QUERY "by 1m" ON mill ${kept}`],
      late,
    ]);
    await client.dropContinuousQuery('by 1m');
    assert.deepEqual(pick(await client.showContinousQueries(), 'name', 'query'), [late]);
    await client.dropContinuousQuery('late');
    assert.equal((await client.showContinousQueries()).length, 0);
  },

  'users are created, given rights and dropped': async (client) => {
    const users = async (): Promise<unknown> => pick(await client.getUsers(), 'user', 'admin');
    const rights = (): Promise<unknown> => raw(client, `SHOW GRANTS FOR "o'b"`, {});
    await client.createUser("o'b", "pass'word");
    await assert.rejects(client.createUser("o'b", 'other'), /user already exists/);
    await client.setPassword("o'b", 'new "one"');
    assert.deepEqual(await users(), [["o'b", false]]);
    await client.grantAdminPrivilege("o'b");
    assert.deepEqual(await users(), [["o'b", true]]);
    await client.revokeAdminPrivilege("o'b");
    assert.deepEqual(await users(), [["o'b", false]]);
    await client.grantPrivilege("o'b", 'READ');
    assert.deepEqual(await rights(), [[DATABASE, 'READ']]);
    await client.grantPrivilege("o'b", 'WRITE');
    assert.deepEqual(await rights(), [[DATABASE, 'WRITE']]);
    await client.revokePrivilege("o'b", 'WRITE');
    assert.deepEqual(await rights(), [[DATABASE, 'NO PRIVILEGES']]);
    await assert.rejects(client.grantPrivilege("o'b", 'READ', 'none'), /database not found: none/);
    await client.dropUser("o'b");
    assert.deepEqual(await users(), []);
    await assert.rejects(client.dropUser("o'b"), /user not found/);
  },

  'ping tells that the server is there, and its version': async (client) => {
    const [{ online, version }] = await client.ping(5000);
    assert.equal(online, true);
    assert.match(String(version), /^1\.\d+\.\d+/);
  },
};

for (const { name, skip, start } of KINDS) {
  void test(name, { skip, timeout: 60_000 }, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'weir-influx-client-'));
    const { url, stop } = await start(dir);
    t.after(async () => {
      await stop();
      await rm(dir, { recursive: true });
    });
    const { hostname, port } = new URL(url);
    for (const [title, run] of Object.entries(CASES)) {
      await t.test(title, async () => {
        const client = connect(hostname, Number(port));
        await client.dropDatabase(DATABASE);
        await client.createDatabase(DATABASE);
        await run(client);
      });
    }
  });
}

interface Row {
  readonly time: INanoDate;
  readonly [column: string]: unknown;
}

/** A new one for each case, since one that saw a server error waits before it asks again. */
function connect(host: string, port: number): InfluxDB {
  const fields = { level: FieldType.FLOAT, turns: FieldType.INTEGER, note: FieldType.STRING, open: FieldType.BOOLEAN };
  return new InfluxDB({ host, port, database: DATABASE, schema: [{ measurement: 'wheel', tags: ['name'], fields }] });
}

function pick(rows: ReadonlyArray<object>, ...columns: readonly string[]): unknown[][] {
  return rows.map((row) => columns.map((column) => (row as Readonly<Record<string, unknown>>)[column]));
}

/** The values of the first series of the first statement, as the server sent them. */
async function raw(client: InfluxDB, text: string, options: Parameters<InfluxDB['queryRaw']>[1]): Promise<unknown> {
  const answer = (await client.queryRaw(text, options)) as { results: { series: { values: unknown }[] }[] };
  return answer.results[0].series[0].values;
}

async function policies(client: InfluxDB): Promise<unknown> {
  return pick(await client.showRetentionPolicies(), 'name', 'duration', 'shardGroupDuration', 'replicaN', 'default');
}
