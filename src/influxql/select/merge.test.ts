import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeRuns } from './merge.ts';
import { type Rows, cellOf, rowTime } from './rows.ts';

type Point = readonly [timeNs: bigint, value: number];

const rowsOf = (points: readonly Point[]): Rows => {
  const [[baseNs]] = points;
  return {
    rowCount: points.length,
    baseNs,
    times: Float64Array.from(points, ([timeNs]) => Number(timeNs - baseNs)),
    columns: [{ type: 'float', values: Float64Array.from(points, ([, value]) => value), valid: null }, null],
  };
};

const pointsOf = (batches: Iterable<Rows>): Point[] =>
  [...batches].flatMap((rows) =>
    Array.from(
      { length: rows.rowCount },
      (_, row): Point => [rowTime(rows, row), Number(cellOf(rows.columns[0], row))],
    ),
  );

/** Runs of points, each cut into batches; the times of a batch lie within what one base can hold. */
const runs = (times: fc.Arbitrary<bigint>): fc.Arbitrary<Point[][]> =>
  fc
    .array(fc.array(times, { maxLength: 12 }), { maxLength: 9 })
    .map((all) =>
      all.map((run, index) =>
        run.sort((a, b) => (a < b ? -1 : 1)).map((timeNs, at): Point => [timeNs, 100 * index + at]),
      ),
    );

const check = (times: fc.Arbitrary<bigint>): void => {
  fc.assert(
    fc.property(runs(times), fc.boolean(), fc.integer({ min: 1, max: 5 }), (all, ascending, batchRows) => {
      const ordered = ascending ? all : all.map((run) => run.toReversed());
      const batches = ordered.map((run) => batchesOf(run, spansFar(run) ? 1 : batchRows));
      const byTime = (a: Point, b: Point): number => (a[0] === b[0] ? 0 : a[0] < b[0] === ascending ? -1 : 1);
      assert.deepEqual(pointsOf(mergeRuns(batches, 2, ascending)), ordered.flat().sort(byTime));
    }),
  );
};

const batchesOf = (run: readonly Point[], size: number): Rows[] =>
  Array.from({ length: Math.ceil(run.length / size) }, (_, index) =>
    rowsOf(run.slice(index * size, (index + 1) * size)),
  );

/** Too far for one batch to hold. */
const spansFar = (run: readonly Point[]): boolean => {
  const times = run.map(([timeNs]) => timeNs).sort((a, b) => (a < b ? -1 : 1));
  return times[times.length - 1] - times[0] > 2n ** 52n;
};

void test('a merge is a stable sort by time', () => check(fc.bigInt(0n, 30n)));

void test('also when the times are too far apart for one base', () => check(fc.bigInt(-(2n ** 60n), 2n ** 60n)));

void test('runs that follow one another are only joined', () => {
  const first = rowsOf([[10n, 1]]);
  const second = rowsOf([
    [10n, 2],
    [20n, 3],
  ]);
  assert.deepEqual(pointsOf(mergeRuns([[first], [second]], 2, true)), [
    [10n, 1],
    [10n, 2],
    [20n, 3],
  ]);
  assert.deepEqual(pointsOf(mergeRuns([[], [second], []], 2, true)), [
    [10n, 2],
    [20n, 3],
  ]);
  assert.deepEqual(pointsOf(mergeRuns([], 2, true)), []);
});
