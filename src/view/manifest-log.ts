// The manifest as it stands, and commits to it: one at a time, each a record in the store.
import { setTimeout as delay } from 'node:timers/promises';
import { isWeirError, messageOf } from '../base/index.ts';
import { type ObjectStore, type RecordLog, openRecordLog } from '../store/index.ts';
import {
  EMPTY_MANIFEST,
  type ManifestRecord,
  type ManifestState,
  applyRecord,
  checkManifestRecord,
  checkManifestState,
} from './manifest.ts';

const RECORDS_PER_CHECKPOINT = 64;

export class ManifestLog {
  readonly #log: RecordLog<ManifestRecord, ManifestState>;
  #state = EMPTY_MANIFEST;
  #last: Promise<unknown> = Promise.resolve();
  #failure: string | undefined;
  #closed = false;
  readonly #retryMs: number;
  /** Runs after each commit, once what it changed is in memory. */
  onCommitted: () => void = () => {};

  constructor(store: ObjectStore, retryMs: number) {
    this.#retryMs = retryMs;
    this.#log = openRecordLog(store, 'manifest', {
      record: { encode: (record) => record, decode: checkManifestRecord },
      state: { encode: (state) => state, decode: checkManifestState },
    });
  }

  /** Why the last append or checkpoint failed, until one works again. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get state(): ManifestState {
    return this.#state;
  }

  async load(): Promise<void> {
    const { checkpoint, records } = await this.#log.load();
    this.#state = records.reduce(
      (state, { record }) => applyRecord(state, record),
      checkpoint?.state ?? EMPTY_MANIFEST,
    );
  }

  /**
   * Commits the record that `make` returns; `make` runs when the commits before are done, and returning undefined commits
   * nothing. `after` runs in the same turn in which the new state stands. When the store fails it is unknown whether it
   * has the record, so the same record is tried again until it is certain, or the log is closed.
   */
  commit(make: () => ManifestRecord | undefined, after: () => void): Promise<void> {
    const done = this.#last.then(async () => {
      const record = make();
      if (record === undefined) return;
      await this.#append(record);
      this.#state = applyRecord(this.#state, record);
      after();
      this.onCommitted();
      if (this.#log.recordsSinceCheckpoint >= RECORDS_PER_CHECKPOINT) await this.#checkpoint();
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Commits under way that the store will not take are given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  async #append(record: ManifestRecord): Promise<void> {
    for (;;) {
      try {
        await this.#log.append(record);
        this.#failure = undefined;
        return;
      } catch (error) {
        if (this.#closed || isWeirError(error, 'conflict')) throw error;
        this.#failure = messageOf(error);
      }
      await delay(this.#retryMs);
    }
  }

  /** Without one the log is whole, only longer than it need be. */
  async #checkpoint(): Promise<void> {
    try {
      await this.#log.checkpoint(this.#state);
    } catch (error) {
      this.#failure = messageOf(error);
    }
  }
}
