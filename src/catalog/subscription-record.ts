// The records of subscriptions, and how subscriptions are stored with their policy.
import { WeirError } from '../base/index.ts';
import type { Subscription } from './catalog.ts';
import { type CatalogState, findPolicy, withDatabase, withPolicy } from './catalog-state.ts';
import { type Fields, textOf } from './json.ts';
import { decodeSubscription } from './subscription.ts';

export type SubscriptionRecord =
  | {
      readonly op: 'create subscription';
      readonly database: string;
      readonly policy: string;
      readonly subscription: Subscription;
    }
  | { readonly op: 'drop subscription'; readonly database: string; readonly policy: string; readonly name: string };

export function applySubscriptionRecord(state: CatalogState, record: SubscriptionRecord): CatalogState {
  const database = state.databases.get(record.database);
  const policy = database && findPolicy(database, record.policy);
  if (database === undefined || policy === undefined) throw misplaced(record, 'there is no such policy');
  const name = record.op === 'create subscription' ? record.subscription.name : record.name;
  const others = policy.subscriptions.filter((each) => each.name !== name);
  const exists = others.length < policy.subscriptions.length;
  if (record.op === 'create subscription') {
    if (exists) throw misplaced(record, `"${name}" exists`);
    others.push(record.subscription);
  } else if (!exists) {
    throw misplaced(record, `there is no "${name}"`);
  }
  return withDatabase(state, withPolicy(database, { ...policy, subscriptions: others }));
}

function misplaced(record: SubscriptionRecord, why: string): WeirError {
  return new WeirError('corrupt', `cannot ${record.op} on "${record.database}"."${record.policy}": ${why}`);
}

/** undefined when `op` is none of these. */
export function decodeSubscriptionRecord(op: string, fields: Fields): SubscriptionRecord | undefined {
  const place = () => ({ database: textOf(fields, 'database'), policy: textOf(fields, 'policy') });
  switch (op as SubscriptionRecord['op']) {
    case 'create subscription':
      return { op: 'create subscription', ...place(), subscription: decodeSubscription(fields.subscription) };
    case 'drop subscription':
      return { op: 'drop subscription', ...place(), name: textOf(fields, 'name') };
    default:
      return undefined;
  }
}
