// What is so about the server at present, by InfluxDB's names: its build, machine and process, and those of its settings that
// InfluxDB shows too. Secrets are none of them.
import { availableParallelism, hostname } from 'node:os';
import { type Diagnostic, type StatisticValue, compareStrings } from '../../base/index.ts';
import { formatGoDuration } from '../../model/index.ts';
import type { DataDir } from '../data-dir.ts';
import type { Settings } from '../settings.ts';
import { readVersion } from '../version.ts';

/** What does not change while the server runs. */
export interface DiagnosedServer {
  readonly settings: Settings;
  readonly dataDir: DataDir;
  /** `HOST:PORT` */
  readonly address: string;
  /** The level of InfluxDB that clients are told. */
  readonly influxdbVersion: string;
}

export function diagnosticsSource(server: DiagnosedServer): () => readonly Diagnostic[] {
  const startedMs = Date.now() - process.uptime() * 1000;
  const fixed = [
    table('build', {
      Branch: '',
      'Build Time': '',
      Commit: '',
      Version: server.influxdbVersion,
      'Weir Version': readVersion(),
    }),
    ...configTables(server),
    table('network', { hostname: hostname() }),
    table('runtime', {
      GOARCH: goArchitecture(),
      GOMAXPROCS: availableParallelism(),
      GOOS: process.platform === 'win32' ? 'windows' : process.platform,
      version: `node ${process.version}`,
    }),
  ];
  return () => [...fixed, systemTable(startedMs)];
}

function systemTable(startedMs: number): Diagnostic {
  const nowMs = Date.now();
  return table('system', {
    PID: process.pid,
    currentTime: new Date(nowMs).toISOString(),
    started: new Date(startedMs).toISOString(),
    uptime: goDuration(nowMs - startedMs),
  });
}

function configTables({ settings, dataDir, address }: DiagnosedServer): readonly Diagnostic[] {
  const { http, monitor, query, storage, subscriber } = settings;
  const continuous = settings['continuous-queries'];
  return [
    table('config-coordinator', {
      'log-queries-after': goDuration(query['log-queries-after']),
      'max-concurrent-queries': query['max-concurrent'],
      'max-select-buckets': query['max-select-buckets'],
      'max-select-point': query['max-select-points'],
      'max-select-series': query['max-select-series'],
      'query-timeout': goDuration(query.timeout),
    }),
    continuous.enabled
      ? table('config-cqs', {
          enabled: true,
          'query-stats-enabled': continuous['query-stats-enabled'],
          'run-interval': goDuration(continuous['run-interval']),
        })
      : table('config-cqs', { enabled: false }),
    table('config-data', {
      dir: dataDir.storeDir,
      'wal-dir': dataDir.logDir,
      'max-series-per-database': storage['max-series-per-database'],
      'max-values-per-tag': storage['max-values-per-tag'],
    }),
    table('config-httpd', {
      'access-log-path': http['access-log-path'],
      'bind-address': address,
      enabled: true,
      'https-enabled': http['https-enabled'],
      'max-connection-limit': http['max-connection-limit'],
      'max-row-limit': http['max-row-limit'],
    }),
    table('config-meta', { dir: dataDir.storeDir }),
    monitor['store-enabled']
      ? table('config-monitor', {
          'store-database': monitor['store-database'],
          'store-enabled': true,
          'store-interval': goDuration(monitor['store-interval']),
        })
      : table('config-monitor', { 'store-enabled': false }),
    table('config-retention', {
      enabled: storage['retention-interval'] > 0,
      'check-interval': goDuration(storage['retention-interval']),
    }),
    subscriber.enabled
      ? table('config-subscriber', {
          enabled: true,
          'http-timeout': goDuration(subscriber['http-timeout']),
          'write-buffer-size': subscriber['write-buffer-size'],
          'write-concurrency': subscriber['write-concurrency'],
        })
      : table('config-subscriber', { enabled: false }),
  ];
}

/** One row, columns ascending. */
function table(name: string, values: Readonly<Record<string, StatisticValue>>): Diagnostic {
  const columns = Object.keys(values).toSorted(compareStrings);
  return { name, columns, rows: [columns.map((column) => values[column])] };
}

function goDuration(ms: number): string {
  return formatGoDuration(BigInt(Math.round(ms * 1e6)));
}

function goArchitecture(): string {
  return { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
}
