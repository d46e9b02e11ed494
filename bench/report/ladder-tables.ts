// What ladders cost and gain, as a table; and which of their goals are met.
import type { Spread } from '../lib/statistics.ts';
import type { LadderResult } from '../runs/ladder.ts';
import { count, milliseconds, rate } from './format.ts';
import type { Goal } from './goals.ts';
import type { Table } from './table.ts';

const MAX_SLOWER_PERCENT = 25;
const MAX_CORES = 0.5;

export function ladderTables({ ingest, live }: LadderResult): Table[] {
  const rows: [string, string, string][] = [];
  if (ingest !== undefined) {
    rows.push(
      ['durable ingest', rate(ingest.without.median), rate(ingest.with.median)],
      ['CPU s/M rows', ingest.cpuWithout.median.toFixed(2), ingest.cpuWith.median.toFixed(2)],
    );
  }
  if (live !== undefined) {
    const what = `cores for ${count(live.series)} series every second`;
    rows.push([what, live.coresWithout.toFixed(2), live.coresWith.toFixed(2)]);
  }
  const cost: Table = {
    title: 'Ladders',
    columns: ['', 'without', 'with'],
    rows,
    notes: costNotes({ ingest, live }),
  };
  return [...(rows.length === 0 ? [] : [cost]), ...(live === undefined ? [] : [waitsTable(live)])];
}

export function ladderGoals({ ingest, live }: LadderResult): Goal[] {
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
    const cores = live.coresWith - live.coresWithout;
    goals.push({
      goal: `seven levels over ${count(live.series)} series every second take less than half a core`,
      measured: `${cores.toFixed(2)} cores`,
      met: cores < MAX_CORES,
    });
  }
  return goals;
}

function costNotes({ ingest, live }: LadderResult): string[] {
  const notes: string[] = [];
  if (ingest !== undefined) {
    notes.push(
      `Ingest: ${count(ingest.rows)} rows of ten fields, ten seconds apart, into five tiers (${count(ingest.tierPoints)} windows). ` +
        `Medians of ${ingest.with.count}; CPU until the tiers are complete.`,
    );
  }
  if (live !== undefined)
    notes.push(`Cores: the whole server over ${live.seconds} s, into six tiers, with queries and pings besides.`);
  return notes;
}

function waitsTable({ waitsWithout, waitsWith }: NonNullable<LadderResult['live']>): Table {
  const row = (what: string, without: Spread, laddered: Spread): string[] => [
    what,
    milliseconds(without.median),
    milliseconds(without.max),
    milliseconds(laddered.median),
    milliseconds(laddered.max),
  ];
  return {
    title: 'Ladders: milliseconds to wait',
    columns: ['request', 'without, median', 'longest', 'with, median', 'longest'],
    rows: [
      row('write', waitsWithout.writes, waitsWith.writes),
      row('query', waitsWithout.queries, waitsWith.queries),
      row('ping', waitsWithout.pings, waitsWith.pings),
    ],
    notes: ["A ping every ten milliseconds shows how long the server's thread was busy with something else."],
  };
}
