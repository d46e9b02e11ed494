// What users write of a ladder, read and checked: `1s:60h,10s:8d,2m:45d`, a step and a period each.
//
//     steps = step ":" period { "," step ":" period }      the first is the base
//     step  = duration | number                            a number is seconds
//     period = duration | number | "inf"                   a number is so many steps
//
// Durations are InfluxQL's (`1h30m`, `8d`) and Graphite's (`1min`, `2hours`, `1y`).
import { WeirError, compileRegex } from '../base/index.ts';
import {
  type BaseSpec,
  DAY,
  HOUR,
  type LadderSpec,
  MILLISECOND,
  MINUTE,
  type NamePattern,
  type RuleSpec,
  SECOND,
  type StateRule,
  type TierSpec,
  WEEK,
  formatDuration,
  isTimeZone,
  parseDuration,
} from '../model/index.ts';
import { parentOf } from './parents.ts';

export interface LadderText {
  readonly rules: readonly RuleText[];
  /** null = not given. */
  readonly latenessNs: bigint | null;
}

export interface RuleText {
  readonly measurements: NamePattern;
  readonly steps: string;
  /** Of the policies: as many as steps, or one less where the base is not named; none = by step and period. */
  readonly names: readonly string[];
  readonly states: readonly StateRule[];
  readonly gapShare: number;
  /** Empty = UTC. */
  readonly timeZone: string;
}

/** One step as it is written. */
interface Step {
  readonly text: string;
  /** `10s_for_8d` */
  readonly defaultName: string;
  readonly stepNs: bigint;
  /** 0 = for ever. */
  readonly durationNs: bigint;
}

/** Points on their way from many machines; a window is over for good a little later. */
const DEFAULT_LATENESS_NS = 30n * SECOND;

const MAX_STEPS = 32;
const MAX_RULES = 256;
/** Numbers of windows must be exact. */
const LEAST_STEP_NS = MILLISECOND;

/** Throws `invalid`, naming the tier that is wrong. */
export function readLadder(name: string, text: LadderText): LadderSpec {
  const latenessNs = text.latenessNs ?? DEFAULT_LATENESS_NS;
  if (text.rules.length > MAX_RULES) throw wrong(name, `there are more than ${MAX_RULES} rules`);
  const read = text.rules.map((rule) => ({ rule, steps: readSteps(name, rule.steps) }));
  const rules = read.map(({ rule, steps }) => readRule(name, rule, steps, latenessNs));
  checkReach(name, text.rules);
  if (rules.every(({ tiers }) => tiers.length === 0))
    throw wrong(name, `${read[0].steps[0].text} is only the base: a tier at least must follow it`);
  const bases = read.map(({ steps: [base] }) => base);
  const baseNames = read.flatMap(({ rule, steps }) => (rule.names.length === steps.length ? [rule.names[0]] : []));
  const other = baseNames.find((each) => each !== baseNames[0]);
  if (other !== undefined) throw wrong(name, `its rules name two bases: "${baseNames[0]}" and "${other}"`);
  const children = rules.flatMap((rule) => childrenOf(rule, undefined));
  const base: BaseSpec = {
    policy: baseNames[0] ?? null,
    newPolicy: bases[0].defaultName,
    durationNs: longest(bases.map(({ durationNs }) => durationNs)),
    graceNs: graceFor(children, latenessNs),
  };
  return { name, base, rules: withSharedGrace(rules), latenessNs };
}

function readRule(name: string, rule: RuleText, steps: readonly Step[], latenessNs: bigint): RuleSpec {
  const { measurements, names, states, gapShare, timeZone } = rule;
  checkPattern(measurements);
  for (const { fields } of states) checkPattern(fields);
  if (!(gapShare >= 0 && gapShare <= 1))
    throw wrong(name, `the share of GAP must be between 0 and 1, found ${gapShare}`);
  checkSteps(name, steps);
  checkZone(name, steps, timeZone);
  const policies = namesOf(name, steps, names);
  const tiers = steps.slice(1).map(
    ({ stepNs, durationNs }, index): TierSpec => ({
      policy: policies[index],
      stepNs,
      timeZone: timeZone !== '' && stepNs % DAY === 0n ? timeZone : null,
      durationNs,
      graceNs: 0n,
    }),
  );
  const spec: RuleSpec = { measurements, baseStepNs: steps[0].stepNs, tiers, states, gapShare };
  checkParents(name, spec, steps, latenessNs);
  const withGrace = tiers.map((tier, index) => ({ ...tier, graceNs: graceFor(childrenOf(spec, index), latenessNs) }));
  return { ...spec, tiers: withGrace };
}

/** Throws `invalid` for what is no list of steps; whether they fit together is another question. */
export function readSteps(name: string, text: string): readonly Step[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_STEPS) throw wrong(name, `there are more than ${MAX_STEPS} steps`);
  return parts.map((part) => {
    const [step, period, ...more] = part.split(':').map((each) => each.trim());
    if (period === undefined || more.length > 0)
      throw wrong(name, `expected a step and a period such as 10s:8d, found "${part}"`);
    const tier = (problem: string): WeirError => wrong(name, `tier ${part}: ${problem}`);
    const stepNs = /^\d+$/.test(step) ? BigInt(step) * SECOND : readDuration(step);
    if (stepNs === undefined) throw tier(`"${step}" is no duration`);
    const durationNs = readPeriod(period, stepNs);
    if (durationNs === undefined) throw tier(`"${period}" is no duration`);
    if (stepNs > INT64_MAX || durationNs > INT64_MAX) throw tier('it is longer than 292 years');
    if (stepNs < LEAST_STEP_NS) throw tier(`its step must be ${formatDuration(LEAST_STEP_NS)} or more`);
    return { text: part, defaultName: defaultName(step, period, stepNs, durationNs), stepNs, durationNs };
  });
}

const INT64_MAX = 2n ** 63n - 1n;

/** undefined for what is none; 0 = for ever. */
function readPeriod(text: string, stepNs: bigint): bigint | undefined {
  if (text.toLowerCase() === 'inf') return 0n;
  const durationNs = /^\d+$/.test(text) ? BigInt(text) * stepNs : readDuration(text);
  return durationNs === 0n ? undefined : durationNs;
}

/** Graphite takes every beginning of these words. */
const WORDS: readonly (readonly [word: string, unitNs: bigint])[] = [
  ['seconds', SECOND],
  ['minutes', MINUTE],
  ['hours', HOUR],
  ['days', DAY],
  ['weeks', WEEK],
  ['years', 365n * DAY],
];

function readDuration(text: string): bigint | undefined {
  const [, count, unit] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
  const word = unit === undefined ? undefined : WORDS.find(([each]) => each.startsWith(unit));
  if (word !== undefined) return BigInt(count) * word[1];
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

/** As it is written, where both have a unit. */
function defaultName(step: string, period: string, stepNs: bigint, durationNs: bigint): string {
  const steps = /\D/.test(step) ? step : formatDuration(stepNs);
  return `${steps}_for_${/\D/.test(period) ? period : formatDuration(durationNs)}`;
}

function checkSteps(name: string, steps: readonly Step[]): void {
  for (const [index, { text, stepNs, durationNs }] of steps.entries()) {
    const tier = (problem: string): WeirError => wrong(name, `tier ${text}: ${problem}`);
    const finer = steps[index - 1];
    if (durationNs !== 0n && durationNs < HOUR) throw tier('it must keep an hour at least');
    if (durationNs !== 0n && durationNs < 2n * stepNs) throw tier('it must keep two of its steps at least');
    if (finer === undefined) continue;
    if (stepNs <= finer.stepNs) throw tier(`its step must be longer than that of ${finer.text} before it`);
    if (isLonger(finer.durationNs, durationNs)) throw tier(`it must not keep less than ${finer.text} before it`);
  }
}

function checkZone(name: string, steps: readonly Step[], timeZone: string): void {
  if (timeZone === '') return;
  if (!isTimeZone(timeZone)) throw wrong(name, `unknown time zone "${timeZone}"`);
  const days = steps.filter(({ stepNs }) => stepNs >= DAY);
  if (days.length === 0) throw wrong(name, `time zone "${timeZone}" is for steps of days, and there are none`);
  for (const { text, stepNs } of days)
    if (stepNs % DAY !== 0n) throw wrong(name, `tier ${text}: in a time zone its step must be whole days`);
}

/** The names of the tiers, without the base's. */
function namesOf(name: string, steps: readonly Step[], names: readonly string[]): readonly string[] {
  const own = names.length === 0 ? steps.map((step) => step.defaultName) : names;
  if (own.length !== steps.length && own.length !== steps.length - 1) {
    throw wrong(name, `${names.length} names for ${steps.length} steps: name all of them, or all but the base`);
  }
  const twice = own.find((each, index) => own.indexOf(each) !== index);
  if (twice !== undefined) throw wrong(name, `two of its steps have the name "${twice}"`);
  return own.length === steps.length ? own.slice(1) : own;
}

/** A window is computed from its parent's rows a while after its end: they must be there then. */
function checkParents(name: string, rule: RuleSpec, steps: readonly Step[], latenessNs: bigint): void {
  for (const [index, tier] of rule.tiers.entries()) {
    const parent = parentOf(rule, index);
    const at = parent === undefined ? 0 : 1 + rule.tiers.findIndex(({ policy }) => policy === parent.policy);
    const { text, durationNs } = steps[at];
    const leastNs = spanOf(tier) + latenessNs;
    if (durationNs === 0n || durationNs >= leastNs) continue;
    throw wrong(
      name,
      `tier ${steps[index + 1].text}: it is computed from ${text}, which must keep ${formatDuration(leastNs)} at least`,
    );
  }
}

function checkReach(name: string, rules: readonly RuleText[]): void {
  const all = rules.findIndex(({ measurements }) => measurements.kind === 'all');
  if (all < 0 || all === rules.length - 1) return;
  throw wrong(name, `rule ${all + 2} is for no measurement: rule ${all + 1} before it is for all of them`);
}

function checkPattern(pattern: NamePattern): void {
  if (pattern.kind === 'regex') compileRegex(pattern.source);
  if (pattern.kind === 'every') for (const each of pattern.patterns) checkPattern(each);
}

/** The tiers that are made of the one at this index; of the base for undefined. */
function childrenOf(rule: RuleSpec, index: number | undefined): readonly TierSpec[] {
  return rule.tiers.filter(
    (_, at) => parentOf(rule, at)?.policy === (index === undefined ? undefined : rule.tiers[index].policy),
  );
}

function graceFor(children: readonly TierSpec[], latenessNs: bigint): bigint {
  return children.length === 0 ? 0n : longest(children.map(spanOf)) + latenessNs;
}

/** A day of a zone may have 25 hours. */
function spanOf({ stepNs, timeZone }: TierSpec): bigint {
  return timeZone === null ? stepNs : stepNs + HOUR;
}

/** Rules that share a tier need it as long as any of them. */
function withSharedGrace(rules: readonly RuleSpec[]): readonly RuleSpec[] {
  const graces = new Map<string, bigint>();
  for (const { policy, graceNs } of rules.flatMap(({ tiers }) => tiers)) {
    if (graceNs > (graces.get(policy) ?? 0n)) graces.set(policy, graceNs);
  }
  return rules.map((rule) => ({
    ...rule,
    tiers: rule.tiers.map((tier) => ({ ...tier, graceNs: graces.get(tier.policy) ?? 0n })),
  }));
}

/** Of periods 0 is the longest. */
function longest(durations: readonly bigint[]): bigint {
  return durations.reduce((a, b) => (isLonger(a, b) ? a : b));
}

function isLonger(a: bigint, b: bigint): boolean {
  return b !== 0n && (a === 0n || a > b);
}

function wrong(name: string, problem: string): WeirError {
  return new WeirError('invalid', `ladder "${name}": ${problem}`);
}
