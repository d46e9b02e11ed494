// The records of databases and their retention policies.
import { WeirError } from '../base/index.ts';
import type { Database, RetentionPolicy } from './catalog.ts';
import {
  type CatalogState,
  findPolicy,
  newPolicy,
  withDatabase,
  withPolicy,
  withoutDatabase,
} from './catalog-state.ts';
import { type Fields, booleanOf, textOf } from './json.ts';
import type { PolicySettings } from './policy-settings.ts';
import { decodePolicy, decodeSettings, encodePolicy, encodeSettings } from './state-codec.ts';
import { withoutGrants } from './user-record.ts';

export type DatabaseRecord =
  | { readonly op: 'create database'; readonly database: string; readonly policy: RetentionPolicy }
  | { readonly op: 'drop database'; readonly database: string }
  | {
      readonly op: 'create policy';
      readonly database: string;
      readonly policy: RetentionPolicy;
      readonly makeDefault: boolean;
    }
  | {
      readonly op: 'alter policy';
      readonly database: string;
      readonly name: string;
      readonly settings: PolicySettings;
      readonly makeDefault: boolean;
    }
  | { readonly op: 'drop policy'; readonly database: string; readonly name: string };

export function applyDatabaseRecord(state: CatalogState, record: DatabaseRecord): CatalogState {
  const existing = state.databases.get(record.database);
  if (record.op === 'create database') {
    if (existing !== undefined) throw misplaced(record, 'the database exists');
    const { database: name, policy } = record;
    return withDatabase(state, {
      name,
      defaultPolicy: policy.name,
      policies: [policy],
      continuousQueries: [],
      ladders: [],
    });
  }
  if (existing === undefined) throw misplaced(record, 'there is no such database');
  if (record.op === 'drop database') {
    const users = withoutGrants(state.users, record.database);
    return withoutDatabase({ ...state, users }, record.database);
  }
  return withDatabase(state, changedDatabase(existing, record));
}

type PolicyRecord = Extract<DatabaseRecord, { op: 'create policy' | 'alter policy' | 'drop policy' }>;

function changedDatabase(database: Database, record: PolicyRecord): Database {
  const name = record.op === 'create policy' ? record.policy.name : record.name;
  const existing = findPolicy(database, name);
  if (record.op === 'create policy') {
    if (existing !== undefined) throw misplaced(record, `the policy "${name}" exists`);
    const policies = [...database.policies, record.policy];
    return { ...database, policies, defaultPolicy: record.makeDefault ? name : database.defaultPolicy };
  }
  if (existing === undefined) throw misplaced(record, `there is no policy "${name}"`);
  if (record.op === 'drop policy') {
    // The default may go on naming it, as in InfluxDB.
    return { ...database, policies: database.policies.filter((policy) => policy !== existing) };
  }
  const altered = newPolicy(name, existing.bucket.id, record.settings, existing.subscriptions);
  return { ...withPolicy(database, altered), defaultPolicy: record.makeDefault ? name : database.defaultPolicy };
}

function misplaced(record: DatabaseRecord, why: string): WeirError {
  return new WeirError('corrupt', `cannot ${record.op} in "${record.database}": ${why}`);
}

type RichRecord = Extract<DatabaseRecord, { op: 'create database' | 'create policy' | 'alter policy' }>;

/** Those that are not plain JSON already. */
export function encodeDatabaseRecord(record: RichRecord): unknown {
  if (record.op === 'alter policy') return { ...record, settings: encodeSettings(record.settings) };
  return { ...record, policy: encodePolicy(record.policy) };
}

/** undefined when `op` is none of these. */
export function decodeDatabaseRecord(op: string, fields: Fields): DatabaseRecord | undefined {
  const database = () => textOf(fields, 'database');
  const name = () => textOf(fields, 'name');
  const makeDefault = () => booleanOf(fields, 'makeDefault');
  switch (op as DatabaseRecord['op']) {
    case 'create database':
      return { op: 'create database', database: database(), policy: decodePolicy(fields.policy) };
    case 'drop database':
      return { op: 'drop database', database: database() };
    case 'create policy':
      return {
        op: 'create policy',
        database: database(),
        policy: decodePolicy(fields.policy),
        makeDefault: makeDefault(),
      };
    case 'alter policy': {
      const settings = decodeSettings(fields.settings);
      return { op: 'alter policy', database: database(), name: name(), settings, makeDefault: makeDefault() };
    }
    case 'drop policy':
      return { op: 'drop policy', database: database(), name: name() };
    default:
      return undefined;
  }
}
