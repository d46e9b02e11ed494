// A record log: numbered records in an object store, each put if absent, with checkpoints of the state that they lead to.
//
//   <prefix>/checkpoint/…0128.json   the state after record 128      kept: the newest two
//   <prefix>/checkpoint/…0192.json   the state after record 192
//   <prefix>/record/…0129.json       every record after the older of the two
//   <prefix>/record/…0130.json  …
//   <prefix>/record/…0201.json       the last; whoever puts …0202 first is right, everyone else reloads
//
// The state is a function of the records, and the caller's: this file only orders and keeps them. See
// docs/formats/record-log.md for the bytes and for why two checkpoints are kept.
import { randomBytes } from 'node:crypto';
import { WeirError, assert, isWeirError, messageOf } from '../base/index.ts';
import type { ObjectStore } from './object-store.ts';
import { checkKey } from './key.ts';
import { decodeRecordFile, encodeRecordFile, numberedName, numberOfName } from './record-file.ts';

/** How a record or a state becomes JSON and back. */
export interface JsonCodec<T> {
  /** A value that JSON can hold exactly: no bigint, no undefined, no NaN. */
  encode(value: T): unknown;
  /** Checks what it is given, and throws an error that says what is wrong with it. */
  decode(json: unknown): T;
}

export interface RecordLogCodec<R, S> {
  readonly record: JsonCodec<R>;
  readonly state: JsonCodec<S>;
}

export interface NumberedRecord<R> {
  readonly number: number;
  readonly record: R;
}

export interface LoadedRecords<R, S> {
  /**
   * The state to start from. When undefined, the records follow on the empty state (after `load`) or on what the caller
   * already has (after `refresh`).
   */
  readonly checkpoint: { readonly number: number; readonly state: S } | undefined;
  readonly records: readonly NumberedRecord<R>[];
}

export interface RecordLog<R, S> {
  /** The number of the last record that was loaded or appended here; 0 when there is none. */
  readonly lastNumber: number;
  /** How many records a load would read after the newest checkpoint that this log knows of. */
  readonly recordsSinceCheckpoint: number;

  /** The newest checkpoint and the records after it. Rejects with `corrupt`, naming the key, on damage or a gap. */
  load(): Promise<LoadedRecords<R, S>>;

  /** What others have appended after `lastNumber`; a whole load if that is no longer all there. */
  refresh(): Promise<LoadedRecords<R, S>>;

  /**
   * Puts record `lastNumber + 1` and resolves with its number once it is durable. Rejects with `conflict` when another
   * writer was first: refresh, decide anew, try again. After any other error it is unknown whether the record was
   * stored: refresh tells. One call at a time.
   */
  append(record: R): Promise<number>;

  /**
   * Stores `state` as the state after record `lastNumber` as of this call, then lets go of what is no longer needed.
   * Appends may go on meanwhile. Rejects when the store fails: the log is whole then, only longer than it could be.
   */
  checkpoint(state: S): Promise<void>;
}

const LOAD_ATTEMPTS = 20;
const PARALLEL_GETS = 16;

/** A log that has nothing loaded yet: call `load` first. `prefix` has no slash at its end. */
export function openRecordLog<R, S>(store: ObjectStore, prefix: string, codec: RecordLogCodec<R, S>): RecordLog<R, S> {
  checkKey(prefix);
  return new StoredRecordLog(store, prefix, codec);
}

class StoredRecordLog<R, S> implements RecordLog<R, S> {
  readonly #store: ObjectStore;
  readonly #codec: RecordLogCodec<R, S>;
  readonly #recordPrefix: string;
  readonly #checkpointPrefix: string;
  // Makes every file of this instance unlike any other's, so that `append` knows its own bytes again.
  readonly #writer = randomBytes(8).toString('hex');
  #lastNumber = 0;
  #checkpointNumber = 0;
  #appending = false;

  constructor(store: ObjectStore, prefix: string, codec: RecordLogCodec<R, S>) {
    this.#store = store;
    this.#codec = codec;
    this.#recordPrefix = `${prefix}/record/`;
    this.#checkpointPrefix = `${prefix}/checkpoint/`;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  get recordsSinceCheckpoint(): number {
    return this.#lastNumber - this.#checkpointNumber;
  }

  async load(): Promise<LoadedRecords<R, S>> {
    for (let attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
      const number = (await this.#checkpoints()).at(-1) ?? 0;
      const bytes = number === 0 ? undefined : await this.#getUnlessGone(this.#checkpointKey(number));
      if (number !== 0 && bytes === undefined) continue;
      const checkpoint = bytes && { number, state: this.#decodeCheckpoint(number, bytes) };
      const records = await this.#recordsAfter(number);
      if (records === undefined) continue;
      this.#lastNumber = number + records.length;
      this.#checkpointNumber = number;
      return { checkpoint, records };
    }
    throw new WeirError(
      'unavailable',
      `${this.#checkpointPrefix}: checkpoints kept replacing each other during ${LOAD_ATTEMPTS} attempts to load one`,
    );
  }

  async refresh(): Promise<LoadedRecords<R, S>> {
    const records = await this.#recordsAfter(this.#lastNumber);
    if (records === undefined) return this.load();
    this.#lastNumber += records.length;
    return { checkpoint: undefined, records };
  }

  async append(record: R): Promise<number> {
    assert(!this.#appending, 'record log: append was called while another append was under way');
    this.#appending = true;
    try {
      const number = this.#lastNumber + 1;
      const key = this.#recordKey(number);
      const body = this.#codec.record.encode(record);
      const bytes = encodeRecordFile({ kind: 'record', number, writer: this.#writer, body });
      await this.#putOnce(key, bytes);
      if (await this.#isOutrun(number)) {
        // Far behind: the real record of this number has come and gone, so the put proved nothing.
        await this.#store.delete(key);
        throw conflict(key);
      }
      this.#lastNumber = number;
      return number;
    } finally {
      this.#appending = false;
    }
  }

  async checkpoint(state: S): Promise<void> {
    const number = this.#lastNumber;
    if (number <= this.#checkpointNumber) return;
    const body = this.#codec.state.encode(state);
    const bytes = encodeRecordFile({ kind: 'checkpoint', number, writer: this.#writer, body });
    try {
      await this.#store.put(this.#checkpointKey(number), bytes);
    } catch (error) {
      // The state is a function of the records: another writer's checkpoint of the same number is as good.
      if (!isWeirError(error, 'conflict')) throw error;
    }
    this.#checkpointNumber = Math.max(this.#checkpointNumber, number);
    await this.#trim();
  }

  /** A lost answer can make a store, or the network before it, report our own put as a conflict: then it is none. */
  async #putOnce(key: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#store.put(key, bytes);
    } catch (error) {
      if (!isWeirError(error, 'conflict')) throw error;
      const stored = await this.#getUnlessGone(key);
      if (stored === undefined || Buffer.compare(stored, bytes) !== 0) throw conflict(key, error);
    }
  }

  /** The records after `base`, or undefined when some of them may have been let go before they were read. */
  async #recordsAfter(base: number): Promise<NumberedRecord<R>[] | undefined> {
    let records: NumberedRecord<R>[] = [];
    let failure: unknown;
    try {
      records = await this.#readRecordsAfter(base);
    } catch (error) {
      failure = error;
    }
    if (await this.#isOutrun(base + 1)) return undefined;
    if (failure !== undefined) throw failure;
    return records;
  }

  async #readRecordsAfter(base: number): Promise<NumberedRecord<R>[]> {
    const records: NumberedRecord<R>[] = [];
    let batch: number[] = [];
    let expected = base + 1;
    const readBatch = async () => {
      records.push(...(await Promise.all(batch.map((number) => this.#readRecord(number)))));
      batch = [];
    };
    for await (const { key } of this.#store.list(this.#recordPrefix, this.#recordKey(base))) {
      const number = numberOfKey(key, this.#recordPrefix);
      if (number !== expected) {
        throw new WeirError('corrupt', `${this.#recordKey(expected)} is missing, but ${key} exists`);
      }
      expected++;
      batch.push(number);
      if (batch.length === PARALLEL_GETS) await readBatch();
    }
    await readBatch();
    return records;
  }

  async #readRecord(number: number): Promise<NumberedRecord<R>> {
    const key = this.#recordKey(number);
    const body = decodeRecordFile(key, await this.#store.get(key), 'record', number);
    return { number, record: decodeBody(key, body, this.#codec.record) };
  }

  #decodeCheckpoint(number: number, bytes: Uint8Array): S {
    const key = this.#checkpointKey(number);
    return decodeBody(key, decodeRecordFile(key, bytes, 'checkpoint', number), this.#codec.state);
  }

  /**
   * True when record `number` may have been let go already. `#trim` removes records up to the second newest checkpoint,
   * and checkpoints only ever move on, so as long as fewer than two reach `number` it has never been removed.
   */
  async #isOutrun(number: number): Promise<boolean> {
    let count = 0;
    for await (const _ of this.#store.list(this.#checkpointPrefix, this.#checkpointKey(number - 1))) {
      if (++count === 2) return true;
    }
    return false;
  }

  /** Keeps the newest two checkpoints and every record after the older of them. A crash half way costs only space. */
  async #trim(): Promise<void> {
    const checkpoints = await this.#checkpoints();
    const oldestKept = checkpoints.at(-2);
    if (oldestKept === undefined) return;
    for await (const { key } of this.#store.list(this.#recordPrefix)) {
      if (numberOfKey(key, this.#recordPrefix) > oldestKept) break;
      await this.#store.delete(key);
    }
    for (const number of checkpoints.slice(0, -2)) await this.#store.delete(this.#checkpointKey(number));
  }

  /** Ascending. */
  async #checkpoints(): Promise<number[]> {
    const numbers: number[] = [];
    for await (const { key } of this.#store.list(this.#checkpointPrefix)) {
      numbers.push(numberOfKey(key, this.#checkpointPrefix));
    }
    return numbers;
  }

  async #getUnlessGone(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.get(key);
    } catch (error) {
      if (isWeirError(error, 'not found')) return undefined;
      throw error;
    }
  }

  #recordKey(number: number): string {
    return this.#recordPrefix + numberedName(number);
  }

  #checkpointKey(number: number): string {
    return this.#checkpointPrefix + numberedName(number);
  }
}

function decodeBody<T>(key: string, body: unknown, codec: JsonCodec<T>): T {
  try {
    return codec.decode(body);
  } catch (error) {
    throw new WeirError('corrupt', `${key}: ${messageOf(error)}`, error);
  }
}

function numberOfKey(key: string, prefix: string): number {
  const number = numberOfName(key.slice(prefix.length));
  if (number === undefined) throw new WeirError('corrupt', `${key} does not belong in a record log`);
  return number;
}

function conflict(key: string, cause?: unknown): WeirError {
  return new WeirError('conflict', `${key} was written by another writer first`, cause);
}
