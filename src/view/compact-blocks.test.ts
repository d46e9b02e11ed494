// Blocks of a ladder's tier: floats that are decimals are kept as such, and read, merged and joined like any others.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parquetMetadata } from 'hyparquet';
import { openDirectoryLog } from '../log/index.ts';
import { type Bucket, DAY } from '../model/index.ts';
import { openDirectoryStore } from '../store/index.ts';
import { type CompactionRules, DEFAULT_RULES } from './compaction-plan.ts';
import { type FieldValue, batchOf } from './test-support/points.ts';
import { readAll } from './test-support/read-all.ts';
import type { ViewDoor } from './view-door.ts';
import { openView } from './view.ts';

const base: Bucket = { id: '00000000000000aa', durationNs: 0n, shardDurationNs: DAY };
const tier: Bucket = { id: '00000000000000bb', durationNs: 0n, shardDurationNs: DAY, seriesOf: base.id };

type Rows = readonly Readonly<Record<string, FieldValue>>[];

const MERGES_AT_ONCE: CompactionRules = { ...DEFAULT_RULES, level0Count: 2 };

async function withView(
  run: (view: ViewDoor, dir: string) => Promise<void>,
  compaction = MERGES_AT_ONCE,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-compact-'));
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true });
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets: () => [base, tier],
    clock: { nowNs: () => 2n * DAY },
    compaction,
  });
  try {
    await run(view, storeDir);
  } finally {
    await view.close();
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function write(view: ViewDoor, bucket: Bucket, startNs: number, rows: Rows, key = 'm,host=a'): Promise<void> {
  const points = rows.map((fields, at) => ({ key, timeNs: BigInt(startNs + at), fields }));
  const { dropped } = await view.write(bucket, batchOf(view.seriesTable(bucket.id), points));
  assert.deepEqual(dropped, []);
  await view.flush();
}

function show(view: ViewDoor, bucket: Bucket): Rows {
  const snapshot = view.snapshot(bucket.id);
  const rows = [...(readAll(snapshot).get('m,host=a') ?? new Map<string, Record<string, FieldValue>>()).values()];
  snapshot.release();
  return rows;
}

/** Of each block of the bucket: field -> digits after the point, for those that are decimals. */
async function scales(dir: string, bucket: Bucket): Promise<readonly Record<string, number>[]> {
  const files = await readdir(join(dir, 'blocks', bucket.id), { recursive: true });
  const blocks = files.filter((file) => file.endsWith('.parquet')).sort();
  return Promise.all(
    blocks.map(async (file) => {
      const bytes = new Uint8Array(await readFile(join(dir, 'blocks', bucket.id, file)));
      const decimals = parquetMetadata(bytes.buffer).schema.filter((column) => column.converted_type === 'DECIMAL');
      return Object.fromEntries(decimals.map((column) => [column.name, column.scale ?? -1]));
    }),
  );
}

/** Until the merge that a flush begins is done. */
async function settled(view: ViewDoor, blocks: number): Promise<void> {
  for (let round = 0; view.status().blocks > blocks && round < 500; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(view.status().blocks, blocks);
}

const DECIMALS: Rows = [{ v: 0.5, w: 1.25, n: 3n }, { v: -21.5 }, { v: 0.1, w: 100 }];

test('decimals of a tier are kept as decimals, those of points are not', () =>
  withView(async (view, dir) => {
    await write(view, base, 0, DECIMALS);
    await write(view, tier, 0, DECIMALS);
    assert.deepEqual(show(view, tier), DECIMALS);
    assert.deepEqual(await scales(dir, tier), [{ v: 1, w: 2 }]);
    assert.deepEqual(await scales(dir, base), [{}]);
  }));

test('a merge finds the digits that all its rows need', () =>
  withView(async (view, dir) => {
    await write(view, tier, 0, DECIMALS);
    await write(view, tier, 10, [{ v: 7, w: 0.125 }]);
    await settled(view, 1);
    assert.deepEqual(show(view, tier), [...DECIMALS, { v: 7, w: 0.125 }]);
    assert.deepEqual(await scales(dir, tier), [{ v: 1, w: 3 }]);
  }));

test('one value that is no decimal makes the field of a merged block floats again', () =>
  withView(async (view, dir) => {
    await write(view, tier, 0, DECIMALS);
    await write(view, tier, 10, [{ v: -0, w: 0.1 + 0.2 }, { v: 1 / 3 }]);
    await settled(view, 1);
    assert.deepEqual(show(view, tier), [...DECIMALS, { v: -0, w: 0.1 + 0.2 }, { v: 1 / 3 }]);
    assert.deepEqual(await scales(dir, tier), [{}]);
  }));

test('all series are looked at, also when one has shown that a field has no digits', () =>
  withView(async (view, dir) => {
    await write(view, tier, 0, [{ v: 1 / 3, w: 1 }]);
    await write(view, tier, 0, [{ v: 1, w: 0.25 }], 'm,host=b');
    await settled(view, 1);
    assert.deepEqual(show(view, tier), [{ v: 1 / 3, w: 1 }]);
    assert.deepEqual(await scales(dir, tier), [{ w: 2 }]);
  }));

test('a shard that rests gets one block', () =>
  withView(
    async (view) => {
      await write(view, tier, 0, DECIMALS);
      await write(view, tier, 10, [{ v: 3.25 }]);
      await settled(view, 1);
      assert.deepEqual(show(view, tier), [...DECIMALS, { v: 3.25 }]);
    },
    { ...DEFAULT_RULES, restMs: 0 },
  ));
