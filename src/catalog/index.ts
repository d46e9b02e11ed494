// catalog: what exists: databases, retention policies (and later users, tokens, tasks, ladders).

export type { Catalog, Database, RetentionPolicy, RetentionPolicySpec } from './catalog.ts';
