import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isWeirError } from '../base/index.ts';
import { type Files, nodeFiles } from '../store/index.ts';
import { type BackupDirectory, openBackup, openForBackup } from './backup-directory.ts';
import { checkObjects, sendRestore } from './send-restore.ts';
import { takeBackup } from './take-backup.ts';
import { type Stage, type TestNode, setStage } from './test-support/test-node.ts';

/** A disk that is full after so many more bytes. */
class Disk {
  freeBytes = Infinity;

  readonly files: Files = {
    ...nodeFiles,
    createNew: async (path) => {
      const file = await nodeFiles.createNew(path);
      return {
        write: async (bytes) => {
          if (this.freeBytes < bytes.length)
            throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
          this.freeBytes -= bytes.length;
          return file.write(bytes);
        },
        read: (into, position) => file.read(into, position),
        sizeBytes: () => file.sizeBytes(),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  };
}

const ALL = { database: null, policy: null, sinceNs: null };
const WHOLE = { database: null, as: null, policy: null, newPolicy: null, ifExists: 'refuse' } as const;

async function writeMany(node: TestNode): Promise<void> {
  const lines = Array.from({ length: 5000 }, (_, at) => `m,host=h${at % 50} v=${Math.sin(at)} ${at}\n`);
  await node.write('d', lines.join(''));
}

async function filled(t: TestContext): Promise<{ readonly stage: Stage; readonly node: TestNode }> {
  const stage = setStage(t);
  const node = await stage.open(await stage.tempDir());
  await node.catalog.createDatabase('d');
  await writeMany(node);
  return { stage, node };
}

async function within<T>(directory: BackupDirectory, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await directory.close();
  }
}

async function restore(dir: string, target: TestNode): Promise<void> {
  const { directory, manifest } = await openBackup(dir);
  await within(directory, sendRestore(directory, manifest, target.restores, WHOLE));
}

test('a full disk under the backup leaves the backup that was there, and room makes the next run go on', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  const disk = new Disk();
  const run = async () => {
    const directory = await openForBackup(dir, disk.files);
    return within(directory, takeBackup(directory, node.backups, ALL));
  };
  await run();
  const before = node.show('d');
  await node.write('d', 'other v=1 1\nn v=1 1\n');
  for (const freeBytes of [0, 100, 400]) {
    disk.freeBytes = freeBytes;
    await assert.rejects(run(), (error) => isWeirError(error, 'unavailable') && /ENOSPC/.test(error.message));
    assert.equal(node.backups.count, 0);
  }
  const { directory, manifest } = await openBackup(dir);
  await within(directory, checkObjects(directory, manifest, manifest.objects.keys()));
  const target = await stage.open(await stage.tempDir());
  await restore(dir, target);
  assert.deepEqual(target.show('d'), before);
  disk.freeBytes = Infinity;
  await run();
  const second = await stage.open(await stage.tempDir());
  await restore(dir, second);
  assert.deepEqual(second.show('d'), node.show('d'));
});

test('a full disk under the server leaves nothing of a restore, and the server goes on', async (t) => {
  const { stage, node } = await filled(t);
  const dir = await stage.tempDir();
  const directory = await openForBackup(dir);
  await within(directory, takeBackup(directory, node.backups, ALL));
  const disk = new Disk();
  const targetDir = await stage.tempDir();
  const target = await stage.open(targetDir, { files: disk.files });
  for (const freeBytes of [0, 100, 10_000]) {
    disk.freeBytes = freeBytes;
    await assert.rejects(
      restore(dir, target),
      (error) => isWeirError(error, 'unavailable') && /ENOSPC/.test(error.message),
    );
    assert.deepEqual([target.catalog.databases(), target.restores.count], [[], 0]);
  }
  // The last step waits for room: whether the store has a record is then unknown until it answers.
  const waiting = await openBackup(dir);
  const { restores } = target;
  disk.freeBytes = Infinity;
  const slow = sendRestore(
    waiting.directory,
    waiting.manifest,
    {
      existing: () => restores.existing(),
      open: (request) => restores.open(request),
      append: (id, key, at, bytes) => restores.append(id, key, at, bytes),
      abort: (id) => restores.abort(id),
      commit: async (id) => {
        disk.freeBytes = 0;
        return restores.commit(id);
      },
    },
    WHOLE,
  );
  await delay(200);
  assert.deepEqual(target.catalog.databases(), []);
  disk.freeBytes = Infinity;
  await within(waiting.directory, slow);
  assert.deepEqual(target.show('d'), node.show('d'));
  await target.close();
  assert.deepEqual((await stage.open(targetDir)).show('d'), node.show('d'));
});
