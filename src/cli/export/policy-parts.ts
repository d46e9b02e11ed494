// What an export writes of a database, in order: the points of every policy, then what only the ladders have of points that are
// gone. The windows of tiers come last and finest first: imported, they take the place of what the ladder computed of the points.
//
//     base                points, late points
//     tier                its own points (of users, or of continuous queries before it), its windows
//     any other policy    points
import type { StoredPart } from '../../ladder/index.ts';
import { ALL_TIME, type TimeRange, intersectRange } from '../../model/index.ts';
import type { DatabaseLadders, TierFacts } from './ladder-facts.ts';

export interface PolicyPart {
  readonly policy: string;
  /** null = what queries answer. */
  readonly stored: StoredPart | null;
  readonly range: TimeRange;
  /** Whether it is left out where nothing is in it. */
  readonly isOptional: boolean;
}

export function policyParts(
  policies: readonly string[],
  { ladders }: DatabaseLadders,
  range: TimeRange,
): readonly PolicyPart[] {
  const bases = new Set(ladders.map(({ base }) => base));
  const tiers = ladders.flatMap((ladder) => ladder.tiers).filter(({ policy }) => policies.includes(policy));
  const isTier = (name: string): boolean => tiers.some(({ policy }) => policy === name);
  const part = (policy: string, stored: StoredPart | null, own = range): PolicyPart => {
    return { policy, stored, range: own, isOptional: stored === 'late' || (stored === 'points' && isTier(policy)) };
  };
  return [
    ...policies.map((policy) => part(policy, bases.has(policy) || isTier(policy) ? 'points' : null)),
    ...policies.filter((policy) => bases.has(policy)).map((policy) => part(policy, 'late')),
    ...tiers.flatMap((tier) => {
      const done = intersectRange(range, doneRange(tier));
      return done === undefined ? [] : [part(tier.policy, 'states', done)];
    }),
  ];
}

/** Windows that are over. Those that follow are made of the points. */
function doneRange({ doneThroughNs }: TierFacts): TimeRange {
  return { startNs: ALL_TIME.startNs, endNs: doneThroughNs };
}
