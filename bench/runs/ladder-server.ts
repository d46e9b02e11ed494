// A Weir with a ladder on the bench's database, as the runs about ladders need it.
import { setTimeout as sleep } from 'node:timers/promises';
import { requestOnce } from '../lib/http-connection.ts';
import { DATABASE } from '../peers/influx-client.ts';
import type { ServerKind } from '../peers/peer.ts';
import type { Bench } from './with-server.ts';

type Cell = string | number | null;

const POLL_MS = 250;
const GIVE_UP_MS = 600_000;

/** undefined where Weir does not take part. */
export function weirOf({ kinds }: Bench): ServerKind | undefined {
  return kinds.find(({ name }) => name === 'weir');
}

/** The rows of a statement's first table, by the names of its columns. Rejects with the server's message. */
export async function ask(port: number, text: string): Promise<readonly Readonly<Record<string, Cell>>[]> {
  const body = await requestOnce(port, 'POST', `/query?db=${DATABASE}&epoch=ms&q=${encodeURIComponent(text)}`);
  const [result] = (JSON.parse(body.toString()) as Answer).results;
  if (result.error !== undefined) throw new Error(`${text}: ${result.error}`);
  const [table] = result.series ?? [];
  return (table?.values ?? []).map((row) => Object.fromEntries(row.map((cell, at) => [table.columns[at], cell])));
}

interface Answer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly { readonly columns: readonly string[]; readonly values: readonly (readonly Cell[])[] }[];
  }[];
}

export async function declareLadder(port: number, tiers: string): Promise<void> {
  await ask(port, `CREATE LADDER levels ON ${DATABASE} '${tiers}'`);
}

export interface TierFacts {
  readonly tier: string;
  readonly points: number;
  readonly bytes: number;
}

/** The base and its tiers, finest first. Rejects when a tier has a problem. */
export async function tierFacts(port: number): Promise<readonly TierFacts[]> {
  return (await statusOf(port)).map(({ tier, points, bytes }) => ({
    tier: String(tier),
    points: Number(points),
    bytes: Number(bytes),
  }));
}

/** Resolves once nothing is dirty and all backfills are through. Dirty windows are repaired when they are over. */
export async function whenRepaired(port: number): Promise<void> {
  const startedAt = performance.now();
  for (let quiet = 0; quiet < 3; ) {
    if (performance.now() - startedAt > GIVE_UP_MS)
      throw new Error(`tiers are not complete after ${GIVE_UP_MS / 1000} s`);
    const done = (await statusOf(port)).every(
      ({ dirty, backfill }) => (dirty ?? 0) === 0 && (backfill === null || backfill === 1),
    );
    quiet = done ? quiet + 1 : 0;
    await sleep(POLL_MS);
  }
}

async function statusOf(port: number): Promise<readonly Readonly<Record<string, Cell>>[]> {
  const rows = await ask(port, `SHOW LADDER STATUS levels ON ${DATABASE}`);
  const bad = rows.find(({ problem }) => problem !== '');
  if (bad !== undefined) throw new Error(`tier ${bad.tier}: ${bad.problem}`);
  return rows;
}
