// What exists: databases with their retention policies, each of which is a bucket, and users.
import type { Bucket, LadderSpec } from '../model/index.ts';
import type { DeclaredLadder } from './declared-ladder.ts';
import type { Privilege, User } from './user.ts';

export interface RetentionPolicy {
  readonly name: string;
  readonly bucket: Bucket;
  /** Kept and shown as InfluxDB does; Weir itself does not replicate. */
  readonly replicaN: number;
  /** In order of creation. */
  readonly subscriptions: readonly Subscription[];
}

/** Where copies of what is written to a policy go. */
export interface Subscription {
  readonly name: string;
  /** To each destination, or to one after the other in turn. */
  readonly mode: 'ALL' | 'ANY';
  /** `udp://host:port`, `http://…:port`, `https://…:port`. */
  readonly destinations: readonly string[];
}

export interface ContinuousQueryDefinition {
  readonly name: string;
  /** The statement that created it, whole. */
  readonly text: string;
}

export interface Database {
  readonly name: string;
  /** May name a policy that was dropped: unqualified reads and writes then fail, as in InfluxDB. */
  readonly defaultPolicy: string;
  /** In order of creation. */
  readonly policies: readonly RetentionPolicy[];
  /** In order of creation. */
  readonly continuousQueries: readonly ContinuousQueryDefinition[];
  /** In order of creation. */
  readonly ladders: readonly DeclaredLadder[];
}

export interface RetentionPolicySpec {
  readonly name: string;
  /** 0 = for ever, as is undefined for a new policy. */
  readonly durationNs?: bigint | undefined;
  /** 0 or undefined = InfluxDB's default for the duration; under 1h becomes 1h. */
  readonly shardDurationNs?: bigint | undefined;
  /** 1 when undefined. */
  readonly replicaN?: number | undefined;
  readonly makeDefault?: boolean | undefined;
}

/** What another catalog had, names and bucket ids as they shall be here. */
export interface CatalogImport {
  readonly databases: readonly Database[];
  /** Of databases that exist here; the database's default policy stays what it is. */
  readonly policies: ReadonlyArray<{ readonly database: string; readonly policy: RetentionPolicy }>;
  readonly users: readonly User[];
}

/**
 * Every change is durable when its promise resolves, and seen by nobody before. Errors carry InfluxDB's texts. What is
 * returned never changes afterwards. With several nodes on one store, each change is decided on what all of them have
 * done; reads answer from this node's memory.
 */
export interface Catalog {
  /** Ascending by name. */
  databases(): readonly Database[];
  database(name: string): Database | undefined;
  /**
   * The policy `name`, or the default one for undefined or ''. Throws `not found`: `database not found: x`,
   * `retention policy not found: r`.
   */
  policy(database: string, name?: string): RetentionPolicy;
  /**
   * Without `spec`, with the policy `autogen` (for ever, 7d shards), or none if the catalog was opened so; an existing database
   * is returned as it is. With it, the policy becomes the default; an existing database must already have it as such, else
   * `conflict`; of the spec only what is given, and the shard duration, are compared.
   */
  createDatabase(name: string, spec?: RetentionPolicySpec): Promise<Database>;
  /** Returns the ids of the buckets that went with it; none when there was no such database. */
  dropDatabase(name: string): Promise<readonly string[]>;
  /** An existing policy with equal settings is returned as it is, else `conflict`. */
  createPolicy(database: string, spec: RetentionPolicySpec): Promise<RetentionPolicy>;
  /** Keeps what is not given, the shard duration too. The bucket keeps its id. The duration in a ladder is `conflict`. */
  alterPolicy(database: string, name: string, change: Partial<Omit<RetentionPolicySpec, 'name'>>): Promise<void>;
  /** Returns the id of its bucket, or undefined when there was no such policy. One in a ladder is `conflict`. */
  dropPolicy(database: string, name: string): Promise<string | undefined>;

  /**
   * Makes policies and buckets of all tiers, in one step with the dropping of `replacedQueries`. The same text again is no
   * error; another one, and policies that do not fit, are `conflict`. A ladder of which only data was kept goes on with it.
   */
  createLadder(database: string, spec: LadderSpec, text: string, replacedQueries?: readonly string[]): Promise<void>;
  /** Throws as `createLadder`, or `alterLadder` where it exists, would, and changes nothing. Returns its base. */
  checkLadder(database: string, spec: LadderSpec): string;
  /**
   * Tiers go on by step, under whatever name. The others go, or can be read on with `keepData`. Returns the ids of buckets that
   * went. `not found` without the ladder.
   */
  alterLadder(database: string, spec: LadderSpec, text: string, keepData: boolean): Promise<readonly string[]>;
  /** The base stays. Returns the ids of buckets that went. `not found` (`ladder not found: l`) without it. */
  dropLadder(database: string, name: string, keepData: boolean): Promise<readonly string[]>;

  /** The same name and text (whatever their case) again is no error; another text is a `conflict`. */
  createContinuousQuery(database: string, name: string, text: string): Promise<void>;
  /** One that is missing, or whose database is, is no error. */
  dropContinuousQuery(database: string, name: string): Promise<void>;

  /** `invalid` for a destination that is no URL with a port, `not found` without the policy, `conflict` when it exists. */
  createSubscription(database: string, policy: string, subscription: Subscription): Promise<void>;
  /** `not found` without it. */
  dropSubscription(database: string, policy: string, name: string): Promise<void>;

  /** In order of creation. */
  users(): readonly User[];
  user(name: string): User | undefined;
  hasAdmin(): boolean;
  /**
   * The user of that name and password. `unauthorized` when there is none, whichever of the two is wrong; `unavailable`
   * when too many passwords are being checked. The first check of a password takes long, the next ones do not.
   */
  authenticate(name: string, password: string): Promise<User>;
  /** One that exists with that password and `admin` is no error, else `conflict`. */
  createUser(name: string, password: string, admin: boolean): Promise<void>;
  /** This and the following are `not found` (`user not found`) without the user. */
  dropUser(name: string): Promise<void>;
  setPassword(name: string, password: string): Promise<void>;
  setAdmin(name: string, admin: boolean): Promise<void>;
  /** Replaces what the user has on the database, which must exist. */
  grant(user: string, database: string, privilege: Privilege): Promise<void>;
  /** What remains is `NO PRIVILEGES` at least. */
  revoke(user: string, database: string, privilege: Privilege): Promise<void>;

  /** All of it or nothing. `conflict` when a database, policy, user or bucket is here already, `not found` without the database. */
  importAll(content: CatalogImport): Promise<void>;

  /** Waits for changes under way; later ones are `unavailable`. The store stays open. */
  close(): Promise<void>;
}
