// Test support: a node of real rooms in a directory of its own, with a clock that stands still.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Statistics, assert } from '../../base/index.ts';
import { type Catalog, bucketsOf, fedLadders, keptLadders, openCatalog, openShardIds } from '../../catalog/index.ts';
import { createExecutor } from '../../exec/index.ts';
import { Ladders, type PlacedLadder, openTierReads } from '../../ladder/index.ts';
import { parseLineProtocol } from '../../line-protocol/index.ts';
import { openDirectoryLog } from '../../log/index.ts';
import { openDirectoryStore } from '../../store/index.ts';
import { type ViewDoor, openTableReader, openView } from '../../view/index.ts';
import type { QueryContext } from '../result.ts';
import { RunningQueries } from '../running-queries.ts';

/** 2000-01-01T00:00:00Z. */
export const TEST_NOW_NS = 946_684_800_000_000_000n;

export interface TestNode {
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  readonly ladders: Ladders;
  /** Stores lines in nanoseconds. The database and policy are made if they are missing; every point must be taken. */
  load(database: string, policy: string | undefined, lines: string): Promise<void>;
  context(request?: Partial<QueryContext>): QueryContext;
  close(): Promise<void>;
}

export interface TestNodeOptions {
  readonly nowNs?: bigint;
  /** Ladders over policies of the catalog, placed by hand; undefined = those of the catalog. */
  readonly ladders?: (catalog: Catalog) => readonly PlacedLadder[];
}

/** Queries read on this thread. */
export async function openTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-influxql-'));
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true });
  const catalog = await openCatalog({ store, passwordCost: 4 });
  const shards = await openShardIds({ store });
  const executor = createExecutor({ openReader: openTableReader, workers: null });
  const clock = { nowNs: () => options.nowNs ?? TEST_NOW_NS };
  const placed = (): readonly PlacedLadder[] => options.ladders?.(catalog) ?? fedLadders(catalog);
  const ladders = new Ladders({ clock, ladders: placed, saved: undefined, save: async () => {}, repairShare: 1 });
  const queries = new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 });
  const statistics = new Statistics();
  const buckets = () => [
    ...catalog.databases().flatMap(bucketsOf),
    ...placed().flatMap(({ ladder }) => ladder.rules.flatMap((rule) => rule.tiers.map((tier) => tier.bucket))),
  ];
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets,
    clock,
    onChange: (change) => ladders.hear(change),
    mayExpire: (bucketId, shard) => ladders.mayExpire(bucketId, shard),
  });
  ladders.attach(view);
  const tiers = openTierReads({ view, ladders, placed, kept: () => keptLadders(catalog), clock });
  return {
    catalog,
    view,
    ladders,
    load: (database, policy, lines) => load(catalog, view, database, policy, lines),
    context: (request) => ({
      catalog,
      shards,
      view,
      executor,
      clock,
      limits: { maxSelectSeries: 0, maxSelectPoints: 0, maxSelectBuckets: 0, memoryBudgetBytes: 2 ** 28 },
      queries,
      statistics,
      database: undefined,
      policy: undefined,
      readOnly: false,
      signal: new AbortController().signal,
      ladders,
      tiers,
      ...request,
    }),
    async close() {
      await ladders.close();
      await view.close();
      await shards.close();
      await catalog.close();
      await executor.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function load(
  catalog: Catalog,
  view: ViewDoor,
  database: string,
  policy: string | undefined,
  lines: string,
): Promise<void> {
  if (catalog.database(database) === undefined) await catalog.createDatabase(database);
  const known = catalog.database(database)?.policies.some((candidate) => candidate.name === policy);
  if (policy !== undefined && known !== true) await catalog.createPolicy(database, { name: policy });
  const { bucket } = catalog.policy(database, policy);
  const parsed = parseLineProtocol(Buffer.from(lines), {
    series: view.seriesTable(bucket.id),
    precision: 'ns',
    defaultTimeNs: TEST_NOW_NS,
    unsigned: true,
  });
  assert(parsed.errorCount === 0 && parsed.droppedCount === 0, `bad line in a test: ${JSON.stringify(parsed.errors)}`);
  const outcome = await view.write(bucket, parsed.batch);
  assert(outcome.dropped.length === 0, `points dropped in a test: ${JSON.stringify(outcome.dropped)}`);
}
