// What need not be read is not read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesChunk } from '../model/index.ts';
import { createExecutor } from './executor.ts';
import type { AggregateKind, AggregateRequest, ExecContext, ScanRequest, SeriesRows } from './plan.ts';
import { type ArrayTable, arrayTable, openArrayReader, readLog } from './test-support/array-tables.ts';
import { checkAggregate, checkScan } from './test-support/check.ts';

const executor = createExecutor({ openReader: openArrayReader, workers: null });
const context: ExecContext = { signal: new AbortController().signal, maxPoints: 0, memoryBudgetBytes: 0 };

const ROWS = 3000;
const SHARD_NS = BigInt(ROWS) * 1_000_000_000n;

/** Four shards of three series with a row each second. */
function shards(withStats: boolean): readonly ArrayTable[] {
  return Array.from({ length: 4 }, (_, index) => {
    const startNs = BigInt(index) * SHARD_NS;
    const series = new Map<number, SeriesChunk[]>();
    for (let id = 0; id < 3; id++) {
      const times = Float64Array.from({ length: ROWS }, (_row, row) => row * 1e9);
      const values = Float64Array.from({ length: ROWS }, (_row, row) => ((row * 7) % 1000) + index + id);
      series.set(id, [{ rowCount: ROWS, baseNs: startNs, times, columns: [{ type: 'float', values, valid: null }] }]);
    }
    const fields = new Map([['v', 'float' as const]]);
    return arrayTable({ shard: { startNs, endNs: startNs + SHARD_NS }, fields, series, withStats });
  });
}

function scanOf(tables: readonly ArrayTable[], change: Partial<ScanRequest> = {}): ScanRequest {
  const range = { startNs: 0n, endNs: 4n * SHARD_NS };
  return {
    tables,
    seriesIds: Int32Array.of(0, 1, 2),
    range,
    fields: ['v'],
    filter: null,
    descending: false,
    ...change,
  };
}

function aggregateOf(
  tables: readonly ArrayTable[],
  kinds: readonly AggregateKind[],
  groups = [0, 0, 0],
): AggregateRequest {
  const calls = kinds.map((kind) => ({ kind, field: 0 }));
  return { ...scanOf(tables), windows: { kind: 'all' }, groups: Int32Array.from(groups), groupCount: 3, calls };
}

/** Rows read by `run`, and from which shards. */
async function reads(run: () => Promise<void>): Promise<{ rows: number; shards: readonly number[] }> {
  readLog.length = 0;
  await run();
  const touched = new Set(readLog.map((read) => Number(read.shardStartNs / SHARD_NS)));
  return { rows: readLog.reduce((sum, read) => sum + read.rows, 0), shards: [...touched].sort((a, b) => a - b) };
}

const aggregate = (request: AggregateRequest) => async (): Promise<void> =>
  checkAggregate(request, await executor.aggregate(request, context));

const scan = (request: ScanRequest) => async (): Promise<void> => {
  const found: SeriesRows[] = [];
  for await (const rows of executor.scan(request, context)) found.push(rows);
  checkScan(request, found);
};

test('a scan with a limit stops early, from the side where it begins', async () => {
  const tables = shards(false);
  const up = await reads(scan(scanOf(tables, { limit: 10 })));
  assert.deepEqual(up.shards, [0]);
  assert.ok(up.rows < 3 * 1000, `${up.rows} rows`);
  const down = await reads(scan(scanOf(tables, { limit: 10, descending: true })));
  assert.deepEqual(down.shards, [3]);
  assert.ok(down.rows < 3 * 1000, `${down.rows} rows`);
  const across = await reads(scan(scanOf(tables, { limit: ROWS + 5 })));
  assert.deepEqual(across.shards, [0, 1]);
});

test('slices of rows that lie 1 ns apart leave none out', async () => {
  const rows = 30_000;
  const times = Float64Array.from({ length: rows }, (_, row) => row);
  const chunk = {
    rowCount: rows,
    baseNs: -7n,
    times,
    columns: [{ type: 'float', values: times, valid: null }],
  } as const;
  const shard = { startNs: -7n, endNs: BigInt(rows) - 7n };
  const table = arrayTable({ shard, fields: new Map([['v', 'float']]), series: new Map([[0, [chunk]]]) });
  for (const descending of [false, true]) {
    const request = { ...scanOf([table], { descending, limit: 3000 }), seriesIds: Int32Array.of(0), range: shard };
    const read = await reads(scan(request));
    assert.ok(readLog.length > 1 && read.rows < rows, `${readLog.length} slices, ${read.rows} rows`);
  }
});

test('first and last read the far ends only', async () => {
  const tables = shards(false);
  const last = await reads(aggregate(aggregateOf(tables, ['last'])));
  assert.deepEqual(last.shards, [3]);
  assert.ok(last.rows < 1000, `${last.rows} rows`);
  const both = await reads(aggregate(aggregateOf(tables, ['first', 'last'], [0, 1, 2])));
  assert.deepEqual(both.shards, [0, 3]);
  const filter = { op: '=', left: { kind: 'field', name: 'v' }, right: { kind: 'literal', value: 7 } } as const;
  const filtered = await reads(aggregate({ ...aggregateOf(tables, ['last']), filter }));
  assert.deepEqual(filtered.shards, [3]);
});

test('last goes on to older shards for series without newer rows', async () => {
  const tables = shards(false).map((table, index) => {
    const series = new Map([...table.series].filter(([id]) => id + index < 4));
    return { ...table, series };
  });
  const request = aggregateOf(tables, ['last'], [0, 1, 2]);
  assert.deepEqual((await reads(aggregate(request))).shards, [1, 2, 3]);
  assert.deepEqual((await reads(aggregate({ ...request, groups: new Int32Array(3) }))).shards, [3]);
});

test('statistics answer for whole tables, and rows for the rest', async () => {
  const tables = shards(true);
  const kinds: AggregateKind[] = ['count', 'sum', 'mean', 'first', 'last', 'spread'];
  assert.equal((await reads(aggregate(aggregateOf(tables, kinds)))).rows, 0);
  // The greatest values are in the last shard; before that is known each shard's own greatest must be found.
  assert.deepEqual((await reads(aggregate(aggregateOf(tables, ['max'])))).shards, [0, 1, 2, 3]);
  assert.deepEqual((await reads(aggregate(aggregateOf(tables, ['min'])))).shards, [0]);
  const range = { startNs: SHARD_NS / 2n, endNs: 4n * SHARD_NS };
  const partly = await reads(aggregate({ ...aggregateOf(tables, kinds), range }));
  assert.deepEqual(partly.shards, [0]);
  const windows = { kind: 'every', originNs: 0n, everyNs: 2n * SHARD_NS, count: 2 } as const;
  assert.equal((await reads(aggregate({ ...aggregateOf(tables, ['count', 'sum']), windows }))).rows, 0);
  const filter = { op: '>', left: { kind: 'field', name: 'v' }, right: { kind: 'literal', value: 500 } } as const;
  assert.deepEqual((await reads(aggregate({ ...aggregateOf(tables, kinds), filter }))).shards, [0, 1, 2, 3]);
  assert.deepEqual((await reads(aggregate(aggregateOf(tables, [...kinds, 'median'])))).shards, [0, 1, 2, 3]);
});
