// catalog: what exists: databases, retention policies (and later users, tokens, tasks, ladders).

export type { Catalog, Database, RetentionPolicy, RetentionPolicySpec } from './catalog.ts';
export { openCatalog } from './open-catalog.ts';
export type { CatalogOptions } from './open-catalog.ts';
