// Where a statement looks: the database and policies it means, and snapshots of their buckets.
import { setImmediate } from 'node:timers/promises';
import { WeirError, compileRegex } from '../../base/index.ts';
import type { Database, RetentionPolicy } from '../../catalog/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Source } from '../language/ast.ts';
import type { QueryContext } from '../result.ts';

/** Which measurements a FROM clause names. */
export type NameFilter = (measurement: string) => boolean;

const TURN_MS = 20;

/** The database that the statement names, or the request's. Throws `database name required`. */
export function databaseName(named: string, context: QueryContext): string {
  const name = named === '' ? context.database : named;
  if (name === undefined || name === '') throw new WeirError('invalid', 'database name required');
  return name;
}

/** As `databaseName`, and it must exist: throws `database not found: x`. */
export function requireDatabase(named: string, context: QueryContext): Database {
  const name = databaseName(named, context);
  const database = context.catalog.database(name);
  if (database === undefined) throw new WeirError('not found', `database not found: ${name}`);
  return database;
}

/** The policy that a source names, or the request's, or the database's default. */
export function requirePolicy(database: string, named: string, context: QueryContext): RetentionPolicy {
  return context.catalog.policy(database, named === '' ? context.policy || undefined : named);
}

/**
 * Runs `use` with snapshots of what the policies hold, in their order, and lets go of them whatever happens. A policy that is a
 * tier has two: the points of its own, and the fields and series that its states stand for.
 */
export async function withSchemas<T>(
  policies: readonly RetentionPolicy[],
  context: QueryContext,
  use: (snapshots: readonly Snapshot[]) => Promise<T>,
): Promise<T> {
  const snapshots: Snapshot[] = [];
  try {
    for (const policy of policies) {
      const database = context.catalog.databases().find((each) => each.policies.includes(policy));
      const tier = database && context.tiers?.openTier(database.name, policy.name, false);
      if (tier === undefined || context.tiers?.isAll !== true) snapshots.push(context.view.snapshot(policy.bucket.id));
      if (tier !== undefined) snapshots.push(tier);
    }
    return await use(snapshots);
  } finally {
    for (const snapshot of snapshots) snapshot.release();
  }
}

/** Without sources every measurement is meant. */
export function nameFilter(sources: readonly Source[]): NameFilter {
  if (sources.length === 0) return () => true;
  const names = new Set<string>();
  const regexes: NameFilter[] = [];
  for (const source of sources) {
    if (source.kind !== 'measurement') continue;
    if (source.regex === null) names.add(source.name);
    else {
      const regex = compileRegex(source.regex);
      regexes.push((name) => regex.test(name));
    }
  }
  return (name) => names.has(name) || regexes.some((test) => test(name));
}

/**
 * For loops that may take long: lets others have a turn now and then, and throws the reason once the query is aborted.
 */
export function turnTaker(context: QueryContext): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since > TURN_MS) {
      await setImmediate();
      since = performance.now();
    }
    context.signal.throwIfAborted();
  };
}
