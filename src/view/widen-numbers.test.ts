// A ladder's buckets take numbers of several types in one shard: integers until the first float, then floats, wherever they lie.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryLog } from '../log/index.ts';
import { type Bucket, HOUR } from '../model/index.ts';
import { openDirectoryStore } from '../store/index.ts';
import { seeded } from './block/test-support/random.ts';
import { type FieldValue, type TestPoint, batchOf } from './test-support/points.ts';
import { readAll } from './test-support/read-all.ts';
import type { ViewDoor } from './view-door.ts';
import { openView } from './view.ts';

const base: Bucket = { id: '00000000000000aa', durationNs: 0n, shardDurationNs: HOUR };
const tier: Bucket = { ...base, id: '00000000000000bb', seriesOf: base.id };

async function open(dir: string): Promise<ViewDoor> {
  const storeDir = join(dir, 'store');
  return openView({
    store: await openDirectoryStore({ dir: storeDir, sweep: true }),
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets: () => [base, tier],
    clock: { nowNs: () => 0n },
    compaction: { level0Count: 2, level1Count: 2, maxBlockBytes: 2 ** 30, restMs: 10, maxRestingBytes: 2 ** 30 },
  });
}

function shown(view: ViewDoor): Record<string, Record<string, Record<string, FieldValue>>> {
  const snapshot = view.snapshot(tier.id);
  const rows = readAll(snapshot);
  snapshot.release();
  return Object.fromEntries([...rows].map(([key, series]) => [key, Object.fromEntries(series)]));
}

function typeOf(view: ViewDoor, field: string): string | undefined {
  const snapshot = view.snapshot(tier.id);
  const type = snapshot.fields('m').get(field);
  snapshot.release();
  return type;
}

test('integers and floats in one shard are floats from the first float on', async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const below = (end: number): number => random.below(end);
  const dir = await mkdtemp(join(tmpdir(), 'weir-widen-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  let view = await open(dir);
  const expected: Record<string, Record<string, Record<string, number | bigint>>> = {};
  const integers = (): bigint => (below(4) === 0 ? 2n ** 53n + BigInt(2 * below(9) + 1) : BigInt(below(100)));
  let isFloat = false;
  for (let step = 0; step < 120; step++) {
    const floats = step > 20 && below(3) === 0;
    const points: TestPoint[] = Array.from({ length: 1 + below(5) }, () => {
      const value = floats || (step > 20 && below(9) === 0) ? below(1000) / 8 : integers();
      return { key: `m,h=${below(2)}`, timeNs: BigInt(below(60)), fields: { v: value, w: BigInt(step) } };
    });
    // One value a row and batch: two of one time and series would be in two columns.
    const own = [...new Map(points.map((point) => [`${point.key} ${point.timeNs}`, point])).values()];
    isFloat ||= own.some(({ fields }) => typeof fields.v === 'number');
    assert.deepEqual((await view.write(tier, batchOf(view.seriesTable(tier.id), own))).dropped, [], `step ${step}`);
    for (const { key, timeNs, fields } of own)
      (expected[key] ??= {})[String(timeNs)] = { v: fields.v as number | bigint, w: BigInt(step) };
    if (below(12) === 0) await view.flush();
    if (below(20) === 0) {
      await view.close();
      view = await open(dir);
    }
    const wanted = structuredClone(expected);
    if (isFloat) for (const rows of Object.values(wanted)) for (const row of Object.values(rows)) row.v = Number(row.v);
    assert.deepEqual(shown(view), wanted, `seed ${seed} step ${step}`);
    assert.equal(typeOf(view, 'v'), isFloat ? 'float' : 'integer');
    assert.equal(typeOf(view, 'w'), 'integer');
  }
  await view.close();
});

test('other types are refused as ever, and so are numbers of other buckets', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'weir-widen-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const view = await open(dir);
  const write = async (bucket: Bucket, value: FieldValue): Promise<number> =>
    (await view.write(bucket, batchOf(view.seriesTable(bucket.id), [{ key: 'm', timeNs: 1n, fields: { v: value } }])))
      .written;
  assert.deepEqual([await write(tier, 1n), await write(tier, 'x'), await write(tier, true)], [1, 0, 0]);
  assert.deepEqual([await write(base, 1n), await write(base, 1.5)], [1, 0]);
  await view.close();
});
