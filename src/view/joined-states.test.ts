// Late states beside a window's own: sums and deviations of integers beyond 64 bits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrappedSum } from '../base/index.ts';
import type { ChunkColumn } from '../model/index.ts';
import { joinedState } from './joined-states.ts';

type Column = ChunkColumn | null;

interface States {
  readonly sum: bigint;
  readonly count: number;
  readonly m2: number;
}

function statesOf(points: readonly bigint[]): States {
  const sum = points.reduce((total, point) => total + point, 0n);
  const mean = Number(sum) / points.length;
  return { sum, count: points.length, m2: points.reduce((total, point) => total + (Number(point) - mean) ** 2, 0) };
}

/** State, count, sum, mean; a mean is there where the sum wrapped. */
function columnsOf(state: 'm2' | 'mean', { sum, count, m2 }: States): Column[] {
  const kept = BigInt.asIntN(64, sum);
  const mean: Column =
    kept === sum ? null : { type: 'float', values: Float64Array.of(Number(sum) / count), valid: null };
  const own: Column = state === 'm2' ? { type: 'float', values: Float64Array.of(m2), valid: null } : mean;
  return [
    own,
    { type: 'integer', values: Float64Array.of(count), valid: null },
    { type: 'integer', values: BigInt64Array.of(kept), valid: null },
    mean,
  ];
}

const MAX = 2n ** 63n - 1n;
const CASES: readonly (readonly [own: readonly bigint[], others: readonly bigint[]])[] = [
  [[1n, 2n, 3n], [10n]],
  [[MAX, MAX - 2n ** 40n], [2n ** 41n]],
  [[2n ** 62n], [2n ** 62n + 2n ** 50n, MAX, MAX]],
  [
    [MAX, -MAX],
    [-MAX, -MAX, 5n],
  ],
];

test('own and late points are as all of them', () => {
  for (const [own, others] of CASES) {
    const all = statesOf([...own, ...others]);
    const sources = (state: 'm2' | 'mean'): Column[] => [
      ...columnsOf(state, statesOf(own)),
      ...columnsOf(state, statesOf(others)),
    ];
    const m2 = Number(joinedState('m2', sources('m2'), 1)?.values[0]);
    assert.ok(Math.abs(m2 - all.m2) <= 1e-9 * all.m2, `${m2}, not ${all.m2}`);
    const mean = Number(joinedState('mean', sources('mean'), 1)?.values[0]);
    assert.equal(BigInt(unwrappedSum(BigInt.asIntN(64, all.sum), all.count, mean)), all.sum);
  }
});
