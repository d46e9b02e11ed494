// The same samples through rrdtool, Whisper and Weir, on seven levels from 1s to 1h, 2m to 5m among them.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RrdFile, makeRrd, rrdtoolVersion } from './rrdtool.ts';
import { type KnownAnswers, queryKnownWindows } from './known-windows.ts';
import { type Sample, makeSamples } from './samples.ts';
import { STEPS, type TierRow, basePoints, tierRows, withNode, withWeir, writeSamples } from './weir.ts';
import {
  type Method,
  type WhisperJob,
  type WhisperRows,
  archivesOf,
  hasWhisper,
  pointsOf,
  runWhisper,
} from './whisper.ts';
import { windowsOf } from './windows.ts';

const SEED = Number(process.env.WEIR_SEED ?? 20_260_101);
const LEVELS = [1, ...STEPS];
/** 2m divides neither 5m nor 15m, which Whisper refuses: two chains of divisors. */
const CHAINS = [
  [1, 10, 30, 300, 900, 3600],
  [1, 30, 120, 3600],
];
const SHARES = [0, 0.25, 0.5, 0.9];
/** Known whenever one second is: as close to 1 as rrdtool's parser takes it, and more than 3599 of 3600. */
const ANY = '0.999999';

const samples: readonly Sample[] = makeSamples(SEED);
const levels = new Map<number, ReadonlyMap<number, TierRow>>();
const rrdtool = rrdtoolVersion() === undefined ? 'needs rrdtool: apt-get install rrdtool' : false;
const whisper = hasWhisper() ? false : 'needs Whisper: apt-get install python3-whisper';
/** Another series beside them, with other losses. */
const others: readonly Sample[] = makeSamples(SEED + 1);
let knownBy: KnownAnswers;
let dir = '';

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-tools-'));
  knownBy = await queryKnownWindows([samples, others], SHARES);
  await withWeir((setup) =>
    withNode(setup, async (node) => {
      await writeSamples(node, samples);
      await node.ladders.settle();
      const points = [...basePoints(node, setup)].map(([time, value]): [number, TierRow] => [time, rowOfPoint(value)]);
      levels.set(1, new Map(points));
      for (const step of STEPS) levels.set(step, tierRows(node, setup, step));
    }),
  );
});

after(() => rm(dir, { recursive: true, force: true }));

void test('every level equals brute force: mean within 1e-12, all else exactly', () => {
  for (const step of LEVELS) {
    const expected = windowsOf(samples, step);
    const rows = weir(step);
    sameWindows(rows, expected, `brute force ${step} s`);
    for (const [start, window] of expected) {
      const row = rowAt(rows, start);
      const { count, min, max, first, last } = row;
      const exact = { count: window.count, min: window.min, max: window.max, first: window.first, last: window.last };
      assert.deepEqual({ count, min, max, first, last }, exact, `${step} s at ${start}`);
      closeTo(row.mean, window.mean, 1e-12, `mean of ${step} s at ${start}`);
      closeTo(row.sum, window.sum, 1e-12, `sum of ${step} s at ${start}`);
    }
  }
});

void test('every level equals rrdtool: mean within 1e-9, min and max exactly, the same windows', {
  skip: rrdtool,
}, () => {
  const file = makeRrd(dir, 'any.rrd', LEVELS, ANY, samples);
  for (const step of LEVELS) {
    const rows = weir(step);
    const [mean, min, max] = (['AVERAGE', 'MIN', 'MAX'] as const).map((each) => file.fetch(each, step));
    for (const [name, theirs] of Object.entries({ mean, min, max }))
      sameWindows(rows, theirs, `rrdtool ${name} ${step} s`);
    for (const [start, row] of rows) {
      closeTo(row.mean, mean.get(start), 1e-9, `mean of ${step} s at ${start}`);
      assert.equal(row.min, min.get(start), `min of ${step} s at ${start}`);
      assert.equal(row.max, max.get(start), `max of ${step} s at ${start}`);
    }
    sameLast(rows, file, step);
  }
});

/** rrdtool's LAST is that of the last second, known or not. */
function sameLast(rows: ReadonlyMap<number, TierRow>, file: RrdFile, step: number): void {
  const theirs = file.fetch('LAST', step);
  let compared = 0;
  for (const [start, { endsKnown }] of windowsOf(samples, step)) {
    if (!endsKnown) continue;
    assert.equal(rowAt(rows, start).last, theirs.get(start), `last of ${step} s at ${start}`);
    compared++;
  }
  assert.ok(compared > 0, `no window of ${step} s ends with a sample`);
}

void test('every level equals Whisper: sum, min, max, last and count, the same windows', { skip: whisper }, () => {
  for (const [at, chain] of CHAINS.entries()) {
    const rowsOf = runChain(chain, at);
    for (const step of chain) {
      const rows = weir(step);
      for (const method of ['sum', 'min', 'max', 'last', 'count'] as const) {
        const theirs = rowsOf(method).get(step) ?? new Map<number, number>();
        sameWindows(rows, theirs, `Whisper ${method} ${step} s`);
        for (const [start, row] of rows)
          assert.equal(row[method], theirs.get(start), `${method} of ${step} s at ${start}`);
      }
    }
    const [, finest, next] = chain;
    const average = rowsOf('average');
    const means = (step: number): boolean =>
      [...weir(step)].every(([start, { mean }]) => Math.abs(mean - (average.get(step)?.get(start) ?? NaN)) < 1e-9);
    assert.ok(means(finest), 'a mean of points is right in Whisper');
    assert.ok(!means(next), 'a mean of means is not: else these samples would show nothing');
  }
});

function runChain(chain: readonly number[], at: number): (method: Method | 'count') => WhisperRows {
  const pathOf = (method: string): string => join(dir, `chain${at}-${method}.wsp`);
  const jobs = (['sum', 'min', 'max', 'last', 'count', 'average'] as const).map(
    (method): WhisperJob => ({
      path: pathOf(method),
      made: {
        archives: archivesOf(chain),
        xff: 0,
        method: method === 'count' ? 'sum' : method,
        points: pointsOf(method === 'count' ? samples.map(({ time }) => ({ time, value: 1 })) : samples),
      },
    }),
  );
  const answers = runWhisper(jobs);
  return (method) => answers.get(pathOf(method)) ?? new Map<number, ReadonlyMap<number, number>>();
}

void test('the gap rule gives the windows that rrdtool does, whose xff is the unknown share', { skip: rrdtool }, () => {
  for (const share of SHARES) {
    const file = makeRrd(dir, `share-${share}.rrd`, STEPS, xffOf(share), samples);
    for (const step of STEPS) {
      const theirs = file.fetch('AVERAGE', step);
      sameWindows(knownBy.means(share, step), theirs, `share ${share}, ${step} s`);
      sameWindows(knownBy.rows(share, step), theirs, `rows of the tier, share ${share}, ${step} s`);
    }
  }
});

void test('the gap rule over two series shows what rrdtool knows of each of them', { skip: rrdtool }, () => {
  for (const share of SHARES) {
    const files = [samples, others].map((each, at) =>
      makeRrd(dir, `pair-${share}-${at}.rrd`, STEPS, xffOf(share), each),
    );
    for (const step of STEPS) {
      const sums = new Map<number, number>();
      for (const [at, file] of files.entries()) {
        const windows = windowsOf(at === 0 ? samples : others, step);
        for (const [start, mean] of file.fetch('AVERAGE', step))
          sums.set(start, (sums.get(start) ?? 0) + mean * (windows.get(start)?.count ?? 0));
      }
      const ours = knownBy.sums(share, step);
      sameWindows(ours, sums, `two series, share ${share}, ${step} s`);
      for (const [start, sum] of ours) closeTo(sum, sums.get(start), 1e-9, `share ${share}, ${step} s at ${start}`);
    }
  }
});

function xffOf(share: number): string {
  return share === 0 ? ANY : String(Number((1 - share).toFixed(6)));
}

void test('the gap rule gives the windows that Whisper does, whose xff is the known share', { skip: whisper }, () => {
  // From the seconds to each step in one go: in a chain the share would be one of windows.
  const pathOf = (share: number, step: number): string => join(dir, `share-${share}-${step}.wsp`);
  const jobs = SHARES.flatMap((share) =>
    STEPS.map((step): WhisperJob => {
      const made = { archives: archivesOf([1, step]), xff: share, method: 'sum' as const, points: pointsOf(samples) };
      return { path: pathOf(share, step), made };
    }),
  );
  const answers = runWhisper(jobs);
  for (const share of SHARES) {
    for (const step of STEPS) {
      const theirs = answers.get(pathOf(share, step))?.get(step) ?? new Map<number, number>();
      sameWindows(knownBy.means(share, step), theirs, `share ${share}, ${step} s`);
    }
  }
  const [low, high] = [SHARES[1], SHARES[3]].map((share) => knownBy.means(share, 300).size);
  assert.ok(high > 0 && high < low && low < weir(300).size, 'each share tells other windows apart');
});

function weir(step: number): ReadonlyMap<number, TierRow> {
  const rows = levels.get(step);
  assert.ok(rows !== undefined);
  return rows;
}

function rowOfPoint(value: number): TierRow {
  return { count: 1, sum: value, mean: value, min: value, max: value, first: value, last: value };
}

function rowAt(rows: ReadonlyMap<number, TierRow>, start: number): TierRow {
  const row = rows.get(start);
  assert.ok(row !== undefined, `no window at ${start}`);
  return row;
}

function sameWindows(ours: ReadonlyMap<number, unknown>, theirs: ReadonlyMap<number, unknown>, what: string): void {
  const starts = (rows: ReadonlyMap<number, unknown>): number[] => [...rows.keys()].toSorted((a, b) => a - b);
  assert.deepEqual(starts(ours), starts(theirs), `${what}: windows that are known`);
}

/** Relative to the greater of 1 and the value. */
function closeTo(ours: number, theirs: number | undefined, tolerance: number, what: string): void {
  const isClose = theirs !== undefined && Math.abs(ours - theirs) <= tolerance * Math.max(1, Math.abs(theirs));
  assert.ok(isClose, `${what}: ${ours}, expected ${theirs}`);
}
