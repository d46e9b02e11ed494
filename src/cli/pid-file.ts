// The file that holds the process id of a running server, for scripts that start and stop it.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WeirError, messageOf } from '../base/index.ts';

/** Resolves with what removes it. Rejects with `unavailable`. */
export async function writePidFile(path: string): Promise<() => Promise<void>> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${process.pid}`);
  } catch (error) {
    throw new WeirError('unavailable', `the file of the process id cannot be written: ${messageOf(error)}`, error);
  }
  return () => rm(path, { force: true });
}
