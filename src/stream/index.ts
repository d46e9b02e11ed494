// stream: what is sent on of the changes of the log: to subscriptions (later to Kafka).

export { Subscriptions } from './subscriptions.ts';
export type { SubscriptionOptions, SubscriptionParts } from './subscriptions.ts';
