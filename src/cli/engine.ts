// Opens the rooms that hold and answer: store, catalog, view (which replays the log), executor. What HTTP needs of them is
// its `Engine`.
import { Backups, Restores } from '../backup/index.ts';
import { type Clock, type Statistics, messageOf, workerModule } from '../base/index.ts';
import {
  type Catalog,
  type ShardIds,
  bucketsOf,
  fedLadders,
  keptLadders,
  openCatalog,
  openShardIds,
} from '../catalog/index.ts';
import { createExecutor } from '../exec/index.ts';
import { type AcceptLines, type Engine, type Logger, createAccept } from '../http/index.ts';
import {
  type QueryContext,
  type QueryLimits,
  type RunningQueries,
  answerStatement,
  executeQuery,
} from '../influxql/index.ts';
import { type Ladders, type StoredPart, openStoredParts, openStoredTarget, openTierReads } from '../ladder/index.ts';
import { type LogFiles, openDirectoryLog } from '../log/index.ts';
import type { Bucket, SeriesTable } from '../model/index.ts';
import { ContinuousQueries } from '../schedule/index.ts';
import { type Files, type ObjectStore, openDirectoryStore } from '../store/index.ts';
import { type SeriesLimits, type ViewDoor, openTableReader, openView, setPageCacheBytes } from '../view/index.ts';
import type { Closers } from './closers.ts';
import type { DataDir } from './data-dir.ts';
import { type OnProgress, onCopyEvent, onLogEvent, onSurvey, onViewEvent } from './events.ts';
import { openLadders } from './ladders.ts';
import type { Settings } from './settings.ts';
import { openSubscriptions } from './subscriptions.ts';
import { readVersion } from './version.ts';

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
  /** null = they do not run here. */
  readonly continuousQueries: ContinuousQueries | null;
  /** They only hear, until somebody attaches them. */
  readonly ladders: Ladders;
  /** What statements run on that nobody asks for by HTTP. */
  readonly contextOf: (request: RequestContext) => QueryContext;
  readonly http: Engine;
}

/** Each room that opens adds its closing to `closers`. Rejects as the rooms do, with those that opened left to `closers`. */
export async function openEngine(parts: EngineParts, closers: Closers): Promise<OpenEngine> {
  const { settings, dataDir, clock, logger, queries, statistics } = parts;
  const store = await openDirectoryStore({ dir: dataDir.storeDir, sweep: true, files: parts.files?.store });
  closers.add(() => store.close());
  const catalog = await openCatalog({ store, autogen: settings.storage['retention-autocreate'] });
  closers.add(() => catalog.close());
  const shards = await openShardIds({ store });
  closers.add(() => shards.close());
  setPageCacheBytes(settings.storage['page-cache-size']);
  const continuousQueries = await openContinuousQueries(parts, catalog, store);
  const ladders = await openLadders(parts, catalog, store);
  // Of restores under way: no database has them yet.
  const pending = new Map<string, Bucket>();
  const seriesTable = (bucketId: string): SeriesTable => view.seriesTable(bucketId);
  const subscriptions = await openSubscriptions({ settings, catalog, statistics, logger, seriesTable });
  const view: ViewDoor = await openView({
    store,
    ...viewOptions(parts, catalog, pending),
    onChange: (applied) => {
      continuousQueries?.onChange(applied);
      subscriptions?.onChange(applied);
      ladders.hear(applied);
    },
    heldAfter: () => Math.min(continuousQueries?.heldAfter ?? Number.MAX_SAFE_INTEGER, ladders.heldAfter()),
    mayExpire: (bucketId, shard) => ladders.mayExpire(bucketId, shard),
  });
  closers.add(() => view.close());
  // A clean stop leaves nothing to replay. Should it fail, the log has it all.
  closers.add(() =>
    view.flush().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'last flush failed')),
  );
  // Before that flush, so that the log need not be kept for the queries' sake.
  if (continuousQueries !== null) {
    closers.add(() =>
      continuousQueries.save().catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, 'how far continuous queries have come cannot be saved');
      }),
    );
  }
  const backups = new Backups({ catalog, view, version: readVersion(), onEvent: onCopyEvent(logger) });
  const restores = new Restores({ catalog, view, store, pending, onEvent: onCopyEvent(logger) });
  closers.add(() => backups.stop());
  closers.add(() => restores.stop());
  const { threads } = settings.query;
  const executor = createExecutor({
    openReader: openTableReader,
    workers: {
      reader: { url: workerModule(import.meta.url, '../view/index').href, exportName: 'openTableReader' },
      count: threads === 0 ? undefined : threads,
    },
  });
  closers.add(() => executor.close());
  if (subscriptions !== null) closers.add(() => subscriptions.stop());
  const placed = () => fedLadders(catalog);
  const accept = createAccept({
    catalog,
    view,
    clock,
    unsigned: settings.write.unsigned,
    openStored: (database, policy, part) => openStoredTarget(ladders, placed(), { database, policy, part }),
  });
  const limits = queryLimits(settings);
  const tiers = openTierReads({ view, ladders, placed, kept: () => keptLadders(catalog), clock });
  const contextOf = ({ stored, ...request }: RequestContext): QueryContext => ({
    catalog,
    shards,
    view,
    executor,
    clock,
    limits,
    queries,
    statistics,
    ladders,
    tiers: stored === undefined ? tiers : openStoredParts(view, placed, stored),
    ...request,
  });
  const http: Engine = {
    users: catalog,
    hasDatabase: (name) => catalog.database(name) !== undefined,
    accept,
    execute: (query, request) => executeQuery(query, contextOf(request)),
    answer: (statement, request) => answerStatement(statement, contextOf(request)),
    copies: { backups, restores },
    status: () => view.status(),
  };
  return { catalog, shards, view, accept, continuousQueries, ladders, contextOf, http };
}

/** What a request, or whoever runs a statement without one, brings to the context of a query. */
type RequestContext = Pick<
  QueryContext,
  'database' | 'policy' | 'user' | 'readOnly' | 'signal' | 'tellTiers' | 'knownShare' | 'onTiers'
> & { readonly stored?: StoredPart | undefined };

async function openContinuousQueries(
  { settings, clock }: EngineParts,
  catalog: Catalog,
  store: ObjectStore,
): Promise<ContinuousQueries | null> {
  const own = settings['continuous-queries'];
  if (!own.enabled) return null;
  const options = {
    finestFirst: own['finest-first'],
    catchUp: own['catch-up'],
    lateReachMs: own['late-reach'],
    lateDelayMs: own['late-delay'],
  };
  return ContinuousQueries.open({ catalog, store, clock, options });
}

function viewOptions(
  parts: EngineParts,
  catalog: Catalog,
  pending: ReadonlyMap<string, Bucket>,
): Omit<Parameters<typeof openView>[0], 'store'> {
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
    buckets: () => [...catalog.databases().flatMap(bucketsOf), ...pending.values()],
    clock,
    seriesLimits: seriesLimits(settings, catalog),
    onEvent: onViewEvent(logger, onProgress),
    flushBytes: storage['flush-size'],
    flushAgeMs: storage['flush-age'],
    maxMemtableBytes: storage['max-memtable-size'],
  };
}

/** null without limits: nothing is asked for each series then. */
function seriesLimits({ storage }: Settings, catalog: Catalog): SeriesLimits | null {
  const maxSeries = storage['max-series-per-database'];
  const maxValuesPerTag = storage['max-values-per-tag'];
  if (maxSeries === 0 && maxValuesPerTag === 0) return null;
  const siblings = (bucketId: string): readonly string[] => {
    const ids = catalog.databases().map(({ policies }) => policies.map(({ bucket }) => bucket.id));
    return ids.find((ofDatabase) => ofDatabase.includes(bucketId)) ?? [bucketId];
  };
  return { maxSeries, maxValuesPerTag, siblings };
}

function queryLimits({ query }: Settings): QueryLimits {
  return {
    maxSelectSeries: query['max-select-series'],
    maxSelectPoints: query['max-select-points'],
    maxSelectBuckets: query['max-select-buckets'],
    memoryBudgetBytes: query['memory-budget'],
  };
}
