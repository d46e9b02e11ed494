// An object store in a directory: key `a/b.json` is the file `<dir>/a/b.json`. It may be open many times at once, in threads
// and in processes: all that they share is the file system, and every step there is atomic.
//
//   <dir>/a/b.json              an object, whole from the moment it can be seen
//   <dir>/~temp/<unique>        an object being written (no key can have this name: `~` is no letter of keys)
//   <dir>/~temp/<unique>.b.json a second name of an object that someone reads as a local file
import { randomBytes } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { WeirError } from '../base/index.ts';
import { DirectorySync } from './directory-sync.ts';
import { type Files, errnoOf, isMissing, nodeFiles } from './files.ts';
import { checkKey, checkPrefix } from './key.ts';
import { listObjects } from './list-objects.ts';
import type { LocalFile, ObjectInfo, ObjectStore, ObjectWriter } from './object-store.ts';
import { type PendingObject, createPendingObject } from './pending-object.ts';
import { storeError } from './store-error.ts';

export interface DirectoryStoreOptions {
  /** Is made when it does not exist. */
  readonly dir: string;
  /**
   * Removes what crashed writers and readers left. Only for the one opener that owns the directory, before anyone else
   * opens it: the temporary files of others would go too.
   */
  readonly sweep?: boolean | undefined;
  readonly files?: Files | undefined;
}

/**
 * - One key cannot be the folder of another (`a` and `a/b`): such a put is `invalid`.
 * - `delete` is at once true for everyone and survives the death of the process; after a power cut the object may be back.
 *   Folders that it leaves empty go too.
 * - `localFile` makes a second name for the file, so that whoever deletes the object, in whatever process, the path stays
 *   valid until it is released or this store is closed.
 * - `list` holds the names of one folder at a time.
 */
export async function openDirectoryStore(options: DirectoryStoreOptions): Promise<ObjectStore> {
  const files = options.files ?? nodeFiles;
  const root = resolve(options.dir);
  const tempDir = join(root, '~temp');
  try {
    const made = await files.makeDir(tempDir);
    await syncUpTo(files, root, dirname(made === undefined || made === tempDir ? root : made));
    if (options.sweep) {
      for (const { name } of await files.entries(tempDir)) await files.unlink(join(tempDir, name));
    }
  } catch (error) {
    throw storeError(error, `cannot open the object store in ${root}`);
  }
  return new DirectoryStore(files, root, tempDir);
}

/** Makes `root`'s own name durable, even if an earlier opener was killed between making it and syncing it. */
async function syncUpTo(files: Files, root: string, last: string): Promise<void> {
  await files.syncDir(root);
  for (let directory = root; directory !== last; ) {
    directory = dirname(directory);
    try {
      await files.syncDir(directory);
    } catch (error) {
      // Directories above ours need not be readable for us; then their owner has to care for them.
      if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
    }
  }
}

class DirectoryStore implements ObjectStore {
  readonly #files: Files;
  readonly #root: string;
  readonly #sync: DirectorySync;
  readonly #tempDir: string;
  // Names every temporary file of this instance apart from those of all others.
  readonly #instance = `${process.pid}-${randomBytes(6).toString('hex')}`;
  #tempCount = 0;
  readonly #held = new Set<string>();
  /** Changes of the directory that `close` waits for. */
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(files: Files, root: string, tempDir: string) {
    this.#files = files;
    this.#root = root;
    this.#sync = new DirectorySync(files, root);
    this.#tempDir = tempDir;
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#track(this.#put(key, bytes));
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const object = await this.#create(key);
    await object.write(bytes);
    await object.commit();
  }

  async create(key: string): Promise<ObjectWriter> {
    return this.#create(key);
  }

  async get(key: string, offset = 0, length?: number): Promise<Uint8Array> {
    const path = this.#pathOf(key);
    try {
      const file = await this.#files.openRead(path);
      try {
        const sizeBytes = await file.sizeBytes();
        if (sizeBytes === undefined) throw notFound(key);
        const end = offset + (length ?? sizeBytes - offset);
        checkRange(key, offset, end, sizeBytes);
        const bytes = new Uint8Array(end - offset);
        for (let at = 0; at < bytes.length; ) {
          const count = await file.read(bytes.subarray(at), offset + at);
          if (count === 0) throw new WeirError('corrupt', `object ${key} ends at byte ${offset + at} of ${sizeBytes}`);
          at += count;
        }
        return bytes;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw isMissing(error) ? notFound(key, error) : storeError(error, `cannot read object ${key}`);
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.#pathOf(key);
    try {
      const info = await this.#files.info(path);
      return info?.kind === 'file' ? { key, sizeBytes: info.sizeBytes } : undefined;
    } catch (error) {
      throw storeError(error, `cannot read object ${key}`);
    }
  }

  async *list(prefix: string, after = ''): AsyncGenerator<ObjectInfo> {
    this.#checkOpen();
    checkPrefix(prefix);
    try {
      yield* listObjects(this.#files, this.#root, prefix, after);
    } catch (error) {
      throw storeError(error, `cannot list objects ${prefix}*`);
    }
  }

  delete(key: string): Promise<void> {
    return this.#track(this.#delete(key));
  }

  async #delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await this.#files.unlink(path);
    } catch (error) {
      if (isMissing(error)) return;
      // Linux says EISDIR and others EPERM when the path is a folder: then there is no such object.
      if ((await this.#files.info(path).catch(() => undefined))?.kind === 'directory') return;
      throw storeError(error, `cannot delete object ${key}`);
    }
    await this.#nameRemoved(dirname(path));
  }

  async localFile(key: string): Promise<LocalFile> {
    const original = this.#pathOf(key);
    // Ends as the object's own name does, for readers that judge a file by its extension.
    const path = this.#newTempPath(`.${basename(key).slice(-100)}`);
    try {
      await this.#files.link(original, path);
    } catch (error) {
      if (isMissing(error) || (await this.head(key)) === undefined) throw notFound(key, error);
      throw storeError(error, `cannot open object ${key} as a local file`);
    }
    this.#held.add(path);
    return { path, release: () => this.#release(path) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const path of this.#held) this.#release(path);
    await Promise.allSettled(this.#underWay);
    await this.#sync.settle();
  }

  #create(key: string): Promise<PendingObject> {
    this.#checkOpen();
    checkKey(key);
    const place = { files: this.#files, sync: this.#sync, root: this.#root, tempPath: this.#newTempPath() };
    return createPendingObject(place, key);
  }

  #newTempPath(suffix = ''): string {
    return join(this.#tempDir, `${this.#instance}-${++this.#tempCount}${suffix}`);
  }

  /** Prunes what has become empty, upwards; the fsync of what stays comes later. */
  async #nameRemoved(directory: string): Promise<void> {
    let emptied = directory;
    while (emptied !== this.#root) {
      try {
        await this.#files.removeDir(emptied);
      } catch {
        break; // Not empty, or someone else was faster.
      }
      this.#sync.directoryRemoved(emptied);
      emptied = dirname(emptied);
    }
    this.#sync.nameRemoved(emptied);
  }

  #release(path: string): void {
    if (!this.#held.delete(path)) return;
    // What stays is swept when the store is opened next.
    void this.#track(this.#files.unlink(path).catch(() => {}));
  }

  #track<T>(change: Promise<T>): Promise<T> {
    this.#underWay.add(change);
    const done = () => this.#underWay.delete(change);
    change.then(done, done);
    return change;
  }

  #pathOf(key: string): string {
    this.#checkOpen();
    checkKey(key);
    return join(this.#root, key);
  }

  #checkOpen(): void {
    if (this.#closed) throw new WeirError('unavailable', 'the object store is closed');
  }
}

function checkRange(key: string, offset: number, end: number, sizeBytes: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(end) && 0 <= offset && offset <= end && end <= sizeBytes)
    return;
  throw new WeirError('invalid', `bytes [${offset}, ${end}) are outside object ${key} of ${sizeBytes} bytes`);
}

function notFound(key: string, cause?: unknown): WeirError {
  return new WeirError('not found', `object ${key} does not exist`, cause);
}
