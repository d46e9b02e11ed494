// A ladder declares how detail decays: raw points for days, and tiers of ever coarser windows for years.
//
//     '1s:60h,10s:8d,2m:45d'      1s for 60h: the base, raw points as they came
//                                 10s for 8d, 2m for 45d: tiers, one row of states a series and window
import type { Bucket } from './bucket.ts';

export interface Ladder {
  readonly name: string;
  /** The retention policy of the raw points. */
  readonly base: string;
  /** The first one whose pattern a measurement matches is the one that counts for it. */
  readonly rules: readonly LadderRule[];
  /** How long after its end a window is still waited for; points that come later are repairs. */
  readonly latenessNs: bigint;
  /** Where points are kept that come when the base no longer takes them; undefined = they are refused. */
  readonly lateBucket?: Bucket | undefined;
}

export interface LadderRule {
  readonly measurements: NamePattern;
  /** The step that raw points are expected at: for forecasts and for the share of a window that is known. */
  readonly baseStepNs: bigint;
  /** Finest first. */
  readonly tiers: readonly LadderTier[];
  readonly states: readonly StateRule[];
  /** Share of a window that must be known for it to have a value, 0..1, where a query does not say. */
  readonly gapShare: number;
}

export interface LadderTier {
  /** The retention policy that shows it. */
  readonly policy: string;
  readonly stepNs: bigint;
  /** Steps of whole days begin at midnight of this zone; null = UTC. */
  readonly timeZone: string | null;
  /** Of the rows of states. Shares the series of the base's bucket. */
  readonly bucket: Bucket;
}

export type NamePattern =
  | { readonly kind: 'all' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'regex'; readonly source: string }
  /** What all of them match. */
  | { readonly kind: 'every'; readonly patterns: readonly NamePattern[] };

/** What is kept of the fields that match, beside count, sum, min and max. */
export interface StateRule {
  readonly fields: NamePattern;
  readonly keep: readonly OptionalState[];
}

/** `counter` keeps what a value that only grows needs: its increase across resets, with first and last. */
export type OptionalState = 'first' | 'last' | 'stddev' | 'percentile' | 'counter';

/** A ladder as it is asked for: what policies and buckets are made for. */
export interface LadderSpec {
  readonly name: string;
  readonly base: BaseSpec;
  readonly rules: readonly RuleSpec[];
  readonly latenessNs: bigint;
}

export interface BaseSpec {
  /** The policy that was named; null = the database's default one. */
  readonly policy: string | null;
  /** What a policy is called that has to be made. */
  readonly newPolicy: string;
  readonly durationNs: bigint;
  /** How much longer its points are needed for tiers that are computed from them. */
  readonly graceNs: bigint;
}

export interface RuleSpec extends Omit<LadderRule, 'tiers'> {
  /** Finest first. Several rules may have a tier of the same policy, step, period and zone: it is one tier then. */
  readonly tiers: readonly TierSpec[];
}

export interface TierSpec extends Omit<LadderTier, 'bucket'> {
  readonly durationNs: bigint;
  /** As that of the base. */
  readonly graceNs: bigint;
}
