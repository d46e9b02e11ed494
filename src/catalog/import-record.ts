// The record of an import: whole databases, policies and users, as a restore brings them, in one step.
import { WeirError } from '../base/index.ts';
import type { CatalogImport, Database } from './catalog.ts';
import { type CatalogState, findPolicy, withDatabase } from './catalog-state.ts';
import { type Fields, fieldsOf, listOf, textOf } from './json.ts';
import { decodeDatabase, decodePolicy, encodeDatabase, encodePolicy } from './state-codec.ts';
import { decodeUser, encodeUser } from './user-record.ts';

export interface ImportRecord extends CatalogImport {
  readonly op: 'import';
}

export function applyImportRecord(state: CatalogState, record: ImportRecord): CatalogState {
  let after = state;
  for (const database of record.databases) {
    if (after.databases.has(database.name)) throw misplaced(`the database "${database.name}" exists`);
    after = withDatabase(after, database);
  }
  for (const { database: name, policy } of record.policies) {
    const database: Database | undefined = after.databases.get(name);
    if (database === undefined) throw misplaced(`there is no database "${name}"`);
    if (findPolicy(database, policy.name) !== undefined) throw misplaced(`the policy "${policy.name}" exists`);
    after = withDatabase(after, { ...database, policies: [...database.policies, policy] });
  }
  const users = new Map(after.users);
  for (const user of record.users) {
    if (users.has(user.name)) throw misplaced(`the user "${user.name}" exists`);
    users.set(user.name, user);
  }
  return { ...after, users };
}

function misplaced(why: string): WeirError {
  return new WeirError('corrupt', `cannot import: ${why}`);
}

export function encodeImportRecord(record: ImportRecord): unknown {
  return {
    op: record.op,
    databases: record.databases.map(encodeDatabase),
    policies: record.policies.map(({ database, policy }) => ({ database, policy: encodePolicy(policy) })),
    users: record.users.map(encodeUser),
  };
}

/** undefined when `op` is another. */
export function decodeImportRecord(op: string, fields: Fields): ImportRecord | undefined {
  if (op !== 'import') return undefined;
  return {
    op,
    databases: listOf(fields, 'databases', decodeDatabase),
    policies: listOf(fields, 'policies', (item) => {
      const entry = fieldsOf(item, 'policy of a database');
      return { database: textOf(entry, 'database'), policy: decodePolicy(entry.policy) };
    }),
    users: listOf(fields, 'users', decodeUser),
  };
}
