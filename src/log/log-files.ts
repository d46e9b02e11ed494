// The file operations that a directory log is made of. They stand behind an interface so that tests can make each of them
// fail or cut it short.
import { close, fdatasync, fstat, fsync, ftruncate, mkdir, open, read, readdir, rename, unlink, write } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** Each rejects with Node's own error, whose `code` is that of errno. A `file` is a descriptor. */
export interface LogFiles {
  openRead(path: string): Promise<number>;
  /** For writing, too. */
  openWrite(path: string): Promise<number>;
  /** An empty file, in place of any that was there. */
  create(path: string): Promise<number>;
  close(file: number): Promise<void>;
  /** Fills into[start .. end) from `position` of the file. May read less; 0 only at the end. */
  read(file: number, into: Uint8Array, start: number, end: number, position: number): Promise<number>;
  /** May write less than it was given. Resolves with the number of bytes. */
  write(file: number, bytes: Uint8Array, position: number): Promise<number>;
  /** Makes what was written durable, and the length of the file. */
  sync(file: number): Promise<void>;
  truncate(file: number, sizeBytes: number): Promise<void>;
  sizeBytes(file: number): Promise<number>;
  /** Takes the place of what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  names(directory: string): Promise<string[]>;
  /** With its parents, durably; no error when it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** Linux reads and writes at most this much at once. */
const MAX_TRANSFER_BYTES = 1 << 30;

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);
const writeFile = promisify(write);
const syncFile = promisify(fsync);
const statFile = promisify(fstat);
const makeDirectories = promisify(mkdir);

export const nodeLogFiles: LogFiles = {
  openRead: (path) => openFile(path, 'r'),
  openWrite: (path) => openFile(path, 'r+'),
  create: (path) => openFile(path, 'w+'),
  close: closeFile,
  async read(file, into, start, end, position) {
    const { bytesRead } = await readFile(file, into, start, Math.min(end - start, MAX_TRANSFER_BYTES), position);
    return bytesRead;
  },
  async write(file, bytes, position) {
    const { bytesWritten } = await writeFile(file, bytes, 0, Math.min(bytes.length, MAX_TRANSFER_BYTES), position);
    return bytesWritten;
  },
  sync: promisify(fdatasync),
  truncate: promisify(ftruncate),
  sizeBytes: async (file) => (await statFile(file)).size,
  rename: promisify(rename),
  unlink: promisify(unlink),
  names: promisify(readdir) as (directory: string) => Promise<string[]>,
  async makeDirectory(path) {
    const made = await makeDirectories(path, { recursive: true });
    if (made === undefined) return;
    // Every new name stands in its parent.
    for (let at = path; at.length >= made.length; at = dirname(at)) await syncDirectory(dirname(at));
  },
  syncDirectory,
};

async function syncDirectory(path: string): Promise<void> {
  const directory = await openFile(path, 'r');
  try {
    await syncFile(directory);
  } finally {
    await closeFile(directory);
  }
}
