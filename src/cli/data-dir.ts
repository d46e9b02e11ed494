// What lies where in a data directory.
//
//     DIR/weir.lock.N    whose it is at present
//     DIR/log/           the log: segments
//     DIR/store/         blocks, manifest, catalog
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError, messageOf } from '../base/index.ts';
import { type DirectoryLock, lockDirectory } from '../log/index.ts';

export interface DataDir {
  readonly logDir: string;
  readonly storeDir: string;
  /** Held until released: only one process may use the directory. */
  readonly lock: DirectoryLock;
}

/** Makes the directory if need be. Rejects with `locked` while another process has it, `unavailable` when it cannot be made. */
export async function claimDataDir(dir: string): Promise<DataDir> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new WeirError('unavailable', `the data directory ${dir} cannot be made: ${messageOf(error)}`, error);
  }
  return { logDir: join(dir, 'log'), storeDir: join(dir, 'store'), lock: await lockDirectory(dir) };
}
