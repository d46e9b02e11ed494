// Which finer windows a tier's windows are made of: those of the coarsest finer tier whose step divides its own, as 2m does
// not divide 5m; where none does, the points themselves.
import { DAY, type LadderTier, MINUTE } from '../model/index.ts';

/** What decides: a tier that is only planned will do. */
type Windows = Pick<LadderTier, 'stepNs' | 'timeZone'>;

/** Steps in a zone are made of windows that fit every offset from UTC. */
const ZONE_STEP_NS = 15n * MINUTE;

/** The parent of the rule's tier at this index; undefined = the base. */
export function parentOf<T extends Windows>(rule: { readonly tiers: readonly T[] }, index: number): T | undefined {
  const tier = rule.tiers[index];
  for (let finer = index - 1; finer >= 0; finer--) if (fits(rule.tiers[finer], tier)) return rule.tiers[finer];
  return undefined;
}

/** Whether windows of the one are made of whole windows of the other. */
function fits(finer: Windows, tier: Windows): boolean {
  if (tier.stepNs % finer.stepNs !== 0n) return false;
  if (isZoned(finer)) return finer.timeZone === tier.timeZone;
  return !isZoned(tier) || ZONE_STEP_NS % finer.stepNs === 0n;
}

function isZoned({ stepNs, timeZone }: Windows): boolean {
  return timeZone !== null && stepNs % DAY === 0n;
}
