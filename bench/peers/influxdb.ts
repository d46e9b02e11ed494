// InfluxDB 1.x with its own durable defaults and without limits on queries and bodies.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cleanup } from '../lib/cleanup.ts';
import { diskBytes } from '../lib/disk.ts';
import { requestOnce } from '../lib/http-connection.ts';
import { ServerProcess, freePort } from '../lib/server-process.ts';
import { settled } from '../lib/settle.ts';
import { InfluxClient } from './influx-client.ts';
import type { Server, ServerKind, StartOptions } from './peer.ts';

const PROGRAM = 'influxd';

export const influxdbKind: ServerKind = {
  name: 'influxdb',
  durable: true,
  note: 'each write is acknowledged after an fsync (default)',
  version: () => /v(\S+)/.exec(spawnSync(PROGRAM, ['version'], { encoding: 'utf8' }).stdout ?? '')?.[1],
  installHint: 'apt-get install influxdb',
  start: (dir, cleanup, options) => start(dir, cleanup, options ?? {}),
};

/** An eager server compacts shards that are not written to at once, instead of after ten minutes and four hours. */
function settingsFile(
  dir: string,
  port: number,
  rpcPort: number,
  { eager = false, continuousQueries = false }: StartOptions,
): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${dir}/data/meta"
[data]
  dir = "${dir}/data/data"
  wal-dir = "${dir}/data/wal"
  wal-fsync-delay = "0s"
  query-log-enabled = false
  max-series-per-database = 0
  max-values-per-tag = 0
  cache-snapshot-write-cold-duration = "${eager ? '2s' : '10m'}"
  compact-full-write-cold-duration = "${eager ? '2s' : '4h'}"
[coordinator]
  write-timeout = "60s"
  max-concurrent-queries = 0
  query-timeout = "0s"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = 0
  max-row-limit = 0
[logging]
  level = "warn"
[subscriber]
  enabled = false
[continuous_queries]
  enabled = ${continuousQueries}
  log-enabled = false
`;
}

async function start(dir: string, cleanup: Cleanup, options: StartOptions): Promise<Server> {
  mkdirSync(join(dir, 'data'), { recursive: true });
  const port = await freePort();
  const settingsPath = join(dir, 'influxdb.conf');
  writeFileSync(settingsPath, settingsFile(dir, port, await freePort(), options));
  const server = new ServerProcess([PROGRAM, '-config', settingsPath], join(dir, 'log.txt'), cleanup);
  const readyMs = await server.ready(() => requestOnce(port, 'GET', '/ping').then(() => true));
  const client = await InfluxClient.open(port);
  return {
    name: 'influxdb',
    port,
    writePath: client.writePath,
    readyMs,
    canAsk: () => true,
    ask: (query) => client.ask(query),
    count: (measurement, field) => client.count(measurement, field),
    pointsOf: (...series) => client.pointsOf(...series),
    settle: () =>
      settled({
        isDone: async () => ((await client.statistics('tsm1_cache')).get('memBytes') ?? 0) === 0,
        cpuSeconds: () => server.cpuSeconds(),
        quietSeconds: 4,
      }),
    rowsInMemory: () => Promise.resolve(undefined),
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
