// The records of users and their grants, and how users are stored in checkpoints.
import { WeirError } from '../base/index.ts';
import type { CatalogState } from './catalog-state.ts';
import { type Fields, booleanOf, fieldsOf, listOf, textOf, wrong } from './json.ts';
import type { Privilege, User } from './user.ts';

export type UserRecord =
  | { readonly op: 'create user'; readonly name: string; readonly admin: boolean; readonly passwordHash: string }
  | { readonly op: 'drop user'; readonly name: string }
  | { readonly op: 'set password'; readonly name: string; readonly passwordHash: string }
  | { readonly op: 'set admin'; readonly name: string; readonly admin: boolean }
  | {
      readonly op: 'set privilege';
      readonly name: string;
      readonly database: string;
      readonly privilege: Privilege;
    };

const PRIVILEGES: readonly Privilege[] = ['READ', 'WRITE', 'ALL PRIVILEGES', 'NO PRIVILEGES'];

export function applyUserRecord(state: CatalogState, record: UserRecord): CatalogState {
  const users = new Map(state.users);
  const existing = users.get(record.name);
  if (record.op === 'create user') {
    if (existing !== undefined) throw misplaced(record, 'the user exists');
    const { name, admin, passwordHash } = record;
    users.set(name, Object.freeze({ name, admin, passwordHash, grants: new Map() }));
    return { ...state, users };
  }
  if (existing === undefined) throw misplaced(record, 'there is no such user');
  if (record.op === 'drop user') users.delete(record.name);
  else users.set(record.name, Object.freeze(changedUser(existing, record)));
  return { ...state, users };
}

function changedUser(user: User, record: Exclude<UserRecord, { op: 'create user' | 'drop user' }>): User {
  switch (record.op) {
    case 'set password':
      return { ...user, passwordHash: record.passwordHash };
    case 'set admin':
      return { ...user, admin: record.admin };
    case 'set privilege':
      return { ...user, grants: new Map(user.grants).set(record.database, record.privilege) };
  }
}

/** As InfluxDB does when the database is dropped: one of the same name that comes later begins without grants. */
export function withoutGrants(users: CatalogState['users'], database: string): CatalogState['users'] {
  if (![...users.values()].some(({ grants }) => grants.has(database))) return users;
  const kept = new Map<string, User>();
  for (const user of users.values()) {
    const grants = new Map(user.grants);
    grants.delete(database);
    kept.set(user.name, Object.freeze({ ...user, grants }));
  }
  return kept;
}

function misplaced(record: UserRecord, why: string): WeirError {
  return new WeirError('corrupt', `cannot ${record.op} "${record.name}": ${why}`);
}

/** undefined when `op` is none of these. */
export function decodeUserRecord(op: string, fields: Fields): UserRecord | undefined {
  const name = () => textOf(fields, 'name');
  const passwordHash = () => textOf(fields, 'passwordHash');
  switch (op as UserRecord['op']) {
    case 'create user':
      return { op: 'create user', name: name(), admin: booleanOf(fields, 'admin'), passwordHash: passwordHash() };
    case 'drop user':
      return { op: 'drop user', name: name() };
    case 'set password':
      return { op: 'set password', name: name(), passwordHash: passwordHash() };
    case 'set admin':
      return { op: 'set admin', name: name(), admin: booleanOf(fields, 'admin') };
    case 'set privilege': {
      const database = textOf(fields, 'database');
      return { op: 'set privilege', name: name(), database, privilege: privilegeOf(fields) };
    }
    default:
      return undefined;
  }
}

export function encodeUser({ name, admin, passwordHash, grants }: User): unknown {
  return { name, admin, passwordHash, grants: [...grants].map(([database, privilege]) => ({ database, privilege })) };
}

export function decodeUser(json: unknown): User {
  const fields = fieldsOf(json, 'user');
  const grants = listOf(fields, 'grants', (item): [string, Privilege] => {
    const grant = fieldsOf(item, 'grant');
    return [textOf(grant, 'database'), privilegeOf(grant)];
  });
  return Object.freeze({
    name: textOf(fields, 'name'),
    admin: booleanOf(fields, 'admin'),
    passwordHash: textOf(fields, 'passwordHash'),
    grants: new Map(grants),
  });
}

function privilegeOf(fields: Fields): Privilege {
  const text = textOf(fields, 'privilege');
  const privilege = PRIVILEGES.find((each) => each === text);
  if (privilege === undefined) throw wrong('privilege', PRIVILEGES.join(', '), text);
  return privilege;
}
