// The executor with worker threads: the same answers as on one thread, limits, stopping, crashes, slow readers.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { WeirError, isWeirError } from '../base/index.ts';
import type { SeriesChunk } from '../model/index.ts';
import { createExecutor } from './executor.ts';
import type { AggregateRequest, ExecContext, Executor, ScanRequest, SeriesRows } from './plan.ts';
import { type ArrayTable, type Fault, arrayTable, openArrayReader } from './test-support/array-tables.ts';
import { checkAggregate, checkScan } from './test-support/check.ts';
import { forSeeds } from './test-support/for-seeds.ts';
import { randomData } from './test-support/random-data.ts';
import { randomAggregate, randomScan } from './test-support/random-request.ts';
import { smallTable } from './test-support/small-table.ts';

const READER = {
  url: new URL('./test-support/array-tables.ts', import.meta.url).href,
  exportName: 'openArrayReader',
  prepare: { exportName: 'prepareArrays', argument: 42 },
};

function start(handOverPoints: number): Executor {
  const executor = createExecutor({
    openReader: openArrayReader,
    workers: { reader: READER, count: 2 },
    handOverPoints,
  });
  after(() => executor.close());
  return executor;
}

/** Hands over whatever it can. */
const eager = start(0);
/** Hands over large requests, as in production but sooner. */
const usual = start(200_000);
const alone = createExecutor({ openReader: openArrayReader, workers: null });

function context(limits: Partial<ExecContext> = {}): ExecContext {
  return { signal: new AbortController().signal, maxPoints: 0, memoryBudgetBytes: 0, ...limits };
}

async function scanAll(
  executor: Executor,
  request: ScanRequest,
  limits: Partial<ExecContext> = {},
): Promise<SeriesRows[]> {
  const found: SeriesRows[] = [];
  for await (const rows of executor.scan(request, context(limits))) found.push(rows);
  return found;
}

/** `rows` rows of one float field "v", 1 s apart, in each of `series` series of one shard. */
function largeTable(series: number, rows: number, fault?: Fault): ArrayTable {
  const times = Float64Array.from({ length: rows }, (_, row) => row * 1e9);
  const chunks = new Map<number, SeriesChunk[]>();
  for (let id = 0; id < series; id++) {
    const list: SeriesChunk[] = [];
    for (let from = 0; from < rows; from += 10_000) {
      const part = times.subarray(from, Math.min(rows, from + 10_000));
      const values = part.map((_, row) => (from + row + id) % 1000);
      list.push({ rowCount: part.length, baseNs: 0n, times: part, columns: [{ type: 'float', values, valid: null }] });
    }
    chunks.set(id, list);
  }
  const shard = { startNs: 0n, endNs: BigInt(rows) * 1_000_000_000n };
  return arrayTable({ shard, fields: new Map([['v', 'float']]), series: chunks, fault });
}

function largeScan(table: ArrayTable): ScanRequest {
  return {
    tables: [table],
    seriesIds: Int32Array.from(table.series.keys()),
    range: table.shard,
    fields: ['v'],
    filter: null,
    descending: false,
  };
}

function largeAggregate(table: ArrayTable, calls: AggregateRequest['calls']): AggregateRequest {
  const scan = largeScan(table);
  const windows = { kind: 'every', originNs: 0n, everyNs: 3_600_000_000_000n, count: 10_000 } as const;
  return { ...scan, windows, groups: scan.seriesIds.map((id) => id % 3), groupCount: 3, calls };
}

const hasCode =
  (code: string, text: RegExp) =>
  (error: unknown): boolean =>
    isWeirError(error) && error.code === code && text.test(error.message);

test('aggregate: workers agree with the reference', () =>
  forSeeds(120, async (random) => {
    const request = randomAggregate(random, randomData(random, { series: 8 }));
    checkAggregate(request, await eager.aggregate(request, context()));
  }));

test('scan: workers agree with the reference', () =>
  forSeeds(120, async (random) => {
    const request = randomScan(random, randomData(random, { series: 8 }));
    checkScan(request, await scanAll(eager, request));
  }));

test('a large request is handed over in the middle and loses nothing', async () => {
  const table = largeTable(20, 50_000);
  const calls = (['count', 'sum', 'max', 'last', 'median', 'stddev', 'distinct'] as const).map((kind) => ({
    kind,
    field: 0,
  }));
  const request = {
    ...largeAggregate(table, calls),
    seriesIds: Int32Array.of(7, 3, 12, 19),
    groups: Int32Array.of(0, 1, 0, 2),
  };
  const [here, there] = await Promise.all([alone.aggregate(request, context()), usual.aggregate(request, context())]);
  assert.deepEqual(there.columns, here.columns);
  assert.deepEqual(there.extents, here.extents);
  assert.equal(there.pointsScanned, 200_000);
  for (const descending of [false, true]) {
    const scan = { ...largeScan(table), limit: 45_678, descending };
    const rows = await scanAll(usual, scan);
    const flat = (list: readonly SeriesRows[]) =>
      list.flatMap(({ seriesId, chunks }) =>
        [...(descending ? chunks.toReversed() : chunks)].map((c) => [seriesId, c.times[0], c.rowCount]),
      );
    const rowsOf = (list: readonly SeriesRows[], id: number) =>
      list
        .filter((r) => r.seriesId === id)
        .flatMap((r) => r.chunks)
        .reduce((sum, c) => sum + c.rowCount, 0);
    assert.ok(flat(rows).length >= 20);
    for (let id = 0; id < 20; id++) assert.equal(rowsOf(rows, id), 45_678);
    assert.deepEqual([...new Set(rows.map((r) => r.seriesId))], [...scan.seriesIds]);
  }
});

test('ties between series of different workers go by the order of the request', async () => {
  const texts = Array.from({ length: 20 }, (_, id) => (id === 9 ? '1:1' : '1:5 2:5 3:7'));
  const table = smallTable('float', texts.join(' | '));
  const seriesIds = Int32Array.of(9, 8, 1, 10, 0, 16);
  const kinds = [
    'percentile',
    'distinct',
    'top',
    'bottom',
    'first',
    'last',
    'min',
    'max',
    'mode',
    'stddev',
    'integral',
  ] as const;
  const calls = kinds.map((kind) => ({
    kind,
    field: 0,
    argument: kind === 'percentile' ? 12.5 : kind === 'integral' ? 1e9 : 2,
  }));
  for (const descending of [false, true]) {
    const request = { ...largeScan(table), seriesIds, descending };
    const whole = { ...request, calls, windows: { kind: 'all' }, groups: new Int32Array(6), groupCount: 1 } as const;
    checkAggregate(whole, await eager.aggregate(whole, context()));
  }
});

test('stddev of many values, kept as moments', async () => {
  const table = largeTable(30, 50_000);
  const scan = largeScan(table);
  const calls = [{ kind: 'stddev', field: 0 }] as const;
  const request = { ...scan, calls, windows: { kind: 'all' }, groups: new Int32Array(30), groupCount: 1 } as const;
  // Each series runs through 0 … 999 fifty times.
  const count = 1_500_000;
  const variance = ((1000 ** 2 - 1) / 12) * (count / (count - 1));
  for (const executor of [alone, usual]) {
    const { columns } = await executor.aggregate(request, context());
    const value = Number(columns[0].values[0]);
    assert.ok(Math.abs(value - Math.sqrt(variance)) < 1e-9, `${value} for ${Math.sqrt(variance)}`);
  }
});

test('limits hold on every thread, in clear words', async () => {
  const table = largeTable(20, 50_000);
  const request = largeAggregate(table, [{ kind: 'median', field: 0 }]);
  for (const executor of [alone, eager, usual]) {
    await assert.rejects(
      executor.aggregate(request, context({ maxPoints: 300_000 })),
      hasCode('limit', /^max-select-point limit exceeed: \(3\d{5}\/300000\)$/),
    );
    await assert.rejects(
      executor.aggregate(request, context({ memoryBudgetBytes: 2 ** 20 })),
      hasCode('limit', /^query needs more memory than it may use: \d+\.\d MB of 1\.0 MB; ask for /),
    );
    await assert.rejects(
      scanAll(executor, largeScan(table), { maxPoints: 300_000 }),
      hasCode('limit', /^max-select-point limit exceeed/),
    );
    assert.equal((await scanAll(executor, largeScan(table), { memoryBudgetBytes: 16 * 2 ** 20 })).length > 0, true);
  }
  const huge = { ...request, groupCount: 1_000_000 };
  await assert.rejects(
    alone.aggregate({ ...huge, calls: [{ kind: 'max', field: 0 }] }, context({ memoryBudgetBytes: 2 ** 30 })),
    hasCode('limit', /memory/),
  );
});

/** How long after its signal an execution ended; it must fail with the signal's reason. */
async function stopAfter200Ms(run: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const controller = new AbortController();
  let abortedAt = Infinity;
  setTimeout(() => {
    abortedAt = performance.now();
    controller.abort(new WeirError('timeout', 'query-timeout limit exceeded'));
  }, 200);
  await assert.rejects(run(controller.signal), hasCode('timeout', /query-timeout/));
  return performance.now() - abortedAt;
}

test('a stopped execution ends within 50 ms, here and in workers', async () => {
  const table = largeTable(3000, 20, 'slow');
  for (const executor of [alone, usual]) {
    const runs = [
      (signal: AbortSignal) =>
        executor.aggregate(largeAggregate(table, [{ kind: 'mean', field: 0 }]), context({ signal })),
      (signal: AbortSignal) => scanAll(executor, largeScan(table), { signal }),
    ];
    for (const run of runs) {
      // A busy machine may hold up one try, hardly three.
      const tookMs: number[] = [];
      while (tookMs.length < 3 && !tookMs.some((ms) => ms < 50)) tookMs.push(await stopAfter200Ms(run));
      assert.ok(
        tookMs.some((ms) => ms < 50),
        `took ${tookMs.join(', ')} ms`,
      );
    }
  }
  const signal = AbortSignal.abort(new WeirError('canceled', 'gone'));
  await assert.rejects(usual.aggregate(largeAggregate(table, []), context({ signal })), hasCode('canceled', /gone/));
  await assert.rejects(scanAll(usual, largeScan(table), { signal }), hasCode('canceled', /gone/));
});

test('the event loop keeps turning while a large request runs on this thread', async () => {
  const table = largeTable(60, 50_000);
  const calls = [
    { kind: 'mean', field: 0 },
    { kind: 'distinct', field: 0 },
  ] as const;
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const before = process.cpuUsage();
  await alone.aggregate(largeAggregate(table, calls), context());
  const { user, system } = process.cpuUsage(before);
  clearInterval(timer);
  // Of the time that was spent, whatever others did on the machine meanwhile.
  const busyMs = (user + system) / 1000;
  assert.ok(busyMs > 100, `${busyMs} ms are too few to tell`);
  assert.ok(turns > busyMs / 50, `${turns} turns in ${busyMs} ms`);
});

test('a worker that crashes fails its request and is replaced', async () => {
  const crashing = largeTable(16, 100, 'crash');
  const first = largeTable(1, 100);
  const request = largeAggregate(first, [{ kind: 'count', field: 0 }]);
  // Series 0 is in a sound table and is read here; the others are the first worker's.
  const mixed = {
    ...request,
    seriesIds: Int32Array.from({ length: 8 }, (_, id) => id),
    groups: new Int32Array(8),
    tables: [first, { ...crashing, shard: { startNs: first.shard.endNs, endNs: 2n * first.shard.endNs } }],
    range: { startNs: 0n, endNs: 2n * first.shard.endNs },
  };
  await assert.rejects(eager.aggregate(mixed, context()), hasCode('unavailable', /worker "exec" stopped: exit code 3/));
  const sound = largeAggregate(largeTable(16, 100), [{ kind: 'count', field: 0 }]);
  assert.equal((await eager.aggregate(sound, context())).pointsScanned, 1600);
});

test('a reader that stops leaves nothing running, and a slow one holds the workers back', async () => {
  const table = largeTable(100, 50_000);
  let taken = 0;
  const stopped = new AbortController();
  const limits = context({ signal: stopped.signal, memoryBudgetBytes: 24 * 2 ** 20 });
  for await (const rows of usual.scan(largeScan(table), limits)) {
    taken += rows.chunks.length;
    if (taken > 100) break;
    // 80 MB wait to be read; with 24 MB allowed, workers that ran ahead would fail the request.
    if (taken % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(
    (await usual.aggregate(largeAggregate(largeTable(2, 10), [{ kind: 'count', field: 0 }]), context())).pointsScanned,
    20,
  );
});

test('workers prepare the module of the reader', async () => {
  const table = largeTable(16, 100, 'unprepared');
  const { pointsScanned } = await eager.aggregate(largeAggregate(table, [{ kind: 'max', field: 0 }]), context());
  assert.equal(pointsScanned, 1600);
});

test('what a table throws reaches the caller', async () => {
  const table = largeTable(16, 100, 'corrupt');
  const sound = largeTable(1, 100);
  const tables = [sound, { ...table, shard: { startNs: sound.shard.endNs, endNs: 2n * sound.shard.endNs } }];
  const range = { startNs: 0n, endNs: 2n * sound.shard.endNs };
  const seriesIds = Int32Array.from({ length: 16 }, (_, id) => id);
  await assert.rejects(scanAll(eager, { ...largeScan(sound), tables, range, seriesIds }), /a damaged page/);
});
