// The records of the catalog's log: what was decided, in full, so that applying them needs none of the rules that led to
// them. A new kind of thing brings its records as one more file like `user-record.ts` and joins the union here.
import type { JsonCodec } from '../store/index.ts';
import type { CatalogState } from './catalog-state.ts';
import {
  type ContinuousQueryRecord,
  applyContinuousQueryRecord,
  decodeContinuousQueryRecord,
} from './continuous-query-record.ts';
import {
  type DatabaseRecord,
  applyDatabaseRecord,
  decodeDatabaseRecord,
  encodeDatabaseRecord,
} from './database-record.ts';
import { type ImportRecord, applyImportRecord, decodeImportRecord, encodeImportRecord } from './import-record.ts';
import { fieldsOf, textOf, wrong } from './json.ts';
import { type LadderRecord, applyLadderRecord, decodeLadderRecord, encodeLadderRecord } from './ladder-record.ts';
import { type SubscriptionRecord, applySubscriptionRecord, decodeSubscriptionRecord } from './subscription-record.ts';
import { type UserRecord, applyUserRecord, decodeUserRecord } from './user-record.ts';

export type CatalogRecord =
  | DatabaseRecord
  | LadderRecord
  | ContinuousQueryRecord
  | SubscriptionRecord
  | UserRecord
  | ImportRecord;

/** The state after `record`. Throws `corrupt` when it cannot follow on `state`. */
export function applyRecord(state: CatalogState, record: CatalogRecord): CatalogState {
  switch (record.op) {
    case 'create continuous query':
    case 'drop continuous query':
      return applyContinuousQueryRecord(state, record);
    case 'create subscription':
    case 'drop subscription':
      return applySubscriptionRecord(state, record);
    case 'create user':
    case 'drop user':
    case 'set password':
    case 'set admin':
    case 'set privilege':
      return applyUserRecord(state, record);
    case 'import':
      return applyImportRecord(state, record);
    case 'change ladders':
      return applyLadderRecord(state, record);
    default:
      return applyDatabaseRecord(state, record);
  }
}

export const recordCodec: JsonCodec<CatalogRecord> = {
  encode(record) {
    switch (record.op) {
      case 'create database':
      case 'create policy':
      case 'alter policy':
        return encodeDatabaseRecord(record);
      case 'import':
        return encodeImportRecord(record);
      case 'change ladders':
        return encodeLadderRecord(record);
      default:
        return record; // Plain JSON as it is.
    }
  },
  decode(json) {
    const fields = fieldsOf(json, 'record');
    const op = textOf(fields, 'op');
    const record =
      decodeDatabaseRecord(op, fields) ??
      decodeLadderRecord(op, fields) ??
      decodeContinuousQueryRecord(op, fields) ??
      decodeSubscriptionRecord(op, fields) ??
      decodeUserRecord(op, fields) ??
      decodeImportRecord(op, fields);
    if (record === undefined) throw wrong('op', 'a known operation', op);
    return record;
  },
};
