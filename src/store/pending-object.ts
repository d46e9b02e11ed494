// An object on its way into a directory store. Nothing of it can be seen under its key before all of it is on the disk:
//
//   ~temp/<unique>   write… → fsync → link to <key> → unlink ~temp/<unique> → fsync of the directories
//                                     └ fails if <key> exists: that is the put-if-absent
//
// Once the link stands, the directories above it are not empty, hence cannot be pruned by anyone while they are synced.
import { dirname, join } from 'node:path';
import { WeirError, assert } from '../base/index.ts';
import { type Files, type OpenFile, errnoOf } from './files.ts';
import type { ObjectInfo, ObjectWriter } from './object-store.ts';
import type { DirectorySync } from './directory-sync.ts';
import { storeError } from './store-error.ts';

/** Each attempt loses only to someone who pruned the directory just after it was made. */
const LINK_ATTEMPTS = 100;

/** Where a pending object is and where it goes. */
export interface ObjectPlace {
  readonly files: Files;
  readonly sync: DirectorySync;
  readonly root: string;
  /** A path that nothing else uses, in an existing directory of the same file system. */
  readonly tempPath: string;
}

export async function createPendingObject(place: ObjectPlace, key: string): Promise<PendingObject> {
  try {
    return new PendingObject(place, key, await place.files.createNew(place.tempPath));
  } catch (error) {
    throw storeError(error, `cannot write object ${key}`);
  }
}

export class PendingObject implements ObjectWriter {
  readonly #place: ObjectPlace;
  readonly #key: string;
  readonly #path: string;
  readonly #file: OpenFile;
  #sizeBytes = 0;
  #state: 'writing' | 'committed' | 'aborted' = 'writing';

  constructor(place: ObjectPlace, key: string, file: OpenFile) {
    this.#place = place;
    this.#key = key;
    this.#path = join(place.root, key);
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#orAbort(async () => {
      for (let at = 0; at < bytes.length; ) {
        const written = await this.#file.write(at === 0 ? bytes : bytes.subarray(at));
        if (written === 0)
          throw new WeirError('unavailable', `cannot write object ${this.#key}: the disk takes no bytes`);
        at += written;
      }
      this.#sizeBytes += bytes.length;
    });
  }

  async commit(): Promise<ObjectInfo> {
    await this.#orAbort(async () => {
      await this.#file.sync();
      await this.#link();
      await this.#makeNameDurable();
    });
    this.#state = 'committed';
    await this.#dropTemp();
    return { key: this.#key, sizeBytes: this.#sizeBytes };
  }

  async abort(): Promise<void> {
    if (this.#state === 'aborted') return;
    assert(this.#state === 'writing', 'abort of an object that was committed');
    this.#state = 'aborted';
    await this.#dropTemp();
  }

  /** A failed object is given up at once, so that on a full disk its space is free again. */
  async #orAbort(step: () => Promise<void>): Promise<void> {
    if (this.#state === 'aborted') {
      throw new WeirError('unavailable', `cannot write object ${this.#key}: it was given up before`);
    }
    assert(this.#state === 'writing', 'write to an object that was committed');
    try {
      await step();
    } catch (error) {
      await this.abort();
      throw storeError(error, `cannot write object ${this.#key}`);
    }
  }

  async #link(): Promise<void> {
    const { files, tempPath } = this.#place;
    for (let attempt = 1; ; attempt++) {
      try {
        return await files.link(tempPath, this.#path);
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === 'EEXIST') {
          await this.#refuseUnlessEmptyDirectory(error);
        } else if (errno === 'ENOENT') {
          await this.#makeParents();
        } else {
          throw errno === 'ENOTDIR' ? this.#crossing(error) : error;
        }
        if (attempt === LINK_ATTEMPTS) throw error;
      }
    }
  }

  /** An empty directory in the key's place is left over from a crash or about to be pruned: it is no object. */
  async #refuseUnlessEmptyDirectory(cause: unknown): Promise<void> {
    const { files } = this.#place;
    const info = await files.info(this.#path);
    if (info?.kind === 'directory') {
      try {
        return await files.removeDir(this.#path);
      } catch (error) {
        throw errnoOf(error) === 'ENOTEMPTY' ? this.#crossing(error) : error;
      }
    }
    if (info !== undefined) throw new WeirError('conflict', `object ${this.#key} exists already`, cause);
  }

  async #makeParents(): Promise<void> {
    try {
      await this.#place.files.makeDir(dirname(this.#path));
    } catch (error) {
      const errno = errnoOf(error);
      // A parent was pruned by a delete just now: whoever links comes back.
      if (errno === 'ENOENT') return;
      throw errno === 'EEXIST' || errno === 'ENOTDIR' ? this.#crossing(error) : error;
    }
  }

  #crossing(cause: unknown): WeirError {
    const what = 'in a directory, no object can be named like the folder of another';
    return new WeirError('invalid', `cannot write object ${this.#key}: ${what}`, cause);
  }

  async #makeNameDurable(): Promise<void> {
    try {
      await this.#place.sync.nameAdded(dirname(this.#path));
    } catch (error) {
      // The caller will be told that the object is not there, so it must not come to light later.
      await this.#place.files.unlink(this.#path).catch(ignore);
      throw error;
    }
  }

  /** Failing here harms nobody: what stays behind is swept when the store is opened next. */
  async #dropTemp(): Promise<void> {
    await this.#file.close().catch(ignore);
    await this.#place.files.unlink(this.#place.tempPath).catch(ignore);
  }
}

function ignore(): void {}
