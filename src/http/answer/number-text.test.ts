import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrowingBytes } from './byte-buffer.ts';
import { putCsvNumber, putJsonNumber, putPadded, putWhole, withoutExponent } from './number-text.ts';

function text(put: (bytes: GrowingBytes) => void): string {
  const bytes = new GrowingBytes(1);
  put(bytes);
  return bytes.written().toString();
}

test('JSON numbers have the digits and exponent borders of Go', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '-0'],
    [7, '7'],
    [-12, '-12'],
    [0.1, '0.1'],
    [-2147483648, '-2147483648'],
    [4294967296, '4294967296'],
    [9007199254740992, '9007199254740992'],
    [1e20, '100000000000000000000'],
    [123456789012345680000, '123456789012345680000'],
    [1e21, '1e+21'],
    [-1e21, '-1e+21'],
    [1e-6, '0.000001'],
    [1e-7, '1e-7'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
  ];
  for (const [value, expected] of cases)
    assert.equal(
      text((bytes) => putJsonNumber(bytes, value)),
      expected,
    );
});

test('CSV numbers have no exponent', () => {
  const cases: readonly (readonly [number, string])[] = [
    [1e21, '1000000000000000000000'],
    [1.5e22, '15000000000000000000000'],
    [-1e-7, '-0.0000001'],
    [1.25e-9, '0.00000000125'],
    [0.000001, '0.000001'],
    [-0, '-0'],
    [3.5, '3.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ];
  for (const [value, expected] of cases)
    assert.equal(
      text((bytes) => putCsvNumber(bytes, value)),
      expected,
    );
});

test('every double reads back as itself', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(Number(text((bytes) => putJsonNumber(bytes, value))), value);
      // A zero has no exponent to be without: its sign is not asked for.
      assert.equal(Number(withoutExponent(value)), value + 0);
      assert.doesNotMatch(
        text((bytes) => putCsvNumber(bytes, value)),
        /e/,
      );
    }),
  );
});

test('whole numbers up to 2^53 have their decimal digits', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 2 ** 22 }), (low, high) => {
      const value = Math.min(high * 2 ** 31 + low, 2 ** 53);
      assert.equal(
        text((bytes) => putWhole(bytes, value)),
        `${value}`,
      );
    }),
  );
  assert.equal(
    text((bytes) => putPadded(bytes, 42, 9)),
    '000000042',
  );
});
