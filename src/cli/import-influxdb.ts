// `weir import influxdb DIR`: everything of an InfluxDB 1.x server into the data directory of a Weir that is not running, or
// over HTTP into one that is.
import { join } from 'node:path';
import { Statistics, WeirError, systemClock } from '../base/index.ts';
import { RunningQueries, parseTimeText } from '../influxql/index.ts';
import {
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
  engineTarget,
  importInfluxdb,
  reportText,
  serverTarget,
} from '../migrate/index.ts';
import { ALL_TIME, type TimeRange } from '../model/index.ts';
import { Closers } from './closers.ts';
import type { CommandIo } from './command-io.ts';
import { claimDataDir } from './data-dir.ts';
import { openEngine } from './engine.ts';
import { createLogger } from './logger.ts';
import { ProgressLine } from './progress-line.ts';
import type { Settings } from './settings.ts';

/** As commander names them. */
export interface ImportInfluxdbFlags {
  readonly database?: string;
  readonly retention?: string;
  readonly start?: string;
  readonly end?: string;
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
  readonly meta?: string;
  readonly data?: string;
  readonly wal?: string;
  readonly dryRun?: true;
  readonly skipDamaged?: true;
}

/** Prints what was imported. Rejects with `corrupt` when something is damaged, after all that is not has been imported. */
export async function importFromInfluxdb(
  directory: string,
  flags: ImportInfluxdbFlags,
  settings: Settings,
  io: CommandIo,
): Promise<void> {
  const line = new ProgressLine(io.stderr);
  const options = {
    database: flags.database,
    policy: flags.retention,
    range: rangeOf(flags),
    directories: {
      meta: flags.meta ?? join(directory, 'meta'),
      data: flags.data ?? join(directory, 'data'),
      wal: flags.wal ?? join(directory, 'wal'),
    },
    clock: systemClock,
    skipDamaged: flags.skipDamaged === true,
    onProgress: (progress: ImportProgress) => line.show(progressText(progress)),
  };
  const report = await runImport(options, flags, settings, io);
  line.end();
  io.stdout.write(`${reportText(report)}\n`);
  if (report.damage.length > 0) throw new WeirError('corrupt', damageText(report, flags));
}

function runImport(
  options: Omit<ImportOptions, 'target'>,
  flags: ImportInfluxdbFlags,
  settings: Settings,
  io: CommandIo,
): Promise<ImportReport> {
  if (flags.dryRun === true) return importInfluxdb({ ...options, target: null });
  if (flags.host === undefined) return intoDataDir(options, settings, io);
  const { host, username, password = io.environment.INFLUX_PASSWORD } = flags;
  if (!URL.canParse(host) || !/^https?:/.test(host)) {
    throw new WeirError('invalid', `--host: ${host} is no URL as http://localhost:8086`);
  }
  return importInfluxdb({ ...options, target: serverTarget({ url: host, username, password }) });
}

async function intoDataDir(
  options: Omit<ImportOptions, 'target'>,
  settings: Settings,
  io: CommandIo,
): Promise<ImportReport> {
  const dataDir = await claimDataDir(settings['data-dir']);
  const closers = new Closers();
  closers.add(() => dataDir.lock.release());
  try {
    const logger = createLogger({ ...settings.log, level: 'warn' }, io.stderr);
    const queries = new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 }, () => {});
    const parts = {
      settings: steady(settings),
      dataDir,
      clock: systemClock,
      logger,
      queries,
      statistics: new Statistics(),
    };
    const { catalog, view } = await openEngine({ ...parts, onProgress: () => {} }, closers);
    return await importInfluxdb({ ...options, target: engineTarget(catalog, view) });
  } finally {
    await closers.run();
  }
}

/** There are no bursts of writes to take in: reading waits for flushes all the time, so less memory is as fast. */
function steady(settings: Settings): Settings {
  const { storage } = settings;
  const mostBytes = Math.min(storage['max-memtable-size'], 2 * storage['flush-size']);
  return { ...settings, storage: { ...storage, 'max-memtable-size': mostBytes } };
}

/** `--end` is included, as with influx_inspect. */
function rangeOf({ start, end }: ImportInfluxdbFlags): TimeRange {
  const startNs = start === undefined ? ALL_TIME.startNs : timeOf('--start', start);
  const endNs = end === undefined ? ALL_TIME.endNs : timeOf('--end', end) + 1n;
  if (startNs >= endNs) throw new WeirError('invalid', `--start ${start} is behind --end ${end}`);
  return { startNs, endNs };
}

function timeOf(flag: string, text: string): bigint {
  const timeNs = parseTimeText(text, 'UTC');
  if (timeNs === undefined) throw new WeirError('invalid', `${flag}: ${text} is no time as 2026-01-31T12:00:00Z`);
  return timeNs;
}

function damageText({ damage }: ImportReport, flags: ImportInfluxdbFlags): string {
  const found = damage.length === 1 ? 'damage was found' : `damage was found in ${damage.length} places`;
  if (flags.dryRun === true) return `${found}, see above`;
  return `${found}, see above; all else is imported`;
}

function progressText({ doneBytes, totalBytes, values, elapsedMs }: ImportProgress): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
  const seconds = elapsedMs / 1000;
  const left = doneBytes === 0 ? '' : `, about ${Math.ceil((seconds * (totalBytes - doneBytes)) / doneBytes)} s left`;
  const rate = values === 0 ? '' : `, ${values} values, ${Math.round(values / seconds)} a second`;
  return `${percent} %${rate}${left}`;
}
