// An executor that keeps account of what a query asks of it and what that reads: for EXPLAIN ANALYZE.
import {
  type AggregateRequest,
  type AggregateResult,
  type ExecContext,
  type Executor,
  type ScanRequest,
  type SeriesRows,
  type TableUsage,
  newUsage,
  usageOf,
} from '../../exec/index.ts';
import type { TableSnapshot } from '../../view/index.ts';

/** All requests of one kind for the same columns of one measurement. */
export interface RecordedRead {
  /** Aggregated within the executor, or handed out row by row. */
  readonly kind: 'aggregate' | 'scan';
  readonly measurement: string;
  /** `mean(v)`, or the names of fields. */
  readonly columns: readonly string[];
  requests: number;
  durationMs: number;
  readonly seriesIds: Set<number>;
  /** By bucket and start of the shard. */
  readonly shards: Map<string, RecordedShard>;
}

/** What was read of one shard. */
export interface RecordedShard extends ReadFigures {
  readonly bucketId: string | undefined;
  readonly startNs: bigint;
}

export interface ReadFigures {
  /** Keys of the blocks that were opened. */
  readonly blocks: Set<string>;
  seriesRead: number;
  seriesAnswered: number;
  rows: number;
  pagesRead: number;
  pagesDecoded: number;
  bytesDecoded: number;
}

export class RecordingExecutor implements Executor {
  readonly #executor: Executor;
  readonly #reads = new Map<string, RecordedRead>();

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /** In the order in which each was first asked for. */
  get reads(): readonly RecordedRead[] {
    return [...this.#reads.values()];
  }

  async aggregate(request: AggregateRequest, context: ExecContext): Promise<AggregateResult> {
    const columns = request.calls.map(({ kind, field }) => `${kind}(${request.fields[field]})`);
    const read = this.#readOf('aggregate', request, columns);
    const usage = newUsage(request.tables.length);
    const startMs = performance.now();
    try {
      return await this.#executor.aggregate(request, { ...context, usage });
    } finally {
      note(read, request, (table) => usageOf(usage, table), performance.now() - startMs);
    }
  }

  async *scan(request: ScanRequest, context: ExecContext): AsyncGenerator<SeriesRows, void> {
    const read = this.#readOf('scan', request, request.fields);
    const usage = newUsage(request.tables.length);
    const rows = this.#executor.scan(request, { ...context, usage })[Symbol.asyncIterator]();
    let durationMs = 0;
    try {
      for (;;) {
        const startMs = performance.now();
        const next = await rows.next();
        durationMs += performance.now() - startMs;
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await rows.return?.();
      note(read, request, (table) => usageOf(usage, table), durationMs);
    }
  }

  /** The executor goes on: it is not this one's. */
  async close(): Promise<void> {}

  #readOf(kind: RecordedRead['kind'], { tables }: ScanRequest, columns: readonly string[]): RecordedRead | null {
    if (tables.length === 0) return null;
    const { measurement } = tables[0];
    const key = JSON.stringify([kind, measurement, columns]);
    let read = this.#reads.get(key);
    if (read === undefined) {
      read = { kind, measurement, columns, requests: 0, durationMs: 0, seriesIds: new Set(), shards: new Map() };
      this.#reads.set(key, read);
    }
    return read;
  }
}

function note(
  read: RecordedRead | null,
  { tables, seriesIds }: ScanRequest,
  usageOfTable: (table: number) => TableUsage,
  durationMs: number,
): void {
  if (read === null) return;
  read.requests++;
  read.durationMs += durationMs;
  for (const id of seriesIds) read.seriesIds.add(id);
  for (const [index, table] of tables.entries()) addTable(read.shards, table, usageOfTable(index));
}

function addTable(
  shards: Map<string, RecordedShard>,
  { bucketId, shard, sources }: TableSnapshot,
  usage: TableUsage,
): void {
  const key = `${bucketId} ${shard.startNs}`;
  let recorded = shards.get(key);
  if (recorded === undefined) shards.set(key, (recorded = { ...newFigures(), bucketId, startNs: shard.startNs }));
  if (usage.opened) for (const source of sources) if (source.kind === 'block') recorded.blocks.add(source.key);
  addFigures(recorded, usage);
}

/** But for the blocks. */
function addFigures(total: ReadFigures, more: Omit<ReadFigures, 'blocks'>): void {
  total.seriesRead += more.seriesRead;
  total.seriesAnswered += more.seriesAnswered;
  total.rows += more.rows;
  total.pagesRead += more.pagesRead;
  total.pagesDecoded += more.pagesDecoded;
  total.bytesDecoded += more.bytesDecoded;
}

function newFigures(): ReadFigures {
  return {
    blocks: new Set(),
    seriesRead: 0,
    seriesAnswered: 0,
    rows: 0,
    pagesRead: 0,
    pagesDecoded: 0,
    bytesDecoded: 0,
  };
}

/** All shards of a read together. */
export function totalOf(shards: Iterable<ReadFigures>): ReadFigures {
  const total = newFigures();
  for (const shard of shards) {
    for (const key of shard.blocks) total.blocks.add(key);
    addFigures(total, shard);
  }
  return total;
}
