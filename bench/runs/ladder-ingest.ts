// Durable ingest with and without a ladder, in turns: the same rows, a little in the past, as fast as they are taken.
import { join } from 'node:path';
import { BatchFile } from '../load/batches.ts';
import { load } from '../load/load.ts';
import { type Spread, spreadOf } from '../lib/statistics.ts';
import type { ServerKind } from '../peers/peer.ts';
import { generate } from '../tsbs/generate.ts';
import { BATCH_ROWS, CONNECTIONS } from './ingest.ts';
import { declareLadder, tierFacts, whenRepaired } from './ladder-server.ts';
import { type Bench, checkCount, inNewDir, withServer } from './with-server.ts';

/** For rows ten seconds apart. */
const LADDER = '10s:60h,30s:15d,2m:45d,5m:120d,15m:220d,1h:800d';
/** The rows must be within the period of the base. */
const MAX_STEPS = 7200;

export interface LadderIngestResult {
  readonly rows: number;
  /** Rows a second. */
  readonly without: Spread;
  readonly with: Spread;
  /** CPU time of the server for a million rows, until the tiers are complete. */
  readonly cpuWithout: Spread;
  readonly cpuWith: Spread;
  /** Windows in all tiers in the end. */
  readonly tierPoints: number;
}

interface Round {
  readonly rowsPerSecond: number;
  readonly cpuPerMillion: number;
  readonly tierPoints: number;
}

export async function runLadderIngest(bench: Bench, kind: ServerKind): Promise<LadderIngestResult> {
  const { data, sideRows, quick } = bench.settings;
  const steps = Math.min(MAX_STEPS, Math.ceil(sideRows / data.hosts));
  // By then every window is over.
  const endSeconds = Math.floor(Date.now() / 3_600_000) * 3600;
  const recent = { ...data, steps, startSeconds: endSeconds - steps * data.stepSeconds };
  const file = new BatchFile(
    join(bench.cleanup.dir, 'recent.txt'),
    generate(recent, BATCH_ROWS),
    BATCH_ROWS,
    data.hosts * steps,
  );
  const rounds: { without: Round[]; with: Round[] } = { without: [], with: [] };
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    rounds.without.push(await measure(bench, kind, file, null));
    rounds.with.push(await measure(bench, kind, file, LADDER));
  }
  file.close();
  const spread = (list: readonly Round[], of: (round: Round) => number): Spread => spreadOf(list.map(of));
  return {
    rows: file.rows,
    without: spread(rounds.without, ({ rowsPerSecond }) => rowsPerSecond),
    with: spread(rounds.with, ({ rowsPerSecond }) => rowsPerSecond),
    cpuWithout: spread(rounds.without, ({ cpuPerMillion }) => cpuPerMillion),
    cpuWith: spread(rounds.with, ({ cpuPerMillion }) => cpuPerMillion),
    tierPoints: rounds.with[0].tierPoints,
  };
}

function measure(bench: Bench, kind: ServerKind, file: BatchFile, ladder: string | null): Promise<Round> {
  bench.tell(`ingest ${ladder === null ? 'without' : 'with'} a ladder`);
  return inNewDir(bench, kind, (dir) =>
    withServer(bench, kind, dir, {}, async (server) => {
      if (ladder !== null) await declareLadder(server.port, ladder);
      const before = server.cpuSeconds();
      const loaded = await load(server, file.batches(BATCH_ROWS), CONNECTIONS);
      if (ladder !== null) await whenRepaired(server.port);
      const cpuPerMillion = (server.cpuSeconds() - before) / (loaded.rows / 1e6);
      await checkCount(bench, server, ['cpu', 'usage_user'], loaded.rows);
      const [, ...tiers] = ladder === null ? [] : await tierFacts(server.port);
      const tierPoints = tiers.reduce((sum, { points }) => sum + points, 0);
      return { rowsPerSecond: loaded.rowsPerSecond, cpuPerMillion, tierPoints };
    }),
  );
}
