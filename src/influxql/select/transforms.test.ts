import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { narrowed } from './column-math.ts';
import type { SimpleTransformName } from './functions.ts';
import { type Column, type Rows, cellOf, sliceRows } from './rows.ts';
import { openTransform } from './transforms.ts';

type Point = readonly [timeNs: bigint, value: number | bigint | null];

const rowsOf = (points: readonly Point[]): Rows => {
  const baseNs = points[0]?.[0] ?? 0n;
  const wide = points.some(([, value]) => typeof value === 'bigint');
  const valid = Uint8Array.from(points, ([, value]) => (value === null ? 0 : 1));
  const column: Column = wide
    ? { type: 'integer', values: narrowed(BigInt64Array.from(points, ([, value]) => BigInt(value ?? 0))), valid }
    : { type: 'float', values: Float64Array.from(points, ([, value]) => Number(value ?? 0)), valid };
  const times = Float64Array.from(points, ([timeNs]) => Number(timeNs - baseNs));
  return { rowCount: points.length, baseNs, times, columns: [column] };
};

const run = (name: SimpleTransformName, argument: bigint, batches: readonly Rows[], ascending = true): unknown[] => {
  const state = openTransform({ kind: 'simple', name, argument }, ascending);
  return batches.flatMap((rows) => {
    const column = state.apply(rows, rows.columns[0]);
    return Array.from({ length: rows.rowCount }, (_, row) => cellOf(column, row));
  });
};

const FLOATS: readonly Point[] = [
  [0n, 10],
  [10n, 13],
  [10n, 99],
  [20n, null],
  [30n, 9],
  [35n, 9],
];
const INTEGERS: readonly Point[] = [
  [0n, 5n],
  [10n, 2n ** 60n],
  [20n, 3n],
  [40n, 4n],
];

const CASES: readonly (readonly [
  name: SimpleTransformName,
  argument: bigint,
  points: readonly Point[],
  expected: readonly unknown[],
])[] = [
  // Of two points at one time the second does not count.
  ['derivative', 10n, FLOATS, [null, 3, null, null, -2, 0]],
  ['derivative', 1n, FLOATS, [null, 0.3, null, null, -0.2, 0]],
  ['non_negative_derivative', 10n, FLOATS, [null, 3, null, null, null, 0]],
  ['difference', 0n, FLOATS, [null, 3, null, null, -4, 0]],
  ['non_negative_difference', 0n, FLOATS, [null, 3, null, null, null, 0]],
  // elapsed and the sums know nothing of that.
  ['elapsed', 1n, FLOATS, [null, 10n, 0n, null, 20n, 5n]],
  ['elapsed', 3n, FLOATS, [null, 3n, 0n, null, 6n, 1n]],
  ['cumulative_sum', 0n, FLOATS, [10, 23, 122, null, 131, 140]],
  ['moving_average', 2n, FLOATS, [null, 11.5, 56, null, 54, 9]],
  ['difference', 0n, INTEGERS, [null, 2n ** 60n - 5n, 3n - 2n ** 60n, 1n]],
  ['cumulative_sum', 0n, INTEGERS, [5n, 2n ** 60n + 5n, 2n ** 60n + 8n, 2n ** 60n + 12n]],
  ['moving_average', 3n, INTEGERS, [null, null, Number(2n ** 60n + 8n) / 3, Number(2n ** 60n + 7n) / 3]],
];

for (const [name, argument, points, expected] of CASES) {
  void test(`${name}(${argument}) of ${points.map(([, value]) => value).join(' ')}`, () => {
    assert.deepEqual(run(name, argument, [rowsOf(points)]), expected);
  });
}

void test('read backwards, a derivative is that of time going on', () => {
  const points: readonly Point[] = [
    [30n, 9],
    [10n, 13],
  ];
  assert.deepEqual(run('derivative', 10n, [rowsOf(points)], false), [null, 2]);
  assert.deepEqual(run('elapsed', 1n, [rowsOf(points)], false), [null, -20n]);
});

void test('integers wrap at 64 bits', () => {
  const points: readonly Point[] = [
    [0n, 2n ** 63n - 1n],
    [1n, 1n],
    [2n, -(2n ** 63n)],
  ];
  assert.deepEqual(run('cumulative_sum', 0n, [rowsOf(points)]), [2n ** 63n - 1n, -(2n ** 63n), 0n]);
  assert.deepEqual(run('difference', 0n, [rowsOf(points)]), [null, -(2n ** 63n) + 2n, 2n ** 63n - 1n]);
});

const points = fc
  .array(fc.tuple(fc.bigInt(0n, 9n), fc.option(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(2 ** 52)))), {
    maxLength: 30,
  })
  .chain((steps) =>
    fc.boolean().map((integers) => {
      let timeNs = 10n ** 18n;
      return steps.map(
        ([step, value]): Point => [(timeNs += step), value === null || !integers ? value : BigInt(value) * 7n],
      );
    }),
  );
const NAMES: readonly SimpleTransformName[] = [
  'derivative',
  'non_negative_derivative',
  'difference',
  'non_negative_difference',
  'elapsed',
  'moving_average',
  'cumulative_sum',
];

void test('how rows are cut into batches does not matter, nor what base their times have', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES),
      fc.bigInt(2n, 5n),
      points,
      fc.integer({ min: 1, max: 7 }),
      (name, argument, all, size) => {
        const whole = rowsOf(all);
        const cut: Rows[] = [];
        for (let from = 0; from < all.length; from += size) {
          const part = sliceRows(whole, from, Math.min(all.length, from + size));
          const shift = BigInt(from % 3) * 10n ** 15n;
          cut.push({ ...part, baseNs: part.baseNs - shift, times: part.times.map((time) => time + Number(shift)) });
        }
        assert.deepEqual(run(name, argument, cut), run(name, argument, [whole]));
      },
    ),
    { numRuns: 500 },
  );
});
