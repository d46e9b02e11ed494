// Rows a second over HTTP: the whole data set with a few connections, then a part of it with a hundred clients at once.
import { type LoadResult, load } from '../load/load.ts';
import type { PeerName } from '../peers/peer.ts';
import { type Bench, checkCount, eachKind, inNewDir, mainDir, withServer } from './with-server.ts';

export const BATCH_ROWS = 10_000;
export const CONNECTIONS = 4;
export const CLIENT_BATCH_ROWS = 1000;
export const CLIENTS = 100;

export interface IngestResult {
  readonly name: PeerName;
  readonly load: LoadResult;
  /** From the last acknowledgement until nothing was left to do; undefined: it did not come to rest. */
  readonly settleSeconds: number | undefined;
  /** CPU time of the server for all of it, background work included. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number | undefined;
  /** After the background work. */
  readonly diskBytes: number;
}

/** Leaves each system's data in its main directory. */
export function runIngest(bench: Bench): Promise<IngestResult[]> {
  return eachKind(bench, 'ingest', (kind) =>
    withServer(bench, kind, mainDir(bench, kind), { eager: true }, async (server) => {
      const before = server.cpuSeconds();
      const loaded = await load(server, bench.data.batches(BATCH_ROWS), CONNECTIONS);
      const settleSeconds = await server.settle();
      const cpuSeconds = server.cpuSeconds() - before;
      const [peakRssBytes, diskBytes] = [server.peakRssBytes(), server.diskBytes()];
      await checkCount(bench, server, ['cpu', 'usage_user'], loaded.rows);
      return { name: kind.name, load: loaded, settleSeconds, cpuSeconds, peakRssBytes, diskBytes };
    }),
  );
}

export interface ClientsResult {
  readonly name: PeerName;
  readonly load: LoadResult;
  readonly peakRssBytes: number | undefined;
}

export function runClients(bench: Bench): Promise<ClientsResult[]> {
  return eachKind(bench, `${CLIENTS} clients`, (kind) =>
    inNewDir(bench, kind, (dir) =>
      withServer(bench, kind, dir, {}, async (server) => {
        const batches = bench.data.batches(CLIENT_BATCH_ROWS, bench.settings.sideRows);
        const loaded = await load(server, batches, CLIENTS);
        const peakRssBytes = server.peakRssBytes();
        await checkCount(bench, server, ['cpu', 'usage_user'], loaded.rows);
        return { name: kind.name, load: loaded, peakRssBytes };
      }),
    ),
  );
}
