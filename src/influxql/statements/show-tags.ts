// SHOW TAG KEYS and SHOW TAG VALUES: over all policies of a database, measurement by measurement.
//
// `value` in a condition of SHOW TAG VALUES means the tag's value itself, for every key, beside its other meanings.
import { compareStrings, compileRegex } from '../../base/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr, Source } from '../language/ast.ts';
import type { ShowTagKeysStatement, ShowTagValuesStatement, TagKeyCondition } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, type Table, answerTables, limited } from './answer.ts';
import {
  type SchemaCondition,
  qualifyingSeries,
  refuseUnquotedValues,
  splitSchemaCondition,
} from './schema-condition.ts';
import { nameFilter, requireDatabase, turnTaker, withSchemas } from './scope.ts';
import { measurementNames } from './show-measurements.ts';
import { type ValueTest, valueTest } from './tag-value-test.ts';

export async function showTagKeys(statement: ShowTagKeysStatement, context: QueryContext): Promise<Answer> {
  const tables = await perMeasurement(statement, context, (measurement, snapshots, schema, test) => {
    const keys = new Set<string>();
    for (const snapshot of snapshots) {
      for (const [key] of tagValuesByKey(snapshot, measurement, schema, () => true, test)) keys.add(key);
    }
    const sorted = [...keys].sort(compareStrings);
    const rows = limited(sorted, statement.limit, statement.offset).map((key) => [key]);
    return { name: measurement, columns: ['tagKey'], rows };
  });
  return answerSome(limited(tables, statement.slimit, statement.soffset));
}

export async function showTagValues(statement: ShowTagValuesStatement, context: QueryContext): Promise<Answer> {
  const isWanted = tagKeyTest(statement.key);
  const tables = await perMeasurement(statement, context, (measurement, snapshots, schema, test) => {
    const valuesByKey = new Map<string, Set<string>>();
    for (const snapshot of snapshots) {
      for (const [key, values] of tagValuesByKey(snapshot, measurement, schema, isWanted, test)) {
        const known = valuesByKey.get(key);
        if (known === undefined) valuesByKey.set(key, values);
        else for (const value of values) known.add(value);
      }
    }
    const pairs = [...valuesByKey]
      .sort(([a], [b]) => compareStrings(a, b))
      .flatMap(([key, values]) => [...values].sort(compareStrings).map((value) => [key, value]));
    return { name: measurement, columns: ['key', 'value'], rows: limited(pairs, statement.limit, statement.offset) };
  });
  return answerSome(tables);
}

/** The keys that WITH KEY asks for. */
export function tagKeyTest(condition: TagKeyCondition): (key: string) => boolean {
  switch (condition.op) {
    case 'IN': {
      const names = new Set(condition.value.values);
      return (key) => names.has(key);
    }
    case '=':
      return (key) => key === condition.value.value;
    case '!=':
      return (key) => key !== condition.value.value;
    case '=~':
    case '!~': {
      const regex = compileRegex(condition.value.source);
      return (key) => regex.test(key) === (condition.op === '=~');
    }
  }
}

/** Every measurement that FROM names, with what is left of its table after `show`; without the empty ones. */
async function perMeasurement(
  statement: { readonly database: string; readonly sources: readonly Source[]; readonly condition: Expr | null },
  context: QueryContext,
  show: (measurement: string, snapshots: readonly Snapshot[], schema: SchemaCondition, test: ValueTest | null) => Table,
): Promise<readonly Table[]> {
  const database = requireDatabase(statement.database, context);
  const schema = splitSchemaCondition(statement.condition, context);
  refuseUnquotedValues(schema.condition);
  const test = valueTest(schema.condition);
  const isNamed = nameFilter(statement.sources);
  return withSchemas(database.policies, context, async (snapshots) => {
    const takeTurn = turnTaker(context);
    const tables: Table[] = [];
    for (const measurement of measurementNames(snapshots)) {
      await takeTurn();
      if (!isNamed(measurement)) continue;
      const table = show(measurement, snapshots, schema, test);
      if (table.rows.length > 0) tables.push(table);
    }
    return tables;
  });
}

/** The wanted keys of the measurement's qualifying series with their values; keys without a value are left out. */
function* tagValuesByKey(
  snapshot: Snapshot,
  measurement: string,
  schema: SchemaCondition,
  isWanted: (key: string) => boolean,
  test: ValueTest | null,
): Generator<readonly [key: string, values: Set<string>]> {
  const keys = snapshot.tagKeys(measurement).filter(isWanted);
  if (keys.length === 0) return;
  const ids = qualifyingSeries(snapshot, measurement, schema);
  for (const key of keys) {
    const values = new Set(snapshot.tagValues(ids, key));
    values.delete('');
    if (test !== null) for (const value of values) if (!test(value)) values.delete(value);
    if (values.size > 0) yield [key, values];
  }
}

function answerSome(tables: readonly Table[]): Answer {
  return tables.length === 0 ? NOTHING : answerTables(tables);
}
