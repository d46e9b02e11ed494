// FROM: which bucket each source lies in, by the catalog, and one snapshot of each bucket for the whole statement.
import { WeirError, compareStrings, compileRegex } from '../../base/index.ts';
import type { Bucket } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Measurement, SelectStatement } from '../language/ast.ts';
import type { QueryContext } from '../result.ts';
import type { StoredSource } from './typed-select.ts';

/** The snapshots of one statement. */
export class Snapshots {
  readonly #context: QueryContext;
  readonly #byBucket = new Map<string, Snapshot>();

  constructor(context: QueryContext) {
    this.#context = context;
  }

  /** Throws `not found` for a database or policy that does not exist. */
  open(measurement: Measurement): StoredSource {
    const { id } = resolveBucket(measurement, this.#context);
    let snapshot = this.#byBucket.get(id);
    if (snapshot === undefined) {
      snapshot = this.#context.view.snapshot(id);
      this.#byBucket.set(id, snapshot);
    }
    return { kind: 'stored', snapshot, measurements: namesOf(measurement, snapshot) };
  }

  release(): void {
    for (const snapshot of this.#byBucket.values()) snapshot.release();
    this.#byBucket.clear();
  }
}

function namesOf(measurement: Measurement, snapshot: Snapshot): string[] {
  if (measurement.regex === null) return [measurement.name];
  const pattern = compileRegex(measurement.regex);
  return snapshot
    .measurements()
    .filter((name) => pattern.test(name))
    .sort(compareStrings);
}

/** The bucket of a source or target: what it does not name, the request does, or the database's default. */
export function resolveBucket(measurement: Measurement, context: QueryContext): Bucket {
  const database = databaseOf(measurement, context);
  const policy = measurement.policy === '' ? context.policy : measurement.policy;
  return context.catalog.policy(database, policy === '' ? undefined : policy).bucket;
}

/** As InfluxDB does first of all: every source and target, below subqueries too, must lie in a database that exists. */
export function checkDatabases(statement: SelectStatement, context: QueryContext): void {
  const named = statement.target === null ? [] : [statement.target];
  for (const measurement of named) requireDatabase(measurement, context);
  for (const source of statement.sources) {
    if (source.kind === 'subquery') checkDatabases(source.statement, context);
    else requireDatabase(source, context);
  }
}

function requireDatabase(measurement: Measurement, context: QueryContext): void {
  const name = databaseOf(measurement, context);
  if (context.catalog.database(name) === undefined) throw new WeirError('not found', `database not found: ${name}`);
}

function databaseOf(measurement: Measurement, context: QueryContext): string {
  const name = measurement.database === '' ? context.database : measurement.database;
  if (name === undefined || name === '') throw new WeirError('invalid', 'database name required');
  return name;
}
