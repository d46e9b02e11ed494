// What series cost: one point for each of many, then a second one, when all of them are known.
import { growthHost, growthLines } from '../load/growth-lines.ts';
import { load } from '../load/load.ts';
import { spreadOf } from '../lib/statistics.ts';
import type { PeerName, Server } from '../peers/peer.ts';
import { CONNECTIONS } from './ingest.ts';
import { type Bench, checkCount, inNewDir, withServer } from './with-server.ts';

const LOOK_UPS = 9;

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
    for (const kind of bench.kinds) {
      bench.tell(`${seriesCount} series: ${kind.name}`);
      const result = await inNewDir(bench, kind, (dir) =>
        withServer(bench, kind, dir, { eager: !bench.settings.quick }, async (server) => {
          const first = await load(server, rounds[0], CONNECTIONS);
          const second = await load(server, rounds[1], CONNECTIONS);
          if (!bench.settings.quick) await server.settle();
          const peakRssBytes = server.peakRssBytes();
          await checkCount(bench, server, ['growth', 'value'], 2 * seriesCount);
          return {
            name: kind.name,
            seriesCount,
            newPerSecond: first.rowsPerSecond,
            knownPerSecond: second.rowsPerSecond,
            peakRssBytes,
            diskBytes: server.diskBytes(),
            lookUpMs: await lookUpMs(bench, server, seriesCount),
          };
        }),
      );
      results.push(result);
    }
  }
  return results;
}

async function lookUpMs(bench: Bench, server: Server, seriesCount: number): Promise<number> {
  const samples: number[] = [];
  for (let look = 0; look <= LOOK_UPS; look++) {
    const host = growthHost(Math.floor((seriesCount * (look + 0.5)) / (LOOK_UPS + 1)));
    const startedAt = performance.now();
    const found = await server.pointsOf('growth', 'value', 'host', host);
    // The first one warms up.
    if (look > 0) samples.push(performance.now() - startedAt);
    if (found !== 2) bench.fault(`${server.name} has ${found} points of ${host}, expected 2`);
  }
  return spreadOf(samples).median;
}
