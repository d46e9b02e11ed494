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
  /** 0 = for ever. */
  readonly durationNs: bigint;
  /** undefined = InfluxDB's default for the duration; under 1h becomes 1h. */
  readonly shardDurationNs?: bigint | undefined;
  readonly replicaN?: number | undefined;
  readonly makeDefault?: boolean | undefined;
}

/** Every change is durable when its promise resolves. Errors carry InfluxDB's texts. */
export interface Catalog {
  /** Ascending by name. */
  databases(): readonly Database[];
  database(name: string): Database | undefined;
  /** The policy `name`, or the default one for undefined. Throws `not found`: `database not found: x`, `retention policy not found: r`. */
  policy(database: string, name?: string): RetentionPolicy;
  /** Without `spec`, with the policy `autogen` (for ever, 7d shards). Idempotent when equal, else `conflict`. */
  createDatabase(name: string, spec?: RetentionPolicySpec): Promise<Database>;
  /** Returns the ids of the buckets that went with it; none when there was no such database. */
  dropDatabase(name: string): Promise<readonly string[]>;
  createPolicy(database: string, spec: RetentionPolicySpec): Promise<RetentionPolicy>;
  alterPolicy(database: string, name: string, change: Partial<Omit<RetentionPolicySpec, 'name'>>): Promise<void>;
  /** Returns the id of its bucket, or undefined when there was no such policy. */
  dropPolicy(database: string, name: string): Promise<string | undefined>;
  close(): Promise<void>;
}
