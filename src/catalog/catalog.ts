// What exists: databases and their retention policies, each of which is a bucket.
import type { Bucket } from '../model/index.ts';

export interface RetentionPolicy {
  readonly name: string;
  readonly bucket: Bucket;
  /** Kept and shown as InfluxDB does; Weir itself does not replicate. */
  readonly replicaN: number;
}

export interface Database {
  readonly name: string;
  /** May name a policy that was dropped: unqualified reads and writes then fail, as in InfluxDB. */
  readonly defaultPolicy: string;
  /** In order of creation. */
  readonly policies: readonly RetentionPolicy[];
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
   * Without `spec`, with the policy `autogen` (for ever, 7d shards); an existing database is returned as it is. With it, the
   * policy becomes the default; an existing database must already have it as such, else `conflict`; of the spec only
   * what is given, and the shard duration, are compared.
   */
  createDatabase(name: string, spec?: RetentionPolicySpec): Promise<Database>;
  /** Returns the ids of the buckets that went with it; none when there was no such database. */
  dropDatabase(name: string): Promise<readonly string[]>;
  /** An existing policy with equal settings is returned as it is, else `conflict`. */
  createPolicy(database: string, spec: RetentionPolicySpec): Promise<RetentionPolicy>;
  /** Keeps what is not given, the shard duration too. The bucket keeps its id. */
  alterPolicy(database: string, name: string, change: Partial<Omit<RetentionPolicySpec, 'name'>>): Promise<void>;
  /** Returns the id of its bucket, or undefined when there was no such policy. */
  dropPolicy(database: string, name: string): Promise<string | undefined>;
  /** Waits for changes under way; later ones are `unavailable`. The store stays open. */
  close(): Promise<void>;
}
