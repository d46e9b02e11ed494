import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, withSlack } from './byte-reader.ts';
import { joinBytes, splitBytes } from './byte-split.ts';
import { ByteWriter } from './byte-writer.ts';
import { decodeDelta, encodeDelta, fitsDelta } from './delta.ts';
import { packNumbers, packTimes, timeAt, unpackNumbers, unpackTimes } from './packed-numbers.ts';
import { ScaleSearch, fromScaled, toScaled } from './decimal.ts';
import { layoutPages } from './page-layout.ts';
import { decodeBits, decodeHybrid, encodeHybrid, encodeRuns } from './rle.ts';
import { seeded } from './test-support/random.ts';

function throughDelta(values: readonly number[], base = 0n): bigint[] {
  const out = new ByteWriter();
  encodeDelta(out, Float64Array.from(values), 0, values.length, base);
  const reader = new ByteReader(withSlack(out.written().slice()));
  const decoded = new Float64Array(values.length);
  const first = decodeDelta(reader, decoded, values.length, true);
  assert.equal(reader.offset, out.length, 'the reader stands behind the last byte');
  return Array.from(decoded, (value) => first + BigInt(value));
}

test('differences of every width come back', () => {
  const random = seeded(1);
  for (let width = 0; width <= 52; width++) {
    for (const count of [1, 2, 32, 33, 129, 300]) {
      const values = Array.from({ length: count }, () => Math.floor(random.next() * 2 ** width));
      assert.deepEqual(throughDelta(values), values.map(BigInt), `width ${width}, ${count} values`);
    }
  }
});

test('differences at the edge of what is exact come back', () => {
  const edge = Number.MAX_SAFE_INTEGER;
  for (const values of [
    [0, edge, edge, edge],
    [edge, 0, 0, 0],
    [-edge, -edge, -edge + 1],
    [0, 2 ** 52 - 1, 0, 2 ** 52 - 1],
  ]) {
    assert.ok(fitsDelta(Float64Array.from(values), 0, values.length), values.join());
    assert.deepEqual(throughDelta(values), values.map(BigInt));
    assert.deepEqual(
      throughDelta(values, 2n ** 60n),
      values.map((value) => 2n ** 60n + BigInt(value)),
    );
  }
});

test('what is not exact as differences is known', () => {
  const edge = Number.MAX_SAFE_INTEGER;
  assert.ok(!fitsDelta(Float64Array.of(-edge, edge), 0, 2));
  assert.ok(!fitsDelta(Float64Array.of(0, edge, 0), 0, 3));
});

test('regular times cost next to nothing', () => {
  const out = new ByteWriter();
  const times = Float64Array.from({ length: 4096 }, (_, row) => row * 1e10);
  encodeDelta(out, times, 0, times.length, 1_700_000_000_000_000_000n);
  assert.ok(out.length < 400, `${out.length} bytes`);
});

test('the hybrid of runs and packed values comes back in every width', () => {
  const random = seeded(2);
  for (let width = 1; width <= 17; width++) {
    const values = new Int32Array(1000);
    for (let at = 0; at < values.length; ) {
      const value = random.below(2 ** width);
      const length = random.pick([1, 1, 1, 2, 7, 8, 9, 100]);
      values.fill(value, at, (at += length));
    }
    for (const count of [0, 1, 7, 8, 9, 1000]) {
      const out = new ByteWriter();
      encodeHybrid(out, values, 0, count, width);
      const decoded = new Int32Array(count + 8);
      decodeHybrid(withSlack(out.written().slice()), 0, width, decoded, count);
      assert.deepEqual(decoded.subarray(0, count), values.subarray(0, count), `width ${width}, ${count} values`);
    }
  }
});

test('known runs are encoded like the rows that they stand for', () => {
  const random = seeded(3);
  for (let round = 0; round < 50; round++) {
    const runs = 1 + random.below(700);
    const values = Int32Array.from({ length: runs }, () => random.below(5));
    const starts = new Uint32Array(runs + 1);
    const longest = random.pick([1, 3, 10, 300]);
    for (let run = 0; run < runs; run++) starts[run + 1] = starts[run] + 1 + random.below(longest);
    const out = new ByteWriter();
    encodeRuns(out, values, starts, runs, 3);
    const decoded = new Int32Array(starts[runs] + 8);
    decodeHybrid(withSlack(out.written().slice()), 0, 3, decoded, starts[runs]);
    for (let run = 0; run < runs; run++) {
      for (let row = starts[run]; row < starts[run + 1]; row++)
        assert.equal(decoded[row], values[run], `round ${round}`);
    }
  }
});

test('one bit a value comes back', () => {
  const random = seeded(4);
  for (let round = 0; round < 50; round++) {
    const share = random.next();
    const count = random.below(300);
    const flags = Uint8Array.from({ length: count }, () => (random.next() < share ? 1 : 0));
    const out = new ByteWriter();
    encodeHybrid(out, flags, 0, count, 1);
    const decoded = new Uint8Array(count);
    decodeBits(out.written(), 0, decoded, count);
    assert.deepEqual(decoded, flags, `round ${round}`);
  }
});

test('an empty run does not hang the decoder', () => {
  for (const head of [0, 1]) {
    const bytes = withSlack(Uint8Array.of(head, 0, 0, 0));
    assert.throws(() => decodeHybrid(bytes, 0, 1, new Int32Array(16), 8), /empty run/);
    assert.throws(() => decodeBits(bytes, 0, new Uint8Array(8), 8), /empty run/);
  }
});

test('split bytes are joined', () => {
  const random = seeded(5);
  const values = BigInt64Array.from({ length: 100 }, () => random.int64());
  const split = new Uint8Array(800);
  splitBytes(new Uint8Array(values.buffer), 0, split, 0, 100);
  const joined = new BigInt64Array(100);
  joinBytes(split, 0, new Int32Array(joined.buffer), 100);
  assert.deepEqual(joined, values);
});

test('packed numbers come back, as small as they can be', () => {
  const edge = Number.MAX_SAFE_INTEGER;
  const cases: readonly (readonly [number[], maxBytes: number])[] = [
    [[], 4],
    [[5, 5, 5, 5], 4],
    [[0, 1, 2, 255], 8],
    [[1_700_000_000_000, 1_700_060_000_000, 1_700_000_000_000], 17],
    [[-edge, 0, edge], 26],
    [[0, edge], 17],
    [[0.5, -0, Number.NaN, Number.POSITIVE_INFINITY], 33],
  ];
  for (const [values, maxBytes] of cases) {
    const out = new ByteWriter();
    packNumbers(out, Float64Array.from(values));
    const reader = new ByteReader(out.written());
    assert.deepEqual(Array.from(unpackNumbers(reader, values.length)), values);
    assert.equal(reader.offset, out.length);
    assert.ok(out.length <= maxBytes, `${values.join()} took ${out.length} bytes`);
  }
});

test('packed times come back over all of int64', () => {
  for (const times of [[], [5n], [-5n, 7n], [-(2n ** 63n), 0n, 2n ** 63n - 1n], [2n ** 62n, 2n ** 62n + 2n ** 40n]]) {
    const out = new ByteWriter();
    packTimes(out, BigInt64Array.from(times));
    const unpacked = unpackTimes(new ByteReader(out.written()), times.length);
    assert.deepEqual(
      times.map((_, i) => timeAt(unpacked, i)),
      times,
    );
  }
});

/** Page lengths for runs of the given lengths, all at one time. */
function layout(runs: readonly number[], maxRows = 8192): number[] {
  const starts = new Uint32Array(runs.length + 1);
  for (let run = 0; run < runs.length; run++) starts[run + 1] = starts[run] + runs[run];
  const pages = layoutPages(starts, runs.length, new Float64Array(starts[runs.length]), maxRows, 2 ** 53);
  return Array.from(pages.subarray(1), (end, page) => end - pages[page]);
}

test('pages break where series end, or when they are full', () => {
  assert.deepEqual(layout([]), []);
  assert.deepEqual(layout([10, 20]), [30]);
  assert.deepEqual(layout([2000, 100, 300]), [2100, 300]);
  assert.deepEqual(layout([5000, 5000]), [5000, 5000]);
  assert.deepEqual(layout([20_000]), [4096, 4096, 4096, 4096, 3616]);
  assert.deepEqual(layout([1500, 9000]), [1500, 4096, 4904]);
  assert.deepEqual(layout([500, 9000]), [4096, 5404]);
  assert.deepEqual(layout([10, 10, 10], 5), [5, 5, 5, 5, 5, 5]);
});

test('no page spans more time than is exact', () => {
  const times = Float64Array.of(0, 10, 20, 30, 40, 0, 10);
  const pages = layoutPages(Uint32Array.of(0, 5, 7), 2, times, 8192, 25);
  assert.deepEqual(Array.from(pages), [0, 3, 5, 7]);
});

/** The scale of values; what does not come back exactly is a failure of its own. */
function scaleOf(...values: number[]): number | undefined {
  const search = new ScaleSearch();
  for (const value of values) search.add(Float64Array.of(value, 0), Uint8Array.of(1, 0), 2);
  const { scale } = search;
  if (scale !== undefined) {
    const back = toScaled(Float64Array.from(values), values.length, scale).slice(0, values.length);
    for (const integer of back) assert.ok(Number.isSafeInteger(integer), `${integer}`);
    fromScaled(back, values.length, scale);
    assert.deepEqual([...back], values);
  }
  return scale;
}

test('decimals are known by their digits, and come back to the last bit', () => {
  assert.equal(scaleOf(), undefined);
  assert.equal(scaleOf(0, 7, -3), 0);
  assert.equal(scaleOf(0.5, 21, -1.25), 2);
  assert.equal(scaleOf(1e-9, -123.456), 9);
  assert.equal(scaleOf(2 ** 51 - 1, -(2 ** 51) + 1), 0);
  const random = seeded(11);
  for (let round = 0; round < 2000; round++) {
    const digits = random.below(10);
    const integers = Array.from({ length: 5 }, () => random.below(2 ** (1 + random.below(50))) - random.below(1000));
    const values = integers.map((integer) => Number(`${integer}e-${digits}`) + 0);
    assert.ok((scaleOf(...values) ?? 99) <= digits, `${values.join()} have ${digits} digits`);
  }
});

test('what is no decimal stays a float', () => {
  for (const value of [-0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e-10, 0.1 + 0.2, 1 / 3, 2 ** 53 + 2, 1e300]) {
    assert.equal(scaleOf(0.5, value), undefined, `${value}`);
    assert.equal(scaleOf(value, 0.5), undefined, `${value}`);
  }
  // Great ones and ones of many digits are decimals, but not together.
  assert.equal(scaleOf(2 ** 50, 0.001), undefined);
});
