// SHOW … CARDINALITY: how many series, measurements, tag keys, tag values or field keys there are.
//
// Without clauses SERIES and MEASUREMENT count over the whole database under `cardinality estimation` (the figure is exact
// here). Everything else counts in the policy that FROM or the request means, under `count`; all but MEASUREMENT a
// measurement at a time. GROUP BY counts for each combination of its tags' values.
import { ALL_TIME } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type {
  CardinalityQuery,
  ShowCardinalityStatement,
  ShowTagValuesCardinalityStatement,
} from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, type Table, answerTables, limited } from './answer.ts';
import {
  type SchemaCondition,
  qualifyingSeries,
  refuseTime,
  scopeOf,
  splitSchemaCondition,
} from './schema-condition.ts';
import { databaseName, turnTaker, withSchemas } from './scope.ts';
import { measurementNames } from './show-measurements.ts';
import { sourcePolicies } from './show-series.ts';
import { tagKeyTest } from './show-tags.ts';
import { presentTagsTest } from './present-tags.ts';
import { type TagGroup, byValues, groupByTags, groupingKeys } from './tag-groups.ts';

export async function showCardinality(
  statement: ShowCardinalityStatement | ShowTagValuesCardinalityStatement,
  context: QueryContext,
): Promise<Answer> {
  switch (statement.kind) {
    case 'show series cardinality':
      if (isPlain(statement)) return estimate(statement, context, countDatabaseSeries);
      refuseTime(statement.condition, 'SHOW SERIES EXACT CARDINALITY');
      return perMeasurement(statement, context, (_snapshot, _name, seriesIds) => seriesIds.length);
    case 'show measurement cardinality':
      if (isPlain(statement)) return estimate(statement, context, countDatabaseMeasurements);
      refuseTime(statement.condition, 'SHOW MEASUREMENT EXACT CARDINALITY');
      return countMeasurements(statement, context);
    case 'show tag key cardinality':
      refuseTime(statement.condition, 'SHOW TAG KEY EXACT CARDINALITY');
      return perMeasurement(statement, context, countTagKeys);
    case 'show field key cardinality':
      refuseTime(statement.condition, 'SHOW FIELD KEY CARDINALITY');
      return perMeasurement(statement, context, countFields);
    case 'show tag values cardinality': {
      const isWanted = tagKeyTest(statement.key);
      return perMeasurement(statement, context, (snapshot, name, seriesIds, schema) =>
        countTagValues(snapshot, name, seriesIds, schema, isWanted),
      );
    }
  }
}

/** How many there are among series that qualify. */
type Count = (snapshot: Snapshot, measurement: string, seriesIds: Int32Array, schema: SchemaCondition) => number;

/** One table a measurement and group; those that count nothing are left out. */
async function perMeasurement(statement: CardinalityQuery, context: QueryContext, count: Count): Promise<Answer> {
  const schema = splitSchemaCondition(statement.condition, context);
  const tables: Table[] = [];
  await eachGroup(statement, schema, context, (snapshot, name, { tags, seriesIds }) => {
    const counted = count(snapshot, name, seriesIds, schema);
    const rows = counted === 0 ? [] : limited([[counted]], statement.limit, statement.offset);
    if (rows.length > 0) tables.push({ name, tags, columns: ['count'], rows });
  });
  return tables.length === 0 ? NOTHING : answerTables(tables);
}

/** One table a group, whatever the measurement. */
async function countMeasurements(statement: CardinalityQuery, context: QueryContext): Promise<Answer> {
  const schema = splitSchemaCondition(statement.condition, context);
  const groups = new Map<string, { readonly tags: TagGroup['tags']; readonly names: Set<string> }>();
  await eachGroup(statement, schema, context, (_snapshot, name, { tags }) => {
    const key = JSON.stringify(tags);
    const group = groups.get(key) ?? { tags, names: new Set() };
    groups.set(key, group);
    group.names.add(name);
  });
  const tables = [...groups.values()].sort(byValues).flatMap(({ tags, names }): Table[] => {
    const rows = limited([[names.size]], statement.limit, statement.offset);
    return rows.length === 0 ? [] : [{ name: '', tags, columns: ['count'], rows }];
  });
  return tables.length === 0 ? NOTHING : answerTables(tables);
}

/** Calls `use` for each group of the series that qualify, measurement after measurement. */
async function eachGroup(
  statement: CardinalityQuery,
  schema: SchemaCondition,
  context: QueryContext,
  use: (snapshot: Snapshot, measurement: string, group: TagGroup) => void,
): Promise<void> {
  for (const source of sourcePolicies(statement.sources, statement.database, context)) {
    await withSchemas([source.policy], context, async (snapshots) => {
      const takeTurn = turnTaker(context);
      // Of a tier its states: points of its own under the same name are of the same series.
      const byName = new Map(snapshots.flatMap((each) => each.measurements().map((name) => [name, each] as const)));
      const names = measurementNames(snapshots).filter((name) => source.isNamed(name));
      const keys = groupingKeys(
        statement.dimensions,
        new Set(names.flatMap((name) => byName.get(name)?.tagKeys(name) ?? [])),
      );
      for (const name of names) {
        await takeTurn();
        const snapshot = byName.get(name) as Snapshot;
        const groups = groupByTags(snapshot, qualifyingSeries(snapshot, name, schema), keys);
        for (const group of groups) use(snapshot, name, group);
      }
    });
  }
}

function countTagKeys(snapshot: Snapshot, measurement: string, seriesIds: Int32Array): number {
  const isHeld = (key: string): boolean => snapshot.tagValues(seriesIds, key).some((value) => value !== '');
  return snapshot.tagKeys(measurement).filter(isHeld).length;
}

/** Fields of the shards in which the series have points; of states those that they stand for. */
function countFields(snapshot: Snapshot, measurement: string, seriesIds: Int32Array): number {
  if (snapshot.states !== undefined) return seriesIds.length === 0 ? 0 : snapshot.fields(measurement).size;
  const fields = new Set<string>();
  for (const table of snapshot.tables(measurement, ALL_TIME)) {
    if (snapshot.seriesInRange(seriesIds, measurement, table.shard).length === 0) continue;
    for (const name of table.fields.keys()) fields.add(name);
  }
  return fields.size;
}

/** Counts values, not pairs of key and value. A series that lacks a tag of the condition has no part in it. */
function countTagValues(
  snapshot: Snapshot,
  measurement: string,
  seriesIds: Int32Array,
  schema: SchemaCondition,
  isWanted: (key: string) => boolean,
): number {
  const isPresent = presentTagsTest(schema.condition, scopeOf(snapshot, measurement), snapshot);
  const ids = isPresent === null ? seriesIds : seriesIds.filter(isPresent);
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
  const counted = await withSchemas(policies, context, async (snapshots) => count(snapshots));
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
  const { exact, sources, condition, dimensions, limit, offset } = statement;
  const isBare = sources.length === 0 && condition === null && dimensions.length === 0;
  return !exact && isBare && limit === 0 && offset === 0;
}
