import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import type { Change } from './change.ts';
import type { DirectoryLog } from './directory-log.ts';
import type { LogEvent } from './log-event.ts';
import { FaultyFiles } from './test-support/faulty-files.ts';
import type { SeriesTables } from './log.ts';
import { type DirectoryLogOptions, openDirectoryLog } from './open-directory-log.ts';
import {
  BUCKET,
  internKey,
  numberOf,
  point,
  points,
  readAll,
  readNumbers,
  seriesTables,
  temporaryDirectory,
} from './test-support/samples.ts';

/** A log with its own series tables; closed when the test ends. */
async function openLog(
  test: TestContext,
  dir: string,
  options: Partial<DirectoryLogOptions> = {},
): Promise<{ log: DirectoryLog; tables: SeriesTables; events: LogEvent[] }> {
  const tables = options.tables ?? seriesTables();
  const events: LogEvent[] = [];
  const log = await openDirectoryLog({ dir, tables, onEvent: (event) => events.push(event), ...options });
  test.after(() => log.close());
  return { log, tables, events };
}

async function segmentNames(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith('.log')).toSorted();
}

test('a new log is empty, and what is appended is read back', async (t) => {
  const dir = await temporaryDirectory(t);
  const { log, tables } = await openLog(t, `${dir}/deep/log`);
  assert.equal(log.lastSeq, 0);
  assert.deepEqual(await readAll(log), []);
  assert.equal(await log.append(point(tables, 10)), 1);
  assert.equal(await log.append(point(tables, 11)), 2);
  assert.equal(log.lastSeq, 2);
  assert.deepEqual(await readNumbers(log, tables), ['1:10', '2:11']);
  assert.deepEqual(await readNumbers(log, tables, 1), ['2:11']);
  assert.deepEqual(await readNumbers(log, tables, 2), []);
  assert.equal(log.failure, null);
});

test('appends of one moment, and those during a commit, share a sync; all resolve in order', async (t) => {
  const files = new FaultyFiles();
  const { log, tables } = await openLog(t, await temporaryDirectory(t), { files });
  const syncs = files.calls('sync');
  const resolved: number[] = [];
  const appendMany = (from: number, count: number): Promise<void>[] =>
    Array.from({ length: count }, (_, i) => log.append(point(tables, from + i)).then((seq) => void resolved.push(seq)));
  const first = appendMany(0, 50);
  // The first group is being written by now.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([...first, ...appendMany(50, 50)]);
  assert.deepEqual(
    resolved,
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
  assert(files.calls('sync') - syncs <= 3, `${files.calls('sync') - syncs} syncs for 100 appends`);
  const numbers = (await readAll(log)).map(({ change }) => numberOf(tables, change));
  assert.deepEqual(
    numbers,
    Array.from({ length: 100 }, (_, i) => i),
  );
});

test('under `os` an append does not wait for the disk', async (t) => {
  const files = new FaultyFiles();
  const { log, tables } = await openLog(t, await temporaryDirectory(t), { files, durability: 'os' });
  const syncs = files.calls('sync');
  for (let i = 0; i < 10; i++) await log.append(point(tables, i));
  assert.equal(files.calls('sync'), syncs);
  await log.close();
  assert.equal(files.calls('sync'), syncs + 1);
});

test('a restart finds everything, under other series ids, and goes on', async (t) => {
  const dir = await temporaryDirectory(t);
  for (let start = 0; start < 3; start++) {
    const { log, tables } = await openLog(t, dir);
    internKey(tables(BUCKET), `m,other=${start}`);
    assert.equal(log.lastSeq, 4 * start);
    const expected = Array.from({ length: 4 * start }, (_, i) => `${i + 1}:${i}`);
    assert.deepEqual(await readNumbers(log, tables), expected);
    for (let i = 0; i < 4; i++) assert.equal(await log.append(point(tables, 4 * start + i)), 4 * start + i + 1);
    await log.close();
  }
});

test('starting again and again without a write leaves one segment', async (t) => {
  const dir = await temporaryDirectory(t);
  for (let start = 0; start < 3; start++) await (await openLog(t, dir)).log.close();
  assert.deepEqual(await segmentNames(dir), ['0000000000000001.log']);
});

test('all kinds of change keep their order', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await openLog(t, dir);
  const others: Change[] = [
    { op: 'barrier' },
    { op: 'delete', bucketId: BUCKET, measurements: ['m'], predicate: null, range: { startNs: 1n, endNs: 2n } },
    { op: 'drop-bucket', bucketId: BUCKET },
  ];
  await Promise.all([first.log.append(point(first.tables, 1)), ...others.map((change) => first.log.append(change))]);
  await first.log.close();
  const { log } = await openLog(t, dir);
  const changes = await readAll(log);
  assert.deepEqual(
    changes.slice(1),
    others.map((change, i) => ({ seq: i + 2, change })),
  );
});

test('segments rotate at their size; each is complete in itself', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await openLog(t, dir, { segmentSizeBytes: 2000 });
  for (let i = 0; i < 60; i++) await first.log.append(point(first.tables, i));
  const sizeBytes = first.log.sizeBytes;
  await first.log.close();
  const names = await segmentNames(dir);
  assert(names.length > 4, `${names.length} segments`);
  for (const after of [0, 1, 17, 30, 59, 60]) {
    const { log, tables } = await openLog(t, dir);
    const expected = Array.from({ length: 60 - after }, (_, i) => `${after + i + 1}:${after + i}`);
    assert.deepEqual(await readNumbers(log, tables, after), expected);
    assert.equal(log.sizeBytes, sizeBytes + 32, 'and the header of the new segment');
    await log.close();
  }
});

test('reading sees what was durable at its start while appends go on', async (t) => {
  const { log, tables } = await openLog(t, await temporaryDirectory(t), { segmentSizeBytes: 3000 });
  for (let i = 0; i < 20; i++) await log.append(point(tables, i));
  const reading = log.read(5)[Symbol.asyncIterator]();
  const appends = Array.from({ length: 40 }, (_, i) => log.append(point(tables, 20 + i)));
  const seen: number[] = [];
  for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
    seen.push(next.value.seq);
    await Promise.race(appends);
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 15 }, (_, i) => i + 6),
  );
  await Promise.all(appends);
  assert.equal((await readAll(log)).length, 60);
});

test('big changes go through: several pieces, frames over piece borders, a frame larger than a piece', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await openLog(t, dir);
  const counts = [100, 60_000, 3, 130_000, 1];
  await Promise.all(counts.map((count, i) => first.log.append(points(first.tables, i * 200_000, count))));
  await first.log.close();
  const { log, tables } = await openLog(t, dir);
  const found = (await readAll(log)).map(({ change }) => {
    assert(change.op === 'write');
    assert.equal(numberOf(tables, change) % 200_000, 0);
    return change.tables[0].rowCount;
  });
  assert.deepEqual(found, counts);
});

test('a change that cannot be encoded is refused alone', async (t) => {
  const { log, tables } = await openLog(t, await temporaryDirectory(t));
  const bad = point(tables, 1);
  bad.tables[0].seriesIds[0] = 99;
  const results = await Promise.allSettled([
    log.append(point(tables, 2)),
    log.append(bad),
    log.append(point(tables, 3)),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await readNumbers(log, tables), ['1:2', '2:3']);
});

test('trim lets go of whole segments, and the sequence goes on after a restart', async (t) => {
  const dir = await temporaryDirectory(t);
  const { log, tables } = await openLog(t, dir, { segmentSizeBytes: 1500 });
  for (let i = 0; i < 40; i++) await log.append(point(tables, i));
  const before = await segmentNames(dir);
  const second = Number(before[1].slice(0, 16));
  await log.trim(second - 2);
  assert.deepEqual(await segmentNames(dir), before, 'one change short of the first segment');
  await log.trim(second - 1);
  assert.deepEqual(await segmentNames(dir), before.slice(1));
  assert.equal(log.firstSeq, second);
  assert.equal((await readAll(log))[0].seq, second);
  await log.trim(40);
  assert.deepEqual(await segmentNames(dir), before.slice(-1), 'the active one is small, and stays');
  await log.close();
  const again = await openLog(t, dir);
  await again.log.trim(40);
  assert.deepEqual(await segmentNames(dir), ['0000000000000041.log']);
  assert.equal(again.log.sizeBytes, 32);
  await again.log.close();
  const last = await openLog(t, dir);
  assert.equal(last.log.lastSeq, 40);
  assert.equal(await last.log.append(point(last.tables, 40)), 41);
});

test('trim rotates an active segment that is large and wholly covered', async (t) => {
  const dir = await temporaryDirectory(t);
  const { log, tables } = await openLog(t, dir);
  await log.append(points(tables, 0, 60_000));
  await log.append(point(tables, 1));
  assert(log.sizeBytes > 1024 * 1024);
  await log.trim(1);
  assert.deepEqual(await segmentNames(dir), ['0000000000000001.log']);
  await log.trim(2);
  assert.deepEqual(await segmentNames(dir), ['0000000000000003.log']);
  assert.equal(await log.append(point(tables, 5)), 3);
  assert.deepEqual(await readNumbers(log, tables), ['3:5']);
});

test('a reader that was overtaken by trim is told so', async (t) => {
  const { log, tables } = await openLog(t, await temporaryDirectory(t), { segmentSizeBytes: 1000 });
  for (let i = 0; i < 30; i++) await log.append(point(tables, i));
  const reading = log.read(0);
  await log.trim(30);
  await assert.rejects(
    async () => {
      for await (const change of reading) assert.equal(change.seq, 0, 'nothing comes');
    },
    (error) => isWeirError(error, 'unavailable') && /trimmed/.test(error.message),
  );
});

test('the sequence goes on after a position that the log has lost', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await openLog(t, dir);
  for (let i = 0; i < 3; i++) await first.log.append(point(first.tables, i));
  await first.log.close();
  const second = await openLog(t, dir, { atLeastSeq: 10 });
  assert.deepEqual(second.events, [{ kind: 'behind', lastSeq: 3, atLeastSeq: 10 }]);
  assert.equal(second.log.lastSeq, 10);
  assert.equal(await second.log.append(point(second.tables, 10)), 11);
  await second.log.close();
  const third = await openLog(t, dir, { atLeastSeq: 11 });
  assert.deepEqual(third.events, []);
  assert.deepEqual(await readNumbers(third.log, third.tables), ['1:0', '2:1', '3:2', '11:10']);
});

test('close waits for what was appended, and then refuses more', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await openLog(t, dir);
  const appends = Array.from({ length: 30 }, (_, i) => first.log.append(point(first.tables, i)));
  await first.log.close();
  await first.log.close();
  assert.equal((await Promise.all(appends)).length, 30);
  await assert.rejects(first.log.append({ op: 'barrier' }), (error) => isWeirError(error, 'unavailable'));
  await assert.rejects(first.log.trim(30), (error) => isWeirError(error, 'unavailable'));
  const { log } = await openLog(t, dir);
  assert.equal(log.lastSeq, 30);
});

test('a directory that is in use is refused, and free after close', async (t) => {
  const dir = await temporaryDirectory(t);
  const { log } = await openLog(t, dir);
  await assert.rejects(openDirectoryLog({ dir, tables: seriesTables() }), (error) => {
    assert(isWeirError(error, 'locked'));
    assert.match(error.message, new RegExp(`${dir}.*this process \\(${process.pid}\\)`));
    return true;
  });
  await log.close();
  await openLog(t, dir);
});
