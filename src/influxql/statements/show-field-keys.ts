// SHOW FIELD KEYS: the fields of a policy's measurements with their types. A field whose shards disagree is shown once a type.
import { compareStrings } from '../../base/index.ts';
import { ALL_TIME } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { ShowFieldKeysStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, type Table, answerTables, limited } from './answer.ts';
import { turnTaker, withSnapshots } from './scope.ts';
import { sourcePolicies } from './show-series.ts';

export async function showFieldKeys(statement: ShowFieldKeysStatement, context: QueryContext): Promise<Answer> {
  const tables: Table[] = [];
  for (const { policy, isNamed } of sourcePolicies(statement.sources, statement.database, context)) {
    await withSnapshots([policy], context, async ([snapshot]) => {
      const takeTurn = turnTaker(context);
      for (const name of snapshot.measurements()) {
        await takeTurn();
        if (!isNamed(name)) continue;
        const rows = limited(fieldRows(snapshot, name), statement.limit, statement.offset);
        if (rows.length > 0) tables.push({ name, columns: ['fieldKey', 'fieldType'], rows });
      }
    });
  }
  return tables.length === 0 ? NOTHING : answerTables(tables);
}

function fieldRows(snapshot: Snapshot, measurement: string): readonly (readonly [field: string, type: string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const table of snapshot.tables(measurement, ALL_TIME)) {
    for (const [field, type] of table.fields) pairs.set(`${type} ${field}`, [field, type]);
  }
  return [...pairs.values()].sort((a, b) => compareStrings(a[0], b[0]) || compareStrings(a[1], b[1]));
}
