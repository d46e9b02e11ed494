// What Weir wants to reach, as ratios within one run, and whether it did.
import { bytes, rate, ratio } from './format.ts';
import { ladderGoals } from './ladder-tables.ts';
import { type Results, byName } from './results.ts';
import type { Table } from './table.ts';
import { replayRate } from './tables.ts';

const MILLION = 1_000_000;
const GIGABYTE = 1e9;

export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
  /** What is behind the figure. */
  readonly detail?: string;
}

/** Only goals whose figures there are. */
export function goalsOf(results: Results): Goal[] {
  return [
    ...ingestGoals(results),
    ...queryGoals(results),
    ...diskGoals(results),
    ...sideGoals(results),
    ...ladderGoals(results.ladder ?? {}),
  ];
}

export function goalsTable(goals: readonly Goal[]): Table {
  return {
    title: 'Goals',
    columns: ['goal', 'measured', ''],
    leftCount: 3,
    rows: goals.map(({ goal, measured, met }) => [goal, measured, met ? 'met' : 'MISSED']),
    notes: goals.flatMap(({ goal, detail }) => (detail === undefined ? [] : [`${goal}: ${detail}`])),
  };
}

function ingestGoals({ ingest }: Results): Goal[] {
  const weir = byName(ingest, 'weir');
  const goals = [
    { peer: 'influxdb', least: 6 },
    { peer: 'victoria-metrics', least: 3 },
  ] as const;
  return goals.flatMap(({ peer, least }) => {
    const other = byName(ingest, peer);
    if (weir === undefined || other === undefined) return [];
    const measured = weir.load.rowsPerSecond / other.load.rowsPerSecond;
    return [{ goal: `durable ingest ≥ ${least} × ${peer}`, measured: ratio(measured), met: measured >= least }];
  });
}

function queryGoals({ queries }: Results): Goal[] {
  const goals = [
    { peer: 'influxdb', least: 5 },
    { peer: 'duckdb', least: 2 },
  ] as const;
  return goals.flatMap(({ peer, least }): Goal[] => {
    const ratios = (queries?.classes ?? []).flatMap(({ name, times }) => {
      const [weir, other] = [times.get('weir'), times.get(peer)];
      return weir === undefined || other === undefined ? [] : [{ name, ratio: other.median / weir.median }];
    });
    if (ratios.length === 0) return [];
    const missed = ratios.filter((each) => each.ratio < least);
    const goal = `each query class ≥ ${least} × faster than ${peer}`;
    const measured = `${ratios.length - missed.length} of ${ratios.length}`;
    if (missed.length === 0) return [{ goal, measured, met: true }];
    const detail = `below are ${missed.map((each) => `${each.name} ${ratio(each.ratio)}`).join(', ')}`;
    return [{ goal, measured, met: false, detail }];
  });
}

function diskGoals({ ingest }: Results): Goal[] {
  const [weir, influxdb] = [byName(ingest, 'weir'), byName(ingest, 'influxdb')];
  if (weir === undefined || influxdb === undefined) return [];
  return [
    {
      goal: "bytes on disk no more than influxdb's",
      measured: `${bytes(weir.diskBytes)} against ${bytes(influxdb.diskBytes)}`,
      met: weir.diskBytes <= influxdb.diskBytes,
    },
  ];
}

function sideGoals({ growth, restart }: Results): Goal[] {
  const goals: Goal[] = [];
  const million = growth?.find(({ name, seriesCount }) => name === 'weir' && seriesCount === MILLION);
  if (million?.peakRssBytes !== undefined) {
    const { peakRssBytes } = million;
    goals.push({
      goal: '1 M series within 1 GB of memory',
      measured: bytes(peakRssBytes),
      met: peakRssBytes <= GIGABYTE,
    });
  }
  const weir = byName(restart, 'weir');
  const replay = weir && replayRate(weir);
  if (replay !== undefined) {
    goals.push({ goal: 'replay ≥ 1 M rows/s', measured: rate(replay), met: replay >= MILLION });
  }
  return goals;
}
