import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Model, randomBelow, writeRandomShard } from '../test-support/random-shard.ts';
import { readAll } from '../test-support/read-all.ts';

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-shard-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

function within(model: Model, startNs: bigint, endNs: bigint): Model {
  const kept: Model = new Map();
  for (const [key, points] of model) {
    const inside = new Map([...points].filter(([time]) => startNs <= time && time < endNs));
    if (inside.size > 0) kept.set(key, inside);
  }
  return kept;
}

for (const [name, stepNs] of [
  ['seconds', 1_000_000_000n],
  ['months, so that a shard has several slices', 2_592_000_000_000_000n],
  ['years, so that a block spans more than offsets hold', 63_115_200_000_000_000n],
] as const) {
  test(`any shard is read as its writes and deletes say: ${name}`, async (t) => {
    const seed = Number(process.env.WEIR_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
    t.diagnostic(`seed ${seed}`);
    const below = randomBelow(seed);
    for (let round = 0; round < 25; round++) {
      const dir = await tempDir(t);
      const model = await writeRandomShard(dir, stepNs, below);
      const dirs = [join(dir, 'data'), join(dir, 'wal')];
      const { values, survey } = await readAll(dirs);
      assert.deepEqual(survey.damage, []);
      assert.deepEqual(sorted(values), sorted(model), `round ${round}`);
      const range = { startNs: 3n * stepNs - 1n, endNs: 17n * stepNs + 1n };
      const some = await readAll(dirs, range);
      assert.deepEqual(
        sorted(some.values),
        sorted(within(model, range.startNs, range.endNs)),
        `round ${round}, a part`,
      );
    }
  });
}

function sorted(model: ReadonlyMap<string, ReadonlyMap<bigint, unknown>>): unknown {
  const keys = [...model.keys()].toSorted();
  return keys.map((key) => [key, [...(model.get(key) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
