// catalog: what exists: databases, retention policies, continuous queries, subscriptions, users, ladders (and later tokens, tasks).

export type {
  Catalog,
  CatalogImport,
  ContinuousQueryDefinition,
  Database,
  RetentionPolicy,
  RetentionPolicySpec,
  Subscription,
} from './catalog.ts';
export { mayAccess } from './user.ts';
export type { Privilege, User } from './user.ts';
export { openCatalog } from './open-catalog.ts';
export type { CatalogOptions } from './open-catalog.ts';

// Ladders
export { isFed, ladderOfTier, tiersOf } from './declared-ladder.ts';
export type { DeclaredLadder } from './declared-ladder.ts';
export { fedLadders, keptLadders } from './placed-ladders.ts';

// Copies outside of the store
export { bucketsOf, withBucketIds } from './bucket-ids.ts';
export { decodeDatabase, encodeDatabase } from './state-codec.ts';
export { decodeUser, encodeUser } from './user-record.ts';

// Shards by number
export { openShardIds } from './shard-ids.ts';
export type { NumberedShard, ShardIds, ShardIdsOptions, ShardPlace } from './shard-ids.ts';
