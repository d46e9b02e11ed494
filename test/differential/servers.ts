// The two servers that are compared: InfluxDB and Weir, each in a process and a directory of its own, asked over HTTP.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cleanup } from '../../bench/lib/cleanup.ts';
import { ServerProcess, freePort } from '../../bench/lib/server-process.ts';

const WEIR = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Points soon lie in blocks, so that both memory and blocks are asked. */
const SMALL = ['--host-metrics', 'false', '--monitor-store-enabled', 'false', '--storage-flush-age', '300ms'];
const ANSWER_TIMEOUT_MS = 60_000;
/** Instead of an answer that takes too long. */
export const NO_ANSWER: Answer = { status: 0, body: 'no answer' };

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Server {
  readonly name: string;
  /** By POST, times as ns. */
  query(database: string, query: string): Promise<Answer>;
  /** `query` is the query string of /write without `db`. */
  write(database: string, query: string, lines: string | Buffer): Promise<Answer>;
}

export interface Servers {
  readonly influxdb: Server;
  readonly weir: Server;
  /** Whether both processes are there; some queries end InfluxDB's. */
  areAlive(): boolean;
  close(): Promise<void>;
}

/** The version that a program says it is, e.g. `1.6.7`; undefined when it cannot be run. */
export function influxdVersion(program: string): string | undefined {
  const { stdout, error } = spawnSync(program, ['version'], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown';
}

export async function startServers(influxd: string): Promise<Servers> {
  const cleanup = new Cleanup(tmpdir());
  const started: ServerProcess[] = [];
  const start = async (name: string, port: number, command: readonly [string, ...string[]]): Promise<Server> => {
    const server = new ServerProcess(command, join(cleanup.dir, `${name}.log`), cleanup);
    started.push(server);
    await server.ready(() => call(port, 'GET', '/ping', '').then(({ status }) => status === 204));
    return serverAt(name, port);
  };
  try {
    const influxdb = await startInfluxdb(join(cleanup.dir, 'influxdb'), influxd, start);
    const port = await freePort();
    const flags = ['--data-dir', join(cleanup.dir, 'weir'), '--http-bind', `127.0.0.1:${port}`];
    const weir = await start('weir', port, [process.execPath, WEIR, 'serve', ...flags, ...SMALL]);
    return { influxdb, weir, areAlive: () => started.every((server) => server.isAlive), close };
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    await Promise.all(started.map((server) => server.kill()));
    cleanup.run();
  }
}

type Start = (name: string, port: number, command: readonly [string, ...string[]]) => Promise<Server>;

async function startInfluxdb(dir: string, program: string, start: Start): Promise<Server> {
  const port = await freePort();
  const rpcPort = await freePort();
  mkdirSync(dir, { recursive: true });
  const settings = `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  index-version = "inmem"
  query-log-enabled = false
[coordinator]
  query-timeout = "10s"
[monitor]
  store-enabled = false
[retention]
  enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[continuous_queries]
  enabled = false
[subscriber]
  enabled = false
`;
  const path = join(dir, 'influxdb.conf');
  writeFileSync(path, settings);
  return start('influxdb', port, [program, '-config', path]);
}

function serverAt(name: string, port: number): Server {
  return {
    name,
    query: (database, query) => {
      const form = new URLSearchParams({ db: database, epoch: 'ns', q: query });
      return call(port, 'POST', '/query', form.toString(), { 'content-type': 'application/x-www-form-urlencoded' });
    },
    write: (database, query, lines) =>
      call(port, 'POST', `/write?db=${encodeURIComponent(database)}${query === '' ? '' : `&${query}`}`, lines),
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

function call(
  port: number,
  method: string,
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const options = { host: '127.0.0.1', port, method, path, agent, headers: { ...headers, ...length } };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', () => resolve(NO_ANSWER));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    call.setTimeout(ANSWER_TIMEOUT_MS, () => {
      call.destroy();
      resolve(NO_ANSWER);
    });
    call.once('error', (error) => resolve({ ...NO_ANSWER, body: `no answer: ${error.message}` }));
    call.end(body);
  });
}
