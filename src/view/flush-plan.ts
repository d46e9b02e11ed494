// How the frozen memtables of a flush become blocks. A pure choice: each large table its own block, the small ones of a shard
// together, so that a hundred quiet measurements do not make a hundred objects.
import type { FieldType } from '../model/index.ts';

/** From so many rows a table has a block of its own. */
const OWN_BLOCK_ROWS = 8192;

export interface FlushItem {
  readonly bucketId: string;
  readonly shardStartNs: bigint;
  readonly measurement: string;
  readonly rowCount: number;
  readonly fields: ReadonlyMap<string, FieldType>;
}

/** Each list becomes one block; its items are of one shard, of different measurements in ascending order. */
export function planFlush<T extends FlushItem>(items: readonly T[]): T[][] {
  const blocks: T[][] = [];
  const pools = new Map<string, { items: T[]; types: Map<string, FieldType> }[]>();
  const ordered = [...items].sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
  for (const item of ordered) {
    if (item.rowCount >= OWN_BLOCK_ROWS) {
      blocks.push([item]);
      continue;
    }
    const shard = `${item.bucketId} ${item.shardStartNs}`;
    let shardPools = pools.get(shard);
    if (shardPools === undefined) {
      shardPools = [];
      pools.set(shard, shardPools);
    }
    let pool = shardPools.find((candidate) => agree(candidate.types, item.fields));
    if (pool === undefined) {
      pool = { items: [], types: new Map() };
      shardPools.push(pool);
      blocks.push(pool.items);
    }
    pool.items.push(item);
    for (const [name, type] of item.fields) pool.types.set(name, type);
  }
  return blocks;
}

/** A block has one column a field name, so measurements that use a name in two types do not share one. */
function agree(types: ReadonlyMap<string, FieldType>, fields: ReadonlyMap<string, FieldType>): boolean {
  for (const [name, type] of fields) if ((types.get(name) ?? type) !== type) return false;
  return true;
}
