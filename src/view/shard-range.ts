// Where a point lies: the slices of time that storage works in.
import { type Bucket, type TimeRange, WEEK, shardRange } from '../model/index.ts';

/** Within a slice every offset is exact as Float64 (2^53 ns are 14.9 weeks). */
const MAX_SLICE_NS = 12n * WEEK;

/**
 * The slice that holds a time: the bucket's shard, or where shards are longer than 12 weeks the 12 weeks of it (aligned as
 * shards are). Retention and types work by slice.
 */
export function sliceRange(bucket: Bucket, timeNs: bigint): TimeRange {
  if (bucket.shardDurationNs <= MAX_SLICE_NS) return shardRange(bucket, timeNs);
  const shard = shardRange(bucket, timeNs);
  const startNs = shard.startNs + ((timeNs - shard.startNs) / MAX_SLICE_NS) * MAX_SLICE_NS;
  const endNs = startNs + MAX_SLICE_NS;
  return { startNs, endNs: endNs < shard.endNs ? endNs : shard.endNs };
}

/** The slice that holds a time among the existing ones (ascending); a new one gives way to its neighbours. */
export function sliceAmong(existing: readonly TimeRange[], bucket: Bucket, timeNs: bigint): TimeRange {
  let { startNs, endNs } = sliceRange(bucket, timeNs);
  for (const range of existing) {
    if (range.endNs <= timeNs) startNs = range.endNs > startNs ? range.endNs : startNs;
    else if (range.startNs > timeNs) endNs = range.startNs < endNs ? range.startNs : endNs;
    else return range;
  }
  return { startNs, endNs };
}
