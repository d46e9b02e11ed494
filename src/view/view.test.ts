import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryLog } from '../log/index.ts';
import {
  ALL_TIME,
  type Bucket,
  DAY,
  HOUR,
  type TagPredicate,
  type TimeRange,
  matchesTags,
  parseSeriesKey,
} from '../model/index.ts';
import { openDirectoryStore } from '../store/index.ts';
import { type FieldValue, type TestPoint, batchOf, typeOfValue } from './test-support/points.ts';
import { type Rows, readAll } from './test-support/read-all.ts';
import type { ViewDoor } from './view-door.ts';
import { openTableReader } from './open-table-reader.ts';
import { openView } from './view.ts';

const bucket: Bucket = { id: '00000000000000aa', durationNs: 0n, shardDurationNs: HOUR };

async function open(
  dir: string,
  options: { flushBytes?: number; nowNs?: () => bigint; buckets?: Bucket[] } = {},
): Promise<ViewDoor> {
  const storeDir = join(dir, 'store');
  return openView({
    store: await openDirectoryStore({ dir: storeDir, sweep: true }),
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets: () => options.buckets ?? [bucket],
    clock: { nowNs: options.nowNs ?? (() => 0n) },
    flushBytes: options.flushBytes ?? 1024 * 1024 * 1024,
  });
}

async function withDirectory(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-view-'));
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function write(view: ViewDoor, points: TestPoint[]): ReturnType<ViewDoor['write']> {
  return view.write(bucket, batchOf(view.seriesTable(bucket.id), points));
}

function show(view: ViewDoor, range?: TimeRange): Record<string, Record<string, Record<string, FieldValue>>> {
  const snapshot = view.snapshot(bucket.id);
  const rows = readAll(snapshot, range);
  snapshot.release();
  return Object.fromEntries([...rows].map(([key, series]) => [key, Object.fromEntries(series)]));
}

test('a written point is read back: from memory, from the log after a restart, from a block', () =>
  withDirectory(async (dir) => {
    const points: TestPoint[] = [
      { key: 'cpu,host=a', timeNs: 10n, fields: { v: 1.5, n: 3n, s: 'x', ok: true } },
      { key: 'cpu,host=a', timeNs: 5n, fields: { v: -0.25 } },
      { key: 'mem,host=a', timeNs: 10n, fields: { v: 9007199254740993n } },
    ];
    const expected = {
      'cpu,host=a': { '5': { v: -0.25 }, '10': { v: 1.5, n: 3n, s: 'x', ok: true } },
      'mem,host=a': { '10': { v: 9007199254740993n } },
    };
    let view = await open(dir);
    assert.deepEqual(await write(view, points), { written: 3, dropped: [] });
    assert.deepEqual(show(view), expected);
    await view.close();
    view = await open(dir);
    assert.deepEqual(show(view), expected);
    await view.flush();
    assert.equal(view.status().memtableRows, 0);
    assert.deepEqual(show(view), expected);
    await view.close();
    view = await open(dir);
    assert.deepEqual(show(view), expected);
    await view.close();
  }));

test('fields of one point merge across memtable and blocks, the latest value wins', () =>
  withDirectory(async (dir) => {
    const view = await open(dir);
    await write(view, [{ key: 'm', timeNs: 1n, fields: { a: 1, b: 1 } }]);
    await view.flush();
    await write(view, [{ key: 'm', timeNs: 1n, fields: { b: 2, c: 2 } }]);
    await view.flush();
    await write(view, [{ key: 'm', timeNs: 1n, fields: { c: 3 } }]);
    assert.deepEqual(show(view), { m: { '1': { a: 1, b: 2, c: 3 } } });
    await view.close();
  }));

test('a reader tells the extent of a series without reading it', () =>
  withDirectory(async (dir) => {
    const view = await open(dir);
    const extent = (): unknown => {
      const snapshot = view.snapshot(bucket.id);
      const reader = openTableReader(snapshot.tables('m', ALL_TIME)[0]);
      const [seriesId] = snapshot.series('m');
      const found = reader.extent(seriesId);
      assert.equal(reader.extent(seriesId + 1), undefined);
      reader.close();
      snapshot.release();
      return found;
    };
    await write(view, [{ key: 'm', timeNs: 70n, fields: { v: 1 } }]);
    await write(view, [{ key: 'm', timeNs: 50n, fields: { v: 1 } }]);
    assert.deepEqual(extent(), { startNs: 50n, endNs: 71n });
    await view.flush();
    await write(view, [{ key: 'm', timeNs: 90n, fields: { v: 1 } }]);
    assert.deepEqual(extent(), { startNs: 50n, endNs: 91n });
    await view.close();
  }));

test('a type conflict refuses those points, keeps the rest and says so', () =>
  withDirectory(async (dir) => {
    const view = await open(dir);
    await write(view, [{ key: 'm', timeNs: 1n, fields: { v: 1 } }]);
    const outcome = await write(view, [
      { key: 'm', timeNs: 2n, fields: { v: 2n, w: 1 } },
      { key: 'm', timeNs: 3n, fields: { v: 3 } },
    ]);
    assert.deepEqual(outcome, {
      written: 1,
      dropped: [
        {
          count: 1,
          reason:
            'field type conflict: input field "v" on measurement "m" is type integer, already exists as type float',
        },
      ],
    });
    assert.deepEqual(show(view), { m: { '1': { v: 1 }, '3': { v: 3 } } });
    // Another shard may have another type.
    const later = await write(view, [{ key: 'm', timeNs: 2n * HOUR, fields: { v: 2n } }]);
    assert.equal(later.written, 1);
    await view.close();
  }));

test('points past the period are refused; whole shards expire', () =>
  withDirectory(async (dir) => {
    let nowNs = 100n * DAY;
    const short: Bucket = { ...bucket, durationNs: DAY };
    const view = await open(dir, { nowNs: () => nowNs, buckets: [short] });
    const points = [1n, 30n].map((hours) => ({ key: 'm', timeNs: nowNs - hours * HOUR, fields: { v: 1 } }));
    const outcome = await view.write(short, batchOf(view.seriesTable(short.id), points));
    assert.deepEqual(outcome, { written: 1, dropped: [{ count: 1, reason: 'points beyond retention policy' }] });
    await view.flush();
    nowNs += 23n * HOUR;
    await view.enforceRetention();
    assert.equal(Object.keys(show(view)).length, 1);
    nowNs += 3n * HOUR;
    assert.deepEqual(show(view), {}, 'reads do not show a shard past the period');
    await view.enforceRetention();
    assert.equal(view.status().blocks, 0);
    assert.equal(view.status().seriesCount, 0);
    await view.close();
  }));

test('blocks of which a delete leaves nothing go at once, and for good', () =>
  withDirectory(async (dir) => {
    let view = await open(dir);
    await write(view, [{ key: 'm', timeNs: 1n, fields: { v: 1 } }]);
    await write(view, [{ key: 'm', timeNs: HOUR, fields: { v: 2 } }]);
    await view.flush();
    const held = view.snapshot(bucket.id);
    const [table] = held.tables('m', { startNs: 0n, endNs: HOUR });
    await view.delete(bucket.id, { measurements: null, predicate: null, range: { startNs: 0n, endNs: HOUR } });
    const shards = (): unknown => view.figures()[0].shards.map(({ range, blockCount }) => [range.startNs, blockCount]);
    assert.deepEqual(shards(), [[HOUR, 1]]);
    while (view.status().blocks > 1) await new Promise((resolve) => setTimeout(resolve, 2));
    const reader = openTableReader(table);
    assert.equal(reader.read(held.series('m')[0], ['v'], ALL_TIME).length, 1, 'who reads a block keeps it');
    reader.close();
    held.release();
    const expected = { m: { [`${HOUR}`]: { v: 2 } } };
    assert.deepEqual(show(view), expected);
    await view.close();
    view = await open(dir);
    assert.deepEqual(show(view), expected);
    assert.equal(view.status().blocks, 1);
    await view.close();
  }));

test('after its last point is deleted a field may take another type', () =>
  withDirectory(async (dir) => {
    const view = await open(dir);
    await write(view, [{ key: 'm', timeNs: 1n, fields: { v: 1 } }]);
    await view.flush();
    await write(view, [{ key: 'm', timeNs: 2n, fields: { v: 1 } }]);
    await view.delete(bucket.id, { measurements: ['m'], predicate: null, range: ALL_TIME });
    const outcome = await write(view, [{ key: 'm', timeNs: 1n, fields: { v: 'text' } }]);
    assert.equal(outcome.written, 1);
    assert.deepEqual(show(view), { m: { '1': { v: 'text' } } });
    await view.flush();
    assert.deepEqual(show(view), { m: { '1': { v: 'text' } } });
    await view.close();
  }));

// The law: whatever the order of writes, deletes, flushes, compactions and restarts, the view shows what a plain map would.
test('random operations agree with a plain model', { timeout: 120_000 }, () =>
  withDirectory(async (dir) => {
    const seed = Number(process.env.WEIR_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const random = randomOf(seed);
    const model: Rows = new Map();
    let view = await open(dir);
    for (let step = 0; step < 150; step++) {
      const dice = random(20);
      if (dice < 11) await randomWrite(view, model, random);
      else if (dice < 13) await randomDelete(view, model, random);
      else if (dice < 17) await view.flush();
      else if (dice < 19) compare(view, model, `seed ${seed}, step ${step}`, random);
      else {
        await view.close();
        view = await open(dir);
      }
    }
    compare(view, model, `seed ${seed}, at the end`, random);
    await view.close();
    view = await open(dir);
    compare(view, model, `seed ${seed}, after a restart`, random);
    await view.close();
  }),
);

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

async function randomWrite(view: ViewDoor, model: Rows, random: Random): Promise<void> {
  const points: TestPoint[] = [];
  const count = 1 + random(200);
  for (let at = 0; at < count; at++) {
    const fields: Record<string, FieldValue> = {};
    if (random(4) > 0) fields.f = random(1000) / 8;
    if (random(3) > 0) fields.i = random(20) === 0 ? 2n ** 62n + BigInt(random(1000)) : BigInt(random(1000) - 500);
    if (random(3) === 0) fields.s = `text ${random(50)} é`;
    if (random(3) === 0 || Object.keys(fields).length === 0) fields.b = random(2) === 0;
    const key = `m${random(3)},host=h${random(6)}${random(2) === 0 ? `,zone=z${random(2)}` : ''}`;
    points.push({ key, timeNs: BigInt(random(300)) * 40_000_000_000n - HOUR, fields });
  }
  const outcome = await write(view, points);
  assert.deepEqual(outcome, { written: count, dropped: [] });
  for (const point of points) {
    const series = model.get(point.key) ?? new Map<string, Record<string, FieldValue>>();
    series.set(`${point.timeNs}`, { ...series.get(`${point.timeNs}`), ...point.fields });
    model.set(point.key, series);
  }
}

async function randomDelete(view: ViewDoor, model: Rows, random: Random): Promise<void> {
  const startNs = BigInt(random(300)) * 40_000_000_000n - HOUR;
  const range = random(3) === 0 ? ALL_TIME : { startNs, endNs: startNs + BigInt(random(60)) * 40_000_000_000n };
  const predicate: TagPredicate | null = random(2) === 0 ? null : { op: '=', tag: 'host', value: `h${random(6)}` };
  const measurements = random(3) === 0 ? null : [`m${random(3)}`];
  await view.delete(bucket.id, { measurements, predicate, range });
  for (const [key, series] of model) {
    const { measurement, tags } = parseSeriesKey(key);
    if (measurements !== null && !measurements.includes(measurement)) continue;
    if (predicate !== null && !matchesTags(predicate, (tag) => tags.find((own) => own.key === tag)?.value ?? ''))
      continue;
    for (const time of series.keys()) {
      if (BigInt(time) >= range.startNs && BigInt(time) < range.endNs) series.delete(time);
    }
    if (series.size === 0) model.delete(key);
  }
}

function compare(view: ViewDoor, model: Rows, where: string, random: Random): void {
  const startNs = BigInt(random(300)) * 40_000_000_000n - HOUR;
  for (const range of [ALL_TIME, { startNs, endNs: startNs + HOUR }]) {
    const snapshot = view.snapshot(bucket.id);
    const shown = readAll(snapshot, range);
    assert.deepEqual(plain(shown), plain(cut(model, range)), where);
    if (range === ALL_TIME) {
      const measurements = [...new Set([...model.keys()].map((key) => parseSeriesKey(key).measurement))].sort();
      assert.deepEqual(snapshot.measurements(), measurements, where);
      const series = measurements.flatMap((name) => [...snapshot.series(name)].map((id) => snapshot.seriesKey(id)));
      assert.deepEqual(series.sort(), [...model.keys()].sort(), where);
    }
    snapshot.release();
  }
}

function cut(rows: Rows, range: TimeRange): Rows {
  const kept: Rows = new Map();
  for (const [key, series] of rows) {
    const inside = [...series].filter(([time]) => BigInt(time) >= range.startNs && BigInt(time) < range.endNs);
    if (inside.length > 0) kept.set(key, new Map(inside));
  }
  return kept;
}

function plain(rows: Rows): unknown {
  const byKey = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  return byKey.map(([key, series]) => [
    key,
    [...series]
      .sort(([a], [b]) => Number(BigInt(a) - BigInt(b)))
      .map(([time, fields]) => [
        time,
        Object.entries(fields)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => [name, typeOfValue(value), value]),
      ]),
  ]);
}
