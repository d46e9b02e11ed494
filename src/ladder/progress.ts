// How far tiers are: for those who watch, and for those who read from them.
import { type Bucket, type LadderRule, type LadderTier, MAX_TIME_NS, type TimeRange } from '../model/index.ts';
import type { LinkFigures } from './link-parts.ts';
import type { PlacedLinks } from './placed-links.ts';

export interface TierStatus {
  readonly database: string;
  readonly ladder: string;
  readonly rule: LadderRule;
  /** Of the rule in its ladder. */
  readonly ruleIndex: number;
  readonly tier: LadderTier;
  readonly parent: Bucket;
  /** The policy that shows the parent. */
  readonly parentPolicy: string;
  /** Windows that end by this time are complete but for the dirty ones. */
  readonly doneThroughNs: bigint;
  /** Windows that are over and wait to be computed anew, or late points to be merged into them. */
  readonly dirtyWindows: number;
  /** Windows that a backfill still has to look at, and had when it began, or when this process did. */
  readonly backfillLeft: number;
  readonly backfillWindows: number;
  readonly figures: LinkFigures;
}

/** Where a tier's rows can be relied on for one measurement: before `doneThroughNs`, outside of `dirty`. */
export interface Coverage {
  readonly doneThroughNs: bigint;
  readonly dirty: readonly TimeRange[];
}

export function statusOf(links: PlacedLinks, nowNs: bigint): readonly TierStatus[] {
  const doneThrough = new Map<string, bigint>();
  return links.all.map(({ placed, ruleIndex, link }) => {
    const { left, peak } = link.repairs.dirty.spanSize;
    const { rule, tier, parent } = link.parts;
    // A tier is no further than its parent, which comes before it.
    const keyOf = (bucketId: string): string => `${placed.database} ${placed.ladder.name} ${ruleIndex} ${bucketId}`;
    const ofParent = doneThrough.get(keyOf(parent.id)) ?? link.doneThroughNs;
    const doneThroughNs = ofParent < link.doneThroughNs ? link.grid.floorNs(ofParent) : link.doneThroughNs;
    doneThrough.set(keyOf(tier.bucket.id), doneThroughNs);
    return {
      database: placed.database,
      ladder: placed.ladder.name,
      rule,
      ruleIndex,
      tier,
      parent,
      parentPolicy: rule.tiers.find(({ bucket }) => bucket.id === parent.id)?.policy ?? placed.ladder.base,
      doneThroughNs,
      dirtyWindows: link.dirtyWindows(nowNs),
      backfillLeft: left,
      backfillWindows: peak,
      figures: link.figures,
    };
  });
}

/** undefined when no ladder feeds this tier with the measurement. */
export function coverageOf(links: PlacedLinks, tierBucketId: string, measurement: string): Coverage | undefined {
  const link = links.intoTier(tierBucketId, measurement);
  if (link === undefined) return undefined;
  const own = { doneThroughNs: link.doneThroughNs, dirty: link.missing(measurement) };
  const parent = coverageOf(links, link.parts.parent.id, measurement);
  if (parent === undefined) return { ...own, dirty: mergeRanges(own.dirty) };
  // What is to be repaired in the parent will be so here.
  const inherited = parent.dirty.map((range) => link.grid.wholeWindows(range));
  return {
    doneThroughNs: parent.doneThroughNs < own.doneThroughNs ? parent.doneThroughNs : own.doneThroughNs,
    dirty: mergeRanges([...own.dirty, ...inherited]),
  };
}

/** Ascending, disjoint. */
function mergeRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const merged: TimeRange[] = [];
  for (const range of [...ranges].sort((a, b) => (a.startNs < b.startNs ? -1 : 1))) {
    const last = merged.at(-1);
    if (last === undefined || range.startNs > last.endNs) merged.push(range);
    else if (range.endNs > last.endNs) merged[merged.length - 1] = { startNs: last.startNs, endNs: range.endNs };
  }
  return merged.map(({ startNs, endNs }) => ({ startNs, endNs: endNs > MAX_TIME_NS ? MAX_TIME_NS + 1n : endNs }));
}
