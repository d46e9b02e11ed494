// Takes a backup of a server into a directory: what the directory has not yet is copied, then the new manifest stands.
import { WeirError } from '../base/index.ts';
import { bucketsOf } from '../catalog/index.ts';
import type { BackupDirectory } from './backup-directory.ts';
import type { BackupSource } from './backups.ts';
import { type Contents, type Selection, objectKeys } from './contents.ts';
import type { Digest } from './digest.ts';
import { inParallel } from './in-parallel.ts';

const AT_ONCE = 4;

/** Told after each object. */
export interface CopyProgress {
  readonly doneObjects: number;
  readonly objectCount: number;
  /** Copied by this run. */
  readonly copiedBytes: number;
}

export type OnCopyProgress = (progress: CopyProgress) => void;

export interface BackupReport {
  readonly contents: Contents;
  readonly objectCount: number;
  readonly sizeBytes: number;
  /** Of these, what this run copied; the others were here. */
  readonly copiedObjects: number;
  readonly copiedBytes: number;
  /** Objects of the backup before that are no longer needed. */
  readonly removedObjects: number;
}

/** Rejects with `conflict` when the directory holds a backup of other things. Whatever fails, what was whole before stays so. */
export async function takeBackup(
  directory: BackupDirectory,
  source: BackupSource,
  selection: Selection,
  onProgress: OnCopyProgress = () => {},
): Promise<BackupReport> {
  requireSelection(directory, selection);
  const { id, contents } = await source.open(selection);
  try {
    requireSameServer(directory, contents);
    const keys = objectKeys(contents);
    const objects = new Map<string, Digest>();
    let copiedObjects = 0;
    let copiedBytes = 0;
    await inParallel(keys, AT_ONCE, async (key) => {
      let digest = await directory.digestOf(key);
      if (digest === undefined) {
        digest = await directory.put(key, await source.fetch(id, key));
        copiedObjects++;
        copiedBytes += digest.sizeBytes;
      }
      objects.set(key, digest);
      onProgress({ doneObjects: objects.size, objectCount: keys.length, copiedBytes });
    });
    // In the order of the keys, so that two manifests can be compared.
    const sorted = new Map(keys.map((key) => [key, objects.get(key) as Digest]));
    const removedObjects = await directory.commit({ contents, objects: sorted });
    const sizeBytes = [...objects.values()].reduce((sum, digest) => sum + digest.sizeBytes, 0);
    return { contents, objectCount: keys.length, sizeBytes, copiedObjects, copiedBytes, removedObjects };
  } finally {
    await source.close(id).catch(() => {});
  }
}

function requireSelection({ dir, manifest }: BackupDirectory, wanted: Selection): void {
  if (manifest === null) return;
  const { selection } = manifest.contents;
  if (selection.database === wanted.database && selection.policy === wanted.policy) return;
  throw new WeirError(
    'conflict',
    `${dir} holds a backup of ${nameOf(selection)}, not of ${nameOf(wanted)}; give each a directory of its own`,
  );
}

function nameOf({ database, policy }: Selection): string {
  if (database === null) return 'all databases';
  return policy === null ? `database ${database}` : `retention policy ${database}.${policy}`;
}

/** Bucket ids are never used again: a server that has none of the backup's is another one. */
function requireSameServer({ dir, manifest }: BackupDirectory, contents: Contents): void {
  const [before, now] = [manifest?.contents.databases ?? [], contents.databases].map(
    (databases) => new Set(databases.flatMap((database) => bucketsOf(database).map(({ id }) => id))),
  );
  if (before.size === 0 || now.size === 0 || [...before].some((id) => now.has(id))) return;
  throw new WeirError(
    'conflict',
    `${dir} holds a backup with which this server has nothing in common; give each server a directory of its own`,
  );
}
