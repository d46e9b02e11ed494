// A continuous query of the catalog as it is to be run: its text understood, its measurements found in their buckets.
import { type Regex, compileRegex, isWeirError } from '../base/index.ts';
import type { Catalog, Database, RetentionPolicy } from '../catalog/index.ts';
import { type ContinuousSelect, type Measurement, readContinuousQuery } from '../influxql/index.ts';
import type { Bucket } from '../model/index.ts';

export interface ScheduledQuery extends ContinuousSelect {
  /** Of the database that the query belongs to. */
  readonly database: string;
  readonly name: string;
  readonly text: string;
  /** What it reads. A bucket that is missing has no place here; running the query tells. */
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
}

/** Measurements of one bucket. */
export interface Place {
  readonly bucket: Bucket;
  readonly measurements: NamePattern;
}

export type NamePattern = { readonly name: string } | { readonly regex: Regex };

/** A query that can never run, and why. */
export interface BrokenQuery {
  readonly database: string;
  readonly name: string;
  readonly text: string;
  readonly problem: string;
}

/** In order of their databases' names, then of creation. */
export function scheduledQueries(catalog: Catalog): { queries: ScheduledQuery[]; broken: BrokenQuery[] } {
  const queries: ScheduledQuery[] = [];
  const broken: BrokenQuery[] = [];
  for (const database of catalog.databases()) {
    for (const { name, text } of database.continuousQueries) {
      const identity = { database: database.name, name, text };
      try {
        queries.push({ ...identity, ...placed(readContinuousQuery(text), database, catalog) });
      } catch (error) {
        if (!isWeirError(error)) throw error;
        broken.push({ ...identity, problem: error.message });
      }
    }
  }
  return { queries, broken };
}

export function matchesName(pattern: NamePattern, name: string): boolean {
  return 'name' in pattern ? pattern.name === name : pattern.regex.test(name);
}

/** The same query by the same text, whatever became of the catalog in between. */
export function identityOf({ database, name, text }: Pick<ScheduledQuery, 'database' | 'name' | 'text'>): string {
  return JSON.stringify([database, name, text]);
}

function placed(select: ContinuousSelect, own: Database, catalog: Catalog): ContinuousSelect & Places {
  const { target, sources } = select;
  const written = target.name === '' ? sources : [target];
  const { database, policy } = policyOf(target, own, catalog);
  return {
    ...select,
    reads: sources.flatMap((source) => placesRead(source, own, catalog)),
    writes:
      database === undefined || policy === undefined
        ? []
        : written.map((source) => ({ bucket: policy.bucket, measurements: patternOf(source) })),
  };
}

type Places = Pick<ScheduledQuery, 'reads' | 'writes'>;

/** The points of a policy, and the tiers of ladders that it shows. */
function placesRead(source: Measurement, own: Database, catalog: Catalog): Place[] {
  const { database, policy } = policyOf(source, own, catalog);
  if (database === undefined || policy === undefined) return [];
  const tiers = database.ladders.flatMap(({ ladder }) => ladder.rules.flatMap((rule) => rule.tiers));
  const shown = tiers.filter((tier) => tier.policy === policy.name).map(({ bucket }) => bucket);
  return [policy.bucket, ...shown].map((bucket) => ({ bucket, measurements: patternOf(source) }));
}

function policyOf(
  measurement: Measurement,
  own: Database,
  catalog: Catalog,
): { database?: Database | undefined; policy?: RetentionPolicy | undefined } {
  const database = measurement.database === '' ? own : catalog.database(measurement.database);
  const name = measurement.policy || database?.defaultPolicy;
  return { database, policy: database?.policies.find((policy) => policy.name === name) };
}

function patternOf({ name, regex }: Measurement): NamePattern {
  return regex === null ? { name } : { regex: compileRegex(regex) };
}
