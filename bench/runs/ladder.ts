// What ladders cost and gain. A measurement that fails is a fault and has no result.
import { type LadderIngestResult, runLadderIngest } from './ladder-ingest.ts';
import { type LiveResult, runLadderLive } from './ladder-live.ts';
import { weirOf } from './ladder-server.ts';
import { type YearResult, runLadderYear } from './ladder-year.ts';
import type { ServerKind } from '../peers/peer.ts';
import type { Bench } from './with-server.ts';

export interface LadderResult {
  readonly ingest?: LadderIngestResult | undefined;
  readonly live?: LiveResult | undefined;
  readonly year?: YearResult | undefined;
}

export async function runLadder(bench: Bench): Promise<LadderResult> {
  const kind = weirOf(bench);
  if (kind === undefined) return {};
  const attempt = async <T>(
    what: string,
    run: (bench: Bench, kind: ServerKind) => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await run(bench, kind);
    } catch (error) {
      bench.fault(`ladder, ${what}: ${(error as Error).message}`);
      return undefined;
    }
  };
  return {
    ingest: await attempt('ingest', runLadderIngest),
    live: await attempt('live', runLadderLive),
    year: await attempt('year', runLadderYear),
  };
}
