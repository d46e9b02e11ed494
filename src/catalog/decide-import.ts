// Decides on an import: it may add, and never changes what is there.
import { WeirError } from '../base/index.ts';
import { bucketsOf } from './bucket-ids.ts';
import type { CatalogImport, Database, RetentionPolicy } from './catalog.ts';
import { type CatalogState, requireDatabase } from './catalog-state.ts';
import type { ImportRecord } from './import-record.ts';
import { checkName } from './name.ts';

export function decideImport(state: CatalogState, content: CatalogImport): ImportRecord | undefined {
  const { databases, policies, users } = content;
  if (databases.length + policies.length + users.length === 0) return undefined;
  const existing = [...state.databases.values()];
  const databaseNames = new Set(state.databases.keys());
  const policyNames = new Set(
    existing.flatMap((database) => database.policies.map(({ name }) => pathOf(database, name))),
  );
  const bucketIds = new Set(existing.flatMap((database) => bucketsOf(database).map(({ id }) => id)));
  const userNames = new Set(state.users.keys());
  const claimPolicy = (database: Pick<Database, 'name'>, policy: RetentionPolicy): void => {
    checkName(policy.name);
    claim(policyNames, pathOf(database, policy.name), 'retention policy');
  };
  for (const database of databases) {
    checkName(database.name);
    claim(databaseNames, database.name, 'database');
    for (const policy of database.policies) claimPolicy(database, policy);
    for (const { id } of bucketsOf(database)) claim(bucketIds, id, 'bucket');
  }
  for (const { database, policy } of policies) {
    claimPolicy(requireDatabase(state, database), policy);
    claim(bucketIds, policy.bucket.id, 'bucket');
  }
  for (const { name } of users) claim(userNames, name, 'user');
  return { op: 'import', databases, policies, users };
}

/** Names hold no slash. */
function pathOf(database: Pick<Database, 'name'>, policy: string): string {
  return `${database.name}/${policy}`;
}

function claim(taken: Set<string>, name: string, what: string): void {
  if (taken.has(name)) throw new WeirError('conflict', `${what} already exists: ${name}`);
  taken.add(name);
}
