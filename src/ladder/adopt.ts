// Which continuous queries of a database a ladder can take the place of: those that write windows of a policy's measurements,
// under their names and with all tags, into a policy with a longer period.
//
//     1s_for_60h ──cq_10s──► 10s_for_8d ──cq_30s──► 30s_for_15d      base, and a tier for each query
//
// What becomes of the others, and why, is part of the plan.
import { WeirError, messageOf } from '../base/index.ts';
import {
  type NamePattern,
  type OptionalState,
  SECOND,
  type StateRule,
  formatDuration,
  parseDuration,
} from '../model/index.ts';
import { type LadderText, type RuleText, readLadder } from './definition.ts';
import { matchesName } from './state-columns.ts';

/** A continuous query, as far as it matters. */
export interface AdoptableQuery {
  readonly name: string;
  /** Why it can be no tier for what it says itself; '' = nothing. */
  readonly obstacle: string;
  readonly source: { readonly policy: string; readonly measurements: NamePattern };
  /** Of all that it reads. */
  readonly sourcePolicies: readonly string[];
  readonly targetPolicy: string;
  readonly intervalNs: bigint;
  /** Empty = UTC. */
  readonly timeZone: string;
  readonly calls: readonly AdoptableCall[];
}

export interface AdoptableCall {
  readonly function: string;
  readonly fields: NamePattern;
}

export interface AdoptablePolicy {
  readonly name: string;
  readonly durationNs: bigint;
}

export interface AdoptionPlan {
  /** What is to be created in place of the queries that become tiers. */
  readonly definition: LadderText;
  readonly queries: readonly PlannedQuery[];
  /** Queries that would stay and find nothing new any more, as they read what the others write: they are in the way. */
  readonly starving: readonly string[];
}

export interface PlannedQuery {
  readonly name: string;
  /** The policy that becomes a tier; null = the query stays. */
  readonly tier: string | null;
  /** What is worth knowing: why it stays, or what it also did. */
  readonly remark: string;
}

/** What a tier keeps for a function to be answered. */
const STATES: ReadonlyMap<string, readonly OptionalState[]> = new Map([
  ['count', []],
  ['sum', []],
  ['mean', []],
  ['min', []],
  ['max', []],
  ['spread', []],
  ['first', ['first']],
  ['last', ['last']],
  ['stddev', ['stddev']],
  ['median', ['percentile']],
  ['percentile', ['percentile']],
] as const);

/** A query that may become a tier, with the policy that its chain begins at. */
interface Candidate {
  readonly query: AdoptableQuery;
  readonly policy: AdoptablePolicy;
  readonly base: string;
}

/** Queries in order of creation. Throws `invalid`, with the reasons, when none can be taken over. */
export function planAdoption(
  name: string,
  queries: readonly AdoptableQuery[],
  policies: readonly AdoptablePolicy[],
): AdoptionPlan {
  const remarks = new Map<string, string>();
  const candidates = candidatesOf(queries, policies, remarks);
  const base = mostFrequent(candidates.map((candidate) => candidate.base));
  const found = policies.find((policy) => policy.name === base);
  if (found === undefined) throw new WeirError('invalid', nothingText(queries, remarks));
  const chosen: Candidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => compare(a.query.intervalNs, b.query.intervalNs))) {
    const { query } = candidate;
    if (candidate.base !== base) {
      remarks.set(query.name, `its chain begins at ${candidate.base}, the ladder at ${base}`);
      continue;
    }
    try {
      readLadder(name, definitionOf(found, [...chosen, candidate]));
      chosen.push(candidate);
    } catch (error) {
      remarks.set(query.name, messageOf(error));
    }
  }
  if (chosen.length === 0) throw new WeirError('invalid', nothingText(queries, remarks));
  const definition = definitionOf(found, chosen);
  const tiers = new Map(chosen.map(({ query, policy }) => [query.name, policy.name]));
  const taken = new Set(tiers.values());
  const stays = queries.filter((query) => !tiers.has(query.name));
  return {
    definition,
    starving: stays
      .filter((query) => query.sourcePolicies.some((policy) => taken.has(policy)))
      .map((query) => query.name),
    queries: queries.map((query) => ({
      name: query.name,
      tier: tiers.get(query.name) ?? null,
      remark: remarks.get(query.name) ?? '',
    })),
  };
}

function candidatesOf(
  queries: readonly AdoptableQuery[],
  policies: readonly AdoptablePolicy[],
  remarks: Map<string, string>,
): readonly Candidate[] {
  const able: { query: AdoptableQuery; policy: AdoptablePolicy }[] = [];
  for (const query of queries) {
    const policy = policies.find((each) => each.name === query.targetPolicy);
    const obstacle = query.obstacle || obstacleOf(query);
    if (obstacle === '' && policy !== undefined) able.push({ query, policy });
    else remarks.set(query.name, obstacle || `there is no retention policy ${query.targetPolicy}`);
  }
  const writers = new Map(able.map(({ query }) => [query.targetPolicy, query]));
  return able.flatMap(({ query, policy }) => {
    const base = baseOf(query, writers);
    if (base !== undefined) return [{ query, policy, base }];
    remarks.set(query.name, 'it feeds itself, through others');
    return [];
  });
}

function obstacleOf({ source, targetPolicy, calls }: AdoptableQuery): string {
  if (source.policy === targetPolicy) return 'it writes into the policy that it reads';
  const other = calls.find((call) => !STATES.has(call.function));
  return other === undefined ? '' : `${other.function}() cannot be answered from a tier`;
}

/** The policy that nobody writes into, up the chain; undefined in a circle. */
function baseOf(query: AdoptableQuery, writers: ReadonlyMap<string, AdoptableQuery>): string | undefined {
  const seen = new Set<string>();
  let { policy } = query.source;
  for (;;) {
    if (seen.has(policy)) return undefined;
    seen.add(policy);
    const writer = writers.get(policy);
    if (writer === undefined) return policy;
    policy = writer.source.policy;
  }
}

const SPECIAL_FIRST: readonly NamePattern['kind'][] = ['name', 'every', 'regex', 'all'];

/** A rule for each pattern that queries read by, the special ones first, with the tiers of all queries that read those. */
function definitionOf(base: AdoptablePolicy, candidates: readonly Candidate[]): LadderText {
  const patterns = new Map(
    candidates.map(({ query: { source } }) => [JSON.stringify(source.measurements), source.measurements]),
  );
  const rules = [...patterns.values()].map((pattern) => {
    const group = candidates.filter(({ query }) => includes(query.source.measurements, pattern));
    return ruleOf(base, pattern, group);
  });
  const rank = ({ measurements }: RuleText): number => SPECIAL_FIRST.indexOf(measurements.kind);
  return { rules: rules.toSorted((a, b) => rank(a) - rank(b)), latenessNs: null };
}

/** Whether all names of the one pattern are known to match the other. */
function includes(pattern: NamePattern, other: NamePattern): boolean {
  if (pattern.kind === 'all' || JSON.stringify(pattern) === JSON.stringify(other)) return true;
  return other.kind === 'name' && matchesName(pattern, other.name);
}

function ruleOf(base: AdoptablePolicy, measurements: NamePattern, group: readonly Candidate[]): RuleText {
  const [{ query: finest }] = group;
  const steps = group.map(({ query, policy }) => `${formatDuration(query.intervalNs)}:${periodOf(policy)}`);
  const baseStep = formatDuration(baseStepOf(base, finest.intervalNs));
  return {
    measurements,
    steps: [`${baseStep}:${periodOf(base)}`, ...steps].join(','),
    names: [base.name, ...group.map(({ policy }) => policy.name)],
    states: statesOf(group.flatMap(({ query }) => query.calls)),
    gapShare: 0,
    timeZone: group.find(({ query }) => query.timeZone !== '')?.query.timeZone ?? '',
  };
}

/** What points are expected at: as the policy's name says, `1s_for_60h`, else a second or a tenth of the finest tier. */
function baseStepOf({ name }: AdoptablePolicy, finestNs: bigint): bigint {
  const [, text] = /^(\d+[a-z]+)_/.exec(name) ?? [];
  if (text !== undefined) {
    try {
      const stepNs = parseDuration(text);
      if (stepNs > 0n && stepNs < finestNs) return stepNs;
    } catch {
      // A name that means something else.
    }
  }
  return finestNs > SECOND ? SECOND : finestNs / 10n;
}

function statesOf(calls: readonly AdoptableCall[]): readonly StateRule[] {
  const rules = new Map<string, { fields: NamePattern; keep: Set<OptionalState> }>();
  for (const call of calls) {
    const needed = STATES.get(call.function) ?? [];
    if (needed.length === 0) continue;
    const fields = baseFields(call.fields);
    const key = JSON.stringify(fields);
    const rule = rules.get(key) ?? { fields, keep: new Set() };
    for (const state of needed) rule.keep.add(state);
    rules.set(key, rule);
  }
  return [...rules.values()].map(({ fields, keep }) => ({ fields, keep: [...keep] }));
}

/** `mean_mean_value` is made of `value`. */
function baseFields(pattern: NamePattern): NamePattern {
  if (pattern.kind !== 'name') return pattern;
  const functions = [...STATES.keys()].join('|');
  return { kind: 'name', name: pattern.name.replace(new RegExp(`^((${functions})_)+(?=.)`), '') };
}

function periodOf({ durationNs }: AdoptablePolicy): string {
  return durationNs === 0n ? 'inf' : formatDuration(durationNs);
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

function nothingText(queries: readonly AdoptableQuery[], remarks: ReadonlyMap<string, string>): string {
  if (queries.length === 0) return 'there are no continuous queries';
  const reasons = queries.map(({ name }) => `${name}: ${remarks.get(name) ?? ''}`);
  return `no continuous query can become a tier: ${reasons.join('; ')}`;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
