// The executor on one thread against the reference: random tables, all calls, all kinds of windows, filters, both time orders.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from './executor.ts';
import type { AggregateKind, AggregateRequest, ExecContext, ScanRequest, SeriesRows } from './plan.ts';
import { openArrayReader } from './test-support/array-tables.ts';
import { checkAggregate, checkScan } from './test-support/check.ts';
import { forSeeds } from './test-support/for-seeds.ts';
import { type DataShape, randomData } from './test-support/random-data.ts';
import { randomAggregate, randomScan } from './test-support/random-request.ts';
import { seededRandom } from './test-support/random.ts';

const UNLIMITED: ExecContext = { signal: new AbortController().signal, maxPoints: 0, memoryBudgetBytes: 0 };

const executor = createExecutor({ openReader: openArrayReader, workers: null });

async function scanAll(request: ScanRequest): Promise<SeriesRows[]> {
  const found: SeriesRows[] = [];
  for await (const rows of executor.scan(request, UNLIMITED)) found.push(rows);
  return found;
}

async function aggregateAndCheck(request: AggregateRequest): Promise<void> {
  checkAggregate(request, await executor.aggregate(request, UNLIMITED));
}

const shapes: Readonly<Record<string, { shape: DataShape; kinds?: readonly AggregateKind[]; rounds: number }>> = {
  'any calls over any data': { shape: {}, rounds: 200 },
  'statistics in place of rows': {
    shape: { withStats: true },
    kinds: ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'spread'],
    rounds: 200,
  },
  'first and last only': { shape: { shards: 5 }, kinds: ['first', 'last'], rounds: 100 },
  'first and last from statistics': { shape: { shards: 5, withStats: true }, kinds: ['first', 'last'], rounds: 100 },
  'numbers of several types in one field': { shape: { mixedTypes: ['float', 'integer', 'unsigned'] }, rounds: 100 },
  'integers of both kinds in one field': { shape: { mixedTypes: ['integer', 'unsigned'] }, rounds: 100 },
  'many rows': { shape: { rows: 1500, shards: 2, series: 2 }, rounds: 6 },
};

for (const [name, { shape, kinds, rounds }] of Object.entries(shapes)) {
  test(`aggregate: ${name}`, () =>
    forSeeds(rounds, (random) => aggregateAndCheck(randomAggregate(random, randomData(random, shape), kinds))));
}

test('scan: any fields, filters, limits and orders', () =>
  forSeeds(250, async (random) => {
    const request = randomScan(random, randomData(random));
    checkScan(request, await scanAll(request));
  }));

test('an empty request has an empty answer', async () => {
  const random = seededRandom(1);
  const request = { ...randomAggregate(random, randomData(random)), tables: [] };
  const result = await executor.aggregate(request, UNLIMITED);
  assert.ok(result.columns.every((column) => column.type === null && !column.valid.includes(1)));
  assert.ok(result.extents.every((extent) => extent === undefined));
  assert.deepEqual(await scanAll({ ...randomScan(random, randomData(random)), seriesIds: new Int32Array(0) }), []);
});
