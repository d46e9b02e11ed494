// The catalog of a store: its state in memory, every change of it first a record in the log under `catalog/`.
import { WeirError, compareStrings, isWeirError, messageOf } from '../base/index.ts';
import { type LoadedRecords, type ObjectStore, type RecordLog, openRecordLog } from '../store/index.ts';
import type { Catalog, Database, RetentionPolicy, RetentionPolicySpec } from './catalog.ts';
import { type CatalogRecord, applyRecord, recordCodec } from './catalog-record.ts';
import { type CatalogState, EMPTY_STATE, findPolicy, stateCodec } from './catalog-state.ts';
import {
  decideAlterPolicy,
  decideCreateDatabase,
  decideCreatePolicy,
  decideDropDatabase,
  decideDropPolicy,
  policyNotFound,
  requireDatabase,
} from './decide-database.ts';

export interface CatalogOptions {
  readonly store: ObjectStore;
  /** Where in the store its log is; `catalog` when undefined. */
  readonly prefix?: string | undefined;
  /** After how many records a checkpoint is written; 64 when undefined. */
  readonly checkpointEvery?: number | undefined;
}

/** Rejects with `corrupt`, naming the key, when what is stored is damaged. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { store, prefix = 'catalog', checkpointEvery = 64 } = options;
  const log = openRecordLog(store, prefix, { record: recordCodec, state: stateCodec });
  const catalog = new StoredCatalog(log, prefix, checkpointEvery);
  await catalog.load();
  return catalog;
}

class StoredCatalog implements Catalog {
  readonly #log: RecordLog<CatalogRecord, CatalogState>;
  readonly #prefix: string;
  readonly #checkpointEvery: number;
  #state = EMPTY_STATE;
  #sorted: { readonly from: CatalogState['databases']; readonly list: readonly Database[] } | undefined;
  /** Set when records were read that cannot be applied: from then on nothing may be decided here. */
  #failure: WeirError | undefined;
  /** Resolves when the last change so far is through. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(log: RecordLog<CatalogRecord, CatalogState>, prefix: string, checkpointEvery: number) {
    this.#log = log;
    this.#prefix = prefix;
    this.#checkpointEvery = checkpointEvery;
  }

  async load(): Promise<void> {
    this.#adopt(await this.#log.load());
  }

  databases(): readonly Database[] {
    const { databases } = this.#state;
    if (this.#sorted?.from !== databases) {
      const list = [...databases.values()].sort((a, b) => compareStrings(a.name, b.name));
      this.#sorted = { from: databases, list: Object.freeze(list) };
    }
    return this.#sorted.list;
  }

  database(name: string): Database | undefined {
    return this.#state.databases.get(name);
  }

  policy(databaseName: string, name?: string): RetentionPolicy {
    const database = requireDatabase(this.#state, databaseName);
    const wanted = name || database.defaultPolicy;
    const policy = findPolicy(database, wanted);
    if (policy === undefined) throw policyNotFound(wanted);
    return policy;
  }

  async createDatabase(name: string, spec?: RetentionPolicySpec): Promise<Database> {
    const { after } = await this.#change((state) => decideCreateDatabase(state, name, spec));
    return requireDatabase(after, name);
  }

  async dropDatabase(name: string): Promise<readonly string[]> {
    const { before } = await this.#change((state) => decideDropDatabase(state, name));
    return before.databases.get(name)?.policies.map((policy) => policy.bucket.id) ?? [];
  }

  async createPolicy(database: string, spec: RetentionPolicySpec): Promise<RetentionPolicy> {
    const { after } = await this.#change((state) => decideCreatePolicy(state, database, spec));
    return findPolicy(requireDatabase(after, database), spec.name) as RetentionPolicy;
  }

  async alterPolicy(database: string, name: string, change: Partial<Omit<RetentionPolicySpec, 'name'>>): Promise<void> {
    await this.#change((state) => decideAlterPolicy(state, database, name, change));
  }

  async dropPolicy(databaseName: string, name: string): Promise<string | undefined> {
    const { before } = await this.#change((state) => decideDropPolicy(state, databaseName, name));
    const database = before.databases.get(databaseName);
    return database && findPolicy(database, name)?.bucket.id;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
  }

  /** Runs `decide` on the newest state, and makes what it decides durable and then visible; one change after another. */
  #change(
    decide: (state: CatalogState) => CatalogRecord | undefined,
  ): Promise<{ before: CatalogState; after: CatalogState }> {
    if (this.#closed) return Promise.reject(new WeirError('unavailable', 'the catalog is closed'));
    const change = this.#queue.then(() => this.#changeNow(decide));
    this.#queue = change.then(
      () => this.#checkpointWhenDue(),
      () => {}, // Its caller is told.
    );
    return change;
  }

  async #changeNow(decide: (state: CatalogState) => CatalogRecord | undefined) {
    for (;;) {
      // Sees what other nodes did, and what became of a change of our own that failed without a clear outcome.
      if (this.#failure !== undefined) throw this.#failure;
      this.#adopt(await this.#log.refresh());
      const before = this.#state;
      const record = decide(before);
      if (record === undefined) return { before, after: before };
      const after = applyRecord(before, record);
      try {
        await this.#log.append(record);
      } catch (error) {
        if (isWeirError(error, 'conflict')) continue;
        throw error;
      }
      this.#state = after;
      return { before, after };
    }
  }

  #adopt({ checkpoint, records }: LoadedRecords<CatalogRecord, CatalogState>): void {
    let state = checkpoint?.state ?? this.#state;
    for (const { number, record } of records) {
      try {
        state = applyRecord(state, record);
      } catch (error) {
        this.#failure = new WeirError('corrupt', `${this.#prefix}: record ${number}: ${messageOf(error)}`, error);
        throw this.#failure;
      }
    }
    this.#state = state;
  }

  async #checkpointWhenDue(): Promise<void> {
    if (this.#log.recordsSinceCheckpoint < this.#checkpointEvery) return;
    // The log is whole without it; the next change tries again.
    await this.#log.checkpoint(this.#state).catch(() => {});
  }
}
