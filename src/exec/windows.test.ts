// Runs against the window of every row by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesChunk } from '../model/index.ts';
import type { Windows } from './plan.ts';
import { type Random, seededRandom } from './test-support/random.ts';
import { RunFinder, windowOf } from './windows.ts';

function chunkOf(baseNs: bigint, offsets: readonly number[]): SeriesChunk {
  return { rowCount: offsets.length, baseNs, times: Float64Array.from(offsets), columns: [] };
}

function check(windows: Windows, chunk: SeriesChunk, what: string): void {
  const found = new Int32Array(chunk.rowCount).fill(-1);
  const runs = new RunFinder(windows).find(chunk);
  for (let run = 0; run < runs.count; run++) {
    assert.ok(runs.starts[run] < runs.ends[run], `${what}: an empty run`);
    assert.ok(run === 0 || runs.windows[run] > runs.windows[run - 1], `${what}: windows ascend`);
    found.fill(runs.windows[run], runs.starts[run], runs.ends[run]);
  }
  const expected = Int32Array.from(chunk.times, (offset) => windowOf(windows, chunk.baseNs + BigInt(offset)));
  assert.deepEqual(found, expected, what);
}

function randomOffsets(random: Random, scale: number): number[] {
  const offsets = new Set<number>();
  const count = random.integer(0, 60);
  const regular = random.chance(0.5);
  for (let at = 0; at < count; at++) {
    offsets.add(regular ? at * Math.ceil(scale / 60) : random.integer(-scale, scale));
  }
  return [...offsets].sort((a, b) => a - b);
}

test('runs agree with the window of each row', () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = seededRandom(seed);
    const scale = random.pick([3, 100, 1e6, 1e12, 2 ** 52 - 1]);
    const baseNs = random.pick([0n, -17n, 1_700_000_000_000_000_000n, -(2n ** 62n), 2n ** 62n]);
    const chunk = chunkOf(baseNs, randomOffsets(random, scale));
    const near = (factor: number): bigint => baseNs + BigInt(Math.floor((random.next() - 0.5) * factor * scale));
    const everyNs = BigInt(1 + Math.floor(random.next() * random.pick([1, 0.01, 3, 1000]) * scale));
    const every: Windows = { kind: 'every', originNs: near(3), everyNs, count: random.integer(0, 300) };
    const edges = Array.from({ length: random.integer(0, 9) }, () => near(2.2)).sort((a, b) => (a < b ? -1 : 1));
    check(every, chunk, `seed ${seed}, every`);
    check({ kind: 'edges', edgesNs: BigInt64Array.from(edges) }, chunk, `seed ${seed}, edges`);
    check({ kind: 'all' }, chunk, `seed ${seed}, all`);
  }
});

test('windows as long as the whole of time', () => {
  const chunk = chunkOf(0n, [-(2 ** 53) + 1, -1, 0, 5, 2 ** 53 - 1]);
  for (const everyNs of [2n ** 53n - 1n, 2n ** 53n, 2n ** 54n, 2n ** 62n]) {
    check({ kind: 'every', originNs: -(2n ** 62n), everyNs, count: 2 ** 20 }, chunk, `every ${everyNs}`);
    check({ kind: 'every', originNs: 3n, everyNs, count: 2 }, chunk, `every ${everyNs} from 3`);
  }
  check({ kind: 'edges', edgesNs: BigInt64Array.of(-(2n ** 63n), 5n, 2n ** 63n - 1n) }, chunk, 'edges');
});

test('a short window after a long gap', () => {
  const chunk = chunkOf(7n, [0, 3, 9_007_199_254_740_000]);
  check({ kind: 'every', originNs: 7n, everyNs: 3n, count: 2 ** 31 - 1 }, chunk, 'beyond the last window');
  check({ kind: 'every', originNs: 7n, everyNs: 4_194_305n, count: 2 ** 31 - 1 }, chunk, 'far away');
});
