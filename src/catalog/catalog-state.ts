// Everything that a catalog knows, as one value that never changes: a change makes a new state that shares the rest.
import type { JsonCodec } from '../store/index.ts';
import type { Database, RetentionPolicy } from './catalog.ts';
import { countOf, fieldsOf, listOf, nsOf, textOf, wrong } from './json.ts';
import type { PolicySettings } from './policy-settings.ts';

export interface CatalogState {
  readonly databases: ReadonlyMap<string, Database>;
}

export const EMPTY_STATE: CatalogState = { databases: new Map() };

export function findPolicy(database: Database, name: string): RetentionPolicy | undefined {
  return database.policies.find((policy) => policy.name === name);
}

/** With `database` in the place of the one of that name, if there is one. */
export function withDatabase(state: CatalogState, database: Database): CatalogState {
  return { ...state, databases: new Map(state.databases).set(database.name, frozen(database)) };
}

export function withoutDatabase(state: CatalogState, name: string): CatalogState {
  const databases = new Map(state.databases);
  databases.delete(name);
  return { ...state, databases };
}

function frozen(database: Database): Database {
  return Object.freeze({ ...database, policies: Object.freeze([...database.policies]) });
}

export function newPolicy(name: string, bucketId: string, settings: PolicySettings): RetentionPolicy {
  const { durationNs, shardDurationNs, replicaN } = settings;
  return Object.freeze({ name, bucket: Object.freeze({ id: bucketId, durationNs, shardDurationNs }), replicaN });
}

export function settingsOf({ bucket, replicaN }: RetentionPolicy): PolicySettings {
  return { durationNs: bucket.durationNs, shardDurationNs: bucket.shardDurationNs, replicaN };
}

export const stateCodec: JsonCodec<CatalogState> = {
  encode: ({ databases }) => ({
    databases: [...databases.values()].map(({ name, defaultPolicy, policies }) => ({
      name,
      defaultPolicy,
      policies: policies.map(encodePolicy),
    })),
  }),
  decode(json) {
    const databases = listOf(fieldsOf(json, 'catalog'), 'databases', (item): Database => {
      const fields = fieldsOf(item, 'database');
      return frozen({
        name: textOf(fields, 'name'),
        defaultPolicy: textOf(fields, 'defaultPolicy'),
        policies: listOf(fields, 'policies', decodePolicy),
      });
    });
    return { databases: new Map(databases.map((database) => [database.name, database])) };
  },
};

export function encodePolicy(policy: RetentionPolicy): unknown {
  return { name: policy.name, bucketId: policy.bucket.id, ...encodeSettings(settingsOf(policy)) };
}

export function decodePolicy(json: unknown): RetentionPolicy {
  const fields = fieldsOf(json, 'policy');
  const bucketId = textOf(fields, 'bucketId');
  if (!/^[0-9a-f]{16}$/.test(bucketId)) throw wrong('bucketId', '16 hexadecimal digits', bucketId);
  return newPolicy(textOf(fields, 'name'), bucketId, decodeSettings(json));
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
