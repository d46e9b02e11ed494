// Weir from this source tree, with its defaults: every acknowledged write is on the disk.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from '../lib/cleanup.ts';
import { diskBytes } from '../lib/disk.ts';
import { requestOnce } from '../lib/http-connection.ts';
import { ServerProcess, freePort } from '../lib/server-process.ts';
import { settled } from '../lib/settle.ts';
import { InfluxClient } from './influx-client.ts';
import type { Server, ServerKind, StartOptions } from './peer.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** An eager server writes out its memtable at this age: long enough to fill it by size while a load is running. */
const EAGER_FLUSH_AGE = '4s';

/** Where blocks lie in a data directory. */
export function blockDir(dir: string): string {
  return join(dir, 'data', 'store', 'blocks');
}

/** With `profileDir`, each process leaves a CPU profile there. */
export function weirKind(profileDir?: string): ServerKind {
  return {
    name: 'weir',
    durable: true,
    note: 'each write is acknowledged after an fsync that it shares with its neighbours (default)',
    version: () =>
      /\d+\.\d+\.\d+\S*/.exec(spawnSync(process.execPath, [PROGRAM, 'version'], { encoding: 'utf8' }).stdout)?.[0],
    installHint: 'npm ci',
    start: (dir, cleanup, options) => start(dir, cleanup, options ?? {}, profileDir),
  };
}

async function start(dir: string, cleanup: Cleanup, options: StartOptions, profileDir?: string): Promise<Server> {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const nodeFlags = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const flags = [
    '--data-dir',
    join(dir, 'data'),
    '--http-bind',
    `127.0.0.1:${port}`,
    '--host-metrics',
    'false',
    '--monitor-store-enabled',
    'false',
  ];
  if (options.eager) flags.push('--storage-flush-age', EAGER_FLUSH_AGE);
  const server = new ServerProcess(
    [process.execPath, ...nodeFlags, PROGRAM, 'serve', ...flags],
    join(dir, 'log.txt'),
    cleanup,
  );
  const readyMs = await server.ready(() => requestOnce(port, 'GET', '/health').then(() => true));
  const client = await InfluxClient.open(port);
  const rowsInMemory = async (): Promise<number> => (await client.statistics('weir_view')).get('memtableRows') ?? 0;
  return {
    name: 'weir',
    port,
    writePath: client.writePath,
    readyMs,
    canAsk: () => true,
    ask: (query) => client.ask(query),
    count: (measurement, field) => client.count(measurement, field),
    pointsOf: (...series) => client.pointsOf(...series),
    settle: () =>
      settled({
        isDone: async () => (await rowsInMemory()) === 0,
        cpuSeconds: () => server.cpuSeconds(),
        quietSeconds: 2,
        // A profiler is never idle.
        idleShare: profileDir === undefined ? undefined : 0.5,
      }),
    rowsInMemory,
    cpuSeconds: () => server.cpuSeconds(),
    rssBytes: () => server.rssBytes(),
    peakRssBytes: () => server.peakRssBytes(),
    diskBytes: () => diskBytes(join(dir, 'data')),
    close: () => {
      client.close();
      return server.stop();
    },
    kill: () => {
      client.close();
      return server.kill();
    },
  };
}
