// node test/differential/continuous-queries.ts [--seconds N] [--influxd PROGRAM]
//
// Runs the same continuous queries, created finest first, on InfluxDB and Weir, over the same points as they come; then compares
// SHOW CONTINUOUS QUERIES and every point that both have written. Takes half a minute, as the clock is the real one. Exits 1 at
// a difference.
//
//     raw ──► 2s ──► 4s ──► 8s        a ladder of mean(*) over all measurements
//      └───► functions, EVERY, FOR, an offset, a time zone, fill(0), a condition
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Server, influxdVersion, startServers } from './servers.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '26' }, influxd: { type: 'string', default: 'influxd' } },
});

const SETUP = [
  'CREATE DATABASE m WITH DURATION 60h REPLICATION 1 NAME raw',
  ...['2s', '4s', '8s', 'other'].map((name) => `CREATE RETENTION POLICY "${name}" ON m DURATION 8d REPLICATION 1`),
  cq('cq_2s', 'SELECT mean(*) INTO "m"."2s".:MEASUREMENT FROM /.*/ GROUP BY time(2s),*'),
  cq('cq_4s', 'SELECT mean(*) INTO "m"."4s".:MEASUREMENT FROM m."2s"./.*/ GROUP BY time(4s),*'),
  cq('cq_8s', 'SELECT mean(*) INTO "m"."8s".:MEASUREMENT FROM m."4s"./.*/ GROUP BY time(8s),*'),
  cq('hosts', 'SELECT max(v), min(v), count(n) AS n, first(s) INTO other.hosts FROM cpu GROUP BY time(2s), host'),
  cq('part', 'SELECT sum(n) INTO other.part FROM cpu GROUP BY time(4s)', 'RESAMPLE EVERY 1s'),
  cq('back', 'SELECT count(v) INTO other.back FROM cpu GROUP BY time(2s)', 'RESAMPLE FOR 6s'),
  cq('slow', 'SELECT spread(v) INTO other.slow FROM cpu, mem GROUP BY time(2s)', 'RESAMPLE EVERY 4s'),
  cq('shifted', 'SELECT last(*) INTO other.shifted FROM mem GROUP BY time(4s, 1s)'),
  cq('zoned', "SELECT percentile(v, 50) INTO other.zoned FROM mem GROUP BY time(2s), host TZ('Asia/Kathmandu')"),
  cq('filled', 'SELECT sum(v) INTO other.filled FROM rare GROUP BY time(2s) fill(0)'),
  cq('some', "SELECT mean(v) / 2 AS half INTO other.some FROM cpu WHERE host = 'a' AND time > 0 GROUP BY time(2s)"),
];

function cq(name: string, select: string, resample = ''): string {
  return `CREATE CONTINUOUS QUERY "${name}" ON "m" ${resample} BEGIN ${select} END`;
}

const version = influxdVersion(values.influxd);
if (version === undefined) throw new Error(`${values.influxd} cannot be run: apt-get install influxdb`);
process.env['INFLUXDB_CONTINUOUS_QUERIES_ENABLED'] = 'true';
process.env['WEIR_MONITOR_STORE_ENABLED'] = 'false';
const servers = await startServers(values.influxd);
const both = [servers.influxdb, servers.weir];
try {
  for (const statement of SETUP) await Promise.all(both.map((server) => checked(server.query('m', statement))));
  await feed(Number(values.seconds));
  const differences = [...(await compareTexts()), ...(await comparePoints())];
  for (const difference of differences) console.log(difference);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await servers.close();
}

/** Points five times a second, none near the end of a second: both servers must have them before their queries run. */
async function feed(seconds: number): Promise<void> {
  const endMs = Date.now() + seconds * 1000;
  for (let count = 0; Date.now() < endMs; count++) {
    await sleep(200 - (Date.now() % 200) + 10);
    const nowMs = Date.now();
    if (nowMs % 1000 > 700) continue;
    const lines = linesAt(nowMs, count);
    await Promise.all(both.map((server) => checked(server.write('m', 'precision=ms', lines))));
  }
  await sleep(10_000);
}

function linesAt(nowMs: number, count: number): string {
  const lines = [
    `cpu,host=a v=${(count * 7) % 10},n=${count}i,s="text ${count % 5}",b=${count % 2 === 0} ${nowMs}`,
    `cpu,host=b v=${(count * 3) % 8} ${nowMs}`,
    `mem,host=a,kind=x\\ y v=${count / 4} ${nowMs}`,
  ];
  if (count % 17 === 0) lines.push(`rare v=1 ${nowMs}`);
  return lines.join('\n');
}

async function compareTexts(): Promise<string[]> {
  const [influxdb, weir] = await Promise.all(
    both.map((server) => checked(server.query('m', 'SHOW CONTINUOUS QUERIES'))),
  );
  return influxdb === weir ? [] : [`SHOW CONTINUOUS QUERIES:\n  influxd ${influxdb}\n  weir    ${weir}`];
}

/** The first windows of each series are left out: the servers saw the queries at different moments. */
async function comparePoints(): Promise<string[]> {
  const differences: string[] = [];
  let compared = 0;
  for (const policy of ['2s', '4s', '8s', 'other']) {
    const [influxdb, weir] = await Promise.all(both.map((server) => pointsOf(server, policy)));
    for (const key of new Set([...influxdb.keys(), ...weir.keys()])) {
      const [theirs, ours] = [influxdb.get(key) ?? [], weir.get(key) ?? []];
      const fromNs = [theirs, ours].map((rows) => rows[1]?.timeNs ?? 0n).reduce((a, b) => (a > b ? a : b));
      const [left, right] = [theirs, ours].map((rows) => rows.filter(({ timeNs }) => timeNs >= fromNs));
      compared += left.length;
      const [a, b] = [left, right].map((rows) => rows.map(({ text }) => text).join('\n    '));
      if (a !== b || left.length === 0) differences.push(`${policy} ${key}\n  influxd\n    ${a}\n  weir\n    ${b}`);
    }
  }
  console.log(`influxd ${version}: ${compared} points compared`);
  return differences;
}

interface Row {
  readonly timeNs: bigint;
  readonly text: string;
}

/** By series. */
async function pointsOf(server: Server, policy: string): Promise<Map<string, Row[]>> {
  const body = await checked(server.query('m', `SELECT * FROM m."${policy}"./.*/ GROUP BY *`));
  const answer = JSON.parse(body.replaceAll(/\[(\d{19}),/g, '["$1",')) as {
    results: {
      series?: { name: string; tags: Record<string, string>; columns: string[]; values: [string, ...unknown[]][] }[];
    }[];
  };
  return new Map(
    (answer.results[0].series ?? []).map(({ name, tags, columns, values: rows }) => [
      `${name} ${printTags(tags)} ${columns.join(' ')}`,
      rows.map((row) => ({ timeNs: BigInt(row[0]), text: JSON.stringify(row) })),
    ]),
  );
}

/** A regular expression makes InfluxDB show tags of measurements that only other policies have. */
function printTags(tags: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(tags).filter(([, value]) => value !== ''));
}

async function checked(asked: Promise<{ readonly status: number; readonly body: string }>): Promise<string> {
  const { status, body } = await asked;
  if (status >= 300 || body.includes('"error"')) throw new Error(`${status} ${body}`);
  return body;
}
