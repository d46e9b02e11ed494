// Decides what a request about continuous queries comes to on a given state, as `decide-database.ts` does for databases.
import { WeirError } from '../base/index.ts';
import { type CatalogState, requireDatabase } from './catalog-state.ts';
import type { ContinuousQueryRecord } from './continuous-query-record.ts';

export function decideCreateContinuousQuery(
  state: CatalogState,
  databaseName: string,
  name: string,
  text: string,
): ContinuousQueryRecord | undefined {
  const database = requireDatabase(state, databaseName);
  const existing = database.continuousQueries.find((each) => each.name === name);
  if (existing === undefined) return { op: 'create continuous query', database: databaseName, name, text };
  if (existing.text.toLowerCase() !== text.toLowerCase()) {
    throw new WeirError('conflict', 'continuous query already exists');
  }
  return undefined;
}

export function decideDropContinuousQuery(
  state: CatalogState,
  database: string,
  name: string,
): ContinuousQueryRecord | undefined {
  const exists = state.databases.get(database)?.continuousQueries.some((each) => each.name === name);
  return exists === true ? { op: 'drop continuous query', database, name } : undefined;
}
