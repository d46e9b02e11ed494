// One process at a time may use a data directory. Node has no flock, so the lock is a name in the directory that tells its
// holder by process id and start time: an id that was given to another process since does not pass for the holder, and the
// lock of a process that was killed is taken over.
//
//     weir.lock.6 -> 812.40117.f15765df-cf07-…      superseded: about to be removed by the holder of 7
//     weir.lock.7 -> 904.51330.f15765df-cf07-…      the highest number counts; `0..` = let go
//                    pid, start in ticks, boot
//
// The names are symbolic links to nowhere: one is made at once with what it says, by one process only, and takes no block of
// a full disk. To take the lock is to create the next number and then to see that nothing higher has come about. A name is
// removed only by the holder of a higher one, and the highest is kept on release; so numbers never start again, and a process
// that was slow to look cannot mistake an old state for the present one. What this cannot see is a process of another
// container (pid namespace) that shares the directory.
import { readFile, readdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError, isWeirError, messageOf } from '../base/index.ts';

export interface DirectoryLock {
  /** Lets others have the directory. Does nothing the second time. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** Start time and boot, from /proc; '' where there is none. */
  readonly started: string;
}

const NAME = /^weir\.lock\.(\d{1,15})$/;
const HOLDER = /^(\d{1,15})\.(.*)$/;
const RELEASED = '0.';

/** Rejects with `locked` when a living process, this one included, has the directory; it must exist. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  try {
    return await takeLock(directory);
  } catch (error) {
    if (isWeirError(error)) throw error;
    throw new WeirError('unavailable', `the directory ${directory} cannot be locked: ${messageOf(error)}`, error);
  }
}

async function takeLock(directory: string): Promise<DirectoryLock> {
  const own: Holder = { pid: process.pid, started: (await startTime(process.pid)) ?? '' };
  for (;;) {
    const highest = (await numbers(directory)).at(-1) ?? 0;
    if (highest > 0) {
      const holder = await readHolder(lockPath(directory, highest));
      // Superseded between the two looks.
      if (holder === 'gone') continue;
      if (await isAlive(holder)) throw lockedError(directory, holder, highest);
    }
    const mine = highest + 1;
    const path = lockPath(directory, mine);
    if (!(await createName(path, own))) continue;
    const present = await numbers(directory);
    if (present.at(-1) !== mine) {
      await unlink(path).catch(() => undefined);
      continue;
    }
    for (const old of present) if (old < mine) await unlink(lockPath(directory, old)).catch(() => undefined);
    await unlink(`${lockPath(directory, highest)}.released`).catch(() => undefined);
    let isHeld = true;
    return {
      async release() {
        if (!isHeld) return;
        isHeld = false;
        // A directory that is gone, or a disk that refuses: then the lock ends with the process.
        await symlink(RELEASED, `${path}.released`).catch(() => undefined);
        await rename(`${path}.released`, path).catch(() => undefined);
      },
    };
  }
}

function lockPath(directory: string, number: number): string {
  return join(directory, `weir.lock.${number}`);
}

/** Numbers of the lock files, ascending. */
async function numbers(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir(directory)) {
    const match = NAME.exec(name);
    if (match !== null) found.push(Number(match[1]));
  }
  return found.toSorted((a, b) => a - b);
}

/** False when the name exists. */
async function createName(path: string, holder: Holder): Promise<boolean> {
  try {
    await symlink(`${holder.pid}.${holder.started}`, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | 'gone'> {
  try {
    const match = HOLDER.exec(await readlink(path));
    if (match !== null) return { pid: Number(match[1]), started: match[2] };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone';
    if (codeOf(error) !== 'EINVAL') throw error;
  }
  throw new WeirError('locked', `${path} is none of our locks; remove it if no Weir uses the directory`);
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: there is such a process, of another user.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const started = await startTime(holder.pid);
  return started === undefined ? !(await hasProc()) : holder.started === '' || started === holder.started;
}

/** When the process was started, by /proc; undefined when there is no such process (left) or no /proc. */
async function startTime(pid: number): Promise<string | undefined> {
  let stat: string;
  let boot: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
  } catch {
    return undefined;
  }
  // `pid (name) state ppid …`: the name may hold anything, so count from its closing bracket. Start time is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isDead = fields[0] === 'Z' || fields[0] === 'X';
  return isDead ? undefined : `${fields[19]}.${boot.trim()}`;
}

async function hasProc(): Promise<boolean> {
  return (await startTime(process.pid)) !== undefined;
}

function lockedError(directory: string, holder: Holder, number: number): WeirError {
  const who = holder.pid === process.pid ? `this process (${holder.pid})` : `process ${holder.pid}`;
  const message = `the directory ${directory} is in use by ${who}, as ${lockPath(directory, number)} says`;
  return new WeirError('locked', message);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
