// A real server within this process, whose clock is in shared memory: time passes as fast as its owner says.
import { type RunningServer, startServer } from '../../src/cli/server.ts';
import { loadSettings } from '../../src/cli/load-settings.ts';
import { HttpConnection, accepted } from '../lib/http-connection.ts';

export type Cell = string | number | boolean | null;

/** Element 0: the time in nanoseconds. */
export type SharedClock = BigInt64Array;

export interface Table {
  readonly columns: readonly string[];
  readonly values: readonly (readonly Cell[])[];
}

export interface Weir {
  readonly port: number;
  /** The tables of one statement's answer; times in milliseconds. Rejects with the server's message. */
  query(text: string, database?: string): Promise<readonly Table[]>;
  close(): Promise<void>;
}

export function sharedClock(seconds: number): SharedClock {
  const clock = new BigInt64Array(new SharedArrayBuffer(8));
  clock[0] = BigInt(seconds) * 1_000_000_000n;
  return clock;
}

export async function startWeir(dataDir: string, clock: SharedClock): Promise<Weir> {
  const flags = {
    '--data-dir': dataDir,
    '--http-bind': '127.0.0.1:0',
    '--host-metrics': 'false',
    '--monitor-store-enabled': 'false',
    // Days pass in seconds.
    '--storage-retention-interval': '500ms',
  };
  const { settings } = await loadSettings({ flags, environment: {}, file: '/dev/null' });
  const say = (fields: object, message: string): void => console.error(message, fields);
  const logger = { debug() {}, info() {}, warn: say, error: say };
  const nowNs = (): bigint => Atomics.load(clock, 0);
  const server: RunningServer = await startServer(settings, { logger, clock: { nowNs } });
  const port = Number(server.address.split(':').at(-1));
  const connection = await HttpConnection.open(port);
  return {
    port,
    async query(text, database = '') {
      const path = `/query?db=${database}&epoch=ms&q=${encodeURIComponent(text)}`;
      const body = accepted(await connection.request('POST', path), text);
      const [result] = (JSON.parse(body.toString()) as Answer).results;
      if (result.error !== undefined) throw new Error(`${text}: ${result.error}`);
      return result.series ?? [];
    },
    async close() {
      connection.close();
      await server.close();
    },
  };
}

interface Answer {
  readonly results: readonly { readonly error?: string; readonly series?: readonly Table[] }[];
}
