// `npm run demo:ladder`: one machine that reported every five minutes for a year, and every second for the last weeks, through a
// ladder of seven tiers; then what each tier holds, and one question over ever longer spans with the tiers that answered it.
// Everything goes over HTTP to a real server with a clock that runs fast. `npm run demo:ladder -- 6` writes six weeks of seconds.
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Cleanup } from '../lib/cleanup.ts';
import { bytes, count, milliseconds } from '../report/format.ts';
import { terminalTable } from '../report/table.ts';
import { MEASUREMENTS } from './host-lines.ts';
import { extentAxis, extentBar, sparkline } from './picture.ts';
import { type Cell, type SharedClock, type Table, type Weir, sharedClock, startWeir } from './weir.ts';
import type { WriterOrder, WriterProgress } from './writer.ts';

const DATABASE = 'collectd';
const LADDER = '1s:60h,10s:8d,30s:15d,2m:45d,5m:120d,15m:220d,1h:800d';
const DAY_SECONDS = 86_400;
const DAY_MS = 1000 * DAY_SECONDS;
/** Sunday, 2026-11-01. */
const END_SECONDS = Date.UTC(2026, 10, 1) / 1000;
const OLD_DAYS = 400;
const OLD_STEP_SECONDS = 300;

interface Zoom {
  readonly label: string;
  readonly days: number;
  readonly window: string;
}

const ZOOMS: readonly Zoom[] = [
  { label: '1 hour', days: 1 / 24, window: '1m' },
  { label: '6 hours', days: 1 / 4, window: '5m' },
  { label: '1 day', days: 1, window: '20m' },
  { label: '1 week', days: 7, window: '2h' },
  { label: '1 month', days: 30, window: '8h' },
  { label: '3 months', days: 91, window: '1d' },
  { label: '6 months', days: 182, window: '2d' },
  { label: '1 year', days: 365, window: '1w' },
  { label: '2 years', days: 730, window: '1w' },
];

async function main(weeks: number): Promise<void> {
  const cleanup = new Cleanup(tmpdir());
  const dataDir = join(cleanup.dir, 'data');
  const clock = sharedClock(END_SECONDS - OLD_DAYS * DAY_SECONDS);
  let weir = await startWeir(dataDir, clock);
  await weir.query(`CREATE DATABASE ${DATABASE}`);
  await weir.query(`CREATE LADDER demo ON ${DATABASE} '${LADDER}'`);
  console.log(`CREATE LADDER demo ON ${DATABASE} '${LADDER}'`);
  await fill(weir, clock, weeks);
  await settle(weir);
  // What a stop and a start leave is what is on the disk.
  await weir.close();
  weir = await startWeir(dataDir, clock);
  process.stdout.write(await tiersTable(weir, clock));
  process.stdout.write(await zoomTable(weir, clock));
  await weir.close();
}

async function fill({ port }: Weir, clock: SharedClock, weeks: number): Promise<void> {
  const startedAt = performance.now();
  const oldStart = END_SECONDS - OLD_DAYS * DAY_SECONDS;
  const fineStart = END_SECONDS - weeks * 7 * DAY_SECONDS;
  const workerData: WriterOrder = {
    port,
    path: `/write?db=${DATABASE}`,
    stretches: [
      { startSeconds: oldStart, endSeconds: fineStart, stepSeconds: OLD_STEP_SECONDS },
      { startSeconds: fineStart, endSeconds: END_SECONDS, stepSeconds: 1 },
    ],
    clock,
  };
  const writer = new Worker(new URL('./writer.ts', import.meta.url), { workerData });
  const secondsPassed = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
  let rows = 0;
  let toldAt = 0;
  writer.on('message', (progress: WriterProgress) => {
    ({ rows } = progress);
    if (!process.stderr.isTTY || performance.now() - toldAt < 200) return;
    toldAt = performance.now();
    process.stderr.write(`\r${new Date(progress.seconds * 1000).toISOString()}  ${count(rows)} points `);
  });
  // A worker that throws emits `error`, which rejects.
  await once(writer, 'exit');
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(
    `\n${count(rows)} points written over HTTP in ${secondsPassed()} s: ${OLD_DAYS - weeks * 7} days every ${OLD_STEP_SECONDS / 60} ` +
      `minutes, then ${weeks} ${weeks === 1 ? 'week' : 'weeks'} every second, each for ${MEASUREMENTS.join(', ')}`,
  );
}

/** Resolves once every window that is over is in its tier. */
async function settle(weir: Weir): Promise<void> {
  for (let stood = 0; stood < 2; ) {
    const rows = await statusRows(weir);
    const problem = rows.find((row) => row.problem !== '');
    if (problem !== undefined) throw new Error(`tier ${problem.tier}: ${problem.problem}`);
    const done = rows.every(({ dirty, backfill }) => (dirty ?? 0) === 0 && (backfill ?? 1) === 1);
    stood = done ? stood + 1 : 0;
    await sleep(500);
  }
}

/** Rows of SHOW LADDER STATUS by the names of their columns, the base first. */
async function statusRows(weir: Weir): Promise<readonly Readonly<Record<string, Cell>>[]> {
  const [status] = await weir.query(`SHOW LADDER STATUS demo ON ${DATABASE}`);
  return status.values.map((row) => Object.fromEntries(row.map((cell, at) => [status.columns[at], cell])));
}

async function tiersTable(weir: Weir, clock: SharedClock): Promise<string> {
  const nowMs = nowMsOf(clock);
  const rows: string[][] = [];
  for (const { tier, parent, step, keep, points, bytes: size } of await statusRows(weir)) {
    const [oldest, newest] = [await edge(weir, tier, 'ASC'), await edge(weir, tier, 'DESC')];
    rows.push([
      String(tier),
      String(parent ?? '–'),
      String(step),
      String(keep),
      extentBar((nowMs - oldest) / 1000, (nowMs - newest) / 1000),
      new Date(oldest).toISOString().slice(0, 16),
      count(Number(points)),
      bytes(Number(size)),
      (Number(size) / Number(points)).toFixed(1),
    ]);
  }
  return terminalTable({
    title: 'What each tier holds',
    columns: ['tier', 'fed by', 'step', 'keep', extentAxis(), 'oldest', 'points', 'on disk', 'B/point'],
    leftCount: 6,
    rows,
    notes: [
      'A point of a tier has count, sum, min and max of its window. Whole shards expire: a tier may reach further back.',
    ],
  });
}

async function edge(weir: Weir, tier: Cell, order: 'ASC' | 'DESC'): Promise<number> {
  const [table] = await weir.query(`SELECT usage FROM "${tier}".cpu ORDER BY time ${order} LIMIT 1`, DATABASE);
  return Number(table.values[0][0]);
}

async function zoomTable(weir: Weir, clock: SharedClock): Promise<string> {
  const nowMs = nowMsOf(clock);
  const rows: string[][] = [];
  for (const { label, days, window } of ZOOMS) {
    const start = new Date(nowMs - days * DAY_MS).toISOString();
    const end = new Date(nowMs).toISOString();
    const text =
      `SELECT mean(usage), max(usage) FROM cpu WHERE time >= '${start}' AND time < '${end}' ` +
      `GROUP BY time(${window})`;
    const tiers = answeredBy(await weir.query(`EXPLAIN ${text}`, DATABASE));
    const startedAt = performance.now();
    const [answer] = await weir.query(text, DATABASE);
    const ms = performance.now() - startedAt;
    const means = answer.values.map(([, mean]) => mean);
    rows.push([label, window, sparkline(means, 48), tiers, count(means.length), `${milliseconds(ms)} ms`]);
  }
  return terminalTable({
    title: 'SELECT mean(usage), max(usage) FROM cpu WHERE … GROUP BY time(…), which names no tier',
    columns: ['span', 'windows of', 'mean', 'answered by', 'windows', 'time'],
    leftCount: 4,
    rows,
    notes: [
      'Oldest first. Answered by, as EXPLAIN says: the tier of most of the span, then those of its edges, and of the last, open windows.',
    ],
  });
}

/**
 * From lines such as `TIER 1h_for_800d: 2026-10-01T00:00:00Z .. 2026-10-31T23:00:00Z, EXACT`: the tier that answers most of the
 * span, its share, and how many others answer the rest.
 */
function answeredBy(plan: readonly Table[]): string {
  const spans = new Map<string, number>();
  for (const [line] of plan.flatMap(({ values }) => values)) {
    const match = /^TIER ([^:]+): (\S+) \.\. (\S+), (EXACT|POINTS|APPROXIMATE)$/.exec(String(line));
    if (match === null) continue;
    const [, policy, start, end, how] = match;
    const name = how === 'APPROXIMATE' ? `${policy} (approximate)` : policy;
    spans.set(name, (spans.get(name) ?? 0) + Date.parse(end) - Date.parse(start));
  }
  const [most, ...others] = [...spans].toSorted(([, a], [, b]) => b - a);
  const total = spans.values().reduce((sum, ms) => sum + ms, 0);
  const share = Math.floor((100 * most[1]) / total);
  return `${most[0]} ${share} %${others.length === 0 ? '' : `, ${others.map(([name]) => name.split('_')[0]).join(' ')}`}`;
}

function nowMsOf(clock: SharedClock): number {
  return Number(Atomics.load(clock, 0) / 1_000_000n);
}

const [weeksText = '2'] = process.argv.slice(2);
if (!/^[1-9]\d?$/.test(weeksText)) throw new Error(`expected a number of weeks from 1 to 99, got ${weeksText}`);
await main(Number(weeksText));
