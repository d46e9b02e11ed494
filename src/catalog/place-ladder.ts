// Gives a ladder its place in a database: which policies are made, taken over, renamed or dropped for it, and which buckets
// its tiers get. A tier that was there with the same step goes on in its bucket, whatever it is called now.
import { randomBytes } from 'node:crypto';
import { WeirError } from '../base/index.ts';
import {
  type Bucket,
  type LadderRule,
  type LadderSpec,
  type LadderTier,
  type TierSpec,
  defaultShardDuration,
  formatGoDuration,
  tierShardDuration,
} from '../model/index.ts';
import type { Database, RetentionPolicy } from './catalog.ts';
import { findPolicy, newPolicy, settingsOf } from './catalog-state.ts';
import { type DeclaredLadder, isFed, ladderOfTier, ladderOnBase, tiersOf } from './declared-ladder.ts';
import { checkNameOf } from './name.ts';
import { checkDuration } from './policy-settings.ts';

export interface PlacementOptions {
  /** What the ladder was before. */
  readonly old: DeclaredLadder | undefined;
  readonly text: string;
  /** Whether tiers of before that are not in the spec can be read on. */
  readonly keepData: boolean;
}

/** The policies of a database while a ladder is placed. */
interface Policies {
  list: RetentionPolicy[];
  readonly made: string[];
}

/** The database with the ladder. Throws `invalid` or `conflict`, naming policy and tier. */
export function placeLadder(database: Database, spec: LadderSpec, options: PlacementOptions): Database {
  const { old, text, keepData } = options;
  const others = database.ladders.filter((each) => each !== old);
  const policies: Policies = { list: [...database.policies], made: [] };
  const baseName = nameOfBase(database, spec, old);
  checkBase(baseName, spec, others);
  const base = placeBase(policies, baseName, spec);
  const specs = distinctTiers(spec);
  for (const tier of specs) checkTier(tier, spec, baseName, others);
  const reused = reusedTiers(specs, old, base.id);
  const kept = keepData ? keptRules(old, new Set([...reused.values()].map(({ bucket }) => bucket.id))) : [];
  checkKept(specs, kept, spec);
  const tiers = new Map<string, LadderTier>();
  const renamed = new Set<string>();
  for (const tier of specs) {
    const before = reused.get(tier.policy);
    placePolicy(policies, tier, before, { spec, old, renamed });
    tiers.set(tier.policy, tierOf(tier, before?.bucket.id ?? newId(), base.id));
  }
  const used = new Set([...tiers.keys(), ...kept.flatMap((rule) => rule.tiers.map(({ policy }) => policy)), baseName]);
  const own = [...(old?.ownPolicies ?? []), ...policies.made.filter((name) => name !== baseName)];
  const declared: DeclaredLadder = {
    ladder: {
      name: spec.name,
      base: baseName,
      rules: spec.rules.map((rule) => ({
        ...rule,
        tiers: rule.tiers.map(({ policy }) => tiers.get(policy) as LadderTier),
      })),
      latenessNs: spec.latenessNs,
      lateBucket: lateBucketOf(spec, old, base.id),
    },
    text,
    baseGraceNs: spec.base.graceNs,
    ownPolicies: [...new Set(own)].filter((name) => used.has(name)),
    kept,
  };
  const makesDefault = policies.made.includes(baseName) && ladderOnBase(others, database.defaultPolicy) === undefined;
  return {
    ...database,
    defaultPolicy: makesDefault ? baseName : database.defaultPolicy,
    policies: policies.list.filter(({ name }) => used.has(name) || !own.includes(name)),
    ladders:
      old === undefined ? [...others, declared] : database.ladders.map((each) => (each === old ? declared : each)),
  };
}

function nameOfBase(database: Database, { name, base }: LadderSpec, old: DeclaredLadder | undefined): string {
  if (old !== undefined && isFed(old)) {
    const { base: present } = old.ladder;
    if (base.policy === null || base.policy === present) return present;
    throw new WeirError(
      'invalid',
      `the base of ladder "${name}" is "${present}": "${base.policy}" needs a ladder of its own`,
    );
  }
  if (base.policy !== null) return base.policy;
  return findPolicy(database, database.defaultPolicy) === undefined ? base.newPolicy : database.defaultPolicy;
}

function checkBase(base: string, { name }: LadderSpec, others: readonly DeclaredLadder[]): void {
  checkNameOf('retention policy', base);
  const above = ladderOfTier(others, base);
  if (above !== undefined) {
    throw new WeirError(
      'invalid',
      `retention policy "${base}" is a tier of ladder "${above.ladder.name}": it cannot be the base of "${name}"`,
    );
  }
  const beside = ladderOnBase(others, base);
  if (beside !== undefined) {
    throw new WeirError('conflict', `ladder "${beside.ladder.name}" is on retention policy "${base}" already`);
  }
}

/** The base's bucket; its policy is made or gets the period of the ladder. */
function placeBase(policies: Policies, name: string, { base }: LadderSpec): Bucket {
  checkDuration(base.durationNs);
  return placeDuration(policies, name, base.durationNs).bucket;
}

/** Rules that name the same policy share the tier. */
function distinctTiers({ rules }: LadderSpec): readonly TierSpec[] {
  const tiers = new Map<string, TierSpec>();
  for (const tier of rules.flatMap((rule) => rule.tiers)) {
    const known = tiers.get(tier.policy);
    if (known === undefined) tiers.set(tier.policy, tier);
    else if (!isSameTier(known, tier) || known.durationNs !== tier.durationNs) {
      throw new WeirError('invalid', `two different tiers have the name "${tier.policy}"`);
    } else if (tier.graceNs > known.graceNs) tiers.set(tier.policy, tier);
  }
  return [...tiers.values()];
}

function checkTier(tier: TierSpec, { name }: LadderSpec, base: string, others: readonly DeclaredLadder[]): void {
  const { policy, durationNs } = tier;
  checkNameOf('retention policy', policy);
  checkDuration(durationNs);
  if (policy === base) throw new WeirError('invalid', `a tier cannot have the name of the base: "${policy}"`);
  const taken = ladderOfTier(others, policy) ?? ladderOnBase(others, policy);
  if (taken === undefined) return;
  throw new WeirError(
    'conflict',
    `retention policy "${policy}" belongs to ladder "${taken.ladder.name}": it cannot be a tier of "${name}", too`,
  );
}

/** By policy: which tier of before goes on under it. The same policy comes first, then the same step in what was fed. */
function reusedTiers(
  specs: readonly TierSpec[],
  old: DeclaredLadder | undefined,
  baseId: string,
): ReadonlyMap<string, LadderTier> {
  const reused = new Map<string, LadderTier>();
  if (old === undefined) return reused;
  const taken = new Set<string>();
  const reuse = (spec: TierSpec, candidates: readonly LadderTier[]): void => {
    const found = candidates.find((tier) => tier.bucket.seriesOf === baseId && !taken.has(tier.bucket.id));
    if (found === undefined) return;
    reused.set(spec.policy, found);
    taken.add(found.bucket.id);
  };
  for (const spec of specs) {
    const same = tiersOf(old).filter((tier) => isSameTier(tier, spec) && tier.policy === spec.policy);
    reuse(spec, same);
  }
  const fed = old.ladder.rules.flatMap(({ tiers }) => tiers);
  for (const spec of specs) {
    if (!reused.has(spec.policy))
      reuse(
        spec,
        fed.filter((tier) => isSameTier(tier, spec)),
      );
  }
  return reused;
}

function isSameTier(a: Omit<LadderTier, 'bucket'>, b: Omit<LadderTier, 'bucket'>): boolean {
  return a.stepNs === b.stepNs && a.timeZone === b.timeZone;
}

function keptRules(old: DeclaredLadder | undefined, reused: ReadonlySet<string>): readonly LadderRule[] {
  if (old === undefined) return [];
  return [...old.ladder.rules, ...old.kept].flatMap((rule) => {
    const tiers = rule.tiers.filter(({ bucket }) => !reused.has(bucket.id));
    return tiers.length === 0 ? [] : [{ ...rule, tiers }];
  });
}

function checkKept(specs: readonly TierSpec[], kept: readonly LadderRule[], { name }: LadderSpec): void {
  for (const tier of kept.flatMap((rule) => rule.tiers)) {
    if (!specs.some(({ policy }) => policy === tier.policy)) continue;
    throw new WeirError(
      'conflict',
      `retention policy "${tier.policy}" holds kept data of ladder "${name}" that does not fit the new tier: ` +
        'choose another name for the tier, or let the data go',
    );
  }
}

/** The policy of a tier: made, renamed, or there. One that was there before the ladder must have the same period. */
function placePolicy(
  policies: Policies,
  { policy: name, durationNs }: TierSpec,
  before: LadderTier | undefined,
  {
    spec,
    old,
    renamed,
  }: { readonly spec: LadderSpec; readonly old: DeclaredLadder | undefined; readonly renamed: Set<string> },
): void {
  const existing = policies.list.find((policy) => policy.name === name);
  const isOurs = old !== undefined && tiersOf(old).some(({ policy }) => policy === name);
  if (existing !== undefined && !isOurs && existing.bucket.durationNs !== durationNs) {
    throw new WeirError(
      'conflict',
      `retention policy "${name}" exists with a duration of ${formatGoDuration(existing.bucket.durationNs)}, ` +
        `the tier of ladder "${spec.name}" has ${formatGoDuration(durationNs)}`,
    );
  }
  const oldName = before?.policy;
  const isFree =
    oldName !== undefined && !spec.rules.some(({ tiers }) => tiers.some(({ policy }) => policy === oldName));
  if (existing === undefined && isFree && old?.ownPolicies.includes(oldName) === true && !renamed.has(oldName)) {
    renamed.add(oldName);
    policies.list = policies.list.map((policy) => (policy.name === oldName ? { ...policy, name } : policy));
    policies.made.push(name);
  }
  placeDuration(policies, name, durationNs);
}

/** The policy of that name with this period; it is made when there is none. */
function placeDuration(policies: Policies, name: string, durationNs: bigint): RetentionPolicy {
  const existing = policies.list.find((policy) => policy.name === name);
  if (existing === undefined) {
    const settings = { durationNs, shardDurationNs: defaultShardDuration(durationNs), replicaN: 1 };
    const made = newPolicy(name, newId(), settings);
    policies.list.push(made);
    policies.made.push(name);
    return made;
  }
  const settings = settingsOf(existing);
  if (settings.durationNs === durationNs) return existing;
  const wasDefault = settings.shardDurationNs === defaultShardDuration(settings.durationNs);
  const fits = durationNs === 0n || settings.shardDurationNs <= durationNs;
  const shardDurationNs = wasDefault || !fits ? defaultShardDuration(durationNs) : settings.shardDurationNs;
  const altered = newPolicy(
    name,
    existing.bucket.id,
    { ...settings, durationNs, shardDurationNs },
    existing.subscriptions,
  );
  policies.list = policies.list.map((policy) => (policy === existing ? altered : policy));
  return altered;
}

function tierOf(
  { policy, stepNs, timeZone, durationNs, graceNs }: TierSpec,
  bucketId: string,
  baseId: string,
): LadderTier {
  const shardDurationNs = tierShardDuration(stepNs, durationNs);
  return { policy, stepNs, timeZone, bucket: { id: bucketId, durationNs, shardDurationNs, seriesOf: baseId, graceNs } };
}

/** As long-lived as the longest tier. A base that keeps everything has no late points. */
function lateBucketOf(
  { base, rules }: LadderSpec,
  old: DeclaredLadder | undefined,
  baseId: string,
): Bucket | undefined {
  if (base.durationNs === 0n) return undefined;
  const periods = rules.flatMap(({ tiers }) => tiers.map(({ durationNs }) => durationNs));
  const durationNs = periods.includes(0n) ? 0n : periods.reduce((a, b) => (a > b ? a : b), 0n);
  const before = old?.ladder.lateBucket;
  const id = before?.seriesOf === baseId ? before.id : newId();
  return { id, durationNs, shardDurationNs: defaultShardDuration(durationNs), seriesOf: baseId, graceNs: 0n };
}

/** 64 random bits: no two buckets will ever share an id. */
function newId(): string {
  return randomBytes(8).toString('hex');
}
