// Exports: what comes out goes in again, and is the same; between Weirs, and to and from a real InfluxDB where one is installed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { SECOND } from '../../model/index.ts';
import { exported, newWeir, tempDir, weir, write } from '../test-support/export-commands.ts';
import { hasInfluxd, queryInflux, startInfluxd } from '../test-support/influxd.ts';
import { randomLines, seededRandom } from '../test-support/influx-points.ts';

const run = promisify(execFile);
const START = 1_700_000_000n * SECOND;
const skip = hasInfluxd() ? false : 'needs influxd and influx 1.x (Debian: apt-get install influxdb influxdb-client)';

/** A field whose type changes from shard to shard, as it is exported. */
const MIXED = [['1i', '9007199254740993i'], ['1'], ['"1"'], ['true']].map((values, shard) =>
  ['mix', 'mix,host=a'].map((key) =>
    values.map((value, index) => `${key} v=${value} ${dayNs(shard) + BigInt(index)}\n`).join(''),
  ),
);

function dayNs(day: number): bigint {
  return START + BigInt(2 * day) * 86400n * SECOND;
}

function continuousQuery(source: string): string {
  const select = `SELECT mean(*) INTO d.coarse.:MEASUREMENT FROM ${source} GROUP BY time(30m), *`;
  return `CREATE CONTINUOUS QUERY cq ON d RESAMPLE EVERY 1h FOR 2h BEGIN ${select} END`;
}

/** Databases with policies, continuous queries, all kinds of points. */
async function fill(url: string, seed: number): Promise<void> {
  await queryInflux(
    url,
    `CREATE DATABASE d WITH DURATION INF REPLICATION 1 SHARD DURATION 1d NAME "fine one";
     CREATE RETENTION POLICY coarse ON d DURATION 4000w REPLICATION 1;
     CREATE DATABASE "e.f";
     ${continuousQuery('/.*/')}`,
  );
  await write(url, 'd', randomLines(START, 60, seed, seededRandom(seed)).join('\n'));
  await write(url, 'd', MIXED.flatMap((shard) => shard).join(''));
  await write(url, 'd', `cpu,host=a v=1 ${START}`, 'coarse');
  await write(url, 'e.f', 'm,host=b v=1 1\nold v=1i -9000000000000000000');
}

test('an export, imported elsewhere, is the same export', async (t) => {
  const dir = await tempDir(t);
  const [from, to] = [await newWeir(t, join(dir, 'from')), await newWeir(t, join(dir, 'to'))];
  const seed = Date.now() % 1_000_000;
  await fill(from.url, seed);
  const text = await exported(from.url, dir);
  assert.ok(
    text.startsWith(
      `# INFLUXDB EXPORT: 1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z
# DDL
CREATE DATABASE d WITH DURATION INF REPLICATION 1 SHARD DURATION 24h0m0s NAME "fine one"
CREATE RETENTION POLICY coarse ON d DURATION 4000w REPLICATION 1 SHARD DURATION 1w
CREATE DATABASE "e.f" WITH NAME autogen
${continuousQuery('d."fine one"./.*/')}
# DML
# CONTEXT-DATABASE:d
# CONTEXT-RETENTION-POLICY:fine one
back\\slash,`,
    ),
    text.slice(0, 1000),
  );
  assert.ok(text.includes(MIXED.flat().join('')), 'types shard by shard');
  const again = await weir('import', join(dir, 'export.txt'), '--host', to.url);
  assert.deepEqual([again.code, again.err], [0, ''], again.out);
  assert.equal(await exported(to.url, dir), text, `seed ${seed}`);
  // What is there already stays as it is.
  assert.equal((await weir('import', join(dir, 'export.txt'), '--host', to.url)).code, 0);
  assert.equal(await exported(to.url, dir), text, `seed ${seed}`);
});

test('parts of it, packed, to standard output or from a directory', async (t) => {
  const dir = await tempDir(t);
  const server = await newWeir(t, join(dir, 'data'));
  await fill(server.url, 1);
  const lines = 'm,host=b v=1 1\n';
  const old = 'old v=1i -9000000000000000000\n';
  const head = (range: string): string =>
    `# INFLUXDB EXPORT: ${range}\n# DDL\nCREATE DATABASE "e.f" WITH NAME autogen\n# DML\n` +
    '# CONTEXT-DATABASE:e.f\n# CONTEXT-RETENTION-POLICY:autogen\n';
  const all = head('1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z');
  const cases: readonly (readonly [flags: readonly string[], text: string])[] = [
    [[], all + lines + old],
    [['--lponly'], lines + old],
    [['--measurement', 'm'], all + lines],
    [['--retention', 'autogen', '--lponly'], lines + old],
    [['--start', '1970-01-01T00:00:00.000000001Z', '--lponly'], lines],
    [['--end', '1970-01-01T00:00:00.000000001Z', '--lponly'], lines + old],
    [
      ['--end', '1970-01-01T00:00:00Z', '--start', '1900-01-01T00:00:00Z'],
      head('1900-01-01T00:00:00Z - 1970-01-01T00:00:00Z'),
    ],
  ];
  for (const [flags, text] of cases) {
    assert.equal(await exported(server.url, dir, '--database', 'e.f', ...flags), text, flags.join(' '));
  }
  const packed = join(dir, 'packed.gz');
  const { err } = await weir('export', '--host', server.url, '--database', 'e.f', '--out', packed, '--compress');
  assert.match(err, /^e\.f\/autogen: 2 points\nexported 2 points to .*packed\.gz\n$/);
  assert.equal(gunzipSync(await readFile(packed)).toString(), all + lines + old);
  assert.equal((await weir('import', packed, '--host', server.url)).code, 0);
  const whole = await exported(server.url, dir);
  const main = new URL('../main.ts', import.meta.url).pathname;
  const onStdout = await run(process.execPath, [main, 'export', '--host', server.url], { maxBuffer: 1e8 });
  assert.equal(onStdout.stdout, whole);
  await server.close();
  assert.equal(await exported('http://127.0.0.1:1', dir, '--data-dir', join(dir, 'data')), whole);
});

test('what cannot be done is said, and leaves no file', async (t) => {
  const dir = await tempDir(t);
  const server = await newWeir(t, join(dir, 'data'));
  const file = join(dir, 'out.txt');
  const faults: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [
      ['export', '--host', 'http://127.0.0.1:1'],
      /^weir: no connection to http:\/\/127\.0\.0\.1:1: Get .*connection refused\n$/,
    ],
    [['export', '--host', server.url, '--database', 'x'], /^weir: database not found: x\n$/],
    [['export', '--host', server.url, '--retention', 'x'], /^weir: --retention needs --database\n$/],
    [['export', '--host', server.url, '--start', 'noon'], /^weir: --start: noon is no time as 2026-01-31T12:00:00Z\n$/],
    [
      ['export', '--host', server.url, '--start', '2026-01-02T00:00:00Z', '--end', '2026-01-01T00:00:00Z'],
      /is behind --end/,
    ],
    [['export', '--host', server.url, '--out', join(dir, 'no', 'out.txt')], /^weir: cannot write .*out\.txt: ENOENT/],
    [['export', '--data-dir', join(dir, 'none')], /^weir: .*none is no data directory of Weir\n$/],
    [['export', '--data-dir', join(dir, 'data')], /^weir: the directory .* is in use by/],
    [['import', join(dir, 'none'), '--host', server.url], /^weir: reading .*none: ENOENT/],
    [['import', 'x', '--pps', 'many'], /^weir: --pps: expected a number, got many\n$/],
    [['import', 'x', '--precision', 'days'], /^weir: --precision: expected ns, u, ms, s, m or h, got days\n$/],
  ];
  for (const [args, message] of faults) {
    const { code, err } = await weir(
      ...args,
      ...(args[0] === 'export' ? ['--out', file] : []).slice(0, args.includes('--out') ? 0 : 2),
    );
    assert.deepEqual([code, message.test(err)], [1, true], `${args.join(' ')}: ${err}`);
  }
  assert.deepEqual(await readdir(dir), ['data']);
  const bad = join(dir, 'bad.txt');
  await writeFile(bad, 'CREATE DATABASE b\nNONSENSE\n# DML\n# CONTEXT-DATABASE:b\nm v=1 1\nm v=x 2\n');
  const { code, err } = await weir('import', bad, '--host', server.url);
  assert.deepEqual(
    [code, err.trimEnd().split('\n').at(-1)],
    [1, 'weir: 1 statements failed, 2 points were not inserted'],
  );
});

test('a real InfluxDB is exported, and takes an export', { skip }, async (t) => {
  const dir = await tempDir(t);
  const influxd = await startInfluxd(join(dir, 'influxd'), { index: 'inmem' });
  t.after(() => influxd.kill());
  const server = await newWeir(t, join(dir, 'weir'));
  const seed = Date.now() % 1_000_000;
  await fill(influxd.url, seed);
  const text = await exported(influxd.url, dir);
  assert.equal((await weir('import', join(dir, 'export.txt'), '--host', server.url)).code, 0);
  assert.equal(await exported(server.url, dir), text, `seed ${seed}`);

  await influxd.query('DROP DATABASE d; DROP DATABASE "e.f"');
  assert.equal((await weir('import', join(dir, 'export.txt'), '--host', influxd.url)).code, 0);
  assert.equal(await exported(influxd.url, dir), text, `seed ${seed}`);

  // InfluxDB's own shell doubles the line breaks in strings, so there are none in these.
  await influxd.query('DROP DATABASE d; DROP DATABASE "e.f"');
  await queryInflux(server.url, 'DROP DATABASE d');
  await queryInflux(server.url, 'CREATE DATABASE d WITH SHARD DURATION 1d');
  await write(server.url, 'd', MIXED.flat().join(''));
  const plain = await exported(server.url, dir);
  const [host, port] = new URL(influxd.url).host.split(':');
  await run('influx', ['-host', host, '-port', port, '-import', '-path', join(dir, 'export.txt')]);
  assert.equal(await exported(influxd.url, dir), plain);
});
