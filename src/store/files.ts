// The file operations that a directory store is made of. They stand behind an interface so that tests can make each of them
// fail, cut it short, or watch the order in which they come.
import { type FileHandle, link, lstat, mkdir, open, readdir, rmdir, unlink } from 'node:fs/promises';

export interface OpenFile {
  /** Writes at the end of what was written; may write less than it was given. Resolves with the number of bytes. */
  write(bytes: Uint8Array): Promise<number>;
  /** Fills `into` from `position`; may read less than it was asked for, 0 only at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** undefined for anything but a regular file. */
  sizeBytes(): Promise<number | undefined>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileInfo {
  readonly kind: 'file' | 'directory' | 'other';
  readonly sizeBytes: number;
  /** Differs between this and any other file or directory that ever had its path. */
  readonly identity: string;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** Each rejects with Node's own error, whose `code` is that of errno. */
export interface Files {
  /** Fails with EEXIST when `path` exists. */
  createNew(path: string): Promise<OpenFile>;
  openRead(path: string): Promise<OpenFile>;
  /** undefined when there is nothing at `path`; does not follow a symbolic link. */
  info(path: string): Promise<FileInfo | undefined>;
  /** Empty when there is no such directory. */
  entries(path: string): Promise<DirectoryEntry[]>;
  /** Gives the file at `from` a second name; fails with EEXIST when `to` exists. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** With its parents; no error when it exists. Resolves with the topmost directory that it made, if any. */
  makeDir(path: string): Promise<string | undefined>;
  /** Fails when the directory is not empty. */
  removeDir(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDir(path: string): Promise<void>;
}

/** Linux's read and write take at most this much at once. */
const MAX_TRANSFER_BYTES = 1 << 30;

export const nodeFiles: Files = {
  createNew: async (path) => new NodeFile(await open(path, 'wx')),
  openRead: async (path) => new NodeFile(await open(path, 'r')),
  async info(path) {
    try {
      const stats = await lstat(path, { bigint: true });
      const identity = `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
      return { kind: kindOf(stats), sizeBytes: Number(stats.size), identity };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async entries(path) {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  link,
  unlink,
  makeDir: (path) => mkdir(path, { recursive: true }),
  removeDir: (path) => rmdir(path),
  async syncDir(path) {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

class NodeFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const { bytesWritten } = await this.#handle.write(bytes, 0, Math.min(bytes.length, MAX_TRANSFER_BYTES), null);
    return bytesWritten;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(into, 0, Math.min(into.length, MAX_TRANSFER_BYTES), position);
    return bytesRead;
  }

  async sizeBytes(): Promise<number | undefined> {
    const stats = await this.#handle.stat();
    return stats.isFile() ? stats.size : undefined;
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** The errno of a failed file operation, `undefined` for other things. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Nothing is at that path: its last part is missing, or a part before it is missing or no directory. */
export function isMissing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): 'file' | 'directory' | 'other' {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'directory' : 'other';
}
