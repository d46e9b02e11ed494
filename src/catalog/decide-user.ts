// Decides what a request about users comes to on a given state, as `decide-database.ts` does for databases.
import { WeirError } from '../base/index.ts';
import { type CatalogState, requireDatabase } from './catalog-state.ts';
import type { UserRecord } from './user-record.ts';
import { type Privilege, type User, privilegeWithout } from './user.ts';

/**
 * `passwordMatches` tells whether the password of the request is that of the existing user: the same user once more is
 * no error in InfluxDB.
 */
export async function decideCreateUser(
  state: CatalogState,
  user: { readonly name: string; readonly admin: boolean; readonly passwordHash: string },
  passwordMatches: (existing: User) => Promise<boolean>,
): Promise<UserRecord | undefined> {
  const existing = state.users.get(user.name);
  if (existing === undefined) {
    if (user.name === '') throw new WeirError('invalid', 'username required');
    return { op: 'create user', ...user };
  }
  if (existing.admin !== user.admin || !(await passwordMatches(existing))) {
    throw new WeirError('conflict', 'user already exists');
  }
  return undefined;
}

export function decideDropUser(state: CatalogState, name: string): UserRecord {
  return { op: 'drop user', name: requireUser(state, name).name };
}

export function decideSetPassword(state: CatalogState, name: string, passwordHash: string): UserRecord {
  return { op: 'set password', name: requireUser(state, name).name, passwordHash };
}

export function decideSetAdmin(state: CatalogState, name: string, admin: boolean): UserRecord | undefined {
  return requireUser(state, name).admin === admin ? undefined : { op: 'set admin', name, admin };
}

export function decideGrant(
  state: CatalogState,
  name: string,
  database: string,
  privilege: Privilege,
): UserRecord | undefined {
  const user = requireUser(state, name);
  requireDatabase(state, database);
  if (user.grants.get(database) === privilege) return undefined;
  return { op: 'set privilege', name, database, privilege };
}

/** Leaves `NO PRIVILEGES` behind where nothing remains, also where nothing was: SHOW GRANTS lists it, as in InfluxDB. */
export function decideRevoke(
  state: CatalogState,
  name: string,
  database: string,
  privilege: Privilege,
): UserRecord | undefined {
  const granted = requireUser(state, name).grants.get(database) ?? 'NO PRIVILEGES';
  return decideGrant(state, name, database, privilegeWithout(granted, privilege));
}

function requireUser(state: CatalogState, name: string): User {
  const user = state.users.get(name);
  if (user === undefined) throw new WeirError('not found', 'user not found');
  return user;
}
