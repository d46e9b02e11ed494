// Sends batches over several kept-alive connections, each with one request under way, and takes the time.
import { HttpConnection, accepted } from '../lib/http-connection.ts';
import { type Spread, spreadOf } from '../lib/statistics.ts';
import type { Batches, Scratch } from './batches.ts';

export interface LoadResult {
  readonly rows: number;
  readonly bytes: number;
  /** From the first request to the last acknowledgement. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** From a request to its acknowledgement. */
  readonly requestMs: Spread;
}

export interface WriteTarget {
  readonly port: number;
  readonly writePath: string;
}

/** Rejects when a request is not accepted. */
export async function load(target: WriteTarget, batches: Batches, connectionCount: number): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: connectionCount }, () => HttpConnection.open(target.port)),
  );
  const requestMs: number[] = [];
  let next = 0;
  const run = async (connection: HttpConnection): Promise<void> => {
    const scratch: Scratch = { buffer: Buffer.alloc(0) };
    while (next < batches.count) {
      const body = batches.read(next++, scratch);
      const startedAt = performance.now();
      accepted(await connection.request('POST', target.writePath, body), target.writePath);
      requestMs.push(performance.now() - startedAt);
    }
  };
  try {
    const startedAt = performance.now();
    await Promise.all(connections.map(run));
    const seconds = (performance.now() - startedAt) / 1000;
    const { rows, bytes } = batches;
    return { rows, bytes, seconds, rowsPerSecond: rows / seconds, requestMs: spreadOf(requestMs) };
  } finally {
    for (const connection of connections) connection.close();
  }
}
