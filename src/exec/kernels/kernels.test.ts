// The loops against plain bigint arithmetic.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../test-support/random.ts';
import { baseHigh, baseLow, compareTime, highWord, lowWord, newTimes, setTime } from '../time64.ts';
import { selectNth } from '../finish/select-nth.ts';
import { maxRow, maxRowWide, minRow, minRowWide } from './pick.ts';
import { sumIntegers, sumIntegersExactly, sumWide } from './sum.ts';

test('integer sums are exact, or say that they may not be', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const scale = random.pick([10, 2 ** 40, 2 ** 52, Number.MAX_SAFE_INTEGER]);
    const values = Float64Array.from({ length: random.integer(0, 50) }, () =>
      Math.trunc((random.next() * 2 - 1) * scale),
    );
    const valid = random.chance(0.5) ? null : Uint8Array.from(values, () => random.integer(0, 1));
    const exact = values.reduce((sum, value, row) => (valid?.[row] === 0 ? sum : sum + BigInt(value)), 0n);
    const quick = sumIntegers(values, valid, 0, values.length);
    if (!Number.isNaN(quick)) assert.equal(BigInt(quick), exact, `seed ${seed}`);
    else assert.ok(scale > 2 ** 40, `seed ${seed}: small sums are quick`);
    assert.equal(sumIntegersExactly(values, valid, 0, values.length), exact, `seed ${seed}`);
    const wide = BigInt64Array.from(values, (value) => BigInt(value) * 1_000_003n);
    const wrapped = wide.reduce((sum, value, row) => (valid?.[row] === 0 ? sum : sum + value), 0n);
    assert.equal(sumWide(wide, valid, 0, wide.length), BigInt.asIntN(64, wrapped), `seed ${seed}`);
  }
});

test('an exact sum of more rows than one block of halves holds', () => {
  const values = new Float64Array(2 ** 21 + 7).fill(-Number.MAX_SAFE_INTEGER);
  const expected = BigInt(values.length) * -BigInt(Number.MAX_SAFE_INTEGER);
  assert.equal(sumIntegersExactly(values, null, 0, values.length), expected);
});

test('the least and the greatest, the earliest of equals, valid rows only', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = seededRandom(seed);
    const values = Float64Array.from({ length: random.integer(0, 30) }, () => random.integer(-5, 5));
    const wide = BigInt64Array.from(values, BigInt);
    const valid = random.chance(0.5) ? null : Uint8Array.from(values, () => random.integer(0, 1));
    const start = random.integer(0, values.length);
    const end = random.integer(start, values.length);
    const rows = [...values.keys()].filter((row) => row >= start && row < end && valid?.[row] !== 0);
    const least = rows.reduce((best, row) => (best < 0 || values[row] < values[best] ? row : best), -1);
    const greatest = rows.reduce((best, row) => (best < 0 || values[row] > values[best] ? row : best), -1);
    assert.equal(minRow(values, valid, start, end), least, `seed ${seed}`);
    assert.equal(maxRow(values, valid, start, end), greatest, `seed ${seed}`);
    assert.equal(minRowWide(wide, valid, start, end), least, `seed ${seed}`);
    assert.equal(maxRowWide(wide, valid, start, end), greatest, `seed ${seed}`);
  }
});

test('the k-th smallest', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = seededRandom(seed);
    const spread = random.pick([1, 3, 1000]);
    const values = Float64Array.from({ length: random.integer(1, 200) }, () => random.integer(0, spread));
    const start = random.integer(0, values.length - 1);
    const end = random.integer(start + 1, values.length);
    const index = random.integer(start, end - 1);
    const expected = values.slice(start, end).sort()[index - start];
    assert.equal(selectNth(values.slice(), start, end, index), expected, `seed ${seed}`);
  }
});

test('times in words are the int64 that they stand for', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed);
    const baseNs = BigInt.asIntN(64, BigInt(Math.floor(random.next() * 2 ** 52)) * BigInt(random.integer(-2047, 2047)));
    const offset = Math.floor((random.next() - 0.5) * random.pick([10, 2 ** 33, 2 ** 54 - 2]));
    const timeNs = baseNs + BigInt(offset);
    if (timeNs !== BigInt.asIntN(64, timeNs)) continue;
    const times = newTimes(2);
    const high = highWord(baseHigh(baseNs), baseLow(baseNs), offset);
    const low = lowWord(baseLow(baseNs), offset);
    setTime(times.words, 1, high, low);
    assert.equal(times.ns[1], timeNs, `seed ${seed}`);
    assert.equal(compareTime(times.words, 1, high, low), 0);
    times.ns[0] = baseNs;
    assert.equal(Math.sign(compareTime(times.words, 0, high, low)), -Math.sign(offset) + 0, `seed ${seed}`);
  }
});
