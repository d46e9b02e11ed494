import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isWeirError } from '../base/index.ts';
import { openDirectoryLog } from '../log/index.ts';
import { ALL_TIME, type Bucket, HOUR, type TimeRange } from '../model/index.ts';
import { type ObjectStore, openDirectoryStore } from '../store/index.ts';
import type { AdoptRequest } from './adopt.ts';
import type { Capture, CapturedBucket } from './capture.ts';
import type { SeriesSegmentMeta } from './manifest.ts';
import { type TestPoint, batchOf } from './test-support/points.ts';
import { readAll } from './test-support/read-all.ts';
import type { ViewDoor } from './view-door.ts';
import { openView } from './view.ts';

const SOURCE: Bucket = { id: '00000000000000aa', durationNs: 0n, shardDurationNs: HOUR };
const TARGET: Bucket = { id: '00000000000000bb', durationNs: 0n, shardDurationNs: HOUR };

interface Opened {
  readonly view: ViewDoor;
  readonly store: ObjectStore;
}

interface Stage {
  readonly tempDir: () => Promise<string>;
  readonly open: (dir: string, bucket: Bucket) => Promise<Opened>;
}

/** Closes views and stores at the end, then removes the directories. */
function setStage(t: TestContext): Stage {
  const dirs: string[] = [];
  const opened: Opened[] = [];
  t.after(async () => {
    for (const { view, store } of opened) {
      await view.close();
      await store.close();
    }
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  });
  return {
    async tempDir() {
      const dir = await mkdtemp(join(tmpdir(), 'weir-capture-'));
      dirs.push(dir);
      return dir;
    },
    async open(dir, bucket) {
      const storeDir = join(dir, 'store');
      const store = await openDirectoryStore({ dir: storeDir, sweep: true });
      const view = await openView({
        store,
        storeLocation: { kind: 'directory', dir: storeDir },
        openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
        buckets: () => [bucket],
        clock: { nowNs: () => 0n },
      });
      opened.push({ view, store });
      return { view, store };
    },
  };
}

function write(view: ViewDoor, bucket: Bucket, points: TestPoint[]): Promise<unknown> {
  return view.write(bucket, batchOf(view.seriesTable(bucket.id), points));
}

function show(view: ViewDoor, bucket: Bucket): unknown {
  const snapshot = view.snapshot(bucket.id);
  const rows = readAll(snapshot);
  snapshot.release();
  const byKey = [...rows].map(([key, series]) => [key, Object.fromEntries(series)] as const);
  return Object.fromEntries(byKey.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The captured bucket with its objects put into another store under names of the target. */
async function carry(capture: Capture, store: ObjectStore): Promise<AdoptRequest> {
  const [{ blocks, deletes }] = capture.buckets;
  const [{ segments }] = capture.families;
  const rename = (key: string): string => key.replace(SOURCE.id, TARGET.id);
  for (const { key } of [...blocks, ...segments]) {
    const file = await capture.localFile(key);
    await store.put(rename(key), await readFile(file.path));
    file.release();
  }
  const own = <M extends { readonly key: string }>(meta: M): M => ({
    ...meta,
    key: rename(meta.key),
    bucketId: TARGET.id,
  });
  const bucket: CapturedBucket = {
    bucketId: TARGET.id,
    familyId: TARGET.id,
    blocks: blocks.map(own),
    deletes: deletes.map((meta) => ({ ...meta, bucketId: TARGET.id })),
  };
  return { upTo: capture.upTo, buckets: [bucket], families: [{ familyId: TARGET.id, segments: segments.map(own) }] };
}

type Random = (below: number) => number;

function randomOf(seed: number): Random {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function randomPoints(random: Random): TestPoint[] {
  return Array.from({ length: 1 + random(100) }, () => ({
    key: `m${random(2)},host=h${random(4)}`,
    timeNs: BigInt(random(200)) * 60_000_000_000n,
    fields: { f: random(1000) / 8, ...(random(2) === 0 ? { i: BigInt(random(100)) } : {}) },
  }));
}

function randomRange(random: Random): TimeRange {
  if (random(3) === 0) return ALL_TIME;
  const startNs = BigInt(random(200)) * 60_000_000_000n;
  return { startNs, endNs: startNs + BigInt(random(60)) * 60_000_000_000n };
}

// The law: what is adopted shows what the source showed when it was captured, before and after either side goes on.
test('a capture holds what the view showed, and another view shows it too', { timeout: 120_000 }, async (t) => {
  const stage = setStage(t);
  const seed = Number(process.env.WEIR_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomOf(seed);
  for (let round = 0; round < 3; round++) {
    const where = `seed ${seed}, round ${round}`;
    const source = await stage.open(await stage.tempDir(), SOURCE);
    const step = async (view: ViewDoor, bucket: Bucket): Promise<void> => {
      const dice = random(10);
      if (dice < 6) await write(view, bucket, randomPoints(random));
      else if (dice > 7) await view.flush();
      else {
        const predicate = random(2) === 0 ? null : ({ op: '=', tag: 'host', value: `h${random(4)}` } as const);
        await view.delete(bucket.id, { measurements: [`m${random(2)}`], predicate, range: randomRange(random) });
      }
    };
    for (let count = 0; count < 40; count++) await step(source.view, SOURCE);
    const expected = show(source.view, SOURCE);
    const capture = await source.view.capture((id) => id === SOURCE.id);
    for (let count = 0; count < 20; count++) await step(source.view, SOURCE);

    const dir = await stage.tempDir();
    const target = await stage.open(dir, TARGET);
    const request = await carry(capture, target.store);
    capture.release();
    await target.view.adopt(request);
    assert.deepEqual(show(target.view, TARGET), expected, where);

    // The same steps again on both sides of a restart: what comes later hides what was adopted.
    await write(target.view, TARGET, [{ key: 'm0,host=h0', timeNs: 60_000_000_000n, fields: { f: -1 } }]);
    await target.view.delete(TARGET.id, { measurements: ['m1'], predicate: null, range: ALL_TIME });
    await target.view.flush();
    const changed = show(target.view, TARGET) as Record<string, Record<string, { f?: number }>>;
    assert.equal(changed['m0,host=h0']['60000000000'].f, -1, where);
    assert.ok(!Object.keys(changed).some((key) => key.startsWith('m1')), where);
    await target.view.close();
    await target.store.close();
    const again = await stage.open(dir, TARGET);
    assert.deepEqual(show(again.view, TARGET), changed, where);
  }
});

test('one position of the log: what was acknowledged before is in it, and nothing without what came before it', async (t) => {
  const stage = setStage(t);
  const source = await stage.open(await stage.tempDir(), SOURCE);
  let acknowledged = 0;
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await write(source.view, SOURCE, [{ key: 'm', timeNs: BigInt(acknowledged + 1), fields: { v: 1 } }]);
      acknowledged++;
      if (acknowledged % 50 === 0) await source.view.delete(SOURCE.id, deleteOf(BigInt(acknowledged - 25)));
      await turn();
    }
  })();
  for (let round = 0; round < 8; round++) {
    while (acknowledged < 20 * round + 1) await turn();
    const before = acknowledged;
    const capture = await source.view.capture(() => true);
    const target = await stage.open(await stage.tempDir(), TARGET);
    await target.view.adopt(await carry(capture, target.store));
    capture.release();
    const { m } = show(target.view, TARGET) as { m: Record<string, unknown> };
    const times = Object.keys(m).map(Number);
    const last = Math.max(...times);
    assert.ok(last >= before, `${last} of ${before}`);
    // The position may be between the write that made 50 and the delete of the one in their middle.
    const isThere = (time: number): boolean =>
      time % 50 !== 25 || time > last - 25 || (time === last - 25 && times.includes(time));
    assert.deepEqual(times, Array.from({ length: last }, (_, index) => index + 1).filter(isThere));
  }
  writing = false;
  await writer;
});

function deleteOf(timeNs: bigint): Parameters<ViewDoor['delete']>[1] {
  return { measurements: ['m'], predicate: null, range: { startNs: timeNs, endNs: timeNs + 1n } };
}

test('captured blocks stay while they are held, and go when they are let go', async (t) => {
  const stage = setStage(t);
  const dir = await stage.tempDir();
  const { view, store } = await stage.open(dir, SOURCE);
  for (let block = 0; block < 3; block++) {
    await write(view, SOURCE, [{ key: 'm', timeNs: BigInt(block), fields: { v: block } }]);
    await view.flush();
  }
  const capture = await view.capture(() => true);
  const [{ blocks }] = capture.buckets;
  assert.equal(blocks.length, 3);
  await view.dropBucket(SOURCE.id);
  const file = await capture.localFile(blocks[0].key);
  assert.equal((await readFile(file.path)).length, blocks[0].sizeBytes);
  file.release();
  capture.release();
  await assert.rejects(capture.localFile('blocks/other'), (error) => isWeirError(error, 'not found'));
  await view.close();
  await store.close();
  assert.ok(!(await readdir(join(dir, 'store'))).includes('blocks'));
});

test('nothing is adopted when an object is missing, damaged or not what was told of', async (t) => {
  const stage = setStage(t);
  const source = await stage.open(await stage.tempDir(), SOURCE);
  await write(source.view, SOURCE, [{ key: 'm,host=a', timeNs: 1n, fields: { v: 1 } }]);
  const capture = await source.view.capture(() => true);
  const { view, store } = await stage.open(await stage.tempDir(), TARGET);
  const whole = await carry(capture, store);
  const [bucket] = whole.buckets;
  const [block] = bucket.blocks;
  const [segment] = whole.families[0].segments;
  const withBlock = (key: string): AdoptRequest => ({
    ...whole,
    buckets: [{ ...bucket, blocks: [{ ...block, key }] }],
  });
  const withSeries = (...segments: SeriesSegmentMeta[]): AdoptRequest => ({
    ...whole,
    families: [{ familyId: TARGET.id, segments }],
  });
  const faulty: readonly (readonly [string, AdoptRequest])[] = [
    ['a block is missing', withBlock(`${block.key}x`)],
    ['a block is no block', withBlock(segment.key)],
    ['series are missing', withSeries()],
    ['series start late', withSeries({ ...segment, firstId: 1 })],
    ['a series is named twice', withSeries(segment, { ...segment, firstId: 1 })],
    ['the family is missing', { ...whole, families: [] }],
  ];
  for (const [what, wrong] of faulty) {
    await assert.rejects(view.adopt(wrong), (error) => isWeirError(error), what);
    assert.deepEqual(show(view, TARGET), {}, what);
  }
  await view.adopt(whole);
  assert.deepEqual(show(view, TARGET), { 'm,host=a': { '1': { v: 1 } } });
  await assert.rejects(view.adopt(whole), (error) => isWeirError(error, 'conflict'));
  assert.deepEqual(show(view, TARGET), { 'm,host=a': { '1': { v: 1 } } });
});

test('a bucket that no longer exists leaves nothing behind at the next start', async (t) => {
  const stage = setStage(t);
  const dir = await stage.tempDir();
  const first = await stage.open(dir, SOURCE);
  await write(first.view, SOURCE, [{ key: 'm', timeNs: 1n, fields: { v: 1 } }]);
  await first.view.flush();
  await first.view.close();
  await first.store.close();
  const second = await stage.open(dir, TARGET);
  await second.view.close();
  await second.store.close();
  const left = await readdir(join(dir, 'store'));
  assert.ok(!left.includes('blocks') && !left.includes('series'), left.join());
});
