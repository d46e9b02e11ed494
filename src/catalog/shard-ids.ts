// Numbers for shards, as SHOW SHARDS prints them and DROP SHARD takes them. A shard is a slice of time of a bucket and has no
// name of its own; it gets a number when it is first looked at, keeps it as long as it has points, and no other shard ever
// gets the same.
//
//   shards/record/…   { next: 8, add: [{ id: 7, bucket: "…", start: "…", end: "…" }], remove: [3] }
import { WeirError, isWeirError } from '../base/index.ts';
import type { TimeRange } from '../model/index.ts';
import { type LoadedRecords, type ObjectStore, type RecordLog, openRecordLog } from '../store/index.ts';
import { type Fields, countOf, fieldsOf, listOf, textOf, wrong } from './json.ts';

export interface ShardPlace {
  readonly bucketId: string;
  readonly range: TimeRange;
}

export interface NumberedShard extends ShardPlace {
  readonly id: number;
}

export interface ShardIds {
  /**
   * The shards of `present`, in its order, each with its number. New numbers are durable once this resolves; numbers of
   * shards that are no longer present are given up. `present` is asked when the calls before are through.
   */
  settle(present: () => readonly ShardPlace[]): Promise<readonly NumberedShard[]>;
  /** As of the last call, ascending by number. */
  known(): readonly NumberedShard[];
  /** Should the shard come into being once more, it gets a new number. */
  forget(id: number): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

interface State {
  /** The next number to give. */
  readonly next: number;
  readonly shards: readonly NumberedShard[];
}

interface Change {
  readonly next: number;
  readonly add: readonly NumberedShard[];
  readonly remove: readonly number[];
}

export interface ShardIdsOptions {
  readonly store: ObjectStore;
  /** Where in the store its log is; `shards` when undefined. */
  readonly prefix?: string | undefined;
  /** After how many records a checkpoint is written; 64 when undefined. */
  readonly checkpointEvery?: number | undefined;
}

/** Rejects with `corrupt`, naming the key, when what is stored is damaged. */
export async function openShardIds({
  store,
  prefix = 'shards',
  checkpointEvery = 64,
}: ShardIdsOptions): Promise<ShardIds> {
  const log = openRecordLog(store, prefix, {
    record: { encode: encodeChange, decode: decodeChange },
    state: { encode: encodeState, decode: decodeState },
  });
  const ids = new StoredShardIds(log, checkpointEvery);
  await ids.load();
  return ids;
}

class StoredShardIds implements ShardIds {
  readonly #log: RecordLog<Change, State>;
  readonly #checkpointEvery: number;
  #state: State = { next: 1, shards: [] };
  /** Resolves when the last change so far is through. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(log: RecordLog<Change, State>, checkpointEvery: number) {
    this.#log = log;
    this.#checkpointEvery = checkpointEvery;
  }

  async load(): Promise<void> {
    this.#adopt(await this.#log.load());
  }

  known(): readonly NumberedShard[] {
    return this.#state.shards;
  }

  async settle(present: () => readonly ShardPlace[]): Promise<readonly NumberedShard[]> {
    let places: readonly ShardPlace[] = [];
    const state = await this.#change((before) => {
      places = present();
      return settlement(before, places);
    });
    const byPlace = new Map(state.shards.map((shard) => [keyOf(shard), shard]));
    return places.flatMap((place) => byPlace.get(keyOf(place)) ?? []);
  }

  async forget(id: number): Promise<void> {
    await this.#change(({ next, shards }) =>
      shards.some((shard) => shard.id === id) ? { next, add: [], remove: [id] } : undefined,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
  }

  /** Runs `decide` on the newest state, and makes what it decides durable and then known; one change after another. */
  #change(decide: (state: State) => Change | undefined): Promise<State> {
    if (this.#closed) return Promise.reject(new WeirError('unavailable', 'the server is closing'));
    const change = this.#queue.then(() => this.#changeNow(decide));
    this.#queue = change.then(
      () => this.#checkpointWhenDue(),
      () => {}, // Its caller is told.
    );
    return change;
  }

  async #changeNow(decide: (state: State) => Change | undefined): Promise<State> {
    for (;;) {
      // Most calls change nothing, and need not look at the store for that.
      if (decide(this.#state) === undefined) return this.#state;
      // Sees what became of a change that failed without a clear outcome.
      this.#adopt(await this.#log.refresh());
      const change = decide(this.#state);
      if (change === undefined) return this.#state;
      try {
        await this.#log.append(change);
      } catch (error) {
        if (isWeirError(error, 'conflict')) continue;
        throw error;
      }
      this.#state = apply(this.#state, change);
      return this.#state;
    }
  }

  #adopt({ checkpoint, records }: LoadedRecords<Change, State>): void {
    this.#state = records.reduce((state, { record }) => apply(state, record), checkpoint?.state ?? this.#state);
  }

  async #checkpointWhenDue(): Promise<void> {
    if (this.#log.recordsSinceCheckpoint < this.#checkpointEvery) return;
    // The log is whole without it; the next change tries again.
    await this.#log.checkpoint(this.#state).catch(() => {});
  }
}

/** What makes the numbered shards those that are present; undefined when they are. */
function settlement({ next, shards }: State, places: readonly ShardPlace[]): Change | undefined {
  const present = new Set(places.map(keyOf));
  const known = new Set(shards.map(keyOf));
  const added = places.filter((place) => !known.has(keyOf(place)));
  const remove = shards.filter((shard) => !present.has(keyOf(shard))).map(({ id }) => id);
  if (added.length === 0 && remove.length === 0) return undefined;
  const add = added.map(({ bucketId, range }, at) => ({ id: next + at, bucketId, range }));
  return { next: next + add.length, add, remove };
}

function apply({ shards }: State, { next, add, remove }: Change): State {
  const removed = new Set(remove);
  return { next, shards: [...shards.filter(({ id }) => !removed.has(id)), ...add] };
}

function keyOf({ bucketId, range }: ShardPlace): string {
  return `${bucketId} ${range.startNs} ${range.endNs}`;
}

function encodeShard({ id, bucketId, range }: NumberedShard): unknown {
  return { id, bucket: bucketId, start: `${range.startNs}`, end: `${range.endNs}` };
}

function decodeShard(json: unknown): NumberedShard {
  const fields = fieldsOf(json, 'shard');
  const range = { startNs: timeOf(fields, 'start'), endNs: timeOf(fields, 'end') };
  return { id: countOf(fields, 'id'), bucketId: textOf(fields, 'bucket'), range };
}

function timeOf(fields: Fields, name: string): bigint {
  const text = textOf(fields, name);
  if (!/^-?\d{1,19}$/.test(text)) throw wrong(name, 'nanoseconds as a string', text);
  return BigInt(text);
}

function encodeState({ next, shards }: State): unknown {
  return { next, shards: shards.map(encodeShard) };
}

function decodeState(json: unknown): State {
  const fields = fieldsOf(json, 'shards');
  return { next: countOf(fields, 'next'), shards: listOf(fields, 'shards', decodeShard) };
}

function encodeChange({ next, add, remove }: Change): unknown {
  return { next, add: add.map(encodeShard), remove };
}

function decodeChange(json: unknown): Change {
  const fields = fieldsOf(json, 'shard record');
  const remove = listOf(fields, 'remove', (id) => countOf({ remove: id }, 'remove'));
  return { next: countOf(fields, 'next'), add: listOf(fields, 'add', decodeShard), remove };
}
