// A tier counts its series as its base does, and says nothing without its ladder: it is copied with both or not at all.
import { WeirError } from '../base/index.ts';
import { type DeclaredLadder, ladderOfTier } from '../catalog/index.ts';

/** Throws `invalid` when the policy, chosen by itself, is a tier. */
export function requireNoTier(ladders: readonly DeclaredLadder[], policy: string): void {
  const declared = ladderOfTier(ladders, policy);
  if (declared === undefined) return;
  const { name } = declared.ladder;
  throw new WeirError('invalid', `retention policy ${policy} is a tier of ladder ${name}: choose the whole database`);
}
