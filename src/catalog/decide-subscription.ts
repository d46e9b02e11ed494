// Decides what a request about subscriptions comes to on a given state, as `decide-database.ts` does for databases.
import { WeirError } from '../base/index.ts';
import type { RetentionPolicy, Subscription } from './catalog.ts';
import { type CatalogState, findPolicy, policyNotFound, requireDatabase } from './catalog-state.ts';
import type { SubscriptionRecord } from './subscription-record.ts';
import { checkDestination, newSubscription } from './subscription.ts';

export function decideCreateSubscription(
  state: CatalogState,
  database: string,
  policy: string,
  subscription: Subscription,
): SubscriptionRecord {
  for (const destination of subscription.destinations) checkDestination(destination);
  const { subscriptions } = requirePolicy(state, database, policy);
  if (subscriptions.some(({ name }) => name === subscription.name)) {
    throw new WeirError('conflict', 'subscription already exists');
  }
  return { op: 'create subscription', database, policy, subscription: newSubscription(subscription) };
}

export function decideDropSubscription(
  state: CatalogState,
  database: string,
  policy: string,
  name: string,
): SubscriptionRecord {
  if (!requirePolicy(state, database, policy).subscriptions.some((each) => each.name === name)) {
    throw new WeirError('not found', 'subscription not found');
  }
  return { op: 'drop subscription', database, policy, name };
}

function requirePolicy(state: CatalogState, database: string, name: string): RetentionPolicy {
  const policy = findPolicy(requireDatabase(state, database), name);
  if (policy === undefined) throw policyNotFound(name);
  return policy;
}
