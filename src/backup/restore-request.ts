// What a restore asks of a server: databases, policies and users as they shall be there, and the objects that their buckets
// are made of. All names, bucket ids and keys are the target's already.
import { type Database, type RetentionPolicy, type User, decodeDatabase, encodeDatabase } from '../catalog/index.ts';
import type { CapturedBucket, CapturedFamily } from '../view/index.ts';
import { WeirError, isWeirError } from '../base/index.ts';
import { type Contents, decodeContents, encodeContents, objectKeys } from './contents.ts';
import type { Digest } from './digest.ts';
import { listOf, membersOf, textOf, wrong } from './json-check.ts';
import { decodeDigest } from './manifest-file.ts';

export interface MergeTarget {
  readonly database: string;
  readonly policy: string;
  readonly bucketId: string;
}

export interface RestoreRequest {
  readonly upTo: number;
  /** To be made. */
  readonly databases: readonly Database[];
  /** To be added to databases that exist. */
  readonly policies: ReadonlyArray<{ readonly database: string; readonly policy: RetentionPolicy }>;
  /** Policies that exist and get the points of a bucket written into them; the bucket itself does not stay. */
  readonly merges: readonly MergeTarget[];
  /** To be made where there is no user at all. */
  readonly users: readonly User[];
  readonly buckets: readonly CapturedBucket[];
  readonly families: readonly CapturedFamily[];
  /** By key. */
  readonly objects: ReadonlyMap<string, Digest>;
}

export function encodeRequest(request: RestoreRequest): unknown {
  const { policies, objects, ...contents } = request;
  return {
    ...encodeContents({ ...EMPTY, ...contents }),
    // A policy travels as a database that has it alone.
    policies: policies.map(({ database, policy }) => encodeDatabase(databaseWith(database, policy))),
    objects: Object.fromEntries(objects),
  };
}

/** Throws `invalid` with the path of what is wrong. */
export function decodeRequest(json: unknown): RestoreRequest {
  try {
    return decode(json);
  } catch (error) {
    // What the catalog would call damage of its store is a fault of the request here.
    if (!isWeirError(error, 'corrupt')) throw error;
    throw new WeirError('invalid', error.message, error);
  }
}

function decode(json: unknown): RestoreRequest {
  const members = membersOf(json, 'request');
  const { upTo, databases, users, buckets, families } = decodeContents(json, 'request');
  const objects = new Map<string, Digest>();
  const given = membersOf(members.objects, 'request.objects');
  for (const key of objectKeys({ buckets, families })) {
    if (objects.has(key)) throw wrong('request', 'each object once', key);
    objects.set(key, decodeDigest(given[key], `request.objects.${key}`));
  }
  const policies = listOf(members, 'policies', 'request', (item, path) => {
    const database = decodeDatabase(item);
    if (database.policies.length !== 1) throw wrong(`${path}.policies`, 'one', database.policies.length);
    return { database: textOf(membersOf(item, path), 'name', path), policy: database.policies[0] };
  });
  const merges = listOf(members, 'merges', 'request', (item, path): MergeTarget => {
    const merge = membersOf(item, path);
    const bucketId = textOf(merge, 'bucketId', path);
    if (!buckets.some((bucket) => bucket.bucketId === bucketId)) throw wrong(`${path}.bucketId`, 'a bucket', bucketId);
    return { database: textOf(merge, 'database', path), policy: textOf(merge, 'policy', path), bucketId };
  });
  return { upTo, databases, policies, merges, users, buckets, families, objects };
}

const EMPTY: Contents = {
  createdAt: '',
  version: '',
  selection: { database: null, policy: null, sinceNs: null },
  upTo: 0,
  databases: [],
  users: [],
  buckets: [],
  families: [],
};

function databaseWith(name: string, policy: RetentionPolicy): Database {
  return { name, defaultPolicy: policy.name, policies: [policy], continuousQueries: [], ladders: [] };
}
