// SHOW SHARDS, SHOW SHARD GROUPS and DROP SHARD. A shard here is a slice of time of a policy that has points; on one machine
// each is a group of its own. A policy that is a tier of a ladder has those of its windows,
// too, and one that is a base those of its late points.
import { type Database, type NumberedShard, type ShardPlace, tiersOf } from '../../catalog/index.ts';
import type { Bucket } from '../../model/index.ts';
import type { DropShardStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';

/** What the shards of a server are read from. */
type ShardRooms = Pick<QueryContext, 'catalog' | 'shards' | 'view'>;

interface ListedShard extends NumberedShard, PolicyBucket {
  readonly database: string;
}

interface PolicyBucket {
  readonly policy: string;
  readonly bucket: Bucket;
}

const SHARD_COLUMNS = [
  'id',
  'database',
  'retention_policy',
  'shard_group',
  'start_time',
  'end_time',
  'expiry_time',
  'owners',
];

const GROUP_COLUMNS = ['id', 'database', 'retention_policy', 'start_time', 'end_time', 'expiry_time'];

/** A table for each database, with or without shards. */
export async function showShards(context: QueryContext): Promise<Answer> {
  const shards = await listShards(context);
  const tables = context.catalog.databases().map(({ name }) => {
    const own = shards.filter(({ database }) => database === name);
    const rows = own.map((shard) => [shard.id, name, shard.policy, shard.id, ...times(shard), '']);
    return { name, columns: SHARD_COLUMNS, rows };
  });
  return answerTables(tables);
}

export async function showShardGroups(context: QueryContext): Promise<Answer> {
  const shards = await listShards(context);
  const rows = shards.map((shard) => [shard.id, shard.database, shard.policy, ...times(shard)]);
  return answerTables([{ name: 'shard groups', columns: GROUP_COLUMNS, rows }]);
}

/** A shard that does not exist is no error. */
export async function dropShard({ id }: DropShardStatement, context: QueryContext): Promise<Answer> {
  const shard = (await settleShards(context)).find((candidate) => BigInt(candidate.id) === id);
  if (shard === undefined) return NOTHING;
  const { bucketId, range } = shard;
  await context.view.delete(bucketId, { measurements: null, predicate: null, range });
  await context.shards.forget(shard.id);
  return NOTHING;
}

/** All shards that have points, with their numbers: by database, then policy, then time. */
export function settleShards(rooms: ShardRooms): Promise<readonly NumberedShard[]> {
  return rooms.shards.settle(() => presentShards(rooms));
}

function presentShards({ catalog, view }: ShardRooms): readonly ShardPlace[] {
  const figures = new Map(view.figures().map((bucket) => [bucket.bucketId, bucket]));
  return catalog
    .databases()
    .flatMap(policyBuckets)
    .flatMap(({ bucket }) => figures.get(bucket.id)?.shards.map(({ range }) => ({ bucketId: bucket.id, range })) ?? []);
}

async function listShards(context: QueryContext): Promise<readonly ListedShard[]> {
  const shards = await settleShards(context);
  return context.catalog.databases().flatMap((database) =>
    policyBuckets(database).flatMap(({ policy, bucket }) => {
      const own = shards.filter(({ bucketId }) => bucketId === bucket.id);
      return own.map((shard) => ({ ...shard, database: database.name, policy, bucket }));
    }),
  );
}

/** Of a tier that several rules share, one. */
function policyBuckets({ policies, ladders }: Database): readonly PolicyBucket[] {
  const tiers = new Map(ladders.flatMap(tiersOf).map((tier) => [tier.bucket.id, tier]));
  const points = policies.flatMap(({ name, bucket }) =>
    (bucket.late === undefined ? [bucket] : [bucket, bucket.late]).map((each) => ({ policy: name, bucket: each })),
  );
  return [...points, ...tiers.values()];
}

/** Start, end, and when all of the shard is past its policy's period; its end where there is none. */
function times({ range, bucket }: ListedShard): readonly string[] {
  return [range.startNs, range.endNs, range.endNs + bucket.durationNs].map(timeText);
}

function timeText(ns: bigint): string {
  return `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19)}Z`;
}
