// Restores from a backup: everything that is needed is checked first, then sent, then made visible in one step.
import { randomBytes } from 'node:crypto';
import type { BackupDirectory } from './backup-directory.ts';
import type { Digest } from './digest.ts';
import { inParallel } from './in-parallel.ts';
import type { BackupManifest } from './manifest-file.ts';
import { type RestoreOptions, type RestorePlan, planRestore } from './plan-restore.ts';
import type { RestoreOutcome, RestoreTarget } from './restore-target.ts';
import type { OnCopyProgress } from './take-backup.ts';

const AT_ONCE = 4;

export interface RestoreReport {
  readonly plan: RestorePlan;
  readonly outcome: RestoreOutcome;
}

/**
 * Rejects with `corrupt` (naming file and place), `conflict` or `not found` before anything is sent, and with nothing visible
 * whenever it rejects; except that after `unavailable` from the last step only the target knows.
 */
export async function sendRestore(
  directory: BackupDirectory,
  manifest: BackupManifest,
  target: RestoreTarget,
  options: RestoreOptions,
  onProgress: OnCopyProgress = () => {},
): Promise<RestoreReport> {
  const plan = planRestore(manifest, options, await target.existing(), () => randomBytes(8).toString('hex'));
  const { sources, request } = plan;
  await checkObjects(directory, manifest, sources.values());
  const id = await target.open(request);
  try {
    let doneObjects = 0;
    let copiedBytes = 0;
    await inParallel(sources, AT_ONCE, async ([key, source]) => {
      let offset = 0;
      for await (const bytes of directory.read(source)) {
        await target.append(id, key, offset, bytes);
        offset += bytes.length;
      }
      copiedBytes += offset;
      onProgress({ doneObjects: ++doneObjects, objectCount: sources.size, copiedBytes });
    });
    return { plan, outcome: await target.commit(id) };
  } catch (error) {
    await target.abort(id).catch(() => {});
    throw error;
  }
}

/** Rejects with `corrupt` for the first object that is missing or damaged. */
export async function checkObjects(
  directory: BackupDirectory,
  { objects }: BackupManifest,
  keys: Iterable<string>,
  onDone: () => void = () => {},
): Promise<void> {
  await inParallel(keys, AT_ONCE, async (key) => {
    await directory.check(key, objects.get(key) as Digest);
    onDone();
  });
}
