// Which blocks to merge next. A pure choice over what the manifest tells, so that a test can print it.
import type { BlockMeta } from './manifest.ts';

/** Merge these blocks, all of one shard of one bucket, contiguous in seq for each measurement, into level 1. */
export interface CompactionPlan {
  readonly bucketId: string;
  readonly shardStart: string;
  readonly inputs: readonly BlockMeta[];
}

export interface CompactionRules {
  /** So many level-0 blocks of a shard are merged into level 1. */
  readonly level0Count: number;
  /** So many neighbouring level-1 blocks of similar size are merged into one. */
  readonly level1Count: number;
  /** Blocks over this are not merged again by size. */
  readonly maxBlockBytes: number;
  /** A shard rests when its time is over and nothing came for so long; then it gets one block a measurement… */
  readonly restMs: number;
  /** …unless it holds more than this. */
  readonly maxRestingBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_RULES: CompactionRules = {
  level0Count: 4,
  level1Count: 4,
  maxBlockBytes: 1024 * MIB,
  restMs: 60 * 60 * 1000,
  maxRestingBytes: 32 * MIB,
};
/** Whoever writes a few points into a resting shard does not have it written anew: what is to be merged is a share of it. */
const MIN_SCATTERED_SHARE = 1 / 8;

/**
 * The most urgent merge, or undefined. Level 0 goes first, all of a shard at once: a level-0 block may hold many
 * measurements and only leaves as a whole. Then, within a table, runs of level-1 blocks whose sizes are within a factor of four.
 * At last what remains in shards that rest: many small blocks where measurements are small, and windows of tiers are few.
 */
export function planCompaction(
  blocks: Iterable<BlockMeta>,
  rules: CompactionRules,
  rests: (block: BlockMeta) => boolean,
): CompactionPlan | undefined {
  const shards = groupBy(blocks, (block) => `${block.bucketId} ${block.shardStart}`);
  let best: BlockMeta[] = [];
  for (const shard of shards.values()) {
    const level0 = shard.filter((block) => block.level === 0);
    if (level0.length >= rules.level0Count && level0.length > best.length) best = level0;
  }
  if (best.length > 0) return planOf(best);
  for (const shard of shards.values()) {
    const level1 = shard.filter((block) => block.level === 1);
    for (const table of groupBy(level1, (block) => block.tables[0].measurement).values()) {
      const run = similarRun(table.sort(byMaxSeq), rules);
      if (run.length > 0) return planOf(run);
    }
  }
  for (const shard of shards.values()) {
    if (shard.length > 1 && rests(shard[0]) && isScattered(shard, rules)) return planOf(shard);
  }
  return undefined;
}

/** Whether much of a small shard lies beside the largest block of its measurement. */
function isScattered(shard: readonly BlockMeta[], { maxRestingBytes }: CompactionRules): boolean {
  const largest = new Map<string, BlockMeta>();
  for (const block of shard) {
    for (const { measurement } of block.tables) {
      if (block.sizeBytes > (largest.get(measurement)?.sizeBytes ?? -1)) largest.set(measurement, block);
    }
  }
  const main = new Set(largest.values());
  const bytesOf = (blocks: readonly BlockMeta[]): number => blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const total = bytesOf(shard);
  const scattered = bytesOf(shard.filter((block) => !main.has(block)));
  return scattered > 0 && scattered >= MIN_SCATTERED_SHARE * total && total <= maxRestingBytes;
}

function planOf(inputs: BlockMeta[]): CompactionPlan {
  return { bucketId: inputs[0].bucketId, shardStart: inputs[0].shardStart, inputs: [...inputs].sort(byMaxSeq) };
}

function similarRun(table: readonly BlockMeta[], rules: CompactionRules): BlockMeta[] {
  for (let start = 0; start + rules.level1Count <= table.length; start++) {
    const run = table.slice(start, start + rules.level1Count);
    const sizes = run.map((block) => block.sizeBytes);
    const similar = Math.max(...sizes) <= 4 * Math.min(...sizes);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (similar && total <= rules.maxBlockBytes) return run;
  }
  return [];
}

function byMaxSeq(a: BlockMeta, b: BlockMeta): number {
  return a.maxSeq - b.maxSeq;
}

function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
