// Speed of the executor on decoded data: `node bench/exec.ts`. Values lie in memory as a table's reader would give them, so
// that only windows, kernels and the cost of a request itself are measured.
import { availableParallelism } from 'node:os';
import { type AggregateKind, type AggregateRequest, type FieldPredicate, createExecutor } from '../src/exec/index.ts';
import { ALL_TIME, type ChunkColumn, type SeriesChunk, type TimeRange } from '../src/model/index.ts';
import type { TableReader, TableSnapshot } from '../src/view/index.ts';

const SERIES = 25;
const ROWS_PER_SERIES = 400_000;
const ROWS_PER_CHUNK = 16_384;
const STEP_NS = 10_000_000_000;
const HOUR_NS = 3_600_000_000_000n;
const SPAN_NS = BigInt(ROWS_PER_SERIES) * BigInt(STEP_NS);
const ROUNDS = 7;

const FIELDS = ['float', 'integer', 'gaps', 'wide'] as const;
type Field = (typeof FIELDS)[number];

const chunksOfSeries = Array.from({ length: SERIES }, (_, series) => makeSeries(series));

function makeSeries(series: number): SeriesChunk[] {
  const chunks: SeriesChunk[] = [];
  for (let from = 0; from < ROWS_PER_SERIES; from += ROWS_PER_CHUNK) {
    const rowCount = Math.min(ROWS_PER_CHUNK, ROWS_PER_SERIES - from);
    const times = Float64Array.from({ length: rowCount }, (_, row) => row * STEP_NS);
    const integers = Float64Array.from(times, (_, row) => ((from + row) * 7919 + series * 31) % 1009);
    const valid = Uint8Array.from(times, (_, row) => (row % 10 === 0 ? 0 : 1));
    const columns: ChunkColumn[] = [
      { type: 'float', values: integers.map((value) => value / 7), valid: null },
      { type: 'integer', values: integers, valid: null },
      { type: 'float', values: integers.map((value) => value / 3), valid },
      { type: 'integer', values: BigInt64Array.from(integers, (value) => BigInt(value) << 50n), valid: null },
    ];
    chunks.push({ rowCount, baseNs: BigInt(from) * BigInt(STEP_NS), times, columns });
  }
  return chunks;
}

const table: TableSnapshot = {
  measurement: 'bench',
  shard: { startNs: 0n, endNs: SPAN_NS },
  sources: [],
  fields: new Map([
    ['float', 'float'],
    ['integer', 'integer'],
    ['gaps', 'float'],
    ['wide', 'integer'],
  ]),
};

/** Cuts by whole rows at both ends, as a reader of pages does. */
function openReader(): TableReader {
  return {
    figures: { pagesRead: 0, pagesDecoded: 0, bytesDecoded: 0 },
    read: (seriesId, fields, range) => {
      const indexes = fields.map((field) => FIELDS.indexOf(field as Field));
      const first = Math.ceil(Number(range.startNs) / STEP_NS);
      const last = Math.ceil(Number(range.endNs) / STEP_NS);
      const found: SeriesChunk[] = [];
      for (let at = Math.floor(first / ROWS_PER_CHUNK); at * ROWS_PER_CHUNK < last; at++) {
        const chunk = chunksOfSeries[seriesId][at];
        if (chunk === undefined) break;
        const start = Math.max(0, first - at * ROWS_PER_CHUNK);
        const end = Math.min(chunk.rowCount, last - at * ROWS_PER_CHUNK);
        found.push(partOf(chunk, indexes, start, end));
      }
      return found;
    },
    extent: () => ALL_TIME,
    stats: () => undefined,
    close: () => {},
  };
}

function partOf(chunk: SeriesChunk, indexes: readonly number[], start: number, end: number): SeriesChunk {
  const columns = indexes.map((index) => {
    const { type, values, valid } = chunk.columns[index] as ChunkColumn;
    const part = (values as Float64Array).subarray(start, end);
    return { type, values: part, valid: valid === null ? null : valid.subarray(start, end) };
  });
  return { rowCount: end - start, baseNs: chunk.baseNs, times: chunk.times.subarray(start, end), columns };
}

const executor = createExecutor({ openReader, workers: null });
const context = { signal: new AbortController().signal, maxPoints: 0, memoryBudgetBytes: 0 };

interface Measured {
  readonly name: string;
  readonly kinds: readonly AggregateKind[];
  readonly fields: readonly Field[];
  readonly everyNs?: bigint;
  readonly filter?: FieldPredicate;
}

function requestFor({ kinds, fields, everyNs = HOUR_NS, filter }: Measured): AggregateRequest {
  return {
    tables: [table],
    seriesIds: Int32Array.from({ length: SERIES }, (_, id) => id),
    range: table.shard,
    fields,
    filter: filter ?? null,
    descending: false,
    windows: { kind: 'every', originNs: 0n, everyNs, count: Number((SPAN_NS + everyNs - 1n) / everyNs) },
    groups: Int32Array.from({ length: SERIES }, (_, id) => id),
    groupCount: SERIES,
    calls: fields.flatMap((_, field) => kinds.map((kind) => ({ kind, field, argument: kind === 'top' ? 3 : 95 }))),
  };
}

const above: FieldPredicate = {
  op: '>',
  left: { kind: 'field', name: 'float' },
  right: { kind: 'literal', value: 100 },
};

const cases: readonly Measured[] = [
  { name: 'mean of floats by 1h', kinds: ['mean'], fields: ['float'] },
  { name: 'mean of integers by 1h', kinds: ['mean'], fields: ['integer'] },
  { name: 'max of floats by 1h', kinds: ['max'], fields: ['float'] },
  { name: 'max of integers by 1h', kinds: ['max'], fields: ['integer'] },
  { name: 'count, sum, min, max by 1h', kinds: ['count', 'sum', 'min', 'max'], fields: ['float'] },
  { name: 'mean of floats with gaps by 1h', kinds: ['mean'], fields: ['gaps'] },
  { name: 'mean of 64-bit integers by 1h', kinds: ['mean'], fields: ['wide'] },
  { name: 'max of 64-bit integers by 1h', kinds: ['max'], fields: ['wide'] },
  { name: 'mean of floats by 1m', kinds: ['mean'], fields: ['float'], everyNs: 60_000_000_000n },
  { name: 'mean of floats by 10s', kinds: ['mean'], fields: ['float'], everyNs: 10_000_000_000n },
  { name: 'mean of filtered floats by 1h', kinds: ['mean'], fields: ['float'], filter: above },
  { name: 'first and last by 1h', kinds: ['first', 'last'], fields: ['float'] },
  { name: 'stddev by 1h', kinds: ['stddev'], fields: ['float'] },
  { name: 'percentile by 1h', kinds: ['percentile'], fields: ['float'] },
  { name: 'top 3 by 1h', kinds: ['top'], fields: ['float'] },
  { name: 'mode of 1009 integers', kinds: ['mode'], fields: ['integer'], everyNs: SPAN_NS },
];

/** The shortest of some rounds: what the machine can do when left alone. */
async function bestMs(run: () => Promise<unknown>, rounds: number): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

async function scanAll(range: TimeRange): Promise<number> {
  const { tables, seriesIds, fields, filter } = requestFor(cases[0]);
  let rows = 0;
  const request = { tables, seriesIds, range, fields, filter, descending: false };
  for await (const piece of executor.scan(request, context)) for (const chunk of piece.chunks) rows += chunk.rowCount;
  return rows;
}

async function main(): Promise<void> {
  const total = SERIES * ROWS_PER_SERIES;
  console.log(`${total / 1e6} M values, ${SERIES} series, one thread of ${availableParallelism()}, best of ${ROUNDS}`);
  for (const measured of cases) {
    const request = requestFor(measured);
    const ms = await bestMs(() => executor.aggregate(request, context), ROUNDS);
    print(measured.name, ms, total);
  }
  print('scan', await bestMs(() => scanAll(table.shard), ROUNDS), total);
  await tiny();
}

function print(name: string, ms: number, values: number): void {
  console.log(
    `${name.padEnd(34)} ${ms.toFixed(1).padStart(8)} ms ${(values / ms / 1e6).toFixed(3).padStart(8)} G values/s`,
  );
}

/** One hour of 10 s points of one series: 360 rows. */
async function tiny(): Promise<void> {
  const whole = requestFor({ name: 'tiny', kinds: ['mean'], fields: ['float'], everyNs: 60_000_000_000n });
  const windows = { kind: 'every', originNs: HOUR_NS, everyNs: 60_000_000_000n, count: 60 } as const;
  const range = { startNs: HOUR_NS, endNs: 2n * HOUR_NS };
  const request = { ...whole, windows, range, seriesIds: Int32Array.of(7), groups: Int32Array.of(0), groupCount: 1 };
  const repeats = 2000;
  const ms = await bestMs(async () => {
    for (let at = 0; at < repeats; at++) await executor.aggregate(request, context);
  }, ROUNDS);
  console.log(
    `${'mean of one series, 1 h by 1m'.padEnd(34)} ${((1000 * ms) / repeats).toFixed(1).padStart(8)} µs a query`,
  );
}

await main();
