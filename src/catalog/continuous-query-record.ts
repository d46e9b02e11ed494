// The records of continuous queries.
import { WeirError } from '../base/index.ts';
import type { ContinuousQueryDefinition } from './catalog.ts';
import { type CatalogState, withDatabase } from './catalog-state.ts';
import { type Fields, textOf } from './json.ts';

export type ContinuousQueryRecord =
  | {
      readonly op: 'create continuous query';
      readonly database: string;
      readonly name: string;
      readonly text: string;
    }
  | { readonly op: 'drop continuous query'; readonly database: string; readonly name: string };

export function applyContinuousQueryRecord(state: CatalogState, record: ContinuousQueryRecord): CatalogState {
  const database = state.databases.get(record.database);
  if (database === undefined) throw misplaced(record, 'there is no such database');
  const { name } = record;
  const others = database.continuousQueries.filter((each) => each.name !== name);
  const exists = others.length < database.continuousQueries.length;
  if (record.op === 'drop continuous query') {
    if (!exists) throw misplaced(record, `there is no "${name}"`);
    return withDatabase(state, { ...database, continuousQueries: others });
  }
  if (exists) throw misplaced(record, `"${name}" exists`);
  const created: ContinuousQueryDefinition = Object.freeze({ name, text: record.text });
  return withDatabase(state, { ...database, continuousQueries: [...others, created] });
}

function misplaced(record: ContinuousQueryRecord, why: string): WeirError {
  return new WeirError('corrupt', `cannot ${record.op} in "${record.database}": ${why}`);
}

/** undefined when `op` is none of these. */
export function decodeContinuousQueryRecord(op: string, fields: Fields): ContinuousQueryRecord | undefined {
  const place = () => ({ database: textOf(fields, 'database'), name: textOf(fields, 'name') });
  switch (op as ContinuousQueryRecord['op']) {
    case 'create continuous query':
      return { op: 'create continuous query', ...place(), text: textOf(fields, 'text') };
    case 'drop continuous query':
      return { op: 'drop continuous query', ...place() };
    default:
      return undefined;
  }
}
