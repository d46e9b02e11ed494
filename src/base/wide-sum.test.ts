// Sums that wrapped are found again by their mean, whatever they were.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWrapped, unwrappedSum } from './wide-sum.ts';

const anyValue = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n)),
);
const anyCount = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 40 }));

test('any sum of any number of values', () =>
  fc.assert(
    fc.property(anyValue, anyCount, fc.bigInt({ min: 0n, max: 2n ** 40n }), (value, count, more) => {
      const sum = value * BigInt(count) + (value < 0n ? more : -more);
      const mean = Number(sum) / count;
      const wrapped = BigInt.asIntN(64, sum);
      const small = Number(wrapped);
      assert.equal(BigInt(unwrappedSum(wrapped, count, mean)), sum);
      if (Number.isSafeInteger(small)) assert.equal(BigInt(unwrappedSum(small, count, mean)), sum);
      assert.equal(isWrapped(sum, false), wrapped !== sum);
    }),
  ));

test('unsigned sums', () => {
  const sum = 3n * (2n ** 64n - 1n);
  assert.equal(unwrappedSum(BigInt.asUintN(64, sum), 3, Number(sum) / 3), sum);
  assert.equal(isWrapped(sum, true), true);
  assert.equal(isWrapped(2n ** 64n - 1n, true), false);
});

test('a mean of another sum, or none, leaves the sum as it is', () => {
  assert.equal(unwrappedSum(17, 3, 8e18), 17);
  assert.equal(unwrappedSum(17, 3, undefined), 17);
  assert.equal(unwrappedSum(17n, 0, 8e18), 17n);
  assert.equal(unwrappedSum(1.5, 3, 8e18), 1.5);
  assert.equal(unwrappedSum(1e300, 3, 8e18), 1e300);
  assert.equal(unwrappedSum(17, 3, 1e300), 17);
});
