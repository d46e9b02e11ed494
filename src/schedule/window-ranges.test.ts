import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WindowRanges } from './window-ranges.ts';

function show(ranges: WindowRanges): string {
  return ranges
    .toArray()
    .map(({ startNs, endNs }) => `${startNs}-${endNs}`)
    .join(' ');
}

void test('ranges that overlap or touch become one', () => {
  const ranges = new WindowRanges();
  for (const [startNs, endNs, expected] of [
    [10n, 20n, '10-20'],
    [40n, 50n, '10-20 40-50'],
    [5n, 5n, '10-20 40-50'],
    [20n, 30n, '10-30 40-50'],
    [0n, 10n, '0-30 40-50'],
    [25n, 45n, '0-50'],
    [60n, 70n, '0-50 60-70'],
    [3n, 4n, '0-50 60-70'],
  ] as const) {
    ranges.add({ startNs, endNs });
    assert.equal(show(ranges), expected);
  }
  ranges.remove({ startNs: 45n, endNs: 65n });
  assert.equal(show(ranges), '0-45 65-70');
  ranges.remove({ startNs: 10n, endNs: 20n });
  assert.equal(show(ranges), '0-10 20-45 65-70');
  assert.deepEqual(ranges.first, { startNs: 0n, endNs: 10n });
  ranges.clear();
  assert.ok(ranges.isEmpty);
});

void test('random ranges, against a set of numbers', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const ranges = new WindowRanges();
  const expected = new Set<number>();
  for (let round = 0; round < 2000; round++) {
    const start = random(300);
    const end = start + random(12);
    const range = { startNs: BigInt(start), endNs: BigInt(end) };
    const adds = random(3) > 0 === round % 400 < 200;
    if (adds) ranges.add(range);
    else ranges.remove(range);
    for (let at = start; at < end; at++) {
      if (adds) expected.add(at);
      else expected.delete(at);
    }
    for (let at = 0; at < 320; at++) assert.equal(ranges.has(BigInt(at)), expected.has(at), `seed ${seed}, ${at}`);
    const list = ranges.toArray();
    assert.ok(
      list.every((one, index) => one.startNs < one.endNs && (index === 0 || list[index - 1].endNs < one.startNs)),
    );
  }
});

void test('there are never more ranges than the limit, and none is lost', () => {
  const ranges = new WindowRanges();
  for (let index = 0n; index < 20_000n; index++) {
    const startNs = index * 10n + (index % 3n);
    ranges.add({ startNs, endNs: startNs + 1n });
  }
  assert.ok(ranges.toArray().length <= 4096);
  for (let index = 0n; index < 20_000n; index++) assert.ok(ranges.has(index * 10n + (index % 3n)));
});
