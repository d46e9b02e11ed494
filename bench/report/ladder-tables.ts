// What ladders cost and gain, as a table; and which of their goals are met.
import type { Spread } from '../lib/statistics.ts';
import type { LadderResult } from '../runs/ladder.ts';
import type { Waits } from '../runs/live-load.ts';
import { bytes, count, milliseconds, rate, ratio, seconds } from './format.ts';
import type { Goal } from './goals.ts';
import type { Table } from './table.ts';

const MAX_SLOWER_PERCENT = 25;
const MAX_CORES = 0.5;
const LEAST_FASTER = 50;

export function ladderTables({ ingest, live, year }: LadderResult): Table[] {
  const rows: [string, string, string][] = [];
  if (ingest !== undefined) {
    rows.push(
      ['durable ingest', rate(ingest.without.median), rate(ingest.with.median)],
      ['CPU s/M rows', ingest.cpuWithout.median.toFixed(2), ingest.cpuWith.median.toFixed(2)],
    );
  }
  for (const { name, coresWithout, coresWith } of live?.costs ?? []) {
    const what = `${name}: cores for ${count(live?.series)} series every second`;
    rows.push([what, coresWithout.toFixed(2), coresWith.toFixed(2)]);
  }
  if (year !== undefined) {
    rows.push([`${year.days} days of ${count(year.series)} series`, `${time(year.fromPoints)}`, time(year.fromTiers)]);
  }
  const cost: Table = {
    title: 'Ladders',
    columns: ['', 'without', 'with'],
    rows,
    notes: costNotes({ ingest, live, year }),
  };
  return [
    ...(rows.length === 0 ? [] : [cost]),
    ...(live === undefined ? [] : [waitsTable(live)]),
    ...(year === undefined ? [] : [tiersTable(year)]),
  ];
}

export function ladderGoals({ ingest, live, year }: LadderResult): Goal[] {
  const goals: Goal[] = [];
  if (ingest !== undefined) {
    const slower = 100 * (1 - ingest.with.median / ingest.without.median);
    goals.push({
      goal: `a ladder slows durable ingest by no more than ${MAX_SLOWER_PERCENT} %`,
      measured: `${slower.toFixed(0)} %`,
      met: slower <= MAX_SLOWER_PERCENT,
    });
  }
  if (live !== undefined) {
    const [{ coresWith, coresWithout }] = live.costs;
    const cores = coresWith - coresWithout;
    goals.push({
      goal: `seven levels over ${count(live.series)} series every second take less than half a core`,
      measured: `${cores.toFixed(2)} cores`,
      met: cores < MAX_CORES,
    });
  }
  if (year !== undefined) {
    const faster = year.fromPoints.median / year.fromTiers.median;
    goals.push({
      goal: `a year of ${count(year.series)} series from tiers ≥ ${LEAST_FASTER} × faster than from points`,
      measured: ratio(faster),
      met: faster >= LEAST_FASTER,
    });
  }
  return goals;
}

function costNotes({ ingest, live, year }: LadderResult): string[] {
  const notes: string[] = [];
  if (ingest !== undefined) {
    notes.push(
      `Ingest: ${count(ingest.rows)} rows of ten fields, ten seconds apart, into five tiers (${count(ingest.tierPoints)} windows). ` +
        `Medians of ${ingest.with.count}; CPU until the tiers are complete.`,
    );
  }
  if (live !== undefined) {
    const counted = live.costs.map(({ name, counted: share }) => `${name} ${(100 * share).toFixed(2)} %`).join(', ');
    notes.push(
      `Cores: the whole server over ${live.seconds} s, into six tiers, with queries and pings besides; for InfluxDB six policies and ` +
        `continuous queries of count, sum, min and max, each of the level before. Points counted in the level of 10 s: ${counted}.`,
    );
  }
  if (year !== undefined) {
    notes.push(
      `The year: ${count(year.points)} points, one question for mean, max and count of each day over all series; the answers are ` +
        `compared. Its tiers were filled in ${seconds(year.backfillSeconds)} by a ladder that was declared afterwards.`,
    );
  }
  return notes;
}

function waitsTable(live: NonNullable<LadderResult['live']>): Table {
  const row = (what: string, of: (waits: Waits) => Spread): string[] => [
    what,
    ...[live.waitsWithout, live.waitsWith, live.waitsAtMark].flatMap((waits) => {
      const { median, max } = of(waits);
      return [milliseconds(median), milliseconds(max)];
    }),
  ];
  return {
    title: 'Ladders: milliseconds to wait',
    columns: ['request', 'without, median', 'longest', 'with, median', 'longest', 'at a mark, median', 'longest'],
    rows: [
      row('write', ({ writes }) => writes),
      row('query', ({ queries }) => queries),
      row('ping', ({ pings }) => pings),
    ],
    notes: [
      `At a mark ${count(live.windowsAtMark)} windows of six tiers close together, as at the end of an hour: the three seconds from there. ` +
        "A ping every ten milliseconds shows how long the server's thread was busy with something else.",
    ],
  };
}

function tiersTable({ tiers }: NonNullable<LadderResult['year']>): Table {
  return {
    title: 'Ladders: what the tiers of the year take',
    columns: ['tier', 'points', 'bytes', 'B/point'],
    rows: tiers.map(({ tier, points, bytes: size }) => [
      tier,
      count(points),
      bytes(size),
      points === 0 ? '–' : (size / points).toFixed(1),
    ]),
    notes: ['A point of a tier has count, sum, min and max.'],
  };
}

function time(spread: Spread): string {
  return `${milliseconds(spread.median)} ms`;
}
