import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWeirError } from '../../../base/index.ts';
import type { FieldType } from '../../../model/index.ts';
import {
  type Encoding,
  type Value,
  encodeBlock,
  encodeBooleans,
  encodeFloats,
  encodeIntegers,
  encodeSimple8b,
  encodeStrings,
  encodeTimes,
  packBlock,
} from '../test-support/encode-block.ts';
import { type Block, READ_AHEAD_BYTES, countBlock, decodeBlock } from './block.ts';
import { ascendingTimes, decodeTimes } from './time-values.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** Decodes with other bytes before and behind, as in a file. */
function decode(block: Uint8Array): Block {
  const bytes = Buffer.concat([Buffer.alloc(3, 0xff), block, Buffer.alloc(READ_AHEAD_BYTES, 0xff)]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoded = decodeBlock(view, 3, 3 + block.length);
  assert.equal(countBlock(view, 3, 3 + block.length), decoded.times.count);
  return decoded;
}

function timesOf({ times }: Block): bigint[] {
  if (times.wide !== null) return [...times.wide];
  return Array.from(times.offsets ?? [], (offset) => times.firstNs + BigInt(offset));
}

function valuesOf({ type, values }: Block): Value[] {
  const { numbers, wide, strings } = values;
  if (strings !== null) {
    return Array.from(strings.starts, (start, row) =>
      Buffer.from(strings.text.subarray(start, strings.ends[row])).toString(),
    );
  }
  if (type === 'boolean') return Array.from(numbers, (value) => value === 1);
  if (type === 'float') return [...numbers];
  const all = wide === null ? Array.from(numbers, BigInt) : [...wide];
  return type === 'unsigned' ? all.map((value) => BigInt.asUintN(64, value)) : all;
}

function check(type: FieldType, times: readonly bigint[], values: readonly Value[]): void {
  const block = decode(encodeBlock(type, times, values));
  assert.equal(block.type, type);
  assert.deepEqual(timesOf(block), times);
  assert.deepEqual(valuesOf(block), values);
}

const seconds = (count: number): bigint[] => Array.from({ length: count }, (_, row) => BigInt(row) * 1_000_000_000n);

test('a block, by hand', () => {
  // Floats; 11 bytes of times: repeated, in units of 10^9 ns, from 0, a delta of 1, two times.
  const times = '00 0b 29 0000000000000000 01 02';
  // 1.5, the same again (0), and the end: 11, 1 zero before, 63 bits: those of 1.5 xor NaN.
  const values = '10 3ff8000000000000 61 fe 00000000000000 08';
  const block = decode(Buffer.from(`${times}${values}`.replaceAll(' ', ''), 'hex'));
  assert.deepEqual(timesOf(block), [0n, 1_000_000_000n]);
  assert.deepEqual(valuesOf(block), [1.5, 1.5]);
});

test('values at the edges of each type', () => {
  check('float', seconds(9), [0, -0, 5e-324, -5e-324, 1.7976931348623157e308, -1, 1, 1, 0.1]);
  check('integer', seconds(6), [MAX, MIN, 0n, -1n, 9007199254740993n, MIN]);
  check('integer', seconds(3), [-9007199254740991n, 9007199254740991n, 0n]);
  check('unsigned', seconds(4), [0n, 2n ** 64n - 1n, 1n, 2n ** 63n]);
  check('unsigned', seconds(2), [7n, 5n]);
  check('boolean', seconds(9), [true, false, false, true, true, true, false, true, true]);
  check('string', seconds(4), ['', 'a', 'ünï', 'x'.repeat(70_000)]);
  for (const type of ['float', 'integer', 'unsigned'] as const) check(type, [5n], [type === 'float' ? 1 : 1n]);
});

test('times at the edges', () => {
  check('boolean', [MIN + 2n, -1n, 0n, MAX - 1n], [true, true, true, false]);
  check('boolean', [-5n, -5n, -4n], [true, false, true]);
  check('boolean', [0n, 2n ** 52n, 2n ** 53n + 1n], [true, false, true]);
  assert.deepEqual(decode(encodeBlock('boolean', [1n, 1n], [true, true])).times.hasTies, true);
  assert.deepEqual(decode(encodeBlock('boolean', [1n, 2n], [true, true])).times.hasTies, false);
});

test('every encoding of times and integers', () => {
  const values = encodeBooleans([true, true, true]);
  const times = (encoded: Uint8Array): bigint[] => timesOf(decode(packBlock('boolean', encoded, values)));
  for (const encoding of ['raw', 'packed', 'repeated'] as const) {
    assert.deepEqual(times(encodeTimes([-7n, -3n, 1n], encoding)), [-7n, -3n, 1n], encoding);
  }
  assert.deepEqual(times(encodeTimes([1n, 3_000_001n, 9_000_001n], 'packed', 6)), [1n, 3_000_001n, 9_000_001n]);
  assert.deepEqual(times(encodeTimes([1n, 1001n, 2001n], 'repeated', 3)), [1n, 1001n, 2001n]);
  const year = 31_557_600_000_000_000n;
  assert.deepEqual(times(encodeTimes([0n, year, 2n * year], 'repeated', 9)), [0n, year, 2n * year]);
  const integers = (encoding: Encoding, all: readonly bigint[]): Value[] =>
    valuesOf(decode(packBlock('integer', encodeTimes(seconds(3), 'repeated', 9), encodeIntegers(all, encoding))));
  for (const encoding of ['raw', 'packed', 'repeated'] as const) {
    assert.deepEqual(integers(encoding, [-7n, -12n, -17n]), [-7n, -12n, -17n], encoding);
  }
  assert.deepEqual(integers('repeated', [MIN, -1n, MAX - 1n]), [MIN, -1n, MAX - 1n]);
});

test('simple8b: long runs of ones, and of each width', () => {
  const deltas = [300, 0, 1, 0, 119, 0, 120, 0, 240, 7, 60].flatMap((count, index) =>
    count === 0 ? [BigInt(index)] : Array.from({ length: count }, () => 1n),
  );
  for (let bits = 1n; bits <= 60n; bits++) deltas.push((1n << bits) - 1n, 0n, 1n);
  const times = [0n];
  for (const delta of deltas) times.push(times[times.length - 1] + delta);
  const encoded = encodeTimes(times, 'packed');
  const decoded = decodeTimes(new DataView(encoded.buffer, encoded.byteOffset, encoded.length), 0, encoded.length);
  assert.deepEqual([...(decoded.wide ?? [])], times);
  assert.ok(encodeSimple8b(deltas).length < 8 * deltas.length);
});

test('floats that no answer could hold are counted', () => {
  assert.equal(decode(encodeBlock('float', seconds(4), [1, Infinity, -Infinity, 2])).notFinite, 2);
});

test('damage is told', () => {
  const good = encodeBlock('float', seconds(3), [1, 2, 3]);
  const refused = (block: Uint8Array, reason: RegExp): void =>
    assert.throws(
      () => decode(block),
      (error) => isWeirError(error, 'corrupt') && reason.test(error.message),
      String(reason),
    );
  const times = encodeTimes(seconds(3), 'repeated', 9);
  const withTimes = (bytes: Uint8Array): Buffer => packBlock('float', bytes, encodeFloats([1, 2, 3]));
  const withValues = (type: FieldType, bytes: Uint8Array): Buffer => packBlock(type, times, bytes);
  refused(Buffer.of(0), /a block of 1 bytes/);
  refused(Buffer.concat([Buffer.of(5), good.subarray(1)]), /unknown block type 5/);
  refused(Buffer.of(0, 90, 1), /run over the end/);
  refused(withTimes(Buffer.of(0x30, 0, 0, 0, 0, 0, 0, 0, 0)), /unknown encoding 3 of timestamps/);
  refused(withTimes(Buffer.alloc(12)), /timestamps in 11 bytes/);
  refused(withTimes(Buffer.concat([encodeTimes(seconds(3), 'packed'), Buffer.of(1)])), /whole words/);
  refused(withTimes(encodeTimes([3n, 2n, 1n], 'raw')), /do not ascend/);
  refused(withTimes(Buffer.of(0x20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0x7f)), /a block of 268435455/);
  refused(withValues('float', encodeFloats([1, 2])), /2 floats for 3 timestamps/);
  refused(withValues('float', encodeFloats([1, 2, 3, 4])), /over 3 floats for 3/);
  refused(withValues('float', encodeFloats([1, 2, 3]).subarray(0, 12)), /floats end after/);
  refused(withValues('float', Buffer.alloc(9, 0x20)), /unknown encoding 2 of floats/);
  refused(withValues('integer', encodeIntegers([1n, 2n], 'packed')), /2 integers for 3/);
  refused(withValues('integer', Buffer.alloc(9, 0x30)), /unknown encoding 3 of integers/);
  refused(withValues('boolean', encodeBooleans([true])), /1 booleans for 3/);
  refused(withValues('boolean', Buffer.of(0x10, 3)), /3 booleans in 0 bytes/);
  refused(withValues('string', encodeStrings([Buffer.from('a')])), /1 strings for 3/);
  refused(withValues('string', encodeStrings([1, 2, 3, 4].map((each) => Buffer.of(each)))), /more than 3 strings/);
  refused(withValues('string', Buffer.of(0x10, 5, 0)), /not a snappy block/);
});

const time = fc.bigInt({ min: MIN + 2n, max: MAX - 1n });
const near = fc.bigInt({ min: 0n, max: 10n ** 12n });
const timesArbitrary = fc
  .oneof(fc.array(near, { minLength: 1, maxLength: 120 }), fc.array(time, { minLength: 1, maxLength: 20 }))
  .map((times) => times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));

test('what was encoded is decoded: any times and values', () => {
  const float = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1, -0, 0.1));
  const integer = fc.oneof(fc.bigInt({ min: MIN, max: MAX }), fc.bigInt({ min: -9n, max: 9n }));
  const unsigned = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 9n }));
  const value: Readonly<Record<FieldType, fc.Arbitrary<Value>>> = {
    float,
    integer,
    unsigned,
    boolean: fc.boolean(),
    string: fc.string({ unit: 'binary' }),
  };
  for (const type of ['float', 'integer', 'unsigned', 'boolean', 'string'] as const) {
    const block = timesArbitrary.chain((times) =>
      fc.tuple(fc.constant(times), fc.array(value[type], { minLength: times.length, maxLength: times.length })),
    );
    fc.assert(fc.property(block, ([times, values]) => check(type, times, values)));
  }
});

test('blocks of any other bytes are refused or decoded, never more', () => {
  const block = encodeBlock('float', seconds(20), seconds(20).map(Number));
  const change = fc.tuple(fc.nat(block.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(block);
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(isWeirError(error, 'corrupt'), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('times of other origin', () => {
  assert.equal(ascendingTimes(BigInt64Array.of(5n, 6n)).lastNs, 6n);
  assert.deepEqual([...(ascendingTimes(BigInt64Array.of(0n, 2n ** 60n)).wide ?? [])], [0n, 2n ** 60n]);
});
