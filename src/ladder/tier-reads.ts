// What a query reads where ladders are: the policy that it names, or the tiers that answer it best.
import type { Clock } from '../base/index.ts';
import type { Bucket, LadderRule, LadderTier, TimeRange } from '../model/index.ts';
import { MAX_TIME_NS, MIN_TIME_NS } from '../model/index.ts';
import type { ExpectedPoints, Snapshot, ViewDoor } from '../view/index.ts';
import { fitnessOf, worst } from './answers.ts';
import { type Fitness, type TierNeed, type TierSource, chooseTiers, unansweredRanges } from './choose.ts';
import type { Ladders } from './ladders.ts';
import { type PlacedLadder, ruleFor } from './placed-ladder.ts';
import { keptOf } from './state-columns.ts';
import { type StitchedSource, type StitchedSpan, StitchedSnapshot } from './stitched-snapshot.ts';

/** A span of a plan, with the name of the policy that serves it. */
export interface PlannedSpan {
  readonly policy: string;
  readonly range: TimeRange;
  readonly exact: boolean;
}

/** What serves a measurement of a ladder. */
export interface MeasurementPlan {
  readonly measurement: string;
  /** The policy whose points the ladder is fed by. */
  readonly base: string;
  /** Ascending, disjoint. */
  readonly spans: readonly PlannedSpan[];
  /** Where something is stored, but nothing that answers: its points have expired, and no tier keeps what is asked for. */
  readonly unanswered: readonly TimeRange[];
}

/** Told of what serves a measurement, once it is known. */
export type OnPlan = (plan: MeasurementPlan) => void;

export interface TierReads {
  /** What is opened is all that there is of a policy; else its own points stand beside it. */
  readonly isAll?: boolean | undefined;
  /**
   * A snapshot of the base of a ladder in which tiers serve what they can answer; undefined when the policy is no base.
   */
  openBase(database: string, policy: string, need: TierNeed, onPlan: OnPlan): Snapshot | undefined;
  /** A snapshot of a tier; undefined when the policy is none. `knownShare`: what rows need, where the ladder does not say. */
  openTier(database: string, policy: string, wantsRows: boolean, knownShare?: number): Snapshot | undefined;
}

export interface TierReadsParts {
  readonly view: ViewDoor;
  readonly ladders: Pick<Ladders, 'coverage'>;
  readonly placed: () => readonly PlacedLadder[];
  /** Tiers that are not fed any more. */
  readonly kept?: (() => readonly KeptLadder[]) | undefined;
  readonly clock: Clock;
}

type KeptLadder = Pick<PlacedLadder, 'database' | 'ladder'>;

export function openTierReads(parts: TierReadsParts): TierReads {
  return {
    openBase: (database, policy, need, onPlan) => {
      const placed = parts.placed().find((one) => one.database === database && one.ladder.base === policy);
      return placed === undefined ? undefined : openStitched(parts, placed, need, onPlan);
    },
    openTier: (database, policy, wantsRows, knownShare) => {
      for (const placed of [...parts.placed(), ...(parts.kept?.() ?? [])]) {
        if (placed.database !== database) continue;
        const tiers = placed.ladder.rules.flatMap((rule) => rule.tiers);
        const tier = tiers.find((candidate) => candidate.policy === policy);
        if (tier !== undefined) return openOne(parts, placed, tier, wantsRows, knownShare);
      }
      return undefined;
    },
  };
}

function openOne(
  { view }: TierReadsParts,
  placed: KeptLadder,
  { bucket, stepNs }: LadderTier,
  wantsRows: boolean,
  knownShare: number | undefined,
): Snapshot {
  const source: StitchedSource = { kind: 'states', snapshot: view.snapshot(bucket.id), stepNs };
  return new StitchedSnapshot({
    sources: [source],
    spansOf: () => [{ source, range: { startNs: MIN_TIME_NS, endNs: MAX_TIME_NS + 1n } }],
    keptOf: (measurement, field) => keptOf(field, ruleFor(placed, measurement)?.states ?? []),
    expects: (measurement) => expectsOf(ruleFor(placed, measurement)),
    wantsRows,
    knownShare,
  });
}

function openStitched(parts: TierReadsParts, placed: PlacedLadder, need: TierNeed, onPlan: OnPlan): Snapshot {
  const { view } = parts;
  const opened = new Map<string, StitchedSource>();
  const open = (bucket: Bucket, kind: StitchedSource['kind'], stepNs: bigint): StitchedSource => {
    let source = opened.get(bucket.id);
    if (source === undefined) opened.set(bucket.id, (source = { kind, snapshot: view.snapshot(bucket.id), stepNs }));
    return source;
  };
  const openTier = ({ bucket, stepNs }: LadderTier): StitchedSource => open(bucket, 'states', stepNs);
  const base = open(placed.base, 'points', 0n);
  const tiers = placed.ladder.rules.flatMap((rule) => rule.tiers);
  const sources = [base, ...tiers.map(openTier)];
  const spansOf = (measurement: string): readonly StitchedSpan[] => {
    const rule = ruleFor(placed, measurement);
    const sourceAt = (index: number): StitchedSource =>
      index === 0 || rule === undefined ? base : openTier(rule.tiers[index - 1]);
    const asked = askedOf(base.snapshot, measurement, need);
    const choices = tierSources(parts, placed, rule, base.snapshot, measurement, need);
    const spans = chooseTiers(asked, choices);
    const unanswered = unansweredRanges(asked, choices, spans).filter(({ holders }) =>
      holders.some(({ source, range }) => sourceAt(source).snapshot.tables(measurement, range).length > 0),
    );
    onPlan({
      measurement,
      base: placed.ladder.base,
      spans: spans.map(({ source, range, exact }) => ({ policy: choices[source].name, range, exact })),
      unanswered: unanswered.map(({ range }) => range),
    });
    return spans.map(({ source, range }) => ({ source: sourceAt(source), range }));
  };
  return new StitchedSnapshot({
    sources: [...new Set(sources)],
    spansOf,
    keptOf: (measurement, field) => keptOf(field, ruleFor(placed, measurement)?.states ?? []),
    expects: (measurement) => expectsOf(ruleFor(placed, measurement)),
    wantsRows: need.calls === null,
    knownShare: need.knownShare,
  });
}

/** The base first, then the tiers of the rule. */
function tierSources(
  { ladders, clock }: TierReadsParts,
  placed: PlacedLadder,
  rule: LadderRule | undefined,
  base: Snapshot,
  measurement: string,
  need: TierNeed,
): readonly TierSource[] {
  const nowNs = clock.nowNs();
  const keptFrom = (durationNs: bigint): bigint => (durationNs === 0n ? MIN_TIME_NS : nowNs - durationNs);
  const sources: TierSource[] = [
    {
      name: placed.ladder.base,
      stepNs: null,
      timeZone: null,
      keptFromNs: keptFrom(placed.base.durationNs),
      doneThroughNs: MAX_TIME_NS,
      dirty: [],
      fitness: 'exact',
    },
  ];
  const fitness = rule === undefined ? 'none' : fitnessFor(rule, base, measurement, need);
  for (const tier of rule?.tiers ?? []) {
    const coverage = ladders.coverage(tier.bucket.id, measurement);
    sources.push({
      name: tier.policy,
      stepNs: tier.stepNs,
      timeZone: tier.timeZone,
      keptFromNs: keptFrom(tier.bucket.durationNs),
      doneThroughNs: coverage?.doneThroughNs ?? MIN_TIME_NS,
      dirty: coverage?.dirty ?? [],
      fitness,
    });
  }
  return sources;
}

function askedOf(base: Snapshot, measurement: string, need: TierNeed): TierNeed {
  if (need.conditionNames.length === 0) return need;
  const fields = base.fields(measurement);
  return need.conditionNames.some((name) => fields.has(name)) ? { ...need, needsPoints: true } : need;
}

/** Types are those of the base; a field that it no longer has is taken for a number. */
function fitnessFor(rule: LadderRule, base: Snapshot, measurement: string, need: TierNeed): Fitness {
  if (need.calls === null) return 'exact';
  const types = base.fields(measurement);
  return worst(
    need.calls.flatMap(({ kind, field }) => {
      const names = field === null ? [...types.keys()] : [field];
      return names.map((name) => fitnessOf(kind, types.get(name) ?? 'float', keptOf(name, rule.states)));
    }),
  );
}

function expectsOf(rule: LadderRule | undefined): ExpectedPoints | undefined {
  return rule && { stepNs: rule.baseStepNs, knownShare: rule.gapShare };
}
