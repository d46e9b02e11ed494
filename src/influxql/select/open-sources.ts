// FROM: which bucket each source lies in, by the catalog, and one snapshot of each bucket for the whole statement.
import { WeirError, compareStrings, compileRegex } from '../../base/index.ts';
import type { Bucket, TimeRange } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Measurement, SelectStatement } from '../language/ast.ts';
import type { QueryContext } from '../result.ts';
import type { CompiledSelect } from './compile.ts';
import { namedColumns, tierNeed } from './tier-need.ts';
import type { StoredSource } from './typed-select.ts';

/** The snapshots of one statement. */
export class Snapshots {
  readonly #context: QueryContext;
  readonly #byBucket = new Map<string, Snapshot>();
  /** Of tiers: each is for the statement that it was opened for. */
  readonly #stitched: Snapshot[] = [];
  /** What the whole query may read. */
  readonly #readable: TimeRange;

  constructor(context: QueryContext, readable: TimeRange) {
    this.#context = context;
    this.#readable = readable;
  }

  /**
   * One source; or two where a policy is a tier and has points of its own: they are of different measurements then. Throws
   * `not found` for a database or policy that does not exist.
   */
  open(measurement: Measurement, select: CompiledSelect): readonly StoredSource[] {
    const bucket = resolveBucket(measurement, this.#context);
    const stitched = this.#openStitched(measurement, select);
    if (stitched === undefined) return [storedSource(measurement, this.#snapshot(bucket.id))];
    this.#stitched.push(stitched.snapshot);
    if (stitched.kind === 'base' || this.#context.tiers?.isAll === true)
      return [storedSource(measurement, stitched.snapshot)];
    return byContent(measurement, select, stitched.snapshot, this.#snapshot(bucket.id));
  }

  release(): void {
    for (const snapshot of [...this.#byBucket.values(), ...this.#stitched]) snapshot.release();
    this.#byBucket.clear();
    this.#stitched.length = 0;
  }

  #snapshot(bucketId: string): Snapshot {
    let snapshot = this.#byBucket.get(bucketId);
    if (snapshot === undefined) {
      snapshot = this.#context.view.snapshot(bucketId);
      this.#byBucket.set(bucketId, snapshot);
    }
    return snapshot;
  }

  /** A policy that is named means itself; one that is not may be answered from its tiers. */
  #openStitched(
    measurement: Measurement,
    select: CompiledSelect,
  ): { readonly kind: 'base' | 'tier'; readonly snapshot: Snapshot } | undefined {
    const { tiers, catalog, onTiers } = this.#context;
    if (tiers === undefined) return undefined;
    const database = databaseOf(measurement, this.#context);
    const named = measurement.policy === '' ? (this.#context.policy ?? '') : measurement.policy;
    const knownShare = select.fill.knownShare ?? this.#context.knownShare;
    const need = { ...tierNeed(select, this.#readable), knownShare };
    if (named !== '') {
      const snapshot = tiers.openTier(database, named, need.calls === null, knownShare);
      return snapshot && { kind: 'tier', snapshot };
    }
    const policy = catalog.database(database)?.defaultPolicy ?? '';
    const snapshot = tiers.openBase(database, policy, need, onTiers ?? (() => {}));
    return snapshot && { kind: 'base', snapshot };
  }
}

function storedSource(measurement: Measurement, snapshot: Snapshot): StoredSource {
  return { kind: 'stored', snapshot, measurements: namesOf(measurement, snapshot) };
}

/** A measurement is read from the tier's states if they have a column that the statement names, else from its points. */
function byContent(measurement: Measurement, select: CompiledSelect, tier: Snapshot, points: Snapshot): StoredSource[] {
  const named = [...namedColumns(select)];
  const ofPoints = namesOf(measurement, points).filter((name) => {
    const states = tier.fields(name);
    const fields = points.fields(name);
    if (fields.size === 0 || states.size === 0) return fields.size > 0;
    return !named.some((column) => states.has(column)) && named.some((column) => fields.has(column));
  });
  const ofTier = namesOf(measurement, tier).filter((name) => !ofPoints.includes(name));
  const sources: StoredSource[] = [
    { kind: 'stored', snapshot: tier, measurements: ofTier },
    { kind: 'stored', snapshot: points, measurements: ofPoints },
  ];
  return ofPoints.length === 0 ? sources.slice(0, 1) : sources.filter((source) => source.measurements.length > 0);
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
