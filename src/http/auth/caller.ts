// Who sends a request, and what routes ask before they do what it says.
import { WeirError } from '../../base/index.ts';
import { type User, mayAccess } from '../../catalog/index.ts';
import { type Query, authorizeQuery } from '../../influxql/index.ts';

/**
 * `trusted`: the server asks nobody for a name, and everybody may do anything. `unknown`: it does, but did not for this
 * request, or there is no administrator yet.
 */
export type Caller = 'trusted' | 'unknown' | User;

/** What the checks look at: an `Exchange`. */
interface Called {
  readonly caller: Caller;
}

/**
 * Every route that writes to a database calls this, once it knows that the database exists and before it reads the body.
 * Throws `forbidden` with InfluxDB's text, for `access: 'user'` routes.
 */
export function authorizeWrite({ caller }: Called, database: string): void {
  if (caller === 'trusted') return;
  if (caller === 'unknown') throw forbidden(`user is required to write to database ${quoted(database)}`);
  if (!mayAccess(caller, 'WRITE', database)) {
    throw forbidden(`${quoted(caller.name)} user is not authorized to write to database ${quoted(database)}`);
  }
}

/** The same for every route that reads from a database other than by InfluxQL. */
export function authorizeRead({ caller }: Called, database: string): void {
  if (caller === 'trusted') return;
  if (caller === 'unknown') throw forbidden(`user is required to read from database ${quoted(database)}`);
  if (!mayAccess(caller, 'READ', database)) {
    throw forbidden(`${quoted(caller.name)} user is not authorized to read from database ${quoted(database)}`);
  }
}

/** The same for a query, whole, before any of its statements runs; it then runs as `userOf(caller)`. */
export function authorizeStatements(
  { caller }: Called,
  query: Query,
  database: string | undefined,
  hasUsers: boolean,
): void {
  if (caller !== 'trusted') authorizeQuery(query, userOf(caller), database ?? '', hasUsers);
}

export function userOf(caller: Caller): User | undefined {
  return typeof caller === 'string' ? undefined : caller;
}

export function isAdmin(caller: Caller): boolean {
  return caller === 'trusted' || userOf(caller)?.admin === true;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

function forbidden(text: string): WeirError {
  return new WeirError('forbidden', text);
}
