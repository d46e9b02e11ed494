// The links that ladders as they are declared need: made where they are new, kept where they go on.
import type { Bucket, LadderTier, TimeRange } from '../model/index.ts';
import type { Link } from './link.ts';
import type { LinkParts } from './link-parts.ts';
import { parentOf } from './parents.ts';
import { type PlacedLadder, ruleFor } from './placed-ladder.ts';

export interface PlacedLink {
  readonly key: string;
  readonly placed: PlacedLadder;
  readonly ruleIndex: number;
  readonly link: Link;
}

/** What of a link's parts does not come from its ladder. */
export type CommonParts = Pick<LinkParts, 'nowNs' | 'giveWay'>;

export class PlacedLinks {
  /** Finest first within a rule. */
  readonly all: readonly PlacedLink[];
  readonly #byParent: ReadonlyMap<string, readonly PlacedLink[]>;
  readonly #byLate: ReadonlyMap<string, readonly PlacedLink[]>;

  constructor(all: readonly PlacedLink[]) {
    this.all = all;
    this.#byParent = Map.groupBy(all, ({ link }) => link.parts.parent.id);
    const withLate = all.filter(({ link }) => link.parts.late !== undefined);
    this.#byLate = Map.groupBy(withLate, ({ link }) => link.parts.late?.id ?? '');
  }

  /** Links that are made of this bucket. */
  ofParent(bucketId: string): readonly PlacedLink[] {
    return this.#byParent.get(bucketId) ?? [];
  }

  /** Whether a window of any tier is still to be computed from rows of this bucket in the range. */
  need(bucketId: string, range: TimeRange): boolean {
    return this.all.some(({ link }) => link.needs(bucketId, range));
  }

  /** Links that merge late points of this bucket. */
  ofLate(bucketId: string): readonly PlacedLink[] {
    return this.#byLate.get(bucketId) ?? [];
  }

  /** The link that feeds a tier with the measurement. */
  intoTier(bucketId: string, measurement: string): Link | undefined {
    return this.all.find((placed) => placed.link.parts.tier.bucket.id === bucketId && hears(placed, measurement))?.link;
  }
}

/** Links for these ladders; those of `old` whose keys are the same go on. */
export function placeLinks(
  ladders: readonly PlacedLadder[],
  old: PlacedLinks,
  common: CommonParts,
  make: (parts: LinkParts, key: string) => Link,
): PlacedLinks {
  const known = new Map(old.all.map(({ key, link }) => [key, link]));
  const all: PlacedLink[] = [];
  for (const placed of ladders) {
    for (const [ruleIndex, rule] of placed.ladder.rules.entries()) {
      for (const [at, tier] of rule.tiers.entries()) {
        const parentTier = parentOf(rule, at);
        const parent = parentTier === undefined ? placed.base : parentTier.bucket;
        const key = linkKey(placed, ruleIndex, tier, parent);
        const parts: LinkParts = {
          ...common,
          base: placed.base,
          rule,
          parent,
          kind: parentTier === undefined ? 'points' : 'states',
          tier,
          late: placed.ladder.lateBucket,
          latenessNs: placed.ladder.latenessNs,
        };
        const link = known.get(key);
        link?.redeclare(parts);
        all.push({ key, placed, ruleIndex, link: link ?? make(parts, key) });
      }
    }
  }
  const links = new PlacedLinks(all);
  for (const { link } of all) link.feeds(links.ofParent(link.parts.tier.bucket.id).map((child) => child.link));
  return links;
}

/** Whether the measurement falls to the link's rule. */
export function hears({ placed, ruleIndex }: PlacedLink, measurement: string): boolean {
  return ruleFor(placed, measurement) === placed.ladder.rules[ruleIndex];
}

/** Links with the same key do the same; another key means that all is to be computed anew. */
function linkKey({ ladder }: PlacedLadder, ruleIndex: number, tier: LadderTier, parent: Bucket): string {
  const patterns = ladder.rules.slice(0, ruleIndex + 1).map((rule) => rule.measurements);
  const { states } = ladder.rules[ruleIndex];
  return JSON.stringify([parent.id, tier.bucket.id, String(tier.stepNs), tier.timeZone, patterns, states]);
}
