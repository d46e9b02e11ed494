// SHOW FIELD KEYS: the fields of a policy's measurements with their types. A field whose shards disagree is shown once a type.
import { compareStrings } from '../../base/index.ts';
import { ALL_TIME } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { ShowFieldKeysStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, type Table, answerTables, limited } from './answer.ts';
import { turnTaker, withSchemas } from './scope.ts';
import { measurementNames } from './show-measurements.ts';
import { sourcePolicies } from './show-series.ts';

export async function showFieldKeys(statement: ShowFieldKeysStatement, context: QueryContext): Promise<Answer> {
  const tables: Table[] = [];
  for (const { policy, isNamed } of sourcePolicies(statement.sources, statement.database, context)) {
    await withSchemas([policy], context, async (snapshots) => {
      const takeTurn = turnTaker(context);
      for (const name of measurementNames(snapshots)) {
        await takeTurn();
        if (!isNamed(name)) continue;
        const rows = limited(fieldRows(snapshots, name), statement.limit, statement.offset);
        if (rows.length > 0) tables.push({ name, columns: ['fieldKey', 'fieldType'], rows });
      }
    });
  }
  return tables.length === 0 ? NOTHING : answerTables(tables);
}

function fieldRows(
  snapshots: readonly Snapshot[],
  measurement: string,
): readonly (readonly [field: string, type: string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const snapshot of snapshots) {
    for (const fields of fieldsByShard(snapshot, measurement)) {
      for (const [field, type] of fields) pairs.set(`${type} ${field}`, [field, type]);
    }
  }
  return [...pairs.values()].sort((a, b) => compareStrings(a[0], b[0]) || compareStrings(a[1], b[1]));
}

/** Of states the fields that they stand for, over all shards. */
function fieldsByShard(snapshot: Snapshot, measurement: string): readonly ReadonlyMap<string, string>[] {
  if (snapshot.states !== undefined) return [snapshot.fields(measurement)];
  return snapshot.tables(measurement, ALL_TIME).map(({ fields }) => fields);
}
