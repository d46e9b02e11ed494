// Weir as it is compared: a view with a ladder of seven levels on a directory, and what its tiers answer.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTierReads } from '../../src/ladder/index.ts';
import {
  type LadderNode,
  type LadderSetup,
  bucket,
  ladderOf,
  openNode,
  rowsOf,
  rowsOfSnapshot,
} from '../../src/ladder/test-support/ladder-node.ts';
import { SECOND } from '../../src/model/index.ts';
import { END, type Sample } from './samples.ts';

/** Of the tiers; the base, with its points of 1s, is the seventh level. 120 does not divide 300. */
export const STEPS = [10, 30, 120, 300, 900, 3600];

/** What a tier answers for a window. */
export interface TierRow {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
}

export async function withWeir(run: (setup: LadderSetup) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-exact-'));
  const base = bucket(1);
  const ladder = ladderOf(
    STEPS.map((step) => BigInt(step) * SECOND),
    base,
    { states: [{ fields: { kind: 'all' }, keep: ['first', 'last'] }] },
  );
  try {
    await run({ dir, base, ladder, nowNs: BigInt(END) * SECOND, saved: undefined });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Closes the node, whatever happens. */
export async function withNode(setup: LadderSetup, run: (node: LadderNode) => Promise<void>): Promise<void> {
  const node = await openNode(setup);
  try {
    await run(node);
  } finally {
    await node.close();
  }
}

export async function writeSamples(node: LadderNode, samples: readonly Sample[]): Promise<void> {
  for (let from = 0; from < samples.length; from += 500) {
    const lines = samples.slice(from, from + 500).map(({ time, value }) => `m,h=a v=${value} ${time}`);
    await node.write(lines.join('\n'));
  }
}

/** The points of the base, by time. */
export function basePoints(node: LadderNode, setup: LadderSetup): ReadonlyMap<number, number> {
  return new Map([...rowsOf(node.view, setup.base.id)].map(([key, { v }]) => [timeOf(key), Number(v)]));
}

/** By the window's start: what queries get, late points included. Windows that count nothing are absent. */
export function tierRows(node: LadderNode, setup: LadderSetup, step: number): ReadonlyMap<number, TierRow> {
  const placed = [{ database: 'db', ladder: setup.ladder, base: setup.base }];
  const clock = { nowNs: () => setup.nowNs };
  const reads = openTierReads({ view: node.view, ladders: node.ladders, placed: () => placed, clock });
  const tier = setup.ladder.rules[0].tiers.find(({ stepNs }) => stepNs === BigInt(step) * SECOND);
  const snapshot = tier === undefined ? undefined : reads.openTier('db', tier.policy, false);
  if (snapshot === undefined) throw new Error(`there is no tier of ${step} s`);
  const rows = new Map<number, TierRow>();
  for (const [key, row] of rowsOfSnapshot(snapshot)) {
    const state = (name: string): number => Number(row[`v:${name}`]);
    const [count, sum, min, max] = [state('count'), state('sum'), state('min'), state('max')];
    const [first, last] = [state('first'), state('last')];
    if (count > 0) rows.set(timeOf(key), { count, sum, mean: Number(row.v), min, max, first, last });
  }
  return rows;
}

function timeOf(key: string): number {
  return Number(key.slice(key.lastIndexOf(' ') + 1));
}

export type { LadderNode, LadderSetup };
