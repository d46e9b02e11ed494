// Users and their grants: made, changed, dropped and shown.
import { WeirError, compareStrings } from '../../base/index.ts';
import type {
  CreateUserStatement,
  DropUserStatement,
  GrantAdminStatement,
  GrantStatement,
  RevokeAdminStatement,
  RevokeStatement,
  SetPasswordStatement,
  ShowGrantsStatement,
} from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';

export async function createUser(statement: CreateUserStatement, { catalog }: QueryContext): Promise<Answer> {
  await catalog.createUser(statement.name, statement.password, statement.admin);
  return NOTHING;
}

export async function dropUser(statement: DropUserStatement, { catalog }: QueryContext): Promise<Answer> {
  await catalog.dropUser(statement.name);
  return NOTHING;
}

export async function setPassword(statement: SetPasswordStatement, { catalog }: QueryContext): Promise<Answer> {
  await catalog.setPassword(statement.name, statement.password);
  return NOTHING;
}

export async function grant(statement: GrantStatement, { catalog }: QueryContext): Promise<Answer> {
  await catalog.grant(statement.user, statement.database, statement.privilege);
  return NOTHING;
}

export async function revoke(statement: RevokeStatement, { catalog }: QueryContext): Promise<Answer> {
  await catalog.revoke(statement.user, statement.database, statement.privilege);
  return NOTHING;
}

/** GRANT ALL TO and REVOKE ALL FROM: a user becomes an administrator, or no longer is one. */
export async function setAdmin(
  statement: GrantAdminStatement | RevokeAdminStatement,
  { catalog }: QueryContext,
): Promise<Answer> {
  await catalog.setAdmin(statement.user, statement.kind === 'grant all privileges');
  return NOTHING;
}

export function showUsers({ catalog }: QueryContext): Answer {
  const rows = catalog.users().map(({ name, admin }) => [name, admin]);
  return answerTables([{ name: '', columns: ['user', 'admin'], rows }]);
}

/** InfluxDB lists them in any order; here they ascend by database. */
export function showGrants(statement: ShowGrantsStatement, { catalog }: QueryContext): Answer {
  const user = catalog.user(statement.user);
  if (user === undefined) throw new WeirError('not found', 'user not found');
  const rows = [...user.grants].sort(([a], [b]) => compareStrings(a, b));
  return answerTables([{ name: '', columns: ['database', 'privilege'], rows }]);
}
