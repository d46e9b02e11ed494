// What ladders need of a view: tiers that share the series of their base, changes that are told of until they are kept, shards
// that stay a little longer, and a place for points that come too late.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryLog } from '../log/index.ts';
import { type Bucket, DAY, HOUR } from '../model/index.ts';
import { openDirectoryStore } from '../store/index.ts';
import { type TestPoint, batchOf } from './test-support/points.ts';
import { readAll } from './test-support/read-all.ts';
import type { ViewDoor } from './view-door.ts';
import type { AppliedChange } from './view-events.ts';
import { openView } from './view.ts';

const base: Bucket = { id: '00000000000000aa', durationNs: 0n, shardDurationNs: HOUR };
const tier: Bucket = { id: '00000000000000bb', durationNs: 0n, shardDurationNs: DAY, seriesOf: base.id };

interface Options {
  readonly buckets?: readonly Bucket[];
  readonly nowNs?: bigint;
  readonly heard?: AppliedChange[];
  readonly heldAfter?: () => number;
  readonly mayExpire?: () => boolean;
}

async function withView(dir: string, options: Options, run: (view: ViewDoor) => Promise<void>): Promise<void> {
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true });
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os', segmentSizeBytes: 4096 }),
    buckets: () => options.buckets ?? [base, tier],
    clock: { nowNs: () => options.nowNs ?? 0n },
    onChange: (applied) => options.heard?.push(applied),
    ...(options.heldAfter === undefined ? {} : { heldAfter: options.heldAfter }),
    ...(options.mayExpire === undefined ? {} : { mayExpire: options.mayExpire }),
  });
  try {
    await run(view);
  } finally {
    await view.close();
    await store.close();
  }
}

async function withDirectory(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-followers-'));
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const point = (key: string, timeNs: bigint, v = 1): TestPoint => ({ key, timeNs, fields: { v } });

async function write(view: ViewDoor, bucket: Bucket, ...points: TestPoint[]): Promise<number> {
  return (await view.write(bucket, batchOf(view.seriesTable(bucket.id), points))).written;
}

function keys(view: ViewDoor, bucket: Bucket): readonly string[] {
  const snapshot = view.snapshot(bucket.id);
  const found = [...readAll(snapshot).keys()].sort();
  snapshot.release();
  return found;
}

test('a tier counts series as its base does, through restarts and beyond the base', () =>
  withDirectory(async (dir) => {
    await withView(dir, {}, async (view) => {
      await write(view, base, point('m,t=a', 1n), point('m,t=b', 1n));
      await write(view, tier, point('m,t=c', 1n), point('m,t=a', 1n));
      assert.equal(view.seriesTable(base.id), view.seriesTable(tier.id));
      await view.flush();
      await write(view, tier, point('m,t=d', 2n));
      await write(view, base, point('m,t=e', 2n));
    });
    await withView(dir, {}, async (view) => {
      assert.deepEqual(keys(view, base), ['m,t=a', 'm,t=b', 'm,t=e']);
      assert.deepEqual(keys(view, tier), ['m,t=a', 'm,t=c', 'm,t=d']);
      assert.equal(view.seriesTable(base.id).count, 5);
      await view.dropBucket(base.id);
      await view.flush();
    });
    // The base is gone from the catalog: its keys stay, as the tier has rows of them.
    for (const attempt of ['once', 'twice']) {
      await withView(dir, { buckets: [tier] }, async (view) => {
        assert.deepEqual(keys(view, tier), ['m,t=a', 'm,t=c', 'm,t=d'], attempt);
        await view.enforceRetention();
        await write(view, tier, point('m,t=f', 3n));
        await view.delete(tier.id, {
          measurements: null,
          predicate: { op: '=', tag: 't', value: 'f' },
          range: { startNs: 0n, endNs: 9n },
        });
      });
    }
    await withView(dir, { buckets: [] }, async (view) => {
      await view.enforceRetention();
      assert.deepEqual(keys(view, tier), []);
    });
    const names = await readdir(join(dir, 'store'), { recursive: true });
    assert.deepEqual(
      names.filter((name) => /^series.*-[0-9a-f]{8}$/.test(name)),
      [],
      'series segments go with the last bucket that counts by them',
    );
  }));

test('changes are kept in the log and told of again until they are kept', () =>
  withDirectory(async (dir) => {
    let held = 0;
    const fill = 'x'.repeat(2000);
    await withView(dir, { heldAfter: () => held }, async (view) => {
      for (let at = 0; at < 10; at++) await write(view, base, point(`m,t=${fill}${at}`, BigInt(at)));
      await view.flush();
    });
    const heard: AppliedChange[] = [];
    await withView(dir, { heldAfter: () => held, heard }, async (view) => {
      assert.deepEqual(
        heard.map(({ seq, replayed }) => [seq, replayed]),
        Array.from({ length: 10 }, (_, at) => [at + 1, true]),
      );
      assert.equal(keys(view, base).length, 10, 'what the blocks have is not applied twice');
      held = 7;
      await write(view, base, point('m,t=z', 99n));
      await view.flush();
    });
    heard.length = 0;
    await withView(dir, { heldAfter: () => held, heard }, async () => {
      assert.deepEqual(
        heard.map(({ seq }) => seq),
        [8, 9, 10, 11],
      );
    });
    heard.length = 0;
    await withView(dir, { heard }, async () => assert.deepEqual(heard, [], 'nobody holds anything'));
  }));

test('a shard stays for its grace, but is not shown', () =>
  withDirectory(async (dir) => {
    const kept: Bucket = { ...base, durationNs: 2n * HOUR, graceNs: HOUR };
    const old = point('m', HOUR / 2n);
    await withView(dir, { buckets: [kept] }, async (view) => void (await write(view, kept, old)));
    const seen = (view: ViewDoor, withGrace: boolean): number => {
      const snapshot = view.snapshot(kept.id, withGrace);
      const count = readAll(snapshot).size;
      snapshot.release();
      return count;
    };
    await withView(dir, { buckets: [kept], nowNs: 3n * HOUR + 1n }, async (view) => {
      await view.enforceRetention();
      assert.deepEqual([seen(view, false), seen(view, true)], [0, 1]);
    });
    const nowNs = 4n * HOUR + 1n;
    await withView(dir, { buckets: [kept], nowNs, mayExpire: () => false }, async (view) => {
      await view.enforceRetention();
      assert.deepEqual([seen(view, false), seen(view, true)], [0, 1], 'somebody needs it');
      assert.equal(view.oldestShardNs(kept.id), 0n);
    });
    await withView(dir, { buckets: [kept], nowNs }, async (view) => {
      await view.enforceRetention();
      assert.deepEqual([seen(view, false), seen(view, true)], [0, 0]);
    });
  }));

test('points that are too old go to the bucket for such', () =>
  withDirectory(async (dir) => {
    const late: Bucket = { id: '00000000000000cc', durationNs: DAY, shardDurationNs: HOUR, seriesOf: base.id };
    const strict: Bucket = { ...base, durationNs: HOUR, late };
    await withView(dir, { buckets: [strict, late], nowNs: 10n * DAY }, async (view) => {
      const outcome = await view.write(
        strict,
        batchOf(view.seriesTable(strict.id), [
          point('m,t=new', 10n * DAY - 1n),
          point('m,t=late', 10n * DAY - 2n * HOUR),
          point('m,t=older', 8n * DAY),
        ]),
      );
      assert.equal(outcome.written, 2);
      assert.deepEqual(outcome.dropped, [{ count: 1, reason: 'points beyond retention policy' }]);
      assert.deepEqual(keys(view, strict), ['m,t=new']);
      assert.deepEqual(keys(view, late), ['m,t=late']);
    });
  }));
