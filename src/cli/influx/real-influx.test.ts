// InfluxDB's own shell on a Weir: it works, and ours prints the same bytes on both outputs and ends with the same code.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { RunningServer } from '../server.ts';
import { type Ended, runInflux } from '../test-support/run-influx.ts';
import { startWeir } from '../test-support/weir-server.ts';

const hasInflux = spawnSync('influx', ['-version']).status === 0;
const skip = hasInflux ? false : 'needs the influx shell 1.x (Debian: apt-get install influxdb-client)';

let dir = '';
let server: RunningServer;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-real-influx-'));
  server = await startWeir(join(dir, 'data'));
  const ended = await influx([
    '-execute',
    'CREATE DATABASE t\nCREATE RETENTION POLICY two ON t DURATION INF REPLICATION 1',
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  const lines = [
    'm v=1 1',
    'm,host=a\\ b v=2.5,s="x y",b=true,n=9007199254740993i 2',
    'm,host=\\<x>&"y",r=ü v=1e21,s="q\\"uo,te",n=-9223372036854775808i 3',
    'm,host=b v=1e-7,s="ünï𝄞\nline",b=false 4',
    'wide s="日本",n=1i 1\nwide s="a",n=22i 2\nwide s="𝄞𝄞𝄞",n=3i 3',
    'tags,a=1,b=2 x=" lead",y=1 2\ntags,a=1,b=3 x="",y=2 2',
    ...Array.from({ length: 12_000 }, (_, index) => `big,h=h${index % 3} v=${index},w=${index / 8} ${index * 1000}`),
  ];
  await write(lines.join('\n'));
});

after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

async function write(lines: string): Promise<void> {
  const response = await fetch(`http://${server.address}/write?db=t`, { method: 'POST', body: lines });
  assert.equal(response.status, 204, await response.text());
}

function connected(flags: readonly string[]): readonly string[] {
  const [host, port] = server.address.split(':');
  return ['-host', host, '-port', port, ...flags];
}

/** Our shell. */
function influx(flags: readonly string[], stdin = ''): Promise<Ended> {
  return runInflux(connected(flags), { stdin });
}

/** InfluxDB's. */
async function realInflux(flags: readonly string[], stdin = ''): Promise<Ended> {
  const child = spawn('influx', connected(flags), { env: { PATH: process.env.PATH, HOME: dir } });
  child.stdin.end(stdin);
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exit;
  return { code: Number(code), stdout, stderr };
}

const QUERIES: readonly string[] = [
  'SHOW DATABASES',
  'SELECT * FROM m',
  'SELECT * FROM m; SELECT * FROM m',
  'SELECT * FROM m; SHOW DATABASES; SELECT * FROM nope; SHOW MEASUREMENTS',
  'SELECT * FROM m GROUP BY *',
  'SELECT * FROM wide; SELECT * FROM tags GROUP BY b',
  'SHOW TAG KEYS; SHOW RETENTION POLICIES',
  'SELECT * FROM m; SELECT nope(v) FROM m; SHOW DATABASES',
  'SELECT mean(v) FROM big WHERE time < 12ms GROUP BY time(3ms), h',
  'SELECT * FROM big',
  'SELECT nope(',
  '',
];

const COMMANDS: readonly string[] = [
  'SELECT * FROM m',
  'use t\nselect * from m',
  'use nope\nselect * from m',
  'use "t"."two"\nselect * from m',
  'use t.nope\nselect v from m limit 1',
  'use',
  'use t.two\ninsert m v=7 7\nselect * from m\nclear rp\nselect v from m limit 1\nclear db\nselect * from m',
  'use t\ninsert m v="text" 1\ninsert nonsense\ninsert into nope m v=1\ninsert into t.two m v=7 7\nselect v from two.m',
  'insert m v=1',
  'use t\nprecision s\ninsert p v=5 5\nselect v from p\nprecision rfc3339\nselect v from p\nprecision x\nprecision u\nselect v from p',
  'use t\nformat csv\nselect * from m limit 1\nformat json\nselect * from m limit 1\npretty\nselect * from m limit 1\nformat x\nformat',
  'use t\nconsistency one\nconsistency\nchunk size 2\nselect v from m\nchunk 1\nselect v, n from m\nchunk size 0\nchunk size x',
  'use t\nnode 1\nselect v from m limit 1\nnode clear\nnode\nnode x\nnode 1 2',
  'clear database;\nclear retention policy',
  'SELECT * FROM nodb..m\nSHOW DATABASES',
  '   show databases  ',
  ';;show databases;;',
  'exit',
];

const SCRIPTS: readonly string[] = [
  'show databases',
  'show databases;\nshow measurements;\n',
  '-- c\nshow databases; -- x\n/* y */ show measurements',
  'show databases; select nope(v) from m; show measurements',
  'show databases;\nselec;\nshow measurements',
  'select * from m where\n v > 1\n',
  'foo bar',
  '\n\n',
  '-- only a comment\n',
  '',
];

/** Flags, and what stands on standard input. */
const INVOCATIONS: readonly (readonly [flags: readonly string[], stdin?: string])[] = [
  ...['column', 'csv', 'json', 'x'].flatMap((format) =>
    QUERIES.map((query) => [['-database', 't', '-format', format, '-execute', query]] as const),
  ),
  ...QUERIES.map((query) => [['-database', 't', '-format', 'json', '-pretty', '-execute', query]] as const),
  ...['rfc3339', 'h', 'm', 's', 'ms', 'u', 'ns', 'x', 'RFC3339'].map(
    (precision) => [['-database', 't', '-precision', precision, '-execute', 'SELECT * FROM m LIMIT 3']] as const,
  ),
  ...COMMANDS.map((commands) => [['-execute', commands]] as const),
  ...SCRIPTS.flatMap((script) => [[['-database', 't'], script] as const, [[], script] as const]),
  [['-username', 'u', '-password', 'p', '-execute', 'show databases']],
  [['-password', '']],
  [['--execute=show databases', '--pretty=false']],
];

test('both shells print the same', { skip }, async () => {
  for (const [flags, stdin] of INVOCATIONS) {
    const [real, ours] = [await realInflux(flags, stdin), await influx(flags, stdin)];
    assert.deepEqual(ours, real, `${JSON.stringify(flags)} < ${JSON.stringify(stdin)}`);
  }
});

test("InfluxDB's shell imports into Weir", { skip }, async () => {
  const file = join(dir, 'import.txt');
  const lines = Array.from({ length: 7000 }, (_, index) => `cpu,host=h${index % 3} v=${index}i ${index}`);
  const head =
    '# DDL\nCREATE DATABASE i WITH NAME autogen\n# DML\n# CONTEXT-DATABASE:i\n# CONTEXT-RETENTION-POLICY:autogen\n';
  await writeFile(file, `${head}${lines.join('\n')}\n`);
  const ended = await realInflux(['-import', '-path', file]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /Processed 1 commands\n.*Processed 7000 inserts\n.*Failed 0 inserts\n$/);
  const counted = await realInflux(['-execute', 'SELECT count(v) FROM i..cpu', '-format', 'csv']);
  assert.equal(counted.stdout, 'name,time,count\ncpu,0,7000\n');
});
