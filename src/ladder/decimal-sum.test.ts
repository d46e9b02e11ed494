import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalSum } from './decimal-sum.ts';

/** With a carry, as states add. */
function added(values: readonly number[]): number {
  let [sum, carry] = [0, 0];
  for (const value of values) {
    const total = sum + value;
    carry += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return sum + carry;
}

function sumOf(...values: number[]): number {
  return decimalSum(added(values), values.length, Math.min(...values), Math.max(...values));
}

test('sums of decimals are decimals', () => {
  assert.equal(sumOf(0.1, 0.2), 0.3);
  assert.equal(sumOf(0.1, 0.2, -0.3), 0);
  assert.equal(sumOf(1.005, 2.5, -7.25), -3.745);
  assert.equal(sumOf(...Array.from({ length: 3600 }, () => 0.1)), 360);
});

test('however many there are, up to six digits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 6 }),
      fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 2, maxLength: 500 }),
      (digits, integers) => {
        const values = integers.map((integer) => integer / 10 ** digits);
        const total = integers.reduce((a, b) => a + b, 0);
        assert.equal(sumOf(...values), total / 10 ** digits);
      },
    ),
  );
});

test('where doubles lie further apart than decimals, sums are left as they are', () => {
  const values = [0.5, 1e13 + 1 / 3, 2e13 + 0.5];
  assert.equal(sumOf(...values), added(values));
});

test('other sums are left as they are', () => {
  for (const values of [
    [0.1 + 0.2],
    [Math.PI, Math.E],
    [1 / 3, 2 / 3, 0.5],
    [0, 1 / 3, 1],
    [1e300, 1],
    [-0, -0],
    [2 ** 53, 0.1],
  ]) {
    assert.equal(sumOf(...values), added(values) + 0, values.join());
  }
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 2 }),
      (values) => {
        const slack = 2 ** -51 * values.length * Math.max(...values.map(Math.abs));
        assert.ok(Math.abs(sumOf(...values) - added(values)) <= slack);
      },
    ),
  );
});
