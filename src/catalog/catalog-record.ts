// The records of the catalog's log: what was decided, in full, so that applying them needs none of the rules that led to
// them. A new kind of thing brings its records as one more file like `database-record.ts` and joins the union here.
import type { JsonCodec } from '../store/index.ts';
import type { CatalogState } from './catalog-state.ts';
import {
  type DatabaseRecord,
  applyDatabaseRecord,
  decodeDatabaseRecord,
  encodeDatabaseRecord,
} from './database-record.ts';
import { fieldsOf, textOf, wrong } from './json.ts';

export type CatalogRecord = DatabaseRecord;

/** The state after `record`. Throws `corrupt` when it cannot follow on `state`. */
export function applyRecord(state: CatalogState, record: CatalogRecord): CatalogState {
  return applyDatabaseRecord(state, record);
}

export const recordCodec: JsonCodec<CatalogRecord> = {
  encode: encodeDatabaseRecord,
  decode(json) {
    const fields = fieldsOf(json, 'record');
    const op = textOf(fields, 'op');
    const record = decodeDatabaseRecord(op, fields);
    if (record === undefined) throw wrong('op', 'a known operation', op);
    return record;
  },
};
