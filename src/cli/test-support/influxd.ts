// A real influxd 1.x on a directory and a port of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Influxd {
  readonly url: string;
  write(database: string, lines: string, policy?: string): Promise<void>;
  /** The results of a query, times in nanoseconds. Throws when a statement fails. */
  query(text: string, database?: string): Promise<readonly InfluxSeries[]>;
  /** As on a power failure. */
  kill(): Promise<void>;
}

export interface InfluxSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values?: ReadonlyArray<readonly unknown[]>;
}

export interface InfluxdOptions {
  readonly index: 'inmem' | 'tsi1';
  /** How long a shard is not written to before it goes to a TSM file; an hour when undefined. */
  readonly snapshotAfter?: string;
  /** How long until all TSM files of such a shard are made one; four hours when undefined. */
  readonly fullAfter?: string;
}

export function hasInfluxd(): boolean {
  return spawnSync('influxd', ['version']).status === 0;
}

export async function startInfluxd(dir: string, options: InfluxdOptions): Promise<Influxd> {
  await mkdir(dir, { recursive: true });
  const port = await freePort();
  await writeFile(join(dir, 'influxdb.conf'), configText(dir, port, await freePort(), options));
  const child = spawn('influxd', ['-config', join(dir, 'influxdb.conf')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await answering(url, child);
  return {
    url,
    async write(database, lines, policy = '') {
      const to = `${url}/write?db=${database}&rp=${policy}`;
      const response = await fetch(to, { method: 'POST', body: lines });
      if (response.status !== 204) throw new Error(`influxd: ${response.status} ${await response.text()}`);
    },
    query: (text, database = '') => queryInflux(url, text, database),
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The same of any server that speaks InfluxDB's language. */
export async function queryInflux(url: string, text: string, database = ''): Promise<InfluxSeries[]> {
  const body = new URLSearchParams({ q: text, db: database, epoch: 'ns' });
  const response = await fetch(`${url}/query`, { method: 'POST', body });
  // Integers beyond 2^53 would not survive JSON.parse.
  const json = (await response.text()).replace(/([[,:])(-?\d{16,})(?=[,\]}])/g, '$1"$2"');
  const answer = JSON.parse(json) as { error?: string; results?: { error?: string; series?: InfluxSeries[] }[] };
  const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new Error(`${text}: ${error}`);
  return (answer.results ?? []).flatMap((result) => result.series ?? []);
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`influxd has ended with ${child.exitCode}`);
    const response = await fetch(`${url}/ping`).catch(() => undefined);
    if (response?.status === 204) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error('influxd does not answer');
}

function configText(dir: string, httpPort: number, rpcPort: number, options: InfluxdOptions): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  index-version = "${options.index}"
  cache-snapshot-write-cold-duration = "${options.snapshotAfter ?? '1h'}"
  compact-full-write-cold-duration = "${options.fullAfter ?? '4h'}"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${httpPort}"
  log-enabled = false
[logging]
  level = "error"
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
