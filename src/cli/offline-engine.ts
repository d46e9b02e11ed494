// The engine of a server that is not running, for commands that work on its data directory.
import { Statistics, systemClock } from '../base/index.ts';
import { RunningQueries } from '../influxql/index.ts';
import { Closers } from './closers.ts';
import type { CommandIo } from './command-io.ts';
import { claimDataDir } from './data-dir.ts';
import { type OpenEngine, openEngine } from './engine.ts';
import { createLogger } from './logger.ts';
import type { Settings } from './settings.ts';

/** Closes everything before it settles. Rejects with `locked` while a server has the directory. */
export async function withOfflineEngine<T>(
  settings: Settings,
  io: CommandIo,
  work: (engine: OpenEngine) => Promise<T>,
): Promise<T> {
  const dataDir = await claimDataDir(settings['data-dir']);
  const closers = new Closers();
  closers.add(() => dataDir.lock.release());
  try {
    const logger = createLogger({ ...settings.log, level: 'warn' }, io.stderr);
    const queries = new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 }, () => {});
    const parts = { settings, dataDir, clock: systemClock, logger, queries, statistics: new Statistics() };
    return await work(await openEngine({ ...parts, onProgress: () => {} }, closers));
  } finally {
    await closers.run();
  }
}
