// A bucket is where points live and for how long: the one concept behind a 1.x database + retention policy and a 2.x bucket.
import { DAY, HOUR, WEEK } from './duration.ts';
import { floorDiv, type TimeRange } from './time.ts';

export interface Bucket {
  /** 16 lower-case hex digits, never reused. */
  readonly id: string;
  /** How long points are kept; 0 = for ever. */
  readonly durationNs: bigint;
  /** The length of a shard: the unit of retention and compaction. */
  readonly shardDurationNs: bigint;
  /** The bucket whose series this one counts its ids in: a tier's base. undefined = it has its own. */
  readonly seriesOf?: string | undefined;
  /** How much longer than its period a shard stays for those who still compute from it. undefined = not longer. */
  readonly graceNs?: bigint | undefined;
  /** Takes the points that are older than `durationNs`, and counts series as this one does. undefined = they are refused. */
  readonly late?: Bucket | undefined;
}

/** Seconds from year 1 (Go's zero time) to 1970: shards start at multiples of their duration counted from there. */
const YEAR_ONE_NS = -62_135_596_800n * 1_000_000_000n;

/** InfluxDB's default: under 2 days 1h, under 180 days 1d, else (and for ever) 7d. */
export function defaultShardDuration(durationNs: bigint): bigint {
  if (durationNs === 0n || durationNs >= 180n * DAY) return WEEK;
  return durationNs < 2n * DAY ? HOUR : DAY;
}

/** A tier's series should have so many windows in a shard: what a block takes beside its values is little then. */
const TIER_SHARD_WINDOWS = 1000n;
const MAX_TIER_SHARD_NS = 8n * WEEK;

/**
 * Shard duration of a ladder's tier: that of its period, doubled as long as a shard has few windows. Since whole shards
 * expire, none is longer than an eighth of the period. 0 = infinite, as above.
 */
export function tierShardDuration(stepNs: bigint, durationNs: bigint): bigint {
  const mostNs = durationNs === 0n || durationNs / 8n > MAX_TIER_SHARD_NS ? MAX_TIER_SHARD_NS : durationNs / 8n;
  let shardNs = defaultShardDuration(durationNs);
  while (shardNs < TIER_SHARD_WINDOWS * stepNs && 2n * shardNs <= mostNs) shardNs *= 2n;
  return shardNs;
}

/** The shard that holds `timeNs`. Weeks therefore start on Monday. */
export function shardRange(bucket: Bucket, timeNs: bigint): TimeRange {
  const index = floorDiv(timeNs - YEAR_ONE_NS, bucket.shardDurationNs);
  const startNs = YEAR_ONE_NS + index * bucket.shardDurationNs;
  return { startNs, endNs: startNs + bucket.shardDurationNs };
}
