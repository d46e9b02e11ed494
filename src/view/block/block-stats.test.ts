import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, type PageFieldStats, type RunFieldStats, memoryBlock, openBlock } from './index.ts';
import { NAMED_TABLES, randomTable } from './test-support/table-cases.ts';
import { type Cell, type TestTable, writeTable } from './test-support/test-table.ts';

interface Point {
  readonly timeNs: bigint;
  readonly value: number;
}

/** Values of one field in rows [start, end) as numbers; undefined where statistics are not to be expected. */
function pointsOf({ rows, fields }: TestTable, field: number, start: number, end: number): Point[] | undefined {
  const { type } = fields[field];
  const found: Point[] = [];
  for (const { cells, timeNs } of rows.slice(start, end)) {
    const cell = cells[field];
    if (cell === null) continue;
    if (type === 'string' || (typeof cell === 'bigint' && !Number.isSafeInteger(Number(cell)))) return undefined;
    found.push({ timeNs, value: Number(cell) });
  }
  return found;
}

function exactSum(points: readonly Point[]): bigint {
  return points.reduce((sum, { value }) => sum + BigInt(value), 0n);
}

function assertPageStats(stats: PageFieldStats, points: readonly Point[], type: string, place: string): void {
  assert.equal(stats.count, points.length, place);
  if (points.length === 0) return;
  const values = points.map(({ value }) => value);
  assert.equal(
    stats.min,
    values.reduce((a, b) => (b < a ? b : a)),
    place,
  );
  assert.equal(
    stats.max,
    values.reduce((a, b) => (b > a ? b : a)),
    place,
  );
  if (type === 'boolean') assert.equal(stats.sum, null, place);
  else if (type === 'float') {
    const sum = values.reduce((a, b) => a + b);
    const size = values.reduce((a, b) => a + Math.abs(b), 0);
    assert.ok(stats.sum === sum || Math.abs((stats.sum ?? Number.NaN) - sum) <= size * 1e-12, place);
  } else if (stats.sum === null) assert.ok(exactBound(values) > Number.MAX_SAFE_INTEGER, `${place}: a sum is missing`);
  else assert.equal(BigInt(stats.sum), exactSum(points), place);
}

/** A sum may be left out only where it might have passed 2^53 on the way. */
function exactBound(values: readonly number[]): number {
  return values.length * values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
}

function assertRunStats(stats: RunFieldStats, points: readonly Point[], type: string, place: string): void {
  assertPageStats(stats, points, type, place);
  if (points.length === 0) return;
  const [first] = points;
  const last = points[points.length - 1];
  assert.deepEqual([stats.first, stats.firstTimeNs], [first.value, first.timeNs], place);
  assert.deepEqual([stats.last, stats.lastTimeNs], [last.value, last.timeNs], place);
}

const anyNaN = (points: readonly Point[]): boolean => points.some(({ value }) => Number.isNaN(value));
const infinite = (points: readonly Point[]): boolean => points.some(({ value }) => !Number.isFinite(value));

/** Returns how many series had statistics. */
function assertStats(table: TestTable, name: string): number {
  const block: Block = openBlock(memoryBlock(writeTable(table)));
  let known = 0;
  for (const [field, { type }] of table.fields.entries()) {
    for (let page = 0; page + 1 < block.pageStarts.length; page++) {
      const points = pointsOf(table, field, block.pageStarts[page], block.pageStarts[page + 1]);
      const stats = block.pageStats(page, field);
      const place = `${name}: page ${page}, field ${field}`;
      if (stats === undefined) continue;
      assert.ok(points !== undefined && !anyNaN(points), place);
      assertPageStats(stats, points, type, place);
    }
    for (let series = 0; series < block.seriesIds.length; series++) {
      const points = pointsOf(table, field, block.rowStarts[series], block.rowStarts[series + 1]);
      const stats = block.seriesStats(series, field);
      if (stats === undefined) continue;
      assert.ok(points !== undefined && !anyNaN(points), name);
      assertRunStats(stats, points, type, `${name}: series ${series}, field ${field}`);
      known++;
    }
  }
  return known;
}

for (const [name, make] of Object.entries(NAMED_TABLES)) {
  test(`statistics are those of the rows: ${name}`, () => void assertStats(make(), name));
}

test('statistics are those of the rows: random tables', () => {
  let known = 0;
  for (let seed = 3001; seed <= 3025; seed++) known += assertStats(randomTable(seed), `seed ${seed}`);
  assert.ok(known > 100, 'some series have statistics');
});

test('statistics are there where runs are long, also for pages and series that span row groups', () => {
  const table = NAMED_TABLES['series that span small row groups']();
  const block = openBlock(memoryBlock(writeTable(table)));
  for (const [field, { type }] of table.fields.entries()) {
    const expected = type !== 'string';
    assert.equal(block.pageStats(0, field) !== undefined, expected);
    for (let series = 0; series < 3; series++) {
      assert.equal(block.seriesStats(series, field) !== undefined, expected);
    }
  }
});

test('short runs have no series statistics, pages do', () => {
  const block = openBlock(memoryBlock(writeTable(NAMED_TABLES['many series of one row']())));
  assert.equal(block.seriesStats(0, 0), undefined);
  assert.ok(block.pageStats(0, 0));
});

test('infinite values count, NaN makes statistics unknown', () => {
  const table = NAMED_TABLES['floats with nothing ordinary']();
  const block = openBlock(memoryBlock(writeTable(table)));
  const cells: readonly Cell[] = table.rows.map(({ cells: all }) => all[2]);
  assert.ok(infinite(cells.map((value) => ({ timeNs: 0n, value: value as number }))));
  assert.equal(block.seriesStats(0, 2), undefined);
  assert.equal(block.pageStats(0, 2), undefined);
  assert.equal(block.seriesStats(0, 1)?.count, table.rows.length);
});
