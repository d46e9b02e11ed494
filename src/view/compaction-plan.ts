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
  /** So many neighbouring level-1 blocks of similar size, or more, are merged into one. */
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
/** More blocks of level 1 are not read at once. */
const MAX_RUN = 64;

/**
 * The merge that leaves the fewest blocks, or undefined. Of level 0 all of a shard goes at once: a level-0 block may hold many
 * measurements and only leaves as a whole. Of level 1 it is a run of a table's blocks whose sizes are within a factor of four. At last
 * comes what remains in shards that rest: many small blocks where measurements are small, and windows of tiers are few.
 */
export function planCompaction(
  blocks: Iterable<BlockMeta>,
  rules: CompactionRules,
  rests: (block: BlockMeta) => boolean,
): CompactionPlan | undefined {
  const shards = groupBy(blocks, (block) => `${block.bucketId} ${block.shardStart}`);
  let best: readonly BlockMeta[] = [];
  for (const shard of shards.values()) {
    const level0 = shard.filter((block) => block.level === 0);
    if (level0.length >= rules.level0Count && level0.length > best.length) best = level0;
  }
  for (const shard of shards.values()) {
    const level1 = shard.filter((block) => block.level === 1);
    for (const table of groupBy(level1, (block) => block.tables[0].measurement).values()) {
      const run = similarRun(table.sort(byMaxSeq), rules);
      if (run.length > best.length) best = run;
    }
  }
  if (best.length > 0) return planOf(best);
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

function planOf(inputs: readonly BlockMeta[]): CompactionPlan {
  return { bucketId: inputs[0].bucketId, shardStart: inputs[0].shardStart, inputs: [...inputs].sort(byMaxSeq) };
}

/** The longest run that may be merged; empty when none has as many blocks as it takes. */
function similarRun(table: readonly BlockMeta[], rules: CompactionRules): readonly BlockMeta[] {
  let best: readonly BlockMeta[] = [];
  for (let start = 0; start + Math.max(rules.level1Count, best.length + 1) <= table.length; start++) {
    const end = endOfRun(table, start, rules);
    if (end - start >= rules.level1Count && end - start > best.length) best = table.slice(start, end);
  }
  return best;
}

function endOfRun(table: readonly BlockMeta[], start: number, { maxBlockBytes }: CompactionRules): number {
  let [least, most, total] = [Infinity, 0, 0];
  for (let end = start; end < table.length; end++) {
    const { sizeBytes } = table[end];
    least = Math.min(least, sizeBytes);
    most = Math.max(most, sizeBytes);
    total += sizeBytes;
    if (most > 4 * least || total > maxBlockBytes || end - start === MAX_RUN) return end;
  }
  return table.length;
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
