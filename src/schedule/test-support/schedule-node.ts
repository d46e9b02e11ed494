// Test support: a node of real rooms on a disk, with continuous queries, whose clock is set by hand. It can be stopped, or killed
// (nothing is saved, nothing written out as blocks), and opened again on what it left.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Statistics, type WeirError, assert } from '../../base/index.ts';
import { openCatalog, openShardIds } from '../../catalog/index.ts';
import { createExecutor } from '../../exec/index.ts';
import {
  type Cell,
  type QueryContext,
  type ResultColumn,
  RunningQueries,
  executeQuery,
  parseQuery,
} from '../../influxql/index.ts';
import { parseLineProtocol } from '../../line-protocol/index.ts';
import { openDirectoryLog } from '../../log/index.ts';
import { type Files, nodeFiles, openDirectoryStore } from '../../store/index.ts';
import { type ViewDoor, openTableReader, openView } from '../../view/index.ts';
import { ContinuousQueries, type ContinuousQueryOptions, type QueryRun } from '../continuous-queries.ts';

export const DEFAULT_OPTIONS: ContinuousQueryOptions = {
  finestFirst: true,
  catchUp: true,
  lateReachMs: 24 * 3600 * 1000,
  lateDelayMs: 10_000,
};

/** As InfluxDB. */
export const PLAIN_OPTIONS: ContinuousQueryOptions = {
  finestFirst: false,
  catchUp: false,
  lateReachMs: 0,
  lateDelayMs: 0,
};

export interface Answer {
  readonly error: string | null;
  readonly series: readonly AnswerSeries[];
}

export interface AnswerSeries {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface ScheduleNode {
  readonly view: ViewDoor;
  readonly service: ContinuousQueries;
  /** What ran since the node was opened. */
  readonly runs: readonly QueryRun[];
  nowNs: bigint;
  /** While set, runs of queries with `faultOf` in their text fail with it. */
  fault: WeirError | null;
  faultOf: string;
  /** Line protocol with times in ns; every point must be taken. */
  write(database: string, policy: string | undefined, lines: string): Promise<void>;
  /** Runs statements; each must succeed. */
  run(text: string): Promise<void>;
  query(text: string, database?: string): Promise<Answer>;
  /** Ticks until there is no more to do. */
  tick(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A directory that is removed when the test ends. */
export async function tempDir(t: { after(fn: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-schedule-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** `options` null = continuous queries are not enabled. */
export async function openScheduleNode(
  dir: string,
  nowNs: bigint,
  options: ContinuousQueryOptions | null = DEFAULT_OPTIONS,
): Promise<ScheduleNode> {
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true, files: WITHOUT_SYNC });
  const catalog = await openCatalog({ store, passwordCost: 4 });
  const shards = await openShardIds({ store });
  const executor = createExecutor({ openReader: openTableReader, workers: null });
  const clock = { nowNs: () => node.nowNs };
  const queries = new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 });
  const parts = { catalog, store, clock: { nowNs: () => nowNs }, options: options ?? DEFAULT_OPTIONS };
  const service = await ContinuousQueries.open(parts);
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables, atLeastSeq) =>
      openDirectoryLog({ dir: join(dir, 'log'), tables, atLeastSeq, durability: 'os', segmentSizeBytes: 1 << 20 }),
    buckets: () => catalog.databases().flatMap((database) => database.policies.map((policy) => policy.bucket)),
    clock: { nowNs: () => nowNs },
    ...(options === null
      ? {}
      : { onChange: (applied) => service.onChange(applied), heldAfter: () => service.heldAfter }),
  });
  const contextOf = (request: Partial<QueryContext>): QueryContext => ({
    catalog,
    shards,
    view,
    executor,
    clock,
    limits: { maxSelectSeries: 0, maxSelectPoints: 0, maxSelectBuckets: 0, memoryBudgetBytes: 2 ** 28 },
    queries,
    statistics: new Statistics(),
    database: undefined,
    policy: undefined,
    readOnly: false,
    signal: new AbortController().signal,
    ...request,
  });
  const runs: QueryRun[] = [];
  const start = (): void => {
    service.start({
      view,
      queries,
      contextOf: (request) => {
        const [running] = queries.list();
        if (node.fault !== null && running.text.includes(node.faultOf)) throw node.fault;
        return contextOf(request);
      },
      onRun: (run) => void runs.push(run),
    });
  };
  const query = async (text: string, database?: string): Promise<Answer> => {
    const answers = await readAnswers(executeQuery(parseQuery(text), contextOf({ database })));
    return answers.find(({ error }) => error !== null) ?? answers[answers.length - 1];
  };
  const close = async (): Promise<void> => {
    service.stop();
    await view.close();
    await shards.close();
    await catalog.close();
    await executor.close();
    await store.close();
  };
  const node: ScheduleNode = {
    view,
    service,
    runs,
    get nowNs() {
      return nowNs;
    },
    set nowNs(value) {
      nowNs = value;
    },
    fault: null,
    faultOf: '',
    async write(database, policy, lines) {
      const { bucket } = catalog.policy(database, policy);
      const parsed = parseLineProtocol(Buffer.from(lines), {
        series: view.seriesTable(bucket.id),
        precision: 'ns',
        defaultTimeNs: nowNs,
        unsigned: true,
      });
      assert(parsed.errorCount === 0, `bad line in a test: ${JSON.stringify(parsed.errors)}`);
      const outcome = await view.write(bucket, parsed.batch);
      assert(outcome.dropped.length === 0, `points dropped in a test: ${JSON.stringify(outcome.dropped)}`);
    },
    async run(text) {
      const { error } = await query(text);
      assert(error === null, `${text}: ${error}`);
    },
    query,
    async tick() {
      while (await service.tick());
    },
    async stop() {
      service.stop();
      if (options !== null) await service.save();
      await view.flush();
      await close();
    },
    kill: close,
  };
  if (options !== null) start();
  return node;
}

/** A process that is killed loses nothing that it wrote; waiting for the disk would take most of the time of these tests. */
const WITHOUT_SYNC: Files = {
  ...nodeFiles,
  async createNew(path) {
    const file = await nodeFiles.createNew(path);
    return {
      write: (bytes) => file.write(bytes),
      read: (into, position) => file.read(into, position),
      sizeBytes: () => file.sizeBytes(),
      sync: async () => {},
      close: () => file.close(),
    };
  },
  async syncDir() {},
};

async function readAnswers(results: ReturnType<typeof executeQuery>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for await (const { error, batches } of results) {
    const series: (AnswerSeries & { rows: (readonly Cell[])[] })[] = [];
    let failure = error;
    let header: object | undefined;
    try {
      for await (const batch of batches) {
        if (batch.series !== header) {
          header = batch.series;
          const { name, tags, columns } = batch.series;
          series.push({ name, tags: Object.fromEntries(tags ?? []), columns, rows: [] });
        }
        const { rows } = series[series.length - 1];
        for (let row = 0; row < batch.rowCount; row++) rows.push(batch.columns.map((column) => cellAt(column, row)));
      }
    } catch (thrown) {
      failure = thrown instanceof Error ? thrown.message : String(thrown);
    }
    answers.push({ error: failure, series });
  }
  return answers;
}

function cellAt(column: ResultColumn, row: number): Cell {
  if (column.kind === 'times') return column.baseNs + BigInt(column.offsets[row]);
  if (column.kind === 'cells') return column.values[row] as Cell;
  if (column.valid !== null && column.valid[row] === 0) return null;
  return column.kind === 'booleans' ? column.values[row] === 1 : column.values[row];
}
