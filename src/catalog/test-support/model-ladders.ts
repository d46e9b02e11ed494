// The ladders of `model-catalog.ts`: what a request about them does to the policies of a database, rule by rule.
import type { LadderSpec } from '../../model/index.ts';
import type { ModelDatabase, ModelPolicy } from './model-catalog.ts';
import type { LadderRequest } from './requests.ts';

export interface ModelTier {
  policy: string;
  step: bigint;
}

export interface ModelLadder {
  name: string;
  base: string;
  /** The policy that was the base: another one may have its name by now. */
  baseOf: ModelPolicy | undefined;
  text: string;
  fed: ModelTier[];
  kept: ModelTier[];
  own: string[];
}

const HOUR_NS = 3_600_000_000_000;
const hours = (ns: bigint): number => Number(ns) / HOUR_NS;
const shardHours = (of: number): number => (of === 0 || of >= 180 * 24 ? 168 : of >= 48 ? 24 : 1);

export function applyLadderRequest(database: ModelDatabase | undefined, request: LadderRequest): string | undefined {
  if (database === undefined) return `database not found: ${request.database}`;
  const old = database.ladders.find(
    ({ name }) => name === (request.op === 'dropLadder' ? request.name : request.spec.name),
  );
  if (request.op === 'dropLadder')
    return old === undefined ? `ladder not found: ${request.name}` : drop(database, old, request.keepData);
  const { spec, text } = request;
  if (request.op === 'alterLadder') {
    if (old === undefined) return `ladder not found: ${spec.name}`;
    return old.fed.length > 0 && old.text === text ? undefined : place(database, spec, text, old, request.keepData);
  }
  if (old === undefined || old.fed.length === 0) return place(database, spec, text, old, true);
  return old.text === text ? undefined : `ladder already exists: ${spec.name}`;
}

/** Whose base or tier a policy is. */
export function ownerOf(database: ModelDatabase, policy: string): string | undefined {
  const isBase = database.ladders.find(({ base, fed }) => fed.length > 0 && base === policy);
  const isTier = database.ladders.find(({ fed, kept }) => [...fed, ...kept].some((tier) => tier.policy === policy));
  return (isBase ?? isTier)?.name;
}

export function showLadder({ name, base, fed, kept, own }: ModelLadder): string {
  const texts = (tiers: ModelTier[]): string => tiers.map(({ policy, step }) => `${policy}/${step}`).join(' ');
  return ` {${name} on ${base}: ${texts(fed)}; kept ${texts(kept)}; own ${[...own].sort().join(' ')}}`;
}

function drop(database: ModelDatabase, ladder: ModelLadder, keepData: boolean): string | undefined {
  if (keepData) {
    ladder.kept = [...ladder.fed, ...ladder.kept];
    ladder.fed = [];
    return undefined;
  }
  database.ladders = database.ladders.filter((each) => each !== ladder);
  database.policies = database.policies.filter(({ name }) => !ladder.own.includes(name));
  if (ladder.own.includes(database.defaultPolicy)) database.defaultPolicy = ladder.base;
  return undefined;
}

function place(
  database: ModelDatabase,
  spec: LadderSpec,
  text: string,
  old: ModelLadder | undefined,
  keepData: boolean,
): string | undefined {
  const find = (name: string): ModelPolicy | undefined => database.policies.find((policy) => policy.name === name);
  const others = database.ladders.filter((each) => each !== old);
  const tierOwner = (policy: string) =>
    others.find(({ fed, kept }) => [...fed, ...kept].some((tier) => tier.policy === policy));
  const baseOwner = (policy: string) => others.find(({ fed, base }) => fed.length > 0 && base === policy);
  let base = spec.base.policy ?? (find(database.defaultPolicy) ? database.defaultPolicy : spec.base.newPolicy);
  if (old !== undefined && old.fed.length > 0) {
    if (spec.base.policy !== null && spec.base.policy !== old.base) {
      return `the base of ladder "${spec.name}" is "${old.base}": "${spec.base.policy}" needs a ladder of its own`;
    }
    base = old.base;
  }
  const above = tierOwner(base);
  if (above)
    return `retention policy "${base}" is a tier of ladder "${above.name}": it cannot be the base of "${spec.name}"`;
  const beside = baseOwner(base);
  if (beside) return `ladder "${beside.name}" is on retention policy "${base}" already`;
  const tiers = spec.rules[0].tiers;
  for (const { policy } of tiers) {
    if (policy === base) return `a tier cannot have the name of the base: "${policy}"`;
    const owner = tierOwner(policy) ?? baseOwner(policy);
    if (owner)
      return `retention policy "${policy}" belongs to ladder "${owner.name}": it cannot be a tier of "${spec.name}", too`;
  }
  // What was kept of a ladder counts its series as its base did.
  const before = old === undefined ? [] : [...old.fed, ...old.kept];
  const sameBase = old?.baseOf !== undefined && old.baseOf === find(base);
  const goesOn = new Map<string, ModelTier>();
  const take = (policy: string, candidates: ModelTier[]): void => {
    const found = candidates.find((tier) => ![...goesOn.values()].includes(tier));
    if (sameBase && found) goesOn.set(policy, found);
  };
  for (const { policy, stepNs } of tiers)
    take(
      policy,
      before.filter((tier) => tier.policy === policy && tier.step === stepNs),
    );
  for (const { policy, stepNs } of tiers) {
    if (!goesOn.has(policy))
      take(
        policy,
        (old?.fed ?? []).filter((tier) => tier.step === stepNs),
      );
  }
  const kept = keepData ? before.filter((tier) => ![...goesOn.values()].includes(tier)) : [];
  const clash = kept.find((tier) => tiers.some(({ policy }) => policy === tier.policy));
  if (clash) {
    return (
      `retention policy "${clash.policy}" holds kept data of ladder "${spec.name}" that does not fit the new tier: ` +
      'choose another name for the tier, or let the data go'
    );
  }
  for (const { policy, durationNs } of tiers) {
    const there = find(policy);
    if (there && there.hours !== hours(durationNs) && !before.some((tier) => tier.policy === policy)) {
      const [has, wants] = [there.hours, hours(durationNs)].map((of) => (of === 0 ? '0s' : `${of}h0m0s`));
      return `retention policy "${policy}" exists with a duration of ${has}, the tier of ladder "${spec.name}" has ${wants}`;
    }
  }
  const own = new Set(old?.own);
  const hadDefault = find(database.defaultPolicy) !== undefined && baseOwner(database.defaultPolicy) !== undefined;
  if (setDuration(database, base, hours(spec.base.durationNs)) && !hadDefault) database.defaultPolicy = base;
  for (const { policy, durationNs } of tiers) {
    const oldName = goesOn.get(policy)?.policy;
    const renames = oldName !== undefined && own.has(oldName) && !tiers.some((tier) => tier.policy === oldName);
    if (!find(policy)) {
      own.add(policy);
      const renamed = renames ? find(oldName) : undefined;
      if (renamed) renamed.name = policy;
    }
    setDuration(database, policy, hours(durationNs));
  }
  const used = [...tiers.map(({ policy }) => policy), ...kept.map(({ policy }) => policy), base];
  database.policies = database.policies.filter(({ name }) => used.includes(name) || !own.has(name));
  const fed = tiers.map(({ policy, stepNs }) => ({ policy, step: stepNs }));
  const ladder = {
    name: spec.name,
    base,
    baseOf: find(base),
    text,
    fed,
    kept,
    own: [...own].filter((name) => used.includes(name)),
  };
  if (old) database.ladders[database.ladders.indexOf(old)] = ladder;
  else database.ladders.push(ladder);
  return undefined;
}

/** Whether the policy had to be made. */
function setDuration(database: ModelDatabase, name: string, to: number): boolean {
  const policy = database.policies.find((each) => each.name === name);
  if (!policy) {
    database.policies.push({ name, hours: to, shardHours: shardHours(to), replicaN: 1, subscriptions: [] });
    return true;
  }
  const hadDefault = policy.shardHours === shardHours(policy.hours);
  if (policy.hours !== to && (hadDefault || (to > 0 && policy.shardHours > to))) policy.shardHours = shardHours(to);
  policy.hours = to;
  return false;
}
