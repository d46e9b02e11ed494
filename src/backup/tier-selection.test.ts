import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeclaredLadder } from '../catalog/index.ts';
import type { LadderTier } from '../model/index.ts';
import { requireNoTier } from './tier-selection.ts';

const bucket = { id: '00000000000000bb', durationNs: 0n, shardDurationNs: 1n };
const tier = (policy: string): LadderTier => ({ policy, stepNs: 1n, timeZone: null, bucket });
const rule = (policy: string) => ({
  measurements: { kind: 'all' as const },
  baseStepNs: 1n,
  tiers: [tier(policy)],
  states: [],
  gapShare: 0,
});
const declared: DeclaredLadder = {
  ladder: { name: 'l', base: 'raw', rules: [rule('ten')], latenessNs: 0n },
  text: '',
  baseGraceNs: 0n,
  ownPolicies: [],
  kept: [rule('kept')],
};

test('a tier is not copied by itself, its base is', () => {
  for (const policy of ['ten', 'kept'])
    assert.throws(() => requireNoTier([declared], policy), {
      message: `retention policy ${policy} is a tier of ladder l: choose the whole database`,
    });
  for (const policy of ['raw', 'other']) requireNoTier([declared], policy);
});
