// catalog: what exists: databases, retention policies, continuous queries, subscriptions, users (and later tokens, tasks, ladders).

export type {
  Catalog,
  ContinuousQueryDefinition,
  Database,
  RetentionPolicy,
  RetentionPolicySpec,
  Subscription,
} from './catalog.ts';
export type { Privilege, User } from './user.ts';
export { openCatalog } from './open-catalog.ts';
export type { CatalogOptions } from './open-catalog.ts';
