// A backup in a directory. Objects have the keys that they had in the server's store and never change, so the next backup
// into the same directory adds what is new, puts a new manifest in the place of the old one, and then removes what only
// the old one named. Killed at any instant it is a whole backup: the old one or the new one.
//
//     DIR/manifest.json     what there is, with checksums; written last
//     DIR/blocks/…          points, in Parquet
//     DIR/series/…          names of series
//     DIR/~temp/            objects on their way in
//     DIR/weir.lock.N       who works on it at present
import { mkdir, open, readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError, isWeirError, messageOf } from '../base/index.ts';
import { type DirectoryLock, lockDirectory } from '../log/index.ts';
import { type Files, type ObjectStore, nodeFiles, openDirectoryStore } from '../store/index.ts';
import type { FetchedObject } from './backups.ts';
import { type Digest, Digester, differenceOf } from './digest.ts';
import { type BackupManifest, MANIFEST_NAME, decodeManifest, encodeManifest } from './manifest-file.ts';

const OWN_NAME = /^(?:manifest\.json(?:\.new)?|blocks|series|~temp|weir\.lock\.\d+)$/;
const OBJECT_PREFIXES: readonly string[] = ['blocks/', 'series/'];
const READ_BYTES = 4 * 1024 * 1024;

export class BackupDirectory {
  readonly dir: string;
  readonly #lock: DirectoryLock;
  readonly #store: ObjectStore;
  #manifest: BackupManifest | null;

  constructor(dir: string, lock: DirectoryLock, store: ObjectStore, manifest: BackupManifest | null) {
    this.dir = dir;
    this.#lock = lock;
    this.#store = store;
    this.#manifest = manifest;
  }

  /** null while there is no whole backup here. */
  get manifest(): BackupManifest | null {
    return this.#manifest;
  }

  /** What an object that is here is known to be; an unfinished run's are read for it. undefined when it is not here. */
  async digestOf(key: string): Promise<Digest | undefined> {
    const info = await this.#store.head(key);
    if (info === undefined) return undefined;
    const known = this.#manifest?.objects.get(key);
    if (known !== undefined && known.sizeBytes === info.sizeBytes) return known;
    if (known === undefined) return this.#read(key);
    await this.#store.delete(key);
    return undefined;
  }

  /** Puts an object here, durably. Rejects with `corrupt` when other bytes came than were sent: then it is not here. */
  async put(key: string, { chunks, sha256 }: Pick<FetchedObject, 'chunks' | 'sha256'>): Promise<Digest> {
    const object = await this.#store.create(key);
    try {
      const digester = new Digester();
      for await (const chunk of chunks) {
        digester.update(chunk);
        await object.write(chunk);
      }
      const digest = digester.finish();
      if (digest.sha256 !== sha256()) throw new WeirError('corrupt', `object ${key} was damaged on its way`);
      await object.commit();
      return digest;
    } catch (error) {
      await object.abort().catch(() => {});
      throw error;
    }
  }

  /** Makes the backup what `manifest` says; all of its objects are here. Resolves with the number of objects that went. */
  async commit(manifest: BackupManifest): Promise<number> {
    const path = join(this.dir, MANIFEST_NAME);
    try {
      const file = await open(`${path}.new`, 'w');
      try {
        await file.writeFile(encodeManifest(manifest));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      await nodeFiles.syncDir(this.dir);
    } catch (error) {
      throw new WeirError('unavailable', `${path} cannot be written: ${messageOf(error)}`, error);
    }
    this.#manifest = manifest;
    return this.#prune(manifest);
  }

  /** The object's bytes, piece by piece. */
  async *read(key: string): AsyncGenerator<Uint8Array> {
    const info = await this.#store.head(key);
    if (info === undefined) throw new WeirError('corrupt', `${join(this.dir, key)} is missing`);
    for (let at = 0; at < info.sizeBytes; at += READ_BYTES)
      yield this.#store.get(key, at, Math.min(READ_BYTES, info.sizeBytes - at));
  }

  /** Rejects with `corrupt`, naming file and place, when an object is missing or is not what the manifest says. */
  async check(key: string, expected: Digest): Promise<void> {
    const path = join(this.dir, key);
    let actual: Digest;
    try {
      actual = await this.#read(key);
    } catch (error) {
      if (isWeirError(error, 'corrupt')) throw error;
      throw new WeirError('corrupt', `${path} cannot be read: ${messageOf(error)}`, error);
    }
    const difference = differenceOf(actual, expected);
    if (difference !== null) throw new WeirError('corrupt', `${path} ${difference}`);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#lock.release();
  }

  async #read(key: string): Promise<Digest> {
    const digester = new Digester();
    for await (const bytes of this.read(key)) digester.update(bytes);
    return digester.finish();
  }

  async #prune({ objects }: BackupManifest): Promise<number> {
    let count = 0;
    for (const prefix of OBJECT_PREFIXES) {
      for await (const { key } of this.#store.list(prefix)) {
        if (objects.has(key)) continue;
        await this.#store.delete(key);
        count++;
      }
    }
    return count;
  }
}

/** For a backup to be taken: makes the directory. Rejects with `invalid` when it holds other things, `locked` when in use. */
export async function openForBackup(dir: string, files?: Files): Promise<BackupDirectory> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new WeirError('unavailable', `the directory ${dir} cannot be made: ${messageOf(error)}`, error);
  }
  const strange = (await namesIn(dir)).find((name) => !OWN_NAME.test(name));
  if (strange !== undefined)
    throw new WeirError('invalid', `${dir} holds other things than a backup (${strange}); give a directory of its own`);
  return openDirectory(dir, true, files);
}

/** For a backup to be read. Rejects with `invalid` when there is none. */
export async function openBackup(dir: string): Promise<{ directory: BackupDirectory; manifest: BackupManifest }> {
  const names = await namesIn(dir);
  if (!names.includes(MANIFEST_NAME)) {
    const unfinished = names.some((name) => name === 'blocks' || name === 'series');
    throw new WeirError('invalid', unfinished ? `the backup in ${dir} was never finished` : `${dir} holds no backup`);
  }
  const directory = await openDirectory(dir, false);
  if (directory.manifest === null) throw new WeirError('invalid', `${dir} holds no backup`);
  return { directory, manifest: directory.manifest };
}

async function openDirectory(dir: string, sweep: boolean, files?: Files): Promise<BackupDirectory> {
  const lock = await lockDirectory(dir);
  try {
    const manifest = await readManifest(join(dir, MANIFEST_NAME));
    return new BackupDirectory(dir, lock, await openDirectoryStore({ dir, sweep, files }), manifest);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function readManifest(path: string): Promise<BackupManifest | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new WeirError('unavailable', `${path} cannot be read: ${messageOf(error)}`, error);
  }
  return decodeManifest(text, path);
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    throw new WeirError('invalid', `${dir} cannot be read: ${messageOf(error)}`, error);
  }
}
