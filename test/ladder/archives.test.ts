// RRDtool's and Whisper's files in and out of Weir, made and read by the real tools, asked of a real server.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cleanup } from '../../bench/lib/cleanup.ts';
import { ServerProcess, freePort } from '../../bench/lib/server-process.ts';
import { isWeirError } from '../../src/base/index.ts';
import { seededRandom } from '../../src/exec/test-support/random.ts';
import { readRrd, readWhisper } from '../../src/migrate/index.ts';
import { rrdtoolVersion, run as rrdtoolRun } from './rrdtool.ts';
import { hasWhisper, runWhisper } from './whisper.ts';

const WEIR = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const rrdtool = rrdtoolVersion() === undefined ? 'needs rrdtool: apt-get install rrdtool' : false;
const whisper = hasWhisper() ? false : 'needs Whisper: apt-get install python3-whisper';
/** An hour that is over, so that no window is still open. */
const END = Math.floor(Date.now() / 3_600_000) * 3600 - 3600;
/** Twice as long as the archive of 10 s. */
const SECONDS = 20_000;
/** Windows of each step that are compared: those of 10 s while they are kept. */
const COMPARED = new Map([
  [10, 200],
  [70, 280],
  [500, 39],
]);
let dir = '';

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-archives-'));
});

after(() => rm(dir, { recursive: true, force: true }));

void test('Whisper files go in and come out as they were, for Whisper itself', { skip: whisper }, async () => {
  const archives = [
    [60, 1440],
    [300, 2016],
    [3600, 2000],
  ] as const;
  const random = seededRandom(3);
  const points = Array.from({ length: 8000 }, (_, at) => [END - at * 60, Math.round(random.next() * 800) / 8] as const);
  const kept = points.filter(() => random.chance(0.7));
  const source = join(dir, 'wsp', 'servers', 'web1', 'load.wsp');
  spawnSync('mkdir', ['-p', join(dir, 'wsp', 'servers', 'web1')]);
  const range = { from: END - 7_000_000, until: END + 3600 };
  const made = { archives, xff: 0, method: 'max' as const, points: kept };
  const theirs = runWhisper([{ path: source, made }], range).get(source);
  const data = ['--database', 'graphite', '--data-dir', join(dir, 'data-wsp')];
  const said = weir(['import', 'whisper', join(dir, 'wsp'), ...data, '--template', 'measurement.host.field']);
  assert.match(said.stdout, /1 files, 1 series/);
  const out = join(dir, 'wsp-out');
  assert.match(weir(['export', 'whisper', out, ...data, '--aggregation', 'max']).stdout, /1 files/);
  const back = join(out, 'servers', 'web1', 'load.wsp');
  const ours = runWhisper([{ path: back }], range).get(back);
  for (const [step] of archives) {
    const [before_, after_] = [theirs, ours].map((rows) => rows?.get(step));
    assert.ok((before_?.size ?? 0) > 100, `there are values of ${step} s`);
    // The oldest ones may have passed their period meanwhile.
    const oldest = Math.min(...(after_?.keys() ?? []));
    const living = new Map([...(before_ ?? [])].filter(([time]) => time >= oldest));
    const expired = Math.ceil((Date.now() / 1000 - END) / step) + 1;
    assert.ok((before_?.size ?? 0) - living.size <= expired, `${step} s: only expired ones are missing`);
    assert.deepEqual(after_, living, `${step} s`);
  }
});

void test('every archive of an RRD, of any step, is in the tier of its step', {
  skip: rrdtool,
  timeout: 120_000,
}, async () => {
  const path = join(dir, 'web1', 'interface-eth0', 'if_octets.rrd');
  spawnSync('mkdir', ['-p', join(dir, 'web1', 'interface-eth0')]);
  makeRrd(path);
  const xml = path.replace('.rrd', '.xml');
  await writeFile(xml, rrdtoolRun(['dump', path]));
  const dataDir = join(dir, 'data-rrd');
  weir(['import', 'rrd', path, '--database', 'binary', '--layout', 'collectd', '--data-dir', dataDir]);
  weir(['import', 'rrd', xml, '--database', 'xml', '--layout', 'collectd', '--data-dir', dataDir]);
  // Once more changes nothing.
  weir(['import', 'rrd', path, '--database', 'binary', '--layout', 'collectd', '--data-dir', dataDir]);
  const cleanup = new Cleanup(tmpdir());
  try {
    const port = await freePort();
    const flags = ['--data-dir', dataDir, '--http-bind', `127.0.0.1:${port}`, '--host-metrics', 'false'];
    const server = new ServerProcess([process.execPath, WEIR, 'serve', ...flags], join(cleanup.dir, 'log'), cleanup);
    await server.ready(() => fetch(`http://127.0.0.1:${port}/ping`).then(({ status }) => status === 204));
    for (const database of ['binary', 'xml']) {
      for (const [at, source] of ['rx', 'tx'].entries()) {
        for (const step of COMPARED.keys()) await compareTier(port, { database, source, at, step, path });
      }
    }
  } finally {
    cleanup.run();
  }
});

/** As collectd does: 10 s; and 70 s, which divides 500 s no more than 10 s do 72. */
function makeRrd(path: string): void {
  const start = END - SECONDS;
  const archives = ['AVERAGE', 'MIN', 'MAX'].flatMap((each) =>
    ['1:1000', '7:700', '50:900'].map((rows) => `RRA:${each}:0.99:${rows}`),
  );
  const sources = ['DS:rx:GAUGE:20:U:U', 'DS:tx:GAUGE:20:U:U'];
  rrdtoolRun(['create', path, '--start', `${start}`, '--step', '10', ...sources, ...archives]);
  const random = seededRandom(5);
  const value = (): string => (random.chance(0.2) ? 'U' : `${Math.round(random.next() * 800) / 8}`);
  const updates = Array.from({ length: SECONDS / 10 }, (_, at) => `${start + 10 + at * 10}:${value()}:${value()}`);
  rrdtoolRun(['update', path, ...updates]);
}

interface Compared {
  readonly database: string;
  readonly source: string;
  /** Its column. */
  readonly at: number;
  readonly step: number;
  readonly path: string;
}

async function compareTier(port: number, { database, source, at, step, path }: Compared): Promise<void> {
  const policies = await query(port, database, 'SHOW RETENTION POLICIES');
  const tier = policies.map(([name]) => String(name)).find((name) => name.startsWith(`${step}s_for_`));
  const from = `"${tier ?? 'autogen'}"."interface_${source}"`;
  const series = "host = 'web1' AND instance = 'eth0' AND \"type\" = 'if_octets'";
  const end = END - (END % step);
  const start = end - step * (COMPARED.get(step) ?? 0);
  const where = `${series} AND time >= ${start}s AND time < ${end}s`;
  const rows = await query(
    port,
    database,
    `SELECT mean(value), min(value), max(value) FROM ${from} WHERE ${where} GROUP BY time(${step}s) fill(none)`,
  );
  const ours = new Map(rows.map(([time, ...values]) => [Number(time), values.map(Number)]));
  const theirs = (['AVERAGE', 'MIN', 'MAX'] as const).map((each) =>
    fetchRrd(path, { consolidation: each, step, start, end, at }),
  );
  assert.ok(ours.size > 30, `there are windows of ${step} s`);
  assert.deepEqual([...ours.keys()], [...theirs[0].keys()], `${database} ${source} ${step} s: windows`);
  for (const [time, values] of ours) {
    for (const [column, value] of values.entries()) {
      const expected = theirs[column].get(time) ?? NaN;
      const isClose = Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
      assert.ok(
        isClose,
        `${database} ${source} ${step} s at ${time}, column ${column}: ${value}, expected ${expected}`,
      );
    }
  }
}

interface Fetched {
  readonly consolidation: string;
  readonly step: number;
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

function fetchRrd(path: string, { consolidation, step, start, end, at }: Fetched): ReadonlyMap<number, number> {
  const text = rrdtoolRun(['fetch', path, consolidation, '-r', `${step}`, '-s', `${start}`, '-e', `${end}`]);
  const rows = new Map<number, number>();
  for (const [, label, values] of text.matchAll(/^(\d+): (.+)$/gm)) {
    const value = values.split(' ')[at];
    if (Number(label) <= end && !/nan/i.test(value)) rows.set(Number(label) - step, Number(value));
  }
  return rows;
}

async function query(port: number, database: string, text: string): Promise<readonly (readonly unknown[])[]> {
  const url = `http://127.0.0.1:${port}/query?epoch=s&db=${database}&q=${encodeURIComponent(text)}`;
  const answer = (await (await fetch(url)).json()) as {
    readonly results: readonly {
      readonly error?: string;
      readonly series?: readonly { readonly values: unknown[][] }[];
    }[];
  };
  const [result] = answer.results;
  assert.equal(result.error, undefined, text);
  return result.series?.flatMap(({ values }) => values) ?? [];
}

void test('a bad file is told with its place, and nothing of the others is imported', { skip: rrdtool }, async () => {
  const good = join(dir, 'good.rrd');
  makeRrd(good);
  const bad = join(dir, 'bad.rrd');
  const bytes = await readFile(good);
  await writeFile(bad, bytes.subarray(0, bytes.length - 8));
  const data = ['--database', 'none', '--data-dir', join(dir, 'data-bad')];
  const said = spawnSync(process.execPath, [WEIR, 'import', 'rrd', good, bad, ...data], { encoding: 'utf8' });
  assert.equal(said.status, 1);
  assert.match(said.stderr, new RegExp(`bad\\.rrd at byte ${bytes.length - 8}: the file ends within`));
  const twice = spawnSync(
    process.execPath,
    [WEIR, 'import', 'rrd', good, `${dir}/./good.rrd`, '--template', '.measurement', ...data],
    { encoding: 'utf8' },
  );
  assert.equal(twice.status, 1);
  assert.match(twice.stderr, /would both be /);
  const missing = spawnSync(process.execPath, [WEIR, 'import', 'rrd', join(dir, 'no.rrd'), ...data], {
    encoding: 'utf8',
  });
  assert.deepEqual([missing.status, /^weir: ENOENT: .*no\.rrd'\n$/.test(missing.stderr)], [1, true], missing.stderr);
  const after_ = spawnSync(process.execPath, [WEIR, 'export', 'whisper', dir, ...data], { encoding: 'utf8' });
  assert.match(after_.stderr, /none has no ladder/);
});

void test('whatever is done to the bytes of a file is damage with a place, or harmless', {
  skip: rrdtool || whisper,
}, async () => {
  const random = seededRandom(9);
  const rrd = join(dir, 'fuzz.rrd');
  makeRrd(rrd);
  const xml = join(dir, 'fuzz.xml');
  await writeFile(xml, rrdtoolRun(['dump', rrd]));
  const wsp = join(dir, 'fuzz.wsp');
  const made = {
    archives: [
      [1, 60],
      [60, 60],
    ] as const,
    xff: 0,
    method: 'average' as const,
    points: [[END, 1]] as const,
  };
  runWhisper([{ path: wsp, made }], { from: END - 60, until: END + 1 });
  for (const [path, read] of [
    [rrd, readRrd],
    [xml, readRrd],
    [wsp, readWhisper],
  ] as const) {
    await read(path);
    const whole = await readFile(path);
    let damaged = 0;
    for (let round = 0; round < 150; round++) {
      const bytes = Buffer.from(
        whole.subarray(0, round % 3 === 0 ? random.integer(0, whole.length - 1) : whole.length),
      );
      for (let flips = round % 3 === 0 ? 0 : random.integer(1, 3); flips > 0; flips--) {
        bytes[random.integer(0, Math.min(bytes.length, 400) - 1)] = random.integer(0, 255);
      }
      const copy = `${path}.copy`;
      await writeFile(copy, bytes);
      try {
        await read(copy);
      } catch (error) {
        assert.ok(isWeirError(error, 'corrupt') && / at byte \d+: /.test(error.message), `${path}: ${String(error)}`);
        damaged++;
      }
    }
    assert.ok(damaged >= 50, `${path}: every truncated one at least, ${damaged}`);
  }
});

function weir(args: readonly string[]): { readonly stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  return { stdout };
}
