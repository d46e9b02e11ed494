// Users and what they may do in each database.

/** What was granted in one database. `NO PRIVILEGES` is what a REVOKE leaves behind; it counts as nothing and is shown. */
export type Privilege = 'READ' | 'WRITE' | 'ALL PRIVILEGES' | 'NO PRIVILEGES';

export interface User {
  readonly name: string;
  /** May do everything, whatever `grants` say. */
  readonly admin: boolean;
  /** bcrypt, as in InfluxDB 1.x: `$2a$10$…`. */
  readonly passwordHash: string;
  /** By database. */
  readonly grants: ReadonlyMap<string, Privilege>;
}

/** What stays of `granted` without `revoked`. */
export function privilegeWithout(granted: Privilege, revoked: Privilege): Privilege {
  if (revoked === 'NO PRIVILEGES') return granted;
  if (revoked === 'ALL PRIVILEGES' || granted === revoked) return 'NO PRIVILEGES';
  if (granted === 'ALL PRIVILEGES') return revoked === 'READ' ? 'WRITE' : 'READ';
  return granted;
}

/** Whether a user may read from or write to a database. */
export function mayAccess(user: User, privilege: 'READ' | 'WRITE', database: string): boolean {
  const granted = user.grants.get(database);
  return user.admin || granted === privilege || granted === 'ALL PRIVILEGES';
}
