// Makes the names in a store's directories durable: a file's bytes survive a power cut by the fsync of the file, its name by
// the fsync of its directory, and that directory's own name by the fsync of the one above it.
import { dirname } from 'node:path';
import type { Files } from './files.ts';

export class DirectorySync {
  readonly #files: Files;
  readonly #root: string;
  /** Directories all of whose ancestors have been synced since they were made, by path; the value is their identity. */
  readonly #reachable = new Map<string, string>();
  readonly #unsynced = new Set<string>();
  #lazyRound: Promise<void> | undefined;

  constructor(files: Files, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /** Resolves once the names in `directory`, and its own up to the root's, are durable. Something must be in it. */
  async nameAdded(directory: string): Promise<void> {
    await this.#files.syncDir(directory);
    const identity = (await this.#files.info(directory))?.identity;
    // Another process may have pruned the directory and made it again: it is a different one then.
    if (identity !== undefined && this.#reachable.get(directory) === identity) return;
    for (let above = directory; above !== this.#root; ) {
      above = dirname(above);
      await this.#files.syncDir(above);
    }
    if (identity !== undefined) this.#reachable.set(directory, identity);
  }

  /**
   * Syncs `directory` some time soon. Enough for a removed name: if a power cut brings it back, it is an object that
   * nothing refers to any more.
   */
  nameRemoved(directory: string): void {
    this.#unsynced.add(directory);
    this.#lazyRound ??= this.#syncLazily();
  }

  directoryRemoved(directory: string): void {
    this.#reachable.delete(directory);
    this.#unsynced.delete(directory);
  }

  /** Resolves when nothing is left to sync. */
  async settle(): Promise<void> {
    await this.#lazyRound;
  }

  async #syncLazily(): Promise<void> {
    for (const directory of this.#unsynced) {
      this.#unsynced.delete(directory);
      // Gone or failing: a removal was promised to nobody.
      await this.#files.syncDir(directory).catch(() => {});
    }
    this.#lazyRound = undefined;
  }
}
