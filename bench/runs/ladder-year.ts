// A year of many series: how long it takes to fill the tiers of a ladder that is declared over it, and how much faster a dashboard's
// question over the whole year is answered by them than by the points.
import { load } from '../load/load.ts';
import { type Spread, spreadOf } from '../lib/statistics.ts';
import type { Server, ServerKind } from '../peers/peer.ts';
import type { Batches } from '../load/batches.ts';
import { BATCH_ROWS, CONNECTIONS } from './ingest.ts';
import { type TierFacts, ask, declareLadder, tierFacts, whenRepaired } from './ladder-server.ts';
import { type Bench, checkCount, inNewDir, withServer } from './with-server.ts';

const LADDER = '5m:750d,1h:800d,1d:3650d';
const QUESTION_STEP = '1d';
const STEP_SECONDS = 300;
const DAY_SECONDS = 86_400;
const RELATIVE_TOLERANCE = 1e-9;

export interface YearResult {
  readonly series: number;
  readonly days: number;
  readonly points: number;
  readonly backfillSeconds: number;
  /** Of the same question, in milliseconds. */
  readonly fromPoints: Spread;
  readonly fromTiers: Spread;
  /** The points, then the tiers. */
  readonly tiers: readonly TierFacts[];
}

export async function runLadderYear(bench: Bench, kind: ServerKind): Promise<YearResult> {
  const { quick } = bench.settings;
  const [series, days] = quick ? [100, 30] : [1000, 365];
  const endSeconds = Math.floor(Date.now() / 1000 / DAY_SECONDS) * DAY_SECONDS;
  const startSeconds = endSeconds - days * DAY_SECONDS;
  const lines = yearLines(series, startSeconds, endSeconds);
  return inNewDir(bench, kind, (dir) =>
    withServer(bench, kind, dir, { eager: true }, async (server) => {
      bench.tell(`a year: ${lines.rows} points`);
      await load(server, lines, CONNECTIONS);
      await server.settle();
      bench.tell('a ladder over it');
      const startedAt = performance.now();
      await declareLadder(server.port, LADDER);
      await whenRepaired(server.port);
      const backfillSeconds = (performance.now() - startedAt) / 1000;
      bench.tell(`backfilled in ${backfillSeconds.toFixed(1)} s`);
      await server.settle();
      await checkCount(bench, server, ['year', 'v'], lines.rows);
      const where = `time >= ${startSeconds}s AND time < ${endSeconds}s GROUP BY time(${QUESTION_STEP})`;
      const question = (source: string): string => `SELECT mean(v), max(v), count(v) FROM ${source} WHERE ${where}`;
      const [points, tiers] = [question('autogen.year'), question('year')];
      compare(bench, await ask(server.port, points), await ask(server.port, tiers));
      return {
        series,
        days,
        points: lines.rows,
        backfillSeconds,
        fromPoints: await timeOf(server, points, quick ? 3 : 5),
        fromTiers: await timeOf(server, tiers, quick ? 5 : 50),
        tiers: await tierFacts(server.port),
      };
    }),
  );
}

function yearLines(series: number, startSeconds: number, endSeconds: number): Batches {
  const rows = (series * (endSeconds - startSeconds)) / STEP_SECONDS;
  return {
    rows,
    bytes: 0,
    count: Math.ceil(rows / BATCH_ROWS),
    read: (index) => {
      const lines: string[] = [];
      for (let row = index * BATCH_ROWS; row < Math.min(rows, (index + 1) * BATCH_ROWS); row++) {
        const own = row % series;
        const seconds = startSeconds + Math.floor(row / series) * STEP_SECONDS;
        const value = 50 + 30 * Math.sin(seconds / 13_751 + own) + ((row * 7919) % 1000) / 250;
        lines.push(`year,host=s${own} v=${value.toFixed(2)} ${seconds}000000000\n`);
      }
      return Buffer.from(lines.join(''), 'latin1');
    },
  };
}

type Rows = Awaited<ReturnType<typeof ask>>;

function compare(bench: Bench, points: Rows, tiers: Rows): void {
  if (points.length !== tiers.length) bench.fault(`${points.length} windows of points, ${tiers.length} of tiers`);
  for (const [at, row] of points.entries()) {
    for (const [column, expected] of Object.entries(row)) {
      const actual = tiers[at]?.[column];
      if (isNear(expected, actual)) continue;
      bench.fault(`window ${at}: ${column} is ${expected} from points, ${actual} from tiers`);
      return;
    }
  }
}

function isNear(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual;
  return Math.abs(expected - actual) <= RELATIVE_TOLERANCE * Math.abs(expected);
}

async function timeOf({ port }: Server, text: string, times: number): Promise<Spread> {
  const samples: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now();
    await ask(port, text);
    samples.push(performance.now() - startedAt);
  }
  return spreadOf(samples);
}
