// kill -9 right after a load, then a restart: how long until it serves again, and what is left. Then again.
import { load } from '../load/load.ts';
import { spreadOf } from '../lib/statistics.ts';
import type { PeerName, ServerKind } from '../peers/peer.ts';
import { BATCH_ROWS, CONNECTIONS } from './ingest.ts';
import { type Bench, eachKind, inNewDir, withServer } from './with-server.ts';

export interface RestartResult {
  readonly name: PeerName;
  readonly rowsWritten: number;
  /** Rows that were only in the log and in memory, where it tells. */
  readonly rowsInMemory: number | undefined;
  /** To start without data. */
  readonly emptyReadyMs: number;
  /** To start with what the kill left. */
  readonly readyMs: number;
  /** Rows that are there afterwards. */
  readonly rowsFound: number;
}

const KILLS = 3;

export function runRestart(bench: Bench): Promise<RestartResult[]> {
  return eachKind(bench, 'kill and restart', async (kind) => {
    const emptyReadyMs = await median(KILLS, () =>
      inNewDir(bench, kind, (dir) => withServer(bench, kind, dir, {}, (server) => Promise.resolve(server.readyMs))),
    );
    return inNewDir(bench, kind, (dir) => killAndRestart(bench, kind, dir, emptyReadyMs));
  });
}

async function killAndRestart(
  bench: Bench,
  kind: ServerKind,
  dir: string,
  emptyReadyMs: number,
): Promise<RestartResult> {
  let server = await kind.start(dir, bench.cleanup);
  const batches = bench.data.batches(BATCH_ROWS, bench.settings.sideRows);
  const { rows: rowsWritten } = await load(server, batches, CONNECTIONS);
  const rowsInMemory = await server.rowsInMemory();
  const readyMs = await median(KILLS, async () => {
    await server.kill();
    server = await kind.start(dir, bench.cleanup);
    return server.readyMs;
  });
  const rowsFound = await server.count('cpu', 'usage_user');
  await server.close();
  if (kind.durable && rowsFound !== rowsWritten) {
    bench.fault(`${kind.name} acknowledged ${rowsWritten} rows and has ${rowsFound} after a kill`);
  }
  return { name: kind.name, rowsWritten, rowsInMemory, emptyReadyMs, readyMs, rowsFound };
}

async function median(times: number, measure: () => Promise<number>): Promise<number> {
  const samples: number[] = [];
  for (let time = 0; time < times; time++) samples.push(await measure());
  return spreadOf(samples).median;
}
