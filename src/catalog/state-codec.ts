// The catalog's state as JSON: what a checkpoint holds. A member that came later may be missing: such a store was written by
// an older Weir, which had none of those things.
import type { JsonCodec } from '../store/index.ts';
import type { ContinuousQueryDefinition, Database, RetentionPolicy } from './catalog.ts';
import { type CatalogState, frozen, newPolicy, settingsOf } from './catalog-state.ts';
import { bucketIdOf, countOf, fieldsOf, listOf, nsOf, optionalListOf, textOf } from './json.ts';
import type { PolicySettings } from './policy-settings.ts';
import { decodeLadder, encodeLadder } from './ladder-codec.ts';
import { decodeSubscription } from './subscription.ts';
import { decodeUser, encodeUser } from './user-record.ts';

export const stateCodec: JsonCodec<CatalogState> = {
  encode: ({ databases, users }) => ({
    databases: [...databases.values()].map(encodeDatabase),
    users: [...users.values()].map(encodeUser),
  }),
  decode(json) {
    const state = fieldsOf(json, 'catalog');
    const databases = listOf(state, 'databases', decodeDatabase);
    const users = optionalListOf(state, 'users', decodeUser);
    return {
      databases: new Map(databases.map((database) => [database.name, database])),
      users: new Map(users.map((user) => [user.name, user])),
    };
  },
};

export function encodeDatabase(database: Database): unknown {
  return {
    ...database,
    policies: database.policies.map(encodePolicy),
    ladders: database.ladders.map(encodeLadder),
  };
}

export function decodeDatabase(json: unknown): Database {
  const fields = fieldsOf(json, 'database');
  return frozen({
    name: textOf(fields, 'name'),
    defaultPolicy: textOf(fields, 'defaultPolicy'),
    policies: listOf(fields, 'policies', decodePolicy),
    continuousQueries: optionalListOf(fields, 'continuousQueries', decodeContinuousQuery),
    ladders: optionalListOf(fields, 'ladders', decodeLadder),
  });
}

export function encodePolicy(policy: RetentionPolicy): unknown {
  const { name, bucket, subscriptions } = policy;
  return { name, bucketId: bucket.id, ...encodeSettings(settingsOf(policy)), subscriptions };
}

export function decodePolicy(json: unknown): RetentionPolicy {
  const fields = fieldsOf(json, 'policy');
  const bucketId = bucketIdOf(fields, 'bucketId');
  const subscriptions = optionalListOf(fields, 'subscriptions', decodeSubscription);
  return newPolicy(textOf(fields, 'name'), bucketId, decodeSettings(json), subscriptions);
}

function decodeContinuousQuery(json: unknown): ContinuousQueryDefinition {
  const fields = fieldsOf(json, 'continuous query');
  return Object.freeze({ name: textOf(fields, 'name'), text: textOf(fields, 'text') });
}

export function encodeSettings({ durationNs, shardDurationNs, replicaN }: PolicySettings): object {
  return { durationNs: String(durationNs), shardDurationNs: String(shardDurationNs), replicaN };
}

export function decodeSettings(json: unknown): PolicySettings {
  const fields = fieldsOf(json, 'settings');
  return {
    durationNs: nsOf(fields, 'durationNs'),
    shardDurationNs: nsOf(fields, 'shardDurationNs'),
    replicaN: countOf(fields, 'replicaN'),
  };
}
