// A disk that fails: callers are told, what they were told is true, and the log comes back by itself.
import assert from 'node:assert/strict';
import { copyFile, readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import type { DirectoryLog } from './directory-log.ts';
import type { LogEvent } from './log-event.ts';
import { FaultyFiles } from './test-support/faulty-files.ts';
import { openDirectoryLog } from './open-directory-log.ts';
import { point, points, readNumbers, seriesTables, temporaryDirectory } from './test-support/samples.ts';

interface Setup {
  readonly dir: string;
  readonly files: FaultyFiles;
  readonly log: DirectoryLog;
  readonly events: LogEvent[];
  /** `ok` or the error's code, for each of the numbers, appended at once. */
  readonly append: (...numbers: number[]) => Promise<string[]>;
  readonly numbers: () => Promise<string[]>;
  /** What another process finds there when this one is killed now. */
  readonly afterKill: () => Promise<string[]>;
}

async function setUp(
  t: TestContext,
  options: { segmentSizeBytes?: number; durability?: 'fsync' | 'os' } = {},
): Promise<Setup> {
  const dir = await temporaryDirectory(t);
  const files = new FaultyFiles();
  const tables = seriesTables();
  const events: LogEvent[] = [];
  const log = await openDirectoryLog({ dir, tables, files, onEvent: (event) => events.push(event), ...options });
  t.after(() => log.close());
  return {
    dir,
    files,
    log,
    events,
    append: (...numbers) =>
      Promise.all(
        numbers.map((number) =>
          log.append(point(tables, number)).then(
            () => 'ok',
            (error: unknown) => (isWeirError(error) ? error.code : String(error)),
          ),
        ),
      ),
    numbers: () => readNumbers(log, tables),
    afterKill: () => readCopy(t, dir),
  };
}

/** Reads a copy of the directory as it stands, without its lock. */
async function readCopy(t: TestContext, dir: string): Promise<string[]> {
  const copy = await temporaryDirectory(t);
  for (const name of await readdir(dir)) if (name.endsWith('.log')) await copyFile(`${dir}/${name}`, `${copy}/${name}`);
  const tables = seriesTables();
  const log = await openDirectoryLog({ dir: copy, tables });
  const numbers = await readNumbers(log, tables);
  await log.close();
  return numbers;
}

test('a short write is completed', async (t) => {
  const { files, append, numbers, afterKill } = await setUp(t);
  files.writeBytes = 7;
  assert.deepEqual(await append(1, 2, 3), ['ok', 'ok', 'ok']);
  assert.deepEqual(await numbers(), ['1:1', '2:2', '3:3']);
  assert.deepEqual(await afterKill(), ['1:1', '2:2', '3:3']);
});

test('a full disk: writes are refused, reads go on, and space brings it back', async (t) => {
  const { files, log, events, append, numbers, afterKill } = await setUp(t);
  await append(1, 2);
  files.freeBytes = 100;
  assert.deepEqual(await append(3, 4, 5), ['unavailable', 'unavailable', 'unavailable']);
  assert.match(log.failure ?? '', /no space is left/);
  assert.deepEqual(await numbers(), ['1:1', '2:2']);
  assert.deepEqual(await afterKill(), ['1:1', '2:2']);
  assert.deepEqual(await append(6), ['unavailable']);
  files.heal();
  assert.deepEqual(await append(7), ['ok']);
  assert.equal(log.failure, null);
  assert.equal(log.lastSeq, 3);
  assert.deepEqual(await numbers(), ['1:1', '2:2', '3:7']);
  assert.deepEqual(await afterKill(), ['1:1', '2:2', '3:7']);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['failed', 'recovered'],
  );
});

test('those who queued behind a failed commit are refused with it, in order', async (t) => {
  const { files, log, append, numbers } = await setUp(t);
  files.fail('write', 'EIO');
  const order: string[] = [];
  const first = append(1).then(([result]) => order.push(`1 ${result}`));
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([first, ...[2, 3].map((n) => append(n).then(([result]) => order.push(`${n} ${result}`)))]);
  assert.equal(order[0], '1 unavailable');
  assert.equal(order.length, 3);
  assert.match(log.failure ?? 'none', order[2] === '3 ok' ? /none/ : /EIO/);
  assert.deepEqual(await append(4), ['ok']);
  assert((await numbers()).at(-1)?.endsWith(':4'));
});

test('after a failed sync the file is closed where it was durable, and a new one begun', async (t) => {
  const { dir, files, log, append, numbers, afterKill } = await setUp(t);
  await append(1, 2);
  files.fail('sync', 'EIO');
  assert.deepEqual(await append(3, 4), ['unavailable', 'unavailable']);
  assert.deepEqual(await afterKill(), ['1:1', '2:2']);
  assert.deepEqual(await append(5, 6), ['ok', 'ok']);
  assert.deepEqual(await numbers(), ['1:1', '2:2', '3:5', '4:6']);
  assert.deepEqual(await afterKill(), ['1:1', '2:2', '3:5', '4:6']);
  const segments = (await readdir(dir)).filter((name) => name.endsWith('.log'));
  assert.deepEqual(segments.toSorted(), ['0000000000000001.log', '0000000000000003.log']);
  assert.equal(log.lastSeq, 4);
});

test('a failed sync of the first commit replaces the segment', async (t) => {
  const { dir, files, append, afterKill } = await setUp(t);
  files.fail('sync', 'EIO');
  assert.deepEqual(await append(1), ['unavailable']);
  assert.deepEqual(await append(2), ['ok']);
  assert.deepEqual(await afterKill(), ['1:2']);
  assert.equal((await readdir(dir)).filter((name) => name.endsWith('.log')).length, 1);
});

/** Faults that hit while the log tries to get over the first one. Each time nothing that was refused may come back. */
const repairFaults: [string, (files: FaultyFiles) => void][] = [
  ['cutting back fails once', (files) => files.fail('truncate', 'EIO')],
  ['cutting back fails thrice', (files) => files.fail('truncate', 'EIO', { times: 3 })],
  ['the sync after cutting back fails', (files) => files.fail('sync', 'EIO', { times: 2 })],
  ['no new file can be made', (files) => failBoth(files, 'create')],
  ['the new file cannot be synced', (files) => failBoth(files, 'sync')],
  ['the new file cannot be renamed', (files) => failBoth(files, 'rename')],
  ['the directory cannot be synced', (files) => failBoth(files, 'syncDirectory')],
];

function failBoth(files: FaultyFiles, operation: 'create' | 'sync' | 'rename' | 'syncDirectory'): void {
  files.fail('truncate', 'EIO', { times: 2 });
  files.fail(operation, 'EIO', { times: 2 });
}

for (const trouble of ['write', 'sync'] as const) {
  for (const [what, inject] of repairFaults) {
    test(`${trouble} fails, then ${what}`, async (t) => {
      const { files, log, append, numbers, afterKill } = await setUp(t);
      await append(1, 2);
      files.fail(trouble, 'EIO');
      inject(files);
      assert.deepEqual(await append(3, 4), ['unavailable', 'unavailable']);
      let next = 5;
      while ((await append(next))[0] !== 'ok') {
        assert.notEqual(log.failure, null);
        assert.deepEqual(await numbers(), ['1:1', '2:2']);
        next++;
        assert(next < 12, 'it comes back');
      }
      assert.equal(log.failure, null);
      assert.deepEqual(await append(20), ['ok']);
      assert.deepEqual(await numbers(), ['1:1', '2:2', `3:${next}`, '4:20']);
      assert.deepEqual(await afterKill(), ['1:1', '2:2', `3:${next}`, '4:20']);
    });
  }
}

test('a segment that cannot be begun when its turn comes', async (t) => {
  for (const operation of ['create', 'write', 'sync', 'rename', 'syncDirectory'] as const) {
    const { files, log, append, numbers, afterKill } = await setUp(t, { segmentSizeBytes: 500 });
    await append(1, 2, 3);
    assert(log.sizeBytes > 500);
    files.fail(operation, 'ENOSPC', { times: 2 });
    assert.deepEqual(await append(4), ['unavailable'], operation);
    assert.match(log.failure ?? '', /no space/);
    let next = 5;
    while ((await append(next))[0] !== 'ok') next++;
    assert.deepEqual(await numbers(), ['1:1', '2:2', '3:3', `4:${next}`], operation);
    assert.deepEqual(await afterKill(), ['1:1', '2:2', '3:3', `4:${next}`], operation);
  }
});

test('a disk that is full at the start: the log can be read, and writes once there is space', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = seriesTables();
  const log = await openDirectoryLog({ dir, tables: first });
  await log.append(point(first, 1));
  await log.close();
  const files = new FaultyFiles();
  files.freeBytes = 0;
  const tables = seriesTables();
  const again = await openDirectoryLog({ dir, tables, files, atLeastSeq: 5 });
  assert.match(again.failure ?? '', /no space/);
  assert.deepEqual(await readNumbers(again, tables), ['1:1']);
  await assert.rejects(again.append(point(tables, 2)), (error) => isWeirError(error, 'unavailable'));
  // Without a new segment this one must stay: it tells where the sequence goes on.
  await again.trim(1);
  assert.deepEqual(await readNumbers(again, tables), ['1:1']);
  files.heal();
  assert.equal(await again.append(point(tables, 3)), 6);
  await again.trim(5);
  assert.deepEqual(await readNumbers(again, tables), ['6:3']);
  await again.close();
});

test('trim frees space on a full disk', async (t) => {
  const { files, log, append, numbers } = await setUp(t, { segmentSizeBytes: 1000 });
  for (let i = 1; i <= 20; i++) await append(i);
  files.freeBytes = 0;
  assert.deepEqual(await append(21), ['unavailable']);
  await log.trim(20);
  assert((await numbers()).length < 6);
  files.heal();
  assert.deepEqual(await append(22), ['ok']);
  assert.equal(log.lastSeq, 21);
});

test('a large active segment is trimmed later when no new one can be begun', async (t) => {
  const { dir, files, log, append, numbers } = await setUp(t);
  const tables = seriesTables();
  const own = await openDirectoryLog({ dir: `${dir}/own`, tables, files });
  await own.append(points(tables, 0, 60_000));
  files.fail('create', 'ENOSPC');
  await own.trim(1);
  assert.match(own.failure ?? '', /no space/);
  assert.equal(await own.append(point(tables, 1)), 2);
  assert.equal(own.failure, null);
  await own.trim(1);
  assert.deepEqual(await readNumbers(own, tables), ['2:1']);
  await own.close();
  assert.equal(log.failure, null);
  assert.deepEqual([await append(1), await numbers()], [['ok'], ['1:1']]);
});

test('a file that cannot be removed is reported, and removed the next time', async (t) => {
  const { files, log, append, numbers } = await setUp(t, { segmentSizeBytes: 500 });
  for (let i = 1; i <= 10; i++) await append(i);
  files.fail('unlink', 'EIO');
  await assert.rejects(log.trim(5), (error) => isWeirError(error, 'unavailable') && /removed/.test(error.message));
  assert.equal((await numbers()).length, 10);
  await log.trim(5);
  assert((await numbers()).length < 10);
});

test('under `os` a failed sync at the change of segments is told to the next writer', async (t) => {
  const { files, append, numbers, afterKill } = await setUp(t, { segmentSizeBytes: 500, durability: 'os' });
  await append(1, 2, 3);
  files.fail('sync', 'EIO');
  assert.deepEqual(await append(4), ['unavailable']);
  assert.deepEqual(await append(5), ['ok']);
  assert.deepEqual(await numbers(), ['1:1', '2:2', '3:3', '4:5']);
  assert.deepEqual(await afterKill(), ['1:1', '2:2', '3:3', '4:5']);
});

test('a directory that cannot be read is refused, and not left locked', async (t) => {
  const dir = await temporaryDirectory(t);
  const tables = seriesTables();
  for (const operation of ['makeDirectory', 'names'] as const) {
    const files = new FaultyFiles();
    files.fail(operation, 'EACCES');
    await assert.rejects(openDirectoryLog({ dir, tables, files }), (error) => isWeirError(error, 'unavailable'));
  }
  await (await openDirectoryLog({ dir, tables })).close();
});

test('what is found must be made durable before anything follows it', async (t) => {
  const dir = await temporaryDirectory(t);
  const tables = seriesTables();
  const first = await openDirectoryLog({ dir, tables });
  await first.append(point(tables, 1));
  await first.close();
  for (const operation of ['openWrite', 'write', 'sync'] as const) {
    const files = new FaultyFiles();
    files.fail(operation, 'EIO', { times: 9 });
    const log = await openDirectoryLog({ dir, tables, files });
    assert.match(log.failure ?? '', /EIO/, operation);
    assert.deepEqual(await readNumbers(log, tables), ['1:1']);
    await assert.rejects(log.append(point(tables, 2)), (error) => isWeirError(error, 'unavailable'));
    await log.close();
    const names = (await readdir(dir)).filter((name) => name.endsWith('.log'));
    assert.deepEqual(names, ['0000000000000001.log'], operation);
  }
});

test('a reader meets a disk error', async (t) => {
  const { files, append, numbers } = await setUp(t);
  await append(1);
  files.fail('read', 'EIO');
  await assert.rejects(numbers(), (error) => isWeirError(error, 'unavailable') && /EIO/.test(error.message));
  assert.deepEqual(await numbers(), ['1:1']);
});
