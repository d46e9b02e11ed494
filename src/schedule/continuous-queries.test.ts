// Continuous queries on real rooms, with a clock that is set by hand: what runs when, what it writes, and what goes wrong.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import { SECOND } from '../model/index.ts';
import { cqDiagnostics, cqStatistics } from './report.ts';
import {
  DEFAULT_OPTIONS,
  PLAIN_OPTIONS,
  type ScheduleNode,
  openScheduleNode,
  tempDir,
} from './test-support/schedule-node.ts';

/** Midnight: all intervals here divide it. */
const START_NS = 1_767_225_600n * SECOND;

type Options = typeof DEFAULT_OPTIONS;

/** A node at second `at`, with database `m`, its policies `raw` (default) and `agg`, and continuous queries. */
class Bench {
  readonly dir: string;
  node: ScheduleNode;

  constructor(dir: string, node: ScheduleNode) {
    this.dir = dir;
    this.node = node;
  }

  /** `s v` pairs: points of measurement `cpu` at these seconds. */
  async write(points: string, measurement = 'cpu', policy?: string): Promise<void> {
    const lines = points.split(', ').map((pair) => {
      const [second, value] = pair.split(' ');
      return `${measurement} v=${value} ${START_NS + BigInt(Math.round(Number(second) * 1000)) * 1_000_000n}`;
    });
    await this.node.write('m', policy, lines.join('\n'));
  }

  async at(second: number): Promise<void> {
    this.node.nowNs = START_NS + BigInt(Math.round(second * 1000)) * 1_000_000n;
    await this.node.tick();
  }

  /** Every column of a measurement: `0 1.5, 10 2`. */
  async rows(from: string): Promise<string> {
    const { error, series } = await this.node.query(`SELECT * FROM m.agg.${from}`);
    assert.equal(error, null);
    return (series[0]?.rows ?? [])
      .map(([time, ...cells]) => [Number(((time as bigint) - START_NS) / SECOND), ...cells].join(' '))
      .join(', ');
  }

  async reopen(second: number, options: Options | null = DEFAULT_OPTIONS): Promise<void> {
    this.node = await openScheduleNode(this.dir, START_NS + BigInt(second) * SECOND, options);
  }

  get totals() {
    return this.node.service.totals;
  }
}

async function bench(
  t: Parameters<typeof tempDir>[0],
  at: number,
  queries: readonly string[],
  options: Options = DEFAULT_OPTIONS,
): Promise<Bench> {
  const dir = await tempDir(t);
  const own = new Bench(dir, await openScheduleNode(dir, START_NS, options));
  await own.node.run(
    'CREATE DATABASE m; CREATE RETENTION POLICY raw ON m DURATION 1d REPLICATION 1 DEFAULT; ' +
      'CREATE RETENTION POLICY agg ON m DURATION INF REPLICATION 1 SHARD DURATION 1h',
  );
  for (const query of queries) await own.node.run(query);
  await own.at(at);
  t.after(async () => own.node.kill().catch(() => undefined));
  return own;
}

function cq(name: string, select: string, resample = ''): string {
  return `CREATE CONTINUOUS QUERY ${name} ON m ${resample} BEGIN ${select} END`;
}

const MEAN = cq('mean', 'SELECT mean(v) INTO m.agg.cpu FROM cpu GROUP BY time(10s)');

void test('a window is written once it has ended, under its start; one without points is not', async (t) => {
  const own = await bench(t, 1, [
    MEAN,
    cq('zero', 'SELECT sum(v) INTO m.agg.sums FROM cpu GROUP BY time(10s) fill(0)'),
  ]);
  await own.write('1 1, 9 3, 25 7');
  await own.at(9);
  assert.equal(await own.rows('cpu'), '');
  await own.at(10);
  await own.at(20);
  await own.at(30);
  assert.equal(await own.rows('cpu'), '0 2, 20 7');
  assert.equal(await own.rows('sums'), '0 4, 20 7');
  assert.deepEqual([own.totals.runs, own.totals.windows, own.totals.pointsWritten], [6, 6, 4]);
});

void test('RESAMPLE EVERY goes over the window under way, FOR over those before', async (t) => {
  const own = await bench(
    t,
    1,
    [
      cq('part', 'SELECT count(v) INTO m.agg.part FROM cpu GROUP BY time(10s)', 'RESAMPLE EVERY 2s'),
      cq('back', 'SELECT count(v) INTO m.agg.back FROM cpu GROUP BY time(10s)', 'RESAMPLE FOR 30s'),
    ],
    PLAIN_OPTIONS,
  );
  await own.write('1 1, 3 1');
  await own.at(2);
  assert.equal(await own.rows('part'), '0 2');
  await own.write('5 1');
  await own.at(10);
  assert.equal(await own.rows('part'), '0 3');
  await own.write('6 1, 12 1');
  await own.at(20);
  assert.equal(await own.rows('back'), '0 4, 10 1');
});

void test('a bound on time in the query is overridden, other conditions stand', async (t) => {
  const select = 'SELECT count(v) INTO m.agg.cpu FROM cpu WHERE v > 1 AND time > now() - 1s GROUP BY time(10s)';
  const own = await bench(t, 1, [cq('bound', select)]);
  await own.write('1 1, 2 2, 3 3');
  await own.at(10);
  assert.equal(await own.rows('cpu'), '0 2');
});

void test('as InfluxDB: in order of creation, no catching up, nothing late', async (t) => {
  const upper = cq('upper', 'SELECT sum(mean) INTO m.agg.upper FROM m.agg.cpu GROUP BY time(20s)');
  const own = await bench(t, 1, [upper, MEAN], PLAIN_OPTIONS);
  await own.write('1 1, 11 2');
  await own.at(10);
  await own.at(20);
  assert.equal(await own.rows('cpu'), '0 1, 10 2');
  assert.equal(await own.rows('upper'), '0 1', 'the upper query ran before the second window was there');
  await own.write('12 4');
  await own.at(39);
  assert.equal(await own.rows('cpu'), '0 1, 10 2');
  await own.node.stop();
  await own.reopen(65, PLAIN_OPTIONS);
  await own.write('41 1, 61 3');
  await own.at(65);
  await own.at(70);
  assert.equal(await own.rows('cpu'), '0 1, 10 2, 60 3');
});

void test('windows of one query across those of another: the reader is right, or as InfluxDB has it', async (t) => {
  const queries = [
    cq('two', 'SELECT sum(v) INTO m.agg.two FROM cpu GROUP BY time(2m)'),
    cq('five', 'SELECT count(sum) INTO m.agg.five FROM m.agg.two GROUP BY time(5m)'),
  ];
  for (const [options, expected] of [
    [DEFAULT_OPTIONS, '0 3, 300 2'],
    [{ ...DEFAULT_OPTIONS, lateReachMs: 0 }, '0 2, 300 2'],
  ] as const) {
    const own = await bench(t, 1, queries, options);
    await own.write('1 1, 121 1, 241 1, 361 1, 481 1');
    for (let minute = 1; minute <= 10; minute++) await own.at(60 * minute);
    assert.equal(await own.rows('five'), expected);
  }
});

void test('a query that fails is told of once, counted each time, and stops no other', async (t) => {
  const bad = cq('bad', 'SELECT mean(v) AS v INTO m.agg.typed FROM cpu GROUP BY time(10s)');
  const own = await bench(t, 1, [bad, MEAN, cq('raw', 'SELECT v INTO m.agg.x FROM cpu')]);
  await own.node.write('m', 'agg', `typed v="text" ${START_NS}`);
  await own.write('1 1, 11 2, 21 3');
  for (const second of [10, 20, 30]) await own.at(second);
  assert.equal(await own.rows('cpu'), '0 1, 10 2, 20 3');
  const runs = own.node.runs.filter(({ query }) => query.name === 'bad');
  assert.deepEqual(
    runs.map(({ outcome, news }) => [(outcome.error as Error).message.replace(/".*?"/g, '""'), news]),
    [true, false, false].map((news) => [
      'partial write: field type conflict: input field "" on measurement "" is type float, already exists as type string dropped=1',
      news,
    ]),
  );
  const [{ values }] = cqStatistics(own.node.service);
  assert.deepEqual([values.queryOk, values.queryFail, values.skippedWindows], [3, 3, 3]);
  const [diagnostics] = cqDiagnostics(own.node.service, own.node.nowNs);
  const cell = (name: string, column: string) =>
    diagnostics.rows.find((row) => row[1] === name)?.[diagnostics.columns.indexOf(column)];
  assert.match(String(cell('bad', 'last_error')), /already exists as type string/);
  assert.equal(cell('bad', 'failed_runs'), 3);
  assert.equal(cell('mean', 'last_error'), null);
  assert.equal(cell('mean', 'points_written'), 3);
  assert.equal(cell('mean', 'lag_s'), 0);
  assert.equal(cell('mean', 'last_run'), '2026-01-01T00:00:30.000Z');
  assert.equal(cell('raw', 'last_error'), 'continuous queries must be aggregate queries');
});

void test('of a backlog only the windows that fail are given up', async (t) => {
  const own = await bench(t, 1, [cq('mean', 'SELECT mean(v) AS v INTO m.agg.cpu FROM cpu GROUP BY time(5m)')]);
  await own.node.stop();
  await own.reopen(4 * 3600);
  // The second hour of the target has another type.
  await own.node.write('m', 'agg', `cpu v="text" ${START_NS + 3600n * SECOND}`);
  await own.write(Array.from({ length: 48 }, (_, index) => `${300 * index} ${index}`).join(', '));
  await own.at(4 * 3600);
  const { series } = await own.node.query('SELECT v::float FROM m.agg.cpu');
  assert.equal(series[0].rows.length, 36);
  assert.equal(own.totals.skippedWindows, 12);
  assert.equal(own.totals.windows, 36);
});

void test('what fails for a time is tried again later', async (t) => {
  const own = await bench(t, 1, [MEAN]);
  await own.write('1 1, 11 2');
  own.node.fault = new WeirError('unavailable', 'no space left on the disk');
  await own.at(10);
  await own.at(10.5);
  assert.equal(own.totals.failedRuns, 1, 'not at once');
  await own.at(11.5);
  await own.at(20);
  own.node.fault = null;
  assert.equal(own.totals.failedRuns, 3);
  assert.equal(await own.rows('cpu'), '');
  await own.at(25);
  assert.equal(await own.rows('cpu'), '0 1, 10 2');
  assert.equal(own.totals.skippedWindows, 0);
});

void test('a reader does not wait for a query that fails, and is put right once that works', async (t) => {
  const upper = cq('upper', 'SELECT sum(mean) INTO m.agg.upper FROM m.agg.cpu GROUP BY time(20s)');
  const own = await bench(t, 1, [MEAN, upper]);
  await own.write('1 1, 11 2, 21 3, 31 4');
  await own.at(10);
  own.node.fault = new WeirError('unavailable', 'no space left on the disk');
  own.node.faultOf = 'SELECT mean(v)';
  await own.at(20);
  assert.equal(await own.rows('upper'), '0 1');
  own.node.fault = null;
  await own.at(22);
  assert.equal(await own.rows('upper'), '0 3');
});

void test('no further back than the source keeps its points', async (t) => {
  const own = await bench(t, 1, []);
  await own.node.run('CREATE RETENTION POLICY short ON m DURATION 1h REPLICATION 1');
  await own.node.run(cq('mean', 'SELECT mean(v) INTO m.agg.cpu FROM m.short.cpu GROUP BY time(10m)'));
  await own.at(2);
  await own.node.stop();
  await own.reopen(3 * 3600 + 60);
  await own.write(`${2 * 3600 + 61} 1, ${2 * 3600 + 700} 2, ${3 * 3600 - 1} 3`, 'cpu', 'short');
  await own.at(3 * 3600 + 60);
  // The window from 2:00 on has lost its first minute.
  assert.equal(await own.rows('cpu'), '7800 2, 10200 3');
  assert.equal(own.totals.skippedWindows, 13);
});

void test('late points count as far as the reach goes', async (t) => {
  const own = await bench(t, 1, [MEAN], { ...DEFAULT_OPTIONS, lateReachMs: 60_000, lateDelayMs: 0 });
  await own.write('1 1, 101 2');
  await own.at(110);
  await own.write('2 3, 3 3, 51 5, 55 7, 102 4');
  await own.at(111);
  assert.equal(await own.rows('cpu'), '0 1, 50 6, 100 3');
  assert.equal(own.totals.ignoredPoints, 2);
  assert.equal(own.totals.lateWindows, 2);
  await own.at(119);
  assert.equal(own.totals.lateWindows, 2, 'computed again once');
});

void test('one tick takes the queries in the order of the flow of data', async (t) => {
  const own = await bench(t, 1, [
    cq('c', 'SELECT mean(mean) INTO m.agg.c FROM m.agg.b GROUP BY time(40s)'),
    cq('b', 'SELECT mean(mean) INTO m.agg.b FROM m.agg.cpu GROUP BY time(20s)'),
    MEAN,
  ]);
  own.node.nowNs = START_NS + 40n * SECOND;
  await own.node.service.tick();
  assert.deepEqual(
    own.node.runs.map(({ query }) => query.name),
    ['mean', 'b', 'c'],
  );
});

void test('late windows whose points have begun to expire are left alone', async (t) => {
  const own = await bench(t, 1, []);
  await own.node.run('CREATE RETENTION POLICY short ON m DURATION 1h REPLICATION 1');
  await own.node.run(cq('sum', 'SELECT sum(v) INTO m.agg.cpu FROM m.short.cpu GROUP BY time(30m)'));
  await own.at(2);
  await own.write('60 1, 1700 2', 'cpu', 'short');
  await own.at(1800);
  await own.at(3600 + 900);
  await own.write('1750 4, 1850 8', 'cpu', 'short');
  await own.at(3600 + 920);
  assert.equal(await own.rows('cpu'), '0 3, 1800 8');
  assert.equal(own.totals.skippedWindows, 1);
});

void test('late points of the last window go with the next one', async (t) => {
  const own = await bench(t, 1, [MEAN], { ...DEFAULT_OPTIONS, lateDelayMs: 60_000 });
  await own.write('1 1, 12 4');
  await own.at(10);
  await own.write('2 3');
  await own.at(19);
  assert.equal(await own.rows('cpu'), '0 1');
  await own.at(20);
  assert.equal(await own.rows('cpu'), '0 2, 10 4');
  assert.equal(own.totals.runs, 2);
  assert.equal(own.totals.lateWindows, 1);
});

void test('days of a zone, one of 23 hours, with points that come late', async (t) => {
  const second = (time: string): number => Date.parse(time) / 1000 - Number(START_NS / SECOND);
  const daily = "SELECT sum(v) INTO m.agg.cpu FROM m.agg.src GROUP BY time(1d) tz('America/New_York')";
  const own = await bench(t, second('2026-03-07T12:00:00Z'), [cq('daily', daily)]);
  await own.write(`${second('2026-03-08T06:00:00Z')} 1, ${second('2026-03-09T04:30:00Z')} 8`, 'src', 'agg');
  await own.at(second('2026-03-09T03:59:59Z'));
  assert.equal(await own.rows('cpu'), '');
  await own.at(second('2026-03-09T04:00:00Z'));
  const [start, next] = [second('2026-03-08T05:00:00Z'), second('2026-03-09T04:00:00Z')];
  assert.equal(await own.rows('cpu'), `${start} 1`);
  await own.write(`${second('2026-03-09T03:59:00Z')} 2`, 'src', 'agg');
  await own.at(second('2026-03-09T05:00:00Z'));
  assert.equal(await own.rows('cpu'), `${start} 3`);
  await own.at(second('2026-03-10T04:00:00Z'));
  assert.equal(await own.rows('cpu'), `${start} 3, ${next} 8`);
});

void test('queries that read what they write, alone or in a circle, come to rest', async (t) => {
  const own = await bench(
    t,
    1,
    [
      cq('own', 'SELECT max(v) AS v INTO m.raw.:MEASUREMENT FROM m.raw./.*/ GROUP BY time(10s)'),
      cq('one', 'SELECT max(v) AS v INTO m.agg.one FROM m.agg.cpu, m.raw.cpu GROUP BY time(10s)'),
      cq('two', 'SELECT max(v) AS v INTO m.agg.cpu FROM m.agg.one GROUP BY time(10s)'),
    ],
    { ...DEFAULT_OPTIONS, lateDelayMs: 0 },
  );
  await own.write('1 1, 2 5');
  await own.at(10);
  await own.write('3 9');
  for (let second = 11; second < 19; second++) await own.at(second);
  assert.equal(await own.rows('cpu'), '0 9');
  const { runs } = own.totals;
  for (let second = 19; second < 20; second += 0.25) await own.at(second);
  assert.equal(own.totals.runs, runs);
});

void test('windows that depend on each other are caught up one run at a time, as they would have been', async (t) => {
  const queries = [
    cq('filled', 'SELECT sum(v) INTO m.agg.filled FROM cpu GROUP BY time(10s) fill(7)', 'RESAMPLE FOR 30s'),
    cq('change', 'SELECT difference(sum(v)) INTO m.agg.change FROM cpu GROUP BY time(10s)'),
  ];
  const points = '1 1, 11 3, 31 6, 61 2, 71 9';
  const live = await bench(t, 1, queries, { ...DEFAULT_OPTIONS, lateReachMs: 0 });
  await live.write(points);
  for (let second = 10; second <= 80; second += 10) await live.at(second);
  const late = await bench(t, 1, queries);
  await late.node.stop();
  await late.reopen(80);
  await late.write(points);
  await late.at(80);
  for (const name of ['filled', 'change']) assert.equal(await late.rows(name), await live.rows(name), name);
  assert.equal(await live.rows('change'), '10 2, 70 7');

  await late.write('72 1');
  await late.at(90);
  assert.equal(await late.rows('change'), '10 2, 70 8');
});

void test('a clock that is set back, or was long wrong, does no harm', async (t) => {
  const own = await bench(t, 1, [MEAN]);
  await own.at(10 * 365 * 86_400);
  await own.at(100);
  await own.write('101 4');
  await own.at(110);
  assert.equal(await own.rows('cpu'), '100 4');

  const early = await bench(t, -50 * 365 * 86_400, [
    cq('mean', 'SELECT mean(v) INTO m.agg.cpu FROM m.agg.src GROUP BY time(1s)'),
  ]);
  await early.write('1 4', 'src', 'agg');
  await early.at(5);
  assert.equal(await early.rows('cpu'), '1 4');
  assert.ok(early.totals.runs < 50, `${early.totals.runs} runs`);
});

void test('a query that is dropped stops; one of the same name starts anew', async (t) => {
  const own = await bench(t, 1, [MEAN]);
  await own.write('1 1, 11 2, 31 3');
  await own.at(10);
  await own.node.run('DROP CONTINUOUS QUERY mean ON m');
  await own.at(20);
  await own.node.run(MEAN.replace('mean(v)', 'max(v)'));
  await own.at(25);
  await own.at(40);
  assert.equal(await own.rows('cpu'), '0  1, 30 3 ');
  assert.equal(own.totals.runs, 2);
  await own.node.run('DROP DATABASE m');
  await own.at(50);
  assert.deepEqual(own.node.service.queries, []);
  assert.equal(own.totals.runs, 2);
});

void test('progress that is damaged is refused with its key', async (t) => {
  const own = await bench(t, 1, [MEAN]);
  await own.at(11);
  await own.node.stop();
  const records = join(own.dir, 'store/continuous-queries/record');
  const names = (await readdir(records)).sort();
  await writeFile(join(records, names[names.length - 1]), '{}');
  await assert.rejects(own.reopen(20), /continuous-queries\/record\/\d+\.json/);
});

void test('changes from before a start are told of with it', async (t) => {
  const own = await bench(t, 1, [MEAN]);
  await own.write('1 1, 101 2');
  await own.at(110);
  await own.node.service.save();
  await own.write('2 3, 102 4');
  await own.node.view.flush();
  await own.node.kill();
  await own.reopen(111);
  await own.at(111);
  assert.equal(await own.rows('cpu'), '0 2, 100 3');
  assert.equal(own.totals.lateWindows, 2, 'no other windows');
});

void test('changes that nobody was told of make the windows within reach late', async (t) => {
  const reach = { ...DEFAULT_OPTIONS, lateReachMs: 60_000 };
  const own = await bench(t, 1, [MEAN], reach);
  await own.write('1 1, 101 2');
  await own.at(110);
  await own.node.stop();
  // Continuous queries are off for a while, and the log lets go of what was written meanwhile.
  for (const points of ['2 3, 102 4', '3 5, 103 6']) {
    await own.reopen(112, null);
    await own.write(points);
    await own.node.stop();
  }
  await own.reopen(115, reach);
  await own.at(115);
  assert.equal(await own.rows('cpu'), '0 1, 100 4');
});
