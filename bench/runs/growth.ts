// What series cost: one point for each of many, then a second one, when all of them are known.
import { growthHost, growthLines } from '../load/growth-lines.ts';
import type { Batches } from '../load/batches.ts';
import { load } from '../load/load.ts';
import { spreadOf } from '../lib/statistics.ts';
import type { PeerName, Server, ServerKind } from '../peers/peer.ts';
import { CONNECTIONS } from './ingest.ts';
import { type Bench, checkCount, eachKind, inNewDir, withServer } from './with-server.ts';

const LOOK_UPS = 20;
/** Hosts that are looked up lie so far apart. */
const LOOK_UP_STEP = 37_217;
/** For look-ups that are not timed. */
const WARM_UP_MS = 1000;

export interface GrowthResult {
  readonly name: PeerName;
  readonly seriesCount: number;
  readonly newPerSecond: number;
  readonly knownPerSecond: number;
  /** Once all is written out. */
  readonly peakRssBytes: number | undefined;
  readonly diskBytes: number;
  /** To find the points of one series. */
  readonly lookUpMs: number;
}

export async function runGrowth(bench: Bench): Promise<GrowthResult[]> {
  const results: GrowthResult[] = [];
  for (const seriesCount of bench.settings.seriesCounts) {
    const rounds = [growthLines(seriesCount, 0), growthLines(seriesCount, 1)];
    results.push(
      ...(await eachKind(bench, `${seriesCount} series`, (kind) =>
        inNewDir(bench, kind, (dir) => grow(bench, kind, dir, seriesCount, rounds)),
      )),
    );
  }
  return results;
}

function grow(
  bench: Bench,
  kind: ServerKind,
  dir: string,
  seriesCount: number,
  [first, second]: readonly Batches[],
): Promise<GrowthResult> {
  const eager = !bench.settings.quick;
  return withServer(bench, kind, dir, { eager }, async (server) => {
    const { rowsPerSecond: newPerSecond } = await load(server, first, CONNECTIONS);
    const { rowsPerSecond: knownPerSecond } = await load(server, second, CONNECTIONS);
    if (eager) await server.settle();
    const [peakRssBytes, diskBytes] = [server.peakRssBytes(), server.diskBytes()];
    await checkCount(bench, server, ['growth', 'value'], 2 * seriesCount);
    const ms = await lookUpMs(bench, server, seriesCount);
    return { name: kind.name, seriesCount, newPerSecond, knownPerSecond, peakRssBytes, diskBytes, lookUpMs: ms };
  });
}

async function lookUpMs(bench: Bench, server: Server, seriesCount: number): Promise<number> {
  const samples: number[] = [];
  const warmUntil = performance.now() + (bench.settings.quick ? 0 : WARM_UP_MS);
  for (let look = 0; samples.length < LOOK_UPS; look++) {
    const host = growthHost((look * LOOK_UP_STEP) % seriesCount);
    const startedAt = performance.now();
    const found = await server.pointsOf('growth', 'value', 'host', host);
    if (startedAt >= warmUntil) samples.push(performance.now() - startedAt);
    if (found !== 2) bench.fault(`${server.name} has ${found} points of ${host}, expected 2`);
  }
  return spreadOf(samples).median;
}
