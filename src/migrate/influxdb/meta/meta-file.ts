// `meta/meta.db`: what exists on an InfluxDB 1.x server: databases, retention policies, shards, continuous queries,
// subscriptions and users. One protocol buffer, `Data` of services/meta/internal/meta.proto (InfluxDB 1.0 to 1.11).
import { readFile } from 'node:fs/promises';
import { WeirError, messageOf } from '../../../base/index.ts';
import type { Privilege } from '../../../catalog/index.ts';
import type { TimeRange } from '../../../model/index.ts';
import { located } from '../damage.ts';
import { Message } from './protobuf.ts';

export interface InfluxMeta {
  readonly databases: readonly InfluxDatabase[];
  readonly users: readonly InfluxUser[];
}

export interface InfluxDatabase {
  readonly name: string;
  readonly defaultPolicy: string;
  readonly policies: readonly InfluxPolicy[];
  readonly continuousQueries: readonly { readonly name: string; readonly text: string }[];
}

export interface InfluxPolicy {
  readonly name: string;
  /** 0 = for ever. */
  readonly durationNs: bigint;
  readonly shardDurationNs: bigint;
  readonly replicaN: number;
  /** Those that were not deleted, in order of time. */
  readonly shards: readonly InfluxShard[];
  readonly subscriptions: readonly InfluxSubscription[];
}

export interface InfluxShard {
  /** The name of its directory. */
  readonly id: string;
  readonly range: TimeRange;
}

export interface InfluxSubscription {
  readonly name: string;
  readonly mode: string;
  readonly destinations: readonly string[];
}

export interface InfluxUser {
  readonly name: string;
  /** bcrypt. */
  readonly passwordHash: string;
  readonly admin: boolean;
  readonly grants: readonly { readonly database: string; readonly privilege: Privilege }[];
}

const PRIVILEGES: readonly Privilege[] = ['NO PRIVILEGES', 'READ', 'WRITE', 'ALL PRIVILEGES'];

/** Rejects with `not found` or `corrupt`. */
export async function readMeta(path: string): Promise<InfluxMeta> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new WeirError('not found', `${path} cannot be read: ${messageOf(error)}`, error);
  }
  return located(path, 0, () => parseMeta(bytes));
}

/** Throws `corrupt`. */
export function parseMeta(bytes: Uint8Array): InfluxMeta {
  const data = new Message(bytes);
  return { databases: data.messages(5).map(databaseOf), users: data.messages(6).map(userOf) };
}

function databaseOf(message: Message): InfluxDatabase {
  return {
    name: message.text(1),
    defaultPolicy: message.text(2),
    policies: message.messages(3).map(policyOf),
    continuousQueries: message.messages(4).map((query) => ({ name: query.text(1), text: query.text(2) })),
  };
}

function policyOf(message: Message): InfluxPolicy {
  return {
    name: message.text(1),
    durationNs: message.int(2),
    shardDurationNs: message.int(3),
    replicaN: Number(message.int(4)),
    shards: message.messages(5).flatMap(shardsOf),
    subscriptions: message.messages(6).map((subscription) => ({
      name: subscription.text(1),
      mode: subscription.text(2),
      destinations: subscription.texts(3),
    })),
  };
}

/** The shards of a group: one on a server of its own, none when the group was deleted. */
function shardsOf(group: Message): InfluxShard[] {
  if (group.int(4) !== 0n) return [];
  const range = { startNs: group.int(2), endNs: group.int(3) };
  return group.messages(5).map((shard) => ({ id: String(shard.int(1)), range }));
}

function userOf(message: Message): InfluxUser {
  const grants = message.messages(4).map((grant) => ({
    database: grant.text(1),
    privilege: PRIVILEGES.at(Number(grant.int(2))) ?? 'NO PRIVILEGES',
  }));
  return { name: message.text(1), passwordHash: message.text(2), admin: message.flag(3), grants };
}
