// The catalog of a store: its state in memory, every change of it first a record in the log under `catalog/`.
import { WeirError, compareStrings, isWeirError, messageOf } from '../base/index.ts';
import type { LadderSpec } from '../model/index.ts';
import { type LoadedRecords, type ObjectStore, type RecordLog, openRecordLog } from '../store/index.ts';
import type {
  Catalog,
  CatalogImport,
  Database,
  RetentionPolicy,
  RetentionPolicySpec,
  Subscription,
} from './catalog.ts';
import { bucketsOf } from './bucket-ids.ts';
import { type CatalogRecord, applyRecord, recordCodec } from './catalog-record.ts';
import { type CatalogState, EMPTY_STATE, findPolicy, policyNotFound, requireDatabase } from './catalog-state.ts';
import { decideCreateContinuousQuery, decideDropContinuousQuery } from './decide-continuous-query.ts';
import {
  decideAlterPolicy,
  decideCreateDatabase,
  decideCreatePolicy,
  decideDropDatabase,
  decideDropPolicy,
} from './decide-database.ts';
import { decideImport } from './decide-import.ts';
import { checkLadder, decideAlterLadder, decideCreateLadder, decideDropLadder } from './decide-ladder.ts';
import { decideCreateSubscription, decideDropSubscription } from './decide-subscription.ts';
import {
  decideCreateUser,
  decideDropUser,
  decideGrant,
  decideRevoke,
  decideSetAdmin,
  decideSetPassword,
} from './decide-user.ts';
import { Passwords } from './passwords.ts';
import { stateCodec } from './state-codec.ts';
import type { Privilege, User } from './user.ts';

export interface CatalogOptions {
  readonly store: ObjectStore;
  /** Where in the store its log is; `catalog` when undefined. */
  readonly prefix?: string | undefined;
  /** After how many records a checkpoint is written; 64 when undefined. */
  readonly checkpointEvery?: number | undefined;
  /** bcrypt's cost for new passwords; InfluxDB's 10 when undefined. */
  readonly passwordCost?: number | undefined;
  /** Whether a database that is created without a policy gets `autogen`; true when undefined. */
  readonly autogen?: boolean | undefined;
}

type Decision = CatalogRecord | undefined;

/** Rejects with `corrupt`, naming the key, when what is stored is damaged. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { store, prefix = 'catalog', checkpointEvery = 64, passwordCost, autogen = true } = options;
  const log = openRecordLog(store, prefix, { record: recordCodec, state: stateCodec });
  const catalog = new StoredCatalog(log, prefix, checkpointEvery, new Passwords(passwordCost), autogen);
  await catalog.load();
  return catalog;
}

class StoredCatalog implements Catalog {
  readonly #log: RecordLog<CatalogRecord, CatalogState>;
  readonly #prefix: string;
  readonly #checkpointEvery: number;
  readonly #passwords: Passwords;
  readonly #autogen: boolean;
  #state = EMPTY_STATE;
  #sorted: { readonly from: CatalogState['databases']; readonly list: readonly Database[] } | undefined;
  /** Set when records were read that cannot be applied: from then on nothing may be decided here. */
  #failure: WeirError | undefined;
  /** Resolves when the last change so far is through. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    log: RecordLog<CatalogRecord, CatalogState>,
    prefix: string,
    checkpointEvery: number,
    passwords: Passwords,
    autogen: boolean,
  ) {
    this.#log = log;
    this.#prefix = prefix;
    this.#checkpointEvery = checkpointEvery;
    this.#passwords = passwords;
    this.#autogen = autogen;
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
    const { after } = await this.#change((state) => decideCreateDatabase(state, name, spec, this.#autogen));
    return requireDatabase(after, name);
  }

  async dropDatabase(name: string): Promise<readonly string[]> {
    const { before } = await this.#change((state) => decideDropDatabase(state, name));
    const database = before.databases.get(name);
    return database === undefined ? [] : bucketsOf(database).map(({ id }) => id);
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

  async createLadder(
    database: string,
    spec: LadderSpec,
    text: string,
    replacedQueries: readonly string[] = [],
  ): Promise<void> {
    await this.#change((state) => decideCreateLadder(state, { database, spec, text, replacedQueries }));
  }

  checkLadder(database: string, spec: LadderSpec): string {
    return checkLadder(this.#state, database, spec);
  }

  async alterLadder(database: string, spec: LadderSpec, text: string, keepData: boolean): Promise<readonly string[]> {
    return goneBuckets(
      database,
      await this.#change((state) => decideAlterLadder(state, { database, spec, text, keepData })),
    );
  }

  async dropLadder(database: string, name: string, keepData: boolean): Promise<readonly string[]> {
    return goneBuckets(database, await this.#change((state) => decideDropLadder(state, database, name, keepData)));
  }

  async createContinuousQuery(database: string, name: string, text: string): Promise<void> {
    await this.#change((state) => decideCreateContinuousQuery(state, database, name, text));
  }

  async dropContinuousQuery(database: string, name: string): Promise<void> {
    await this.#change((state) => decideDropContinuousQuery(state, database, name));
  }

  async createSubscription(database: string, policy: string, subscription: Subscription): Promise<void> {
    await this.#change((state) => decideCreateSubscription(state, database, policy, subscription));
  }

  async dropSubscription(database: string, policy: string, name: string): Promise<void> {
    await this.#change((state) => decideDropSubscription(state, database, policy, name));
  }

  users(): readonly User[] {
    return [...this.#state.users.values()];
  }

  user(name: string): User | undefined {
    return this.#state.users.get(name);
  }

  hasAdmin(): boolean {
    for (const { admin } of this.#state.users.values()) if (admin) return true;
    return false;
  }

  async authenticate(name: string, password: string): Promise<User> {
    const user = this.#state.users.get(name);
    const right = user !== undefined && (await this.#passwords.isRight(user, password));
    // Looks again: the check takes long enough for the user to be dropped or to get another password.
    const now = this.#state.users.get(name);
    if (!right || now?.passwordHash !== user.passwordHash) throw new WeirError('unauthorized', 'authorization failed');
    return now;
  }

  async createUser(name: string, password: string, admin: boolean): Promise<void> {
    const passwordHash = await this.#passwords.hash(password);
    await this.#change((state) =>
      decideCreateUser(state, { name, admin, passwordHash }, (existing) => this.#passwords.isSame(existing, password)),
    );
  }

  async dropUser(name: string): Promise<void> {
    await this.#change((state) => decideDropUser(state, name));
    this.#passwords.forget(name);
  }

  async setPassword(name: string, password: string): Promise<void> {
    const passwordHash = await this.#passwords.hash(password);
    await this.#change((state) => decideSetPassword(state, name, passwordHash));
    this.#passwords.forget(name);
  }

  async setAdmin(name: string, admin: boolean): Promise<void> {
    await this.#change((state) => decideSetAdmin(state, name, admin));
  }

  async grant(user: string, database: string, privilege: Privilege): Promise<void> {
    await this.#change((state) => decideGrant(state, user, database, privilege));
  }

  async revoke(user: string, database: string, privilege: Privilege): Promise<void> {
    await this.#change((state) => decideRevoke(state, user, database, privilege));
  }

  async importAll(content: CatalogImport): Promise<void> {
    await this.#change((state) => decideImport(state, content));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
    await this.#passwords.close();
  }

  /** Runs `decide` on the newest state, and makes what it decides durable and then visible; one change after another. */
  #change(
    decide: (state: CatalogState) => Decision | Promise<Decision>,
  ): Promise<{ before: CatalogState; after: CatalogState }> {
    if (this.#closed) return Promise.reject(new WeirError('unavailable', 'the catalog is closed'));
    const change = this.#queue.then(() => this.#changeNow(decide));
    this.#queue = change.then(
      () => this.#checkpointWhenDue(),
      () => {}, // Its caller is told.
    );
    return change;
  }

  async #changeNow(decide: (state: CatalogState) => Decision | Promise<Decision>) {
    for (;;) {
      // Sees what other nodes did, and what became of a change of our own that failed without a clear outcome.
      if (this.#failure !== undefined) throw this.#failure;
      this.#adopt(await this.#log.refresh());
      const before = this.#state;
      const record = await decide(before);
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

/** The ids of buckets that the database had before and has no longer. */
function goneBuckets(
  name: string,
  { before, after }: { before: CatalogState; after: CatalogState },
): readonly string[] {
  const idsIn = ({ databases }: CatalogState): readonly string[] => {
    const database = databases.get(name);
    return database === undefined ? [] : bucketsOf(database).map(({ id }) => id);
  };
  const left = new Set(idsIn(after));
  return idsIn(before).filter((id) => !left.has(id));
}
