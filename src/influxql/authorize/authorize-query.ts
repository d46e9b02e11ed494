// Decides whether a whole query may run, before any of its statements does.
import { WeirError } from '../../base/index.ts';
import { type User, mayAccess } from '../../catalog/index.ts';
import type { Query } from '../language/ast.ts';
import { printStatement } from '../language/print-statement.ts';
import type { Statement } from '../language/statement.ts';
import { requiredPrivileges } from './required-privileges.ts';

/**
 * For servers with authentication. `database` is the request's. `user` is undefined as long as there is no administrator, when
 * nobody can be told from anybody: then the only query that may run begins with making one, and only while there are no users
 * at all. Throws `forbidden` with InfluxDB's texts.
 */
export function authorizeQuery(query: Query, user: User | undefined, database: string, hasUsers: boolean): void {
  if (!hasUsers) {
    if (!makesAdmin(query)) throw refusal('create admin user first or disable authentication');
    return;
  }
  if (user === undefined) throw refusal('no user provided');
  if (user.admin) return;
  for (const statement of query.statements) authorizeStatement(statement, user, database);
}

function makesAdmin({ statements }: Query): boolean {
  const first: Statement | undefined = statements[0];
  return first?.kind === 'create user' && first.admin;
}

function authorizeStatement(statement: Statement, user: User, requestDatabase: string): void {
  const required = requiredPrivileges(statement);
  const refuse = (lacking: string): WeirError =>
    refusal(`${user.name} not authorized to execute statement '${printStatement(statement)}', requires ${lacking}`);
  if (required === 'admin') throw refuse('admin privilege');
  for (const { privilege, database } of required) {
    const wanted = database === '' ? requestDatabase : database;
    if (!mayAccess(user, privilege, wanted)) throw refuse(`${privilege} on ${wanted}`);
  }
}

function refusal(reason: string): WeirError {
  return new WeirError('forbidden', `error authorizing query: ${reason}`);
}
