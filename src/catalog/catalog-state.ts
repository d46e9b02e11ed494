// Everything that a catalog knows, as one value that never changes: a change makes a new state that shares the rest.
import { WeirError } from '../base/index.ts';
import type { Database, RetentionPolicy, Subscription } from './catalog.ts';
import { type DeclaredLadder, ladderOnBase } from './declared-ladder.ts';
import type { PolicySettings } from './policy-settings.ts';
import type { User } from './user.ts';

export interface CatalogState {
  readonly databases: ReadonlyMap<string, Database>;
  /** In order of creation. */
  readonly users: ReadonlyMap<string, User>;
}

export const EMPTY_STATE: CatalogState = { databases: new Map(), users: new Map() };

export function requireDatabase(state: CatalogState, name: string): Database {
  const database = state.databases.get(name);
  if (database === undefined) throw new WeirError('not found', `database not found: ${name}`);
  return database;
}

export function policyNotFound(name: string): WeirError {
  return new WeirError('not found', `retention policy not found: ${name}`);
}

export function findPolicy(database: Database, name: string): RetentionPolicy | undefined {
  return database.policies.find((policy) => policy.name === name);
}

/** With `database` in the place of the one of that name, if there is one. */
export function withDatabase(state: CatalogState, database: Database): CatalogState {
  return { ...state, databases: new Map(state.databases).set(database.name, frozen(database)) };
}

export function withoutDatabase(state: CatalogState, name: string): CatalogState {
  const databases = new Map(state.databases);
  databases.delete(name);
  return { ...state, databases };
}

/** Ladders say what the buckets of their bases are like. */
export function frozen(database: Database): Database {
  const { policies, continuousQueries, ladders } = database;
  return Object.freeze({
    ...database,
    policies: Object.freeze(policies.map((policy) => withLadder(policy, ladders))),
    continuousQueries: Object.freeze([...continuousQueries]),
    ladders: Object.freeze(ladders.map((declared) => Object.freeze({ ...declared }))),
  });
}

function withLadder(policy: RetentionPolicy, ladders: readonly DeclaredLadder[]): RetentionPolicy {
  const { id, durationNs, shardDurationNs, graceNs, late } = policy.bucket;
  const declared = ladderOnBase(ladders, policy.name);
  if (declared === undefined) {
    if (graceNs === undefined && late === undefined) return policy;
    return Object.freeze({ ...policy, bucket: Object.freeze({ id, durationNs, shardDurationNs }) });
  }
  const feeding = { graceNs: declared.baseGraceNs, late: declared.ladder.lateBucket };
  return Object.freeze({ ...policy, bucket: Object.freeze({ id, durationNs, shardDurationNs, ...feeding }) });
}

export function newPolicy(
  name: string,
  bucketId: string,
  { durationNs, shardDurationNs, replicaN }: PolicySettings,
  subscriptions: readonly Subscription[] = [],
): RetentionPolicy {
  const bucket = Object.freeze({ id: bucketId, durationNs, shardDurationNs });
  return Object.freeze({ name, bucket, replicaN, subscriptions: Object.freeze([...subscriptions]) });
}

/** With `policy` in the place of the one of that name. */
export function withPolicy(database: Database, policy: RetentionPolicy): Database {
  const policies = database.policies.map((each) => (each.name === policy.name ? policy : each));
  return { ...database, policies };
}

export function settingsOf({ bucket, replicaN }: RetentionPolicy): PolicySettings {
  return { durationNs: bucket.durationNs, shardDurationNs: bucket.shardDurationNs, replicaN };
}
