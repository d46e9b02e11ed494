// The server looks at itself: its rooms, its process and its settings become statistics and diagnostics, which SHOW STATS,
// /debug/vars and the database `_internal` tell on.
import { type Clock, type Statistics, isWeirError, messageOf } from '../../base/index.ts';
import { INFLUXDB_VERSION, type Logger } from '../../http/index.ts';
import { type RunningQueries, settleShards } from '../../influxql/index.ts';
import type { Closers } from '../closers.ts';
import type { DataDir } from '../data-dir.ts';
import type { OpenEngine } from '../engine.ts';
import type { Settings } from '../settings.ts';
import { diagnosticsSource } from './diagnostics.ts';
import { InternalStore } from './internal-store.ts';
import { ProcessFigures } from './process-figures.ts';
import { roomStatistics } from './room-statistics.ts';

export interface MonitorParts {
  readonly settings: Settings;
  readonly dataDir: DataDir;
  readonly engine: OpenEngine;
  readonly queries: RunningQueries;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `HOST:PORT` */
  readonly address: string;
}

/**
 * Figures of the process. They come before all others, as in InfluxDB: Telegraf loses what stands first behind `memstats` in
 * /debug/vars, and has the same figures from there.
 */
export function watchProcess(statistics: Statistics, closers: Closers): void {
  const figures = new ProcessFigures();
  closers.add(async () => figures.close());
  statistics.addStatistics(() => [figures.statistic()]);
}

/** What there is to see once the rooms are open. */
export function openMonitor(parts: MonitorParts, closers: Closers): void {
  const { settings, dataDir, engine, queries, statistics, address } = parts;
  const { storeDir, logDir } = dataDir;
  statistics.addStatistics(() => roomStatistics({ ...engine, queries, storeDir, logDir }));
  statistics.addDiagnostics(diagnosticsSource({ settings, dataDir, address, influxdbVersion: INFLUXDB_VERSION }));
  const { monitor } = settings;
  if (!monitor['store-enabled'] || monitor['store-interval'] === 0) return;
  const store = storeInternally(parts);
  closers.add(() => store.stop());
}

function storeInternally({ settings, engine, statistics, clock, logger }: MonitorParts): InternalStore {
  return new InternalStore({
    catalog: engine.catalog,
    accept: engine.accept,
    clock,
    // Shards that have come since get their numbers first.
    statistics: async () => {
      await settleShards(engine);
      return statistics.statistics();
    },
    database: settings.monitor['store-database'],
    intervalMs: settings.monitor['store-interval'],
    onFailure: (error) => {
      if (error === null) logger.info({}, 'statistics are stored again');
      else if (isWeirError(error)) logger.warn({ error: messageOf(error) }, 'statistics cannot be stored');
      else logger.warn({ err: error }, 'statistics cannot be stored');
    },
  });
}
