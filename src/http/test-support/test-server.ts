// A server on a free port over a store, log, view and catalog in a temporary directory; queries are answered by the test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Statistics, WeirError, systemClock } from '../../base/index.ts';
import { type Catalog, openCatalog } from '../../catalog/index.ts';
import { openDirectoryLog } from '../../log/index.ts';
import { openDirectoryStore } from '../../store/index.ts';
import { RunningQueries, type RunningQueryLimits } from '../../influxql/index.ts';
import { openView } from '../../view/index.ts';
import { createAccept } from '../accept.ts';
import type { AccessLog } from '../access-log.ts';
import { type AuthSettings, NO_AUTHENTICATION, type UserDirectory } from '../auth/authenticate.ts';
import type { Copies } from '../backup-routes.ts';
import type { Engine, NodeState } from '../engine.ts';
import type { LogFields, Logger } from '../logger.ts';
import type { Route } from '../router.ts';
import { type HttpLimits, HttpServer, type HttpServerOptions } from '../server.ts';
import type { TlsOptions } from '../tls-options.ts';
import type { UnixSocketSettings } from '../unix-socket.ts';
import { results } from './results.ts';

export const DEFAULT_LIMITS: HttpLimits = {
  maxBodyBytes: 25_000_000,
  maxHeldBodyBytes: 256_000_000,
  maxConcurrentWrites: 0,
  maxWaitingWrites: 0,
  writeWaitMs: 30_000,
  maxRowLimit: 0,
  maxConnections: 0,
  keepAliveMs: 5_000,
};

/** Limits of requests and of queries, who may come, and how. */
export interface TestLimits extends Partial<HttpLimits>, Partial<RunningQueryLimits> {
  readonly auth?: Partial<AuthSettings>;
  readonly tls?: TlsOptions;
  readonly socket?: UnixSocketSettings;
  readonly accessLog?: AccessLog;
  readonly headers?: HttpServerOptions['headers'];
}

/** What a server logged. */
export interface Logged {
  readonly level: keyof Logger;
  readonly fields: LogFields;
  readonly text: string;
}

export function memoryLogger(lines: Logged[]): Logger {
  const at =
    (level: keyof Logger) =>
    (fields: LogFields, text: string): void => {
      lines.push({ level, fields, text });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface TestServer {
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly logged: Logged[];
  readonly routes: readonly Route[];
  readonly queries: RunningQueries;
}

export const NO_USERS: UserDirectory = {
  users: () => [],
  user: () => undefined,
  hasAdmin: () => false,
  authenticate: () => Promise.reject(new WeirError('unauthorized', 'authorization failed')),
};

const refuse = () => Promise.reject(new WeirError('unavailable', 'not here'));

export const NO_COPIES: Copies = {
  backups: { open: refuse, fetch: refuse, close: refuse },
  restores: { existing: refuse, open: refuse, append: refuse, commit: refuse, abort: refuse },
};

/** An engine that knows the database `d` and does nothing. */
export const IDLE_ENGINE: Engine = {
  users: NO_USERS,
  hasDatabase: (name) => name === 'd',
  accept: async () => ({ written: 0, lineErrors: [], lineErrorCount: 0, dropped: [] }),
  execute: () => results(),
  answer: refuse,
  copies: NO_COPIES,
  status: () => ({
    lastSeq: 0,
    memtableRows: 0,
    memtableBytes: 0,
    blocks: 0,
    blockBytes: 0,
    logBytes: 0,
    seriesCount: 0,
    indexBytes: 0,
    written: { writes: 0, failed: 0, points: 0, droppedPoints: 0 },
    failures: [],
  }),
};

/** Queries without limits. */
export function unlimitedQueries(): RunningQueries {
  return new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 });
}

/** Serves until the test ends. */
export async function serve(
  t: TestContext,
  state: NodeState | (() => NodeState),
  limits: TestLimits = {},
): Promise<TestServer> {
  const logged: Logged[] = [];
  const queries = new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0, ...limits });
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    limits: { ...DEFAULT_LIMITS, ...limits },
    auth: { ...NO_AUTHENTICATION, ...limits.auth },
    tls: limits.tls,
    socket: limits.socket,
    accessLog: limits.accessLog,
    headers: limits.headers,
    statistics: new Statistics(),
    queries,
    state: typeof state === 'function' ? state : () => state,
    logger: memoryLogger(logged),
  });
  await server.listen();
  t.after(() => server.close(0));
  const [host, port] = server.address.split(':');
  return { address: server.address, host, port: Number(port), logged, routes: server.routes, queries };
}

/** Serves an engine whose parts are those of `IDLE_ENGINE` but for the given ones. */
export function serveEngine(t: TestContext, engine: Partial<Engine>, limits: TestLimits = {}): Promise<TestServer> {
  return serve(t, { phase: 'ready', engine: { ...IDLE_ENGINE, ...engine } }, limits);
}

export interface StoredEngine extends Engine {
  readonly catalog: Catalog;
  /** Rows of a measurement that the view holds. */
  countRows(database: string, policy?: string): number;
}

/** Real storage with database `d`, which has the policies `autogen` and `hour` (kept for 1h). */
export async function openStoredEngine(t: TestContext): Promise<StoredEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-http-'));
  const store = await openDirectoryStore({ dir: join(dir, 'store') });
  const catalog = await openCatalog({ store, passwordCost: 4 });
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: join(dir, 'store') },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets: () => catalog.databases().flatMap(({ policies }) => policies.map(({ bucket }) => bucket)),
  });
  t.after(async () => {
    await view.close();
    await catalog.close();
    await store.close();
    await rm(dir, { recursive: true });
  });
  await catalog.createDatabase('d');
  await catalog.createPolicy('d', { name: 'hour', durationNs: 3_600_000_000_000n });
  return {
    catalog,
    users: catalog,
    hasDatabase: (name) => catalog.database(name) !== undefined,
    accept: createAccept({
      catalog,
      view,
      clock: systemClock,
      unsigned: false,
      openStored: () => Promise.resolve(undefined),
    }),
    execute: () => results(),
    answer: refuse,
    copies: NO_COPIES,
    status: () => view.status(),
    countRows: (database, policy) => {
      const snapshot = view.snapshot(catalog.policy(database, policy).bucket.id);
      const all = { startNs: -(2n ** 63n) + 2n, endNs: 2n ** 63n - 1n };
      let rows = 0;
      for (const measurement of snapshot.measurements()) {
        for (const table of snapshot.tables(measurement, all)) {
          for (const source of table.sources) if (source.kind === 'memtable') rows += source.rowCount;
        }
      }
      snapshot.release();
      return rows;
    },
  };
}
