// The record of a change to ladders: policies, buckets, ladders and continuous queries change together, so that it holds the
// database as it is afterwards.
import { WeirError } from '../base/index.ts';
import type { Database } from './catalog.ts';
import { type CatalogState, withDatabase } from './catalog-state.ts';
import type { Fields } from './json.ts';
import { decodeDatabase, encodeDatabase } from './state-codec.ts';

export interface LadderRecord {
  readonly op: 'change ladders';
  readonly database: Database;
}

export function applyLadderRecord(state: CatalogState, { database }: LadderRecord): CatalogState {
  if (!state.databases.has(database.name)) {
    throw new WeirError('corrupt', `cannot change ladders in "${database.name}": there is no such database`);
  }
  return withDatabase(state, database);
}

export function encodeLadderRecord({ op, database }: LadderRecord): unknown {
  return { op, database: encodeDatabase(database) };
}

/** undefined when `op` is another. */
export function decodeLadderRecord(op: string, fields: Fields): LadderRecord | undefined {
  return op === 'change ladders' ? { op, database: decodeDatabase(fields.database) } : undefined;
}
