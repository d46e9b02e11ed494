import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SeriesTable } from '../../../model/index.ts';
import { listFilesOf } from '../directory.ts';
import { encodeTsm } from '../test-support/encode-files.ts';
import { randomBelow, tsmName } from '../test-support/random-shard.ts';
import { Frames } from './frames.ts';
import { closeTsmFiles, openTsmFiles } from './open-files.ts';
import { newTally } from './read-shard.ts';
import { type SeriesBlocks, SeriesCursor } from './series-cursor.ts';
import { type WindowLimits, planWindows, seriesWindows } from './series-windows.ts';
import { surveyShard } from './survey.ts';

const RANGE = { startNs: 5n, endNs: 480n };
const FIELDS = ['a', 'b', 'c'];

/** One series in files of many small blocks, which overlap from file to file. */
async function openSeries(t: TestContext, seed: number): Promise<SeriesBlocks> {
  const below = randomBelow(seed);
  const dir = await mkdtemp(join(tmpdir(), 'weir-windows-'));
  for (let generation = 1; generation <= 3; generation++) {
    const keys = FIELDS.map((field) => {
      const blocks = Array.from({ length: 20 }, (_, index) => {
        const first = BigInt(25 * index + below(10));
        return { times: [first, first + 4n, first + 9n], values: [below(100), below(100), below(100)] };
      });
      return { key: `cpu#!~#${field}`, type: 'float' as const, blocks };
    });
    await writeFile(join(dir, tsmName(generation)), encodeTsm(keys));
  }
  const survey = await surveyShard(await listFilesOf(dir, dir), new SeriesTable(), () => {});
  const files = openTsmFiles(survey.tsm);
  t.after(async () => {
    closeTsmFiles(files);
    await rm(dir, { recursive: true });
  });
  return new SeriesCursor(files, RANGE).next() ?? assert.fail();
}

/** `FIELD TIME VALUE`, in the order in which they come. */
function read(series: SeriesBlocks, limits: WindowLimits): { windows: number; values: string[]; readBytes: number } {
  const tally = newTally();
  const values: string[] = [];
  let windows = 0;
  for (const { baseNs, runs } of seriesWindows(series, new Frames(RANGE), tally, limits)) {
    windows++;
    for (const { name, times, values: columns } of runs) {
      times.forEach((time, row) => values.push(`${name} ${baseNs + BigInt(time)} ${columns.numbers[row]}`));
    }
  }
  return { windows, values, readBytes: tally.readBytes };
}

test('the same values in windows of any size, each block decoded once', async (t) => {
  const seed = Number(process.env.WEIR_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed}`);
  const series = await openSeries(t, seed);
  const whole = read(series, { blocks: Infinity, bytes: Infinity });
  assert.equal(whole.windows, 1);
  const byField = (values: readonly string[]): string[][] =>
    FIELDS.map((field) => values.filter((each) => each.startsWith(field)));
  for (const limits of [
    { blocks: 1, bytes: Infinity },
    { blocks: 7, bytes: Infinity },
    { blocks: Infinity, bytes: 1 },
    { blocks: Infinity, bytes: 1000 },
  ]) {
    const pieces = read(series, limits);
    assert.ok(pieces.windows > 3, `${limits.blocks} blocks, ${limits.bytes} bytes: ${pieces.windows} windows`);
    assert.deepEqual(byField(pieces.values), byField(whole.values));
    assert.equal(pieces.readBytes, whole.readBytes);
  }
});

test('windows cover the range without a gap', async (t) => {
  const series = await openSeries(t, 1);
  const windows = planWindows(series, RANGE, { blocks: 10, bytes: Infinity });
  assert.equal(windows[0].startNs, RANGE.startNs);
  assert.equal(windows.at(-1)?.endNs, RANGE.endNs);
  windows.slice(1).forEach(({ startNs }, index) => assert.equal(startNs, windows[index].endNs));
});
