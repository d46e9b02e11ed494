// A ladder as a catalog has it: with the policies that show its tiers and the buckets that hold their rows.
//
//     base          raw points; an ordinary policy, whose bucket gets a period, a grace and a place for late points
//     rules         tiers that are fed
//     kept          tiers that are not fed any more, and can be read on
import type { Bucket, Ladder, LadderRule, LadderTier } from '../model/index.ts';

export interface DeclaredLadder {
  /** Without rules it feeds nothing: only `kept` is left of it. */
  readonly ladder: Ladder;
  /** Its rules as a statement has them; the database is not named in it. */
  readonly text: string;
  /** How much longer than its period the base keeps points, for tiers that are computed from them. */
  readonly baseGraceNs: bigint;
  /** Policies that were made for it and go with it. */
  readonly ownPolicies: readonly string[];
  readonly kept: readonly LadderRule[];
}

export function isFed({ ladder }: DeclaredLadder): boolean {
  return ladder.rules.length > 0;
}

/** Those that are fed and those that are kept; one that several rules share comes several times. */
export function tiersOf({ ladder, kept }: DeclaredLadder): readonly LadderTier[] {
  return [...ladder.rules, ...kept].flatMap(({ tiers }) => tiers);
}

/** The ladder that feeds from this policy. */
export function ladderOnBase(ladders: readonly DeclaredLadder[], policy: string): DeclaredLadder | undefined {
  return ladders.find((declared) => isFed(declared) && declared.ladder.base === policy);
}

/** The ladder that this policy shows a tier of. */
export function ladderOfTier(ladders: readonly DeclaredLadder[], policy: string): DeclaredLadder | undefined {
  return ladders.find((declared) => tiersOf(declared).some((tier) => tier.policy === policy));
}

/** Each once. */
export function bucketsOfLadder(declared: DeclaredLadder): readonly Bucket[] {
  const { lateBucket } = declared.ladder;
  const buckets = [...tiersOf(declared).map(({ bucket }) => bucket), ...(lateBucket === undefined ? [] : [lateBucket])];
  return [...new Map(buckets.map((bucket) => [bucket.id, bucket])).values()];
}
