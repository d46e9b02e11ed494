// VictoriaMetrics: takes line protocol, makes each field a series of its own, and answers PromQL.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../answers.ts';
import type { Cleanup } from '../lib/cleanup.ts';
import { diskBytes } from '../lib/disk.ts';
import { HttpConnection, accepted, requestOnce } from '../lib/http-connection.ts';
import { ServerProcess, freePort } from '../lib/server-process.ts';
import { settled } from '../lib/settle.ts';
import { START_SECONDS } from '../tsbs/generate.ts';
import type { RangeQuery } from '../tsbs/queries.ts';
import type { Server, ServerKind } from './peer.ts';

const PROGRAM = 'victoria-metrics';
/** Counts reach so far beyond the start of the data. */
const COUNTED_DAYS = 60;

export const victoriaMetricsKind: ServerKind = {
  name: 'victoria-metrics',
  durable: false,
  note: 'writes are acknowledged before they are on the disk; a kill loses the last seconds',
  version: () => {
    const { error, stdout, stderr } = spawnSync(PROGRAM, ['-version'], { encoding: 'utf8' });
    return error === undefined ? (/(\d+\.\d+\.\d+)/.exec(stdout + stderr)?.[1] ?? debianVersion()) : undefined;
  },
  installHint: 'apt-get install victoria-metrics',
  start,
};

/** Debian's build does not know its own version. */
function debianVersion(): string {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', PROGRAM], { encoding: 'utf8' });
  return /^[\d.]+/.exec(stdout ?? '')?.[0] ?? 'of unknown version';
}

interface PromAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values?: readonly (readonly [number, string])[];
      readonly value?: readonly [number, string];
    }[];
  };
}

async function start(dir: string, cleanup: Cleanup): Promise<Server> {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const flags = [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${join(dir, 'data')}`,
    '-retentionPeriod=100y',
    '-loggerLevel=WARN',
    '-search.maxUniqueTimeseries=100000000',
    '-search.maxSamplesPerQuery=100000000000',
    '-search.maxQueryDuration=10m',
  ];
  const server = new ServerProcess([PROGRAM, ...flags], join(dir, 'log.txt'), cleanup);
  const readyMs = await server.ready(() => requestOnce(port, 'GET', '/health').then(() => true));
  const connection = await HttpConnection.open(port);
  const get = async (path: string): Promise<Buffer> => accepted(await connection.request('GET', path), path);
  const number = async (promql: string): Promise<number> => {
    // A window does not hold its own start.
    const time = START_SECONDS + COUNTED_DAYS * 86_400 - 1;
    const body = await get(`/api/v1/query?nocache=1&time=${time}&query=${encodeURIComponent(promql)}`);
    const [result] = (JSON.parse(body.toString()) as PromAnswer).data.result;
    return Number(result?.value?.[1] ?? 0);
  };
  return {
    name: 'victoria-metrics',
    port,
    writePath: '/write',
    readyMs,
    canAsk: ({ promql }) => promql !== undefined,
    async ask({ promql }) {
      if (promql === undefined) throw new Error('not a query in PromQL');
      const body = await get(rangePath(promql));
      return { rows: () => rowsOf(body, promql) };
    },
    async count(measurement, field) {
      // What was written is only found once it has left the buffers.
      await get('/internal/force_flush');
      return number(`sum(count_over_time(${measurement}_${field}[${COUNTED_DAYS}d]))`);
    },
    pointsOf: (measurement, field, tag, value) =>
      number(`sum(count_over_time(${measurement}_${field}{${tag}="${value}"}[${COUNTED_DAYS}d]))`),
    async settle() {
      const startedAt = performance.now();
      await get('/internal/force_flush');
      await get('/internal/force_merge');
      const forcedSeconds = (performance.now() - startedAt) / 1000;
      const idle = await settled({
        isDone: () => Promise.resolve(true),
        cpuSeconds: () => server.cpuSeconds(),
        quietSeconds: 3,
      });
      return idle === undefined ? undefined : forcedSeconds + idle;
    },
    rowsInMemory: () => Promise.resolve(undefined),
    cpuSeconds: () => server.cpuSeconds(),
    rssBytes: () => server.rssBytes(),
    peakRssBytes: () => server.peakRssBytes(),
    diskBytes: () => diskBytes(join(dir, 'data')),
    close: () => {
      connection.close();
      return server.stop();
    },
    kill: () => {
      connection.close();
      return server.kill();
    },
  };
}

/** Without its cache of results, which would answer each repetition without reading anything. */
function rangePath({ query, startMs, endMs, stepSeconds }: RangeQuery): string {
  const range = `start=${startMs / 1000}&end=${endMs / 1000}&step=${stepSeconds}s`;
  return `/api/v1/query_range?nocache=1&${range}&query=${encodeURIComponent(query)}`;
}

/** A row for each group and window, with a column for each field. */
function rowsOf(body: Buffer, { stepSeconds, fields }: RangeQuery): Row[] {
  const rows = new Map<string, (string | number | null)[]>();
  for (const { metric, values = [] } of (JSON.parse(body.toString()) as PromAnswer).data.result) {
    const { __name__: name = '', ...tags } = metric;
    const column = fields.findIndex((field) => name === `cpu_${field}`);
    if (column < 0) throw new Error(`no such field: ${name}`);
    const group = Object.values(tags);
    for (const [seconds, value] of values) {
      const startMs = Math.round(seconds * 1000) + 1 - stepSeconds * 1000;
      const key = [...group, startMs].join('\n');
      let row = rows.get(key);
      if (row === undefined) {
        row = [...group, startMs, ...fields.map(() => null)];
        rows.set(key, row);
      }
      row[group.length + 1 + column] = Number(value);
    }
  }
  return [...rows.values()];
}
