// SHOW … CARDINALITY: how many series, measurements, tag keys, tag values or field keys there are.
//
// Without clauses SERIES and MEASUREMENT count over the whole database under `cardinality estimation` (the figure is exact
// here). Everything else counts in the policy that FROM or the request means, under `count`; all but MEASUREMENT a
// measurement at a time.
import { WeirError } from '../../base/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type {
  CardinalityQuery,
  ShowCardinalityStatement,
  ShowTagValuesCardinalityStatement,
} from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, type Table, answerTables, limited } from './answer.ts';
import { qualifyingSeries, refuseTime, scopeOf, splitSchemaCondition } from './schema-condition.ts';
import type { SchemaCondition } from './schema-condition.ts';
import { databaseName, turnTaker, withSnapshots } from './scope.ts';
import { measurementNames } from './show-measurements.ts';
import { sourcePolicies } from './show-series.ts';
import { tagKeyTest } from './show-tags.ts';
import { presentTagsTest } from './present-tags.ts';

export async function showCardinality(
  statement: ShowCardinalityStatement | ShowTagValuesCardinalityStatement,
  context: QueryContext,
): Promise<Answer> {
  refuseGrouping(statement);
  switch (statement.kind) {
    case 'show series cardinality':
      if (isPlain(statement)) return estimate(statement, context, countDatabaseSeries);
      refuseTime(statement.condition, 'SHOW SERIES EXACT CARDINALITY');
      return perMeasurement(
        statement,
        context,
        (snapshot, name, schema) => qualifyingSeries(snapshot, name, schema).length,
      );
    case 'show measurement cardinality':
      if (isPlain(statement)) return estimate(statement, context, countDatabaseMeasurements);
      refuseTime(statement.condition, 'SHOW MEASUREMENT EXACT CARDINALITY');
      return countMeasurements(statement, context);
    case 'show tag key cardinality':
      refuseTime(statement.condition, 'SHOW TAG KEY EXACT CARDINALITY');
      return perMeasurement(statement, context, countTagKeys);
    case 'show field key cardinality':
      refuseTime(statement.condition, 'SHOW FIELD KEY CARDINALITY');
      return perMeasurement(statement, context, (snapshot, name, schema) =>
        qualifyingSeries(snapshot, name, schema).length === 0 ? 0 : snapshot.fields(name).size,
      );
    case 'show tag values cardinality': {
      const isWanted = tagKeyTest(statement.key);
      return perMeasurement(statement, context, (snapshot, name, schema) =>
        countTagValues(snapshot, name, schema, isWanted),
      );
    }
  }
}

type Count = (snapshot: Snapshot, measurement: string, schema: SchemaCondition) => number;

/** One series a measurement; those that count nothing are left out. */
async function perMeasurement(statement: CardinalityQuery, context: QueryContext, count: Count): Promise<Answer> {
  const schema = splitSchemaCondition(statement.condition, context);
  const tables: Table[] = [];
  for (const { policy, isNamed } of sourcePolicies(statement.sources, statement.database, context)) {
    await withSnapshots([policy], context, async ([snapshot]) => {
      const takeTurn = turnTaker(context);
      for (const name of snapshot.measurements()) {
        await takeTurn();
        const counted = isNamed(name) ? count(snapshot, name, schema) : 0;
        const rows = counted === 0 ? [] : limited([[counted]], statement.limit, statement.offset);
        if (rows.length > 0) tables.push({ name, columns: ['count'], rows });
      }
    });
  }
  return tables.length === 0 ? NOTHING : answerTables(tables);
}

async function countMeasurements(statement: CardinalityQuery, context: QueryContext): Promise<Answer> {
  const schema = splitSchemaCondition(statement.condition, context);
  const names = new Set<string>();
  for (const { policy, isNamed } of sourcePolicies(statement.sources, statement.database, context)) {
    await withSnapshots([policy], context, async ([snapshot]) => {
      const takeTurn = turnTaker(context);
      for (const name of snapshot.measurements()) {
        await takeTurn();
        if (isNamed(name) && qualifyingSeries(snapshot, name, schema).length > 0) names.add(name);
      }
    });
  }
  const rows = names.size === 0 ? [] : limited([[names.size]], statement.limit, statement.offset);
  return rows.length === 0 ? NOTHING : answerTables([{ name: '', columns: ['count'], rows }]);
}

function countTagKeys(snapshot: Snapshot, measurement: string, schema: SchemaCondition): number {
  const ids = qualifyingSeries(snapshot, measurement, schema);
  const isHeld = (key: string): boolean => snapshot.tagValues(ids, key).some((value) => value !== '');
  return snapshot.tagKeys(measurement).filter(isHeld).length;
}

/** Counts values, not pairs of key and value. A series that lacks a tag of the condition has no part in it. */
function countTagValues(
  snapshot: Snapshot,
  measurement: string,
  schema: SchemaCondition,
  isWanted: (key: string) => boolean,
): number {
  const qualifying = qualifyingSeries(snapshot, measurement, schema);
  const isPresent = presentTagsTest(schema.condition, scopeOf(snapshot, measurement), snapshot);
  const ids = isPresent === null ? qualifying : qualifying.filter(isPresent);
  const values = new Set<string>();
  for (const key of snapshot.tagKeys(measurement)) {
    if (isWanted(key)) for (const value of snapshot.tagValues(ids, key)) values.add(value);
  }
  values.delete('');
  return values.size;
}

async function estimate(
  statement: CardinalityQuery,
  context: QueryContext,
  count: (snapshots: readonly Snapshot[]) => number,
): Promise<Answer> {
  const policies = context.catalog.database(databaseName(statement.database, context))?.policies ?? [];
  const counted = await withSnapshots(policies, context, async (snapshots) => count(snapshots));
  return answerTables([{ name: '', columns: ['cardinality estimation'], rows: [[counted]] }]);
}

function countDatabaseMeasurements(snapshots: readonly Snapshot[]): number {
  return measurementNames(snapshots).length;
}

/** A series that several policies hold counts once. */
function countDatabaseSeries(snapshots: readonly Snapshot[]): number {
  if (snapshots.length === 1) return countAll(snapshots[0]);
  const keys = new Set<string>();
  for (const snapshot of snapshots) {
    for (const name of snapshot.measurements())
      for (const id of snapshot.series(name)) keys.add(snapshot.seriesKey(id));
  }
  return keys.size;
}

function countAll(snapshot: Snapshot): number {
  return snapshot.measurements().reduce((sum, name) => sum + snapshot.series(name).length, 0);
}

function isPlain(statement: CardinalityQuery): boolean {
  const { exact, sources, condition, limit, offset } = statement;
  return !exact && sources.length === 0 && condition === null && limit === 0 && offset === 0;
}

function refuseGrouping(statement: CardinalityQuery & { readonly kind: string }): void {
  if (statement.dimensions.length === 0) return;
  throw new WeirError('not implemented', `not implemented: ${statement.kind.toUpperCase()} with GROUP BY`);
}
