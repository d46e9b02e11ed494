// Disks that fail on demand: the file operations of the log and of the store, wrapped so that some calls are cut short or
// fail with an errno for a while, then work again.
import type { LogFiles } from '../../src/log/index.ts';
import type { Files } from '../../src/store/index.ts';

export const FAULTS = ['none', 'short-write', 'fsync-error', 'no-space', 'rename-error'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultPlan {
  readonly fault: Fault;
  /** So many operations of the kind work first… */
  readonly after: number;
  /** …then so many fail. */
  readonly times: number;
}

/** Counts the operations that the plan is about. */
export class FaultCounter {
  readonly #plan: FaultPlan;
  #seen = 0;

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  /** Whether this operation, of this kind of fault, fails. */
  hits(fault: Fault): boolean {
    if (fault !== this.#plan.fault) return false;
    this.#seen++;
    return this.#seen > this.#plan.after && this.#seen <= this.#plan.after + this.#plan.times;
  }

  throwIf(fault: Fault, code: string): void {
    if (this.hits(fault)) throw Object.assign(new Error(`${code}: injected`), { code });
  }
}

export function faultyLogFiles(files: LogFiles, counter: FaultCounter): LogFiles {
  return {
    ...files,
    async write(file, bytes, position) {
      counter.throwIf('no-space', 'ENOSPC');
      if (!counter.hits('short-write') || bytes.length < 2) return files.write(file, bytes, position);
      // Half of it reaches the disk, then the disk is gone.
      await files.write(file, bytes.subarray(0, bytes.length >> 1), position);
      throw Object.assign(new Error('EIO: injected after a short write'), { code: 'EIO' });
    },
    async sync(file) {
      counter.throwIf('fsync-error', 'EIO');
      await files.sync(file);
    },
    async rename(from, to) {
      counter.throwIf('rename-error', 'EIO');
      await files.rename(from, to);
    },
  };
}

/** The operations of the store on the main thread: manifest, series keys, catalog. */
export function faultyStoreFiles(files: Files, counter: FaultCounter): Files {
  return {
    ...files,
    async link(from, to) {
      counter.throwIf('rename-error', 'EIO');
      await files.link(from, to);
    },
    async syncDir(path) {
      counter.throwIf('fsync-error', 'EIO');
      await files.syncDir(path);
    },
    createNew(path) {
      counter.throwIf('no-space', 'ENOSPC');
      return files.createNew(path);
    },
  };
}
