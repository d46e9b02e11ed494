// Opens the rooms that hold and answer: store, catalog, view (which replays the log), executor. What HTTP needs of them is
// its `Engine`.
import { type Clock, type Statistics, messageOf, workerModule } from '../base/index.ts';
import { type Catalog, type ShardIds, openCatalog, openShardIds } from '../catalog/index.ts';
import { createExecutor } from '../exec/index.ts';
import { type AcceptLines, type Engine, type Logger, createAccept } from '../http/index.ts';
import { type QueryLimits, type RunningQueries, executeQuery } from '../influxql/index.ts';
import { type LogFiles, openDirectoryLog } from '../log/index.ts';
import { type Files, openDirectoryStore } from '../store/index.ts';
import { type ViewDoor, openTableReader, openView, setPageCacheBytes } from '../view/index.ts';
import type { Closers } from './closers.ts';
import type { DataDir } from './data-dir.ts';
import { type OnProgress, onLogEvent, onSurvey, onViewEvent } from './events.ts';
import type { Settings } from './settings.ts';

/** The file operations that log and store are made of. */
export interface DiskFiles {
  readonly log: LogFiles;
  readonly store: Files;
}

export interface EngineParts {
  readonly settings: Settings;
  readonly dataDir: DataDir;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queries: RunningQueries;
  readonly statistics: Statistics;
  readonly onProgress: OnProgress;
  readonly files?: DiskFiles | undefined;
}

export interface OpenEngine {
  readonly catalog: Catalog;
  readonly shards: ShardIds;
  readonly view: ViewDoor;
  readonly accept: AcceptLines;
  readonly http: Engine;
}

/** Each room that opens adds its closing to `closers`. Rejects as the rooms do, with those that opened left to `closers`. */
export async function openEngine(parts: EngineParts, closers: Closers): Promise<OpenEngine> {
  const { settings, dataDir, clock, logger, queries, statistics } = parts;
  const store = await openDirectoryStore({ dir: dataDir.storeDir, sweep: true, files: parts.files?.store });
  closers.add(() => store.close());
  const catalog = await openCatalog({ store });
  closers.add(() => catalog.close());
  const shards = await openShardIds({ store });
  closers.add(() => shards.close());
  setPageCacheBytes(settings.storage['page-cache-size']);
  const view = await openView({ store, ...viewOptions(parts, catalog) });
  closers.add(() => view.close());
  // A clean stop leaves nothing to replay. Should it fail, the log has it all.
  closers.add(() =>
    view.flush().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'last flush failed')),
  );
  const { threads } = settings.query;
  const executor = createExecutor({
    openReader: openTableReader,
    workers: {
      reader: { url: workerModule(import.meta.url, '../view/index').href, exportName: 'openTableReader' },
      count: threads === 0 ? undefined : threads,
    },
  });
  closers.add(() => executor.close());
  const accept = createAccept({ catalog, view, clock, unsigned: settings.write.unsigned });
  const limits = queryLimits(settings);
  const http: Engine = {
    hasDatabase: (name) => catalog.database(name) !== undefined,
    accept,
    execute: (query, request) =>
      executeQuery(query, {
        catalog,
        shards,
        view,
        executor,
        clock,
        limits,
        queries,
        statistics,
        ...request,
      }),
    status: () => view.status(),
  };
  return { catalog, shards, view, accept, http };
}

function viewOptions(parts: EngineParts, catalog: Catalog): Omit<Parameters<typeof openView>[0], 'store'> {
  const { settings, dataDir, clock, logger, onProgress } = parts;
  const { storage, durability } = settings;
  return {
    storeLocation: { kind: 'directory', dir: dataDir.storeDir },
    openLog: (tables, atLeastSeq) =>
      openDirectoryLog({
        dir: dataDir.logDir,
        tables,
        atLeastSeq,
        files: parts.files?.log,
        durability,
        segmentSizeBytes: storage['log-segment-size'],
        onEvent: onLogEvent(logger),
        onProgress: onSurvey(logger, onProgress),
      }),
    buckets: () => catalog.databases().flatMap(({ policies }) => policies.map(({ bucket }) => bucket)),
    clock,
    onEvent: onViewEvent(logger, onProgress),
    flushBytes: storage['flush-size'],
    flushAgeMs: storage['flush-age'],
    maxMemtableBytes: storage['max-memtable-size'],
  };
}

function queryLimits({ query }: Settings): QueryLimits {
  return {
    maxSelectSeries: query['max-select-series'],
    maxSelectPoints: query['max-select-points'],
    maxSelectBuckets: query['max-select-buckets'],
    memoryBudgetBytes: query['memory-budget'],
  };
}
