// Puts the rooms together into a running server, and takes them apart again.
//
//     claim the data directory ─► HTTP listens, answers 503 ─► engine (replays the log) ─► HTTP answers ─► background work
import { type Clock, Statistics, systemClock } from '../base/index.ts';
import { type HttpLimits, HttpServer, type Logger, type NodeState } from '../http/index.ts';
import { RunningQueries } from '../influxql/index.ts';
import { startBackground } from './background.ts';
import { Closers } from './closers.ts';
import { runContinuousQueries } from './continuous-queries.ts';
import { claimDataDir } from './data-dir.ts';
import { type DiskFiles, openEngine } from './engine.ts';
import { httpAccess } from './http-access.ts';
import { httpLog } from './http-log.ts';
import { declareLadders } from './ladder/declare-ladders.ts';
import { runLadders } from './ladders.ts';
import { openListeners } from './listeners.ts';
import type { LogTarget } from './logger.ts';
import { openMonitor, watchProcess } from './monitor/monitor.ts';
import type { Settings } from './settings.ts';

export interface ServerDeps {
  readonly logger: Logger;
  /** Where requests are logged when no file is set. */
  readonly stderr?: LogTarget | undefined;
  readonly clock?: Clock | undefined;
  /** The disk; the crash test passes faulty ones. */
  readonly files?: DiskFiles | undefined;
  /** Told of `HOST:PORT` when HTTP listens, which is before the log has been replayed. */
  readonly onListening?: ((address: string) => void) | undefined;
}

export interface RunningServer {
  /** `HOST:PORT` */
  readonly address: string;
  /** Stops taking requests, lets running ones end within the grace of the settings, closes everything. Once is enough. */
  close(): Promise<void>;
}

/**
 * Resolves once writes and queries are served. Rejects with `locked` (another process has the data directory), `unavailable`
 * (address taken, directory not writable) or `corrupt` (naming file and offset), with nothing left open.
 */
export async function startServer(settings: Settings, deps: ServerDeps): Promise<RunningServer> {
  const closers = new Closers();
  try {
    return await start(settings, deps, closers);
  } catch (error) {
    await closers.run().catch(() => undefined);
    throw error;
  }
}

async function start(settings: Settings, deps: ServerDeps, closers: Closers): Promise<RunningServer> {
  const { logger, clock = systemClock } = deps;
  const dataDir = await claimDataDir(settings['data-dir']);
  closers.add(() => dataDir.lock.release());
  // Closed after HTTP, though opened after it.
  const rooms = new Closers();
  closers.add(() => rooms.run());

  const queries = runningQueries(settings, logger);
  const statistics = new Statistics();
  watchProcess(statistics, rooms);
  let state: NodeState = { phase: 'starting', progress: 'starting' };
  const http = new HttpServer({
    ...settings.http.bind,
    ...(await httpAccess(settings)),
    ...httpLog(settings, deps.stderr ?? process.stderr, logger, closers),
    limits: httpLimits(settings),
    state: () => state,
    queries,
    statistics,
    logger,
  });
  await http.listen();
  closers.add(() => {
    state = { phase: 'closing' };
    return http.close(settings.http['shutdown-grace']);
  });
  const { address } = http;
  const { http: own } = settings;
  const access = { https: own['https-enabled'], authentication: own['auth-enabled'] };
  logger.info({ address, ...access, dataDir: settings['data-dir'] }, 'listening');
  deps.onListening?.(address);

  const onProgress = (progress: string): void => {
    if (state.phase === 'starting') state = { phase: 'starting', progress };
  };
  const { files } = deps;
  const parts = { settings, dataDir, clock, logger, queries, statistics, onProgress, files };
  const engine = await openEngine(parts, rooms);
  await declareLadders({ settings, catalog: engine.catalog, view: engine.view, logger });
  state = { phase: 'ready', engine: engine.http };
  logger.info({ address }, 'ready for queries and writes');
  openMonitor({ settings, dataDir, engine, queries, statistics, clock, logger, address }, closers);
  for (const work of startBackground(settings, engine, logger)) closers.add(() => work.stop());
  runLadders(engine, { statistics, clock, logger }, closers);
  runContinuousQueries({ settings, engine, queries, statistics, clock, logger }, closers);
  await openListeners({ settings, engine, statistics, clock, logger }, closers);
  let closing: Promise<void> | null = null;
  return { address, close: () => (closing ??= closers.run()) };
}

function runningQueries({ query }: Settings, logger: Logger): RunningQueries {
  const limits = {
    maxConcurrent: query['max-concurrent'],
    timeoutMs: query.timeout,
    slowAfterMs: query['log-queries-after'],
  };
  return new RunningQueries(limits, (slow) => logger.warn({ ...slow }, 'slow query'));
}

function httpLimits({ http }: Settings): HttpLimits {
  return {
    maxBodyBytes: http['max-body-size'],
    maxHeldBodyBytes: http['max-held-body-size'],
    maxConcurrentWrites: http['max-concurrent-writes'],
    maxWaitingWrites: http['max-waiting-writes'],
    writeWaitMs: http['write-wait'],
    maxRowLimit: http['max-row-limit'],
    maxConnections: http['max-connection-limit'],
    keepAliveMs: http['keep-alive'],
  };
}
