// SHOW SHARDS, SHOW SHARD GROUPS and DROP SHARD. A shard here is a slice of time of a policy that has points; on one machine
// each is a group of its own.
import type { NumberedShard, RetentionPolicy, ShardPlace } from '../../catalog/index.ts';
import type { DropShardStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';

/** What the shards of a server are read from. */
type ShardRooms = Pick<QueryContext, 'catalog' | 'shards' | 'view'>;

interface ListedShard extends NumberedShard {
  readonly database: string;
  readonly policy: RetentionPolicy;
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
    const rows = own.map((shard) => [shard.id, name, shard.policy.name, shard.id, ...times(shard), '']);
    return { name, columns: SHARD_COLUMNS, rows };
  });
  return answerTables(tables);
}

export async function showShardGroups(context: QueryContext): Promise<Answer> {
  const shards = await listShards(context);
  const rows = shards.map((shard) => [shard.id, shard.database, shard.policy.name, ...times(shard)]);
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
    .flatMap(({ policies }) => policies)
    .flatMap(({ bucket }) => figures.get(bucket.id)?.shards.map(({ range }) => ({ bucketId: bucket.id, range })) ?? []);
}

async function listShards(context: QueryContext): Promise<readonly ListedShard[]> {
  const shards = await settleShards(context);
  return context.catalog.databases().flatMap(({ name, policies }) =>
    policies.flatMap((policy) => {
      const own = shards.filter(({ bucketId }) => bucketId === policy.bucket.id);
      return own.map((shard) => ({ ...shard, database: name, policy }));
    }),
  );
}

/** Start, end, and when all of the shard is past its policy's period; its end where there is none. */
function times({ range, policy }: ListedShard): readonly string[] {
  return [range.startNs, range.endNs, range.endNs + policy.bucket.durationNs].map(timeText);
}

function timeText(ns: bigint): string {
  return `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19)}Z`;
}
