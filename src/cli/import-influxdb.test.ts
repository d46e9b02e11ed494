// Against a real influxd 1.x: what it answered before it was killed is what Weir answers after the import.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { compareStrings } from '../base/index.ts';
import { DAY, HOUR, SECOND } from '../model/index.ts';
import { runCommand } from './commands.ts';
import { loadSettings } from './load-settings.ts';
import { startServer } from './server.ts';
import { randomLines, seededRandom } from './test-support/influx-points.ts';
import { type InfluxSeries, type Influxd, hasInfluxd, queryInflux, startInfluxd } from './test-support/influxd.ts';

const skip = hasInfluxd() ? false : 'needs influxd 1.x (Debian: apt-get install influxdb)';
const START = 1_700_000_000n * SECOND;
const logger = { debug() {}, info() {}, warn() {}, error: console.error };

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-import-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** Runs `weir import influxdb`. */
async function runImport(args: readonly string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const code = await runCommand(['import', 'influxdb', ...args], {
    environment: {},
    stdout: { write: (text: string) => (texts.out += text) },
    stderr: { write: (text: string) => (texts.err += text) },
    exit: () => {},
    onSignal: () => {},
  });
  return { code, ...texts };
}

/** All points of some policies, by `DATABASE.POLICY`. */
type Content = Readonly<Record<string, readonly InfluxSeries[]>>;

async function contentOf(url: string, policies: readonly string[]): Promise<Content> {
  const content: Record<string, readonly InfluxSeries[]> = {};
  for (const path of policies) {
    const [database, policy] = path.split('.');
    const measurements = (await queryInflux(url, `SHOW MEASUREMENTS ON ${database}`)).flatMap(
      ({ values = [] }) => values,
    );
    const all: InfluxSeries[] = [];
    for (const [name] of measurements) {
      const source = `"${database}"."${policy}"."${String(name).replace(/["\\]/g, '\\$&')}"`;
      all.push(...(await queryInflux(url, `SELECT * FROM ${source} GROUP BY *`)));
    }
    content[path] = all.map(plainSeries).toSorted((a, b) => compareStrings(nameOf(a), nameOf(b)));
  }
  return content;
}

/** Tells the first difference only: a diff of so much would take more memory than there is. */
function assertSame(actual: Answers, expected: Answers): void {
  assert.deepEqual(actual.statements, expected.statements);
  for (const [policy, series] of Object.entries(expected.content)) {
    assert.deepEqual(actual.content[policy].map(nameOf), series.map(nameOf), policy);
    series.forEach(({ columns, values = [], ...name }, index) => {
      const { columns: actualColumns, values: actualValues = [] } = actual.content[policy][index];
      const where = `${policy} ${nameOf({ columns, ...name })}`;
      assert.deepEqual(actualColumns, columns, where);
      const wrong = values.findIndex((row, at) => !isDeepStrictEqual(actualValues.at(at), row));
      if (wrong >= 0) assert.deepEqual(actualValues.at(wrong), values[wrong], `${where}, row ${wrong}`);
      assert.equal(actualValues.length, values.length, `${where}, rows`);
    });
  }
}

/** Without what `*` stands for on account of other series: which these are depends on the kind of index. */
function plainSeries({ name, tags, columns, values = [] }: InfluxSeries): InfluxSeries {
  const used = columns.map((_, column) => values.some((row) => row[column] !== null));
  return {
    name,
    tags: Object.fromEntries(Object.entries(tags ?? {}).filter(([, value]) => value !== '')),
    columns: columns.filter((_, column) => used[column]),
    values: values.map((row) => row.filter((_, column) => used[column])),
  };
}

function nameOf({ name, tags }: InfluxSeries): string {
  return JSON.stringify([name, Object.entries(tags ?? {}).toSorted(byText)]);
}

/** What Weir answers from a data directory. */
async function withWeir<T>(dir: string, ask: (url: string) => Promise<T>): Promise<T> {
  const flags = {
    '--data-dir': dir,
    '--http-bind': '127.0.0.1:0',
    '--host-metrics': 'false',
    '--query-max-select-points': '0',
  };
  const { settings } = await loadSettings({ flags, environment: {}, file: null });
  const server = await startServer(settings, { logger });
  try {
    return await ask(`http://${server.address}`);
  } finally {
    await server.close();
  }
}

const POLICIES = ['d.autogen', 'd.short shards', 'd.long', 'e.autogen'];

/** Waits until influxd has nothing in its WAL. */
async function walIsEmpty(dir: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const names = readdirSync(join(dir, 'wal'), { recursive: true, encoding: 'utf8' });
    if (!names.some((name) => name.endsWith('.wal') && statSync(join(dir, 'wal', name)).size > 0)) return;
    await sleep(100);
  }
  throw new Error('influxd writes no TSM files');
}

/** Points of all kinds in TSM files that overlap, with tombstones. */
async function fillTsm(influxd: Influxd, dir: string, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const write = (database: string, startNs: bigint, count: number, policy?: string): Promise<void> =>
    influxd.write(database, randomLines(startNs, count, seed, random).join('\n'), policy);
  await write('d', START, 3000);
  await write('d', START, 300, 'short shards');
  await write('d', -30n * 52n * 7n * DAY, 100, 'long');
  await write('d', START, 200, 'long');
  await write('e', -HOUR, 500, 'autogen');
  await walIsEmpty(dir);
  await write('d', START, 1500);
  await write('d', START, 100, 'long');
  await write('d', START + 1n, 1200);
  await walIsEmpty(dir);
  const [from, to] = [START + HOUR, START + 2n * HOUR];
  await influxd.query(`DELETE FROM cpu WHERE time >= ${from} AND time < ${to}`, 'd');
  await influxd.query(`DELETE FROM /ü/ WHERE time > ${from}`, 'd');
  await influxd.query(`DROP SERIES FROM cpu WHERE region = 'eu'`, 'd');
  await influxd.query('DROP MEASUREMENT "dots.and-more"', 'd');
  const names = readdirSync(join(dir, 'data'), { recursive: true, encoding: 'utf8' });
  assert.ok(
    names.some((name) => name.endsWith('000000002-000000001.tsm')),
    'files that overlap',
  );
  assert.ok(
    names.some((name) => name.endsWith('.tombstone')),
    'tombstones',
  );
}

/** Overwrites, deletes and overwrites again, all of it in the WAL. */
async function fillWal(influxd: Influxd, seed: number): Promise<void> {
  const random = seededRandom(seed + 1);
  const write = (startNs: bigint, count: number, policy?: string): Promise<void> =>
    influxd.write('d', randomLines(startNs, count, seed, random).join('\n'), policy);
  await write(START, 700);
  await write(START, 50, 'long');
  await influxd.query(`DELETE FROM /cpu|odd/ WHERE time >= ${START} AND time < ${START + HOUR}`, 'd');
  await write(START, 100);
  await influxd.query(`DROP SERIES FROM cpu WHERE host = 'a' AND region = ''`, 'd');
  await influxd.write('d', `new value=7i ${START}\nnew,a=b value=8i ${START + 3n * DAY}`);
}

function byText(a: unknown, b: unknown): number {
  return compareStrings(JSON.stringify(a), JSON.stringify(b));
}

/** What an administrator sees, in both. */
const STATEMENTS = [
  'SHOW DATABASES',
  'SHOW RETENTION POLICIES ON d',
  'SHOW RETENTION POLICIES ON e',
  'SHOW CONTINUOUS QUERIES',
  'SHOW SUBSCRIPTIONS',
];
/** Users only come along into a data directory. */
const USER_STATEMENTS = ['SHOW USERS', 'SHOW GRANTS FOR reader'];

async function fillMeta(influxd: Influxd): Promise<void> {
  for (const statement of [
    'CREATE DATABASE d; CREATE DATABASE e',
    'CREATE RETENTION POLICY "short shards" ON d DURATION INF REPLICATION 1 SHARD DURATION 1h',
    'CREATE RETENTION POLICY long ON d DURATION 0s REPLICATION 2 SHARD DURATION 520w',
    'CREATE RETENTION POLICY "default one" ON e DURATION 520w REPLICATION 1 SHARD DURATION 2w DEFAULT',
    'CREATE CONTINUOUS QUERY "hourly mean" ON d RESAMPLE EVERY 30m BEGIN SELECT mean(v) INTO x FROM cpu GROUP BY time(1h) END',
    'CREATE CONTINUOUS QUERY second ON d BEGIN SELECT max(v) INTO d.long.y FROM cpu GROUP BY time(1d), * END',
    `CREATE SUBSCRIPTION copy ON d.long DESTINATIONS ALL 'udp://127.0.0.1:1', 'http://127.0.0.1:2'`,
    `CREATE USER root WITH PASSWORD 'ünï secret' WITH ALL PRIVILEGES`,
    `CREATE USER reader WITH PASSWORD 'r'`,
    'GRANT READ ON d TO reader',
    'GRANT ALL ON e TO reader',
  ])
    await influxd.query(statement);
}

interface Answers {
  readonly content: Content;
  readonly statements: readonly (readonly InfluxSeries[])[];
}

async function answersOf(url: string, users = true): Promise<Answers> {
  const statements: (readonly InfluxSeries[])[] = [];
  for (const statement of users ? [...STATEMENTS, ...USER_STATEMENTS] : STATEMENTS)
    statements.push(await queryInflux(url, statement));
  return { content: await contentOf(url, POLICIES), statements: statements.map(withoutInternal) };
}

/** Weir's own figures are no matter here, nor is the order of grants. */
function withoutInternal(series: readonly InfluxSeries[]): InfluxSeries[] {
  return series
    .filter(({ name }) => name !== '_internal')
    .map((each) => ({
      ...each,
      values: (each.values ?? []).filter(([name]) => name !== '_internal').toSorted(byText),
    }));
}

/** A directory of influxd that was killed, and what it answered before. */
async function filledDirectory(t: TestContext, seed: number): Promise<{ dir: string; answers: Answers }> {
  const dir = await tempDir(t);
  const index = seed % 2 === 0 ? 'inmem' : 'tsi1';
  const first = await startInfluxd(dir, { index, snapshotAfter: '1s' });
  try {
    await fillMeta(first);
    await fillTsm(first, dir, seed);
  } finally {
    await first.kill();
  }
  const second = await startInfluxd(dir, { index });
  try {
    await fillWal(second, seed);
    return { dir, answers: await answersOf(second.url) };
  } finally {
    await second.kill();
  }
}

/** Imports in a process of its own that is killed after a while. */
async function importAndKill(args: readonly string[], afterMs: number): Promise<void> {
  const main = fileURLToPath(import.meta.resolve('./main.ts'));
  const child = spawn(process.execPath, [main, 'import', 'influxdb', ...args], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  setTimeout(() => child.kill('SIGKILL'), afterMs);
  await gone;
}

test('what influxd answered is answered after imports that are killed and imports that are not', {
  skip,
}, async (t) => {
  const seed = Number(process.env.WEIR_TEST_SEED ?? Math.floor(2 ** 31 * Math.random()));
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const { dir, answers } = await filledDirectory(t, seed);
  const args = [dir, '--data-dir', await tempDir(t)];
  for (let times = 0; times < 2; times++) await importAndKill(args, 400 + 800 * random());
  const { code, out, err } = await runImport(args);
  assert.equal(code, 0, `${out}\n${err}`);
  assertSame(await withWeir(args[2], (url) => answersOf(url)), answers);

  // Once more, into the running server: that changes nothing. Then into one that has nothing yet.
  for (const to of [args[2], await tempDir(t)]) {
    const later = await withWeir(to, async (url) => {
      const again = await runImport([dir, '--host', url]);
      assert.equal(again.code, 0, `${again.out}\n${again.err}`);
      assert.match(again.out, /^2 users are left out/m);
      return answersOf(url, false);
    });
    assertSame(later, { ...answers, statements: answers.statements.slice(0, STATEMENTS.length) });
  }
});

test('what cannot be is told in a line', async (t) => {
  const [dir, to] = [await tempDir(t), await tempDir(t)];
  await mkdir(join(dir, 'meta'));
  await writeFile(join(dir, 'meta/meta.db'), '');
  const failing = async (args: readonly string[], reason: RegExp): Promise<void> => {
    const { code, out, err } = await runImport([dir, '--data-dir', to, ...args]);
    assert.equal(code, 1, `${args.join(' ')}: ${out}`);
    assert.match(err, reason);
    assert.match(err, /^weir: [^\n]*\n$/);
  };
  await failing(['--start', 'yesterday'], /--start: yesterday is no time as 2026/);
  await failing(['--start', '2026-01-02', '--end', '2026-01-01'], /--start 2026-01-02 is behind --end 2026-01-01/);
  await failing(['--host', 'localhost:8086'], /--host: localhost:8086 is no URL/);
  await failing(['--meta', '/nowhere'], /\/nowhere\/meta\.db cannot be read/);
  await failing(['--database', 'd'], /InfluxDB has no database d/);
  await failing(['--retention', 'r'], /InfluxDB has no retention policy r/);
  await failing(['--data-dir', join(dir, 'meta/meta.db')], /cannot be made/);
  await withWeir(to, () => failing([], /locked|in use|another/));
  assert.deepEqual(await runImport([dir, '--data-dir', to]), {
    code: 0,
    out: 'policy  shards  series  values  bytes\n',
    err: '',
  });
});
