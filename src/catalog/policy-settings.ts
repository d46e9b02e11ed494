// The settings of a retention policy and InfluxDB's rules for them, in the order in which it checks them.
import { WeirError } from '../base/index.ts';
import { HOUR, defaultShardDuration } from '../model/index.ts';
import type { RetentionPolicySpec } from './catalog.ts';

export interface PolicySettings {
  readonly durationNs: bigint;
  readonly shardDurationNs: bigint;
  readonly replicaN: number;
}

export type PolicyChange = Partial<Omit<RetentionPolicySpec, 'name' | 'makeDefault'>>;

/** The settings of a new policy. */
export function newSettings(spec: PolicyChange): PolicySettings {
  const { durationNs = 0n, replicaN = 1 } = spec;
  checkDuration(durationNs);
  checkReplication(replicaN);
  const shardDurationNs = normalShardDuration(spec.shardDurationNs, durationNs);
  checkFit(durationNs, shardDurationNs);
  return { durationNs, shardDurationNs, replicaN };
}

/** The settings after an ALTER: a shard duration that is not given stays, even where another would be the default. */
export function changedSettings(old: PolicySettings, change: PolicyChange): PolicySettings {
  const { durationNs = old.durationNs, replicaN = old.replicaN } = change;
  checkDuration(durationNs);
  checkFit(durationNs, change.shardDurationNs ?? old.shardDurationNs);
  checkReplication(replicaN);
  const shardDurationNs =
    change.shardDurationNs === undefined
      ? old.shardDurationNs
      : normalShardDuration(change.shardDurationNs, durationNs);
  return { durationNs, shardDurationNs, replicaN };
}

/** True when `spec` could have made a policy with these settings; what it leaves open matches anything. */
export function matchesSettings(
  spec: PolicyChange,
  { durationNs, shardDurationNs, replicaN }: PolicySettings,
): boolean {
  return (
    (spec.durationNs === undefined || spec.durationNs === durationNs) &&
    (spec.replicaN === undefined || spec.replicaN === replicaN) &&
    normalShardDuration(spec.shardDurationNs, durationNs) === shardDurationNs
  );
}

export function sameSettings(a: PolicySettings, b: PolicySettings): boolean {
  return a.durationNs === b.durationNs && a.shardDurationNs === b.shardDurationNs && a.replicaN === b.replicaN;
}

/** Throws `invalid` for a duration that no policy can have. */
export function checkDuration(durationNs: bigint): void {
  if (durationNs !== 0n && durationNs < HOUR) {
    throw new WeirError('invalid', 'retention policy duration must be at least 1h0m0s');
  }
}

function checkReplication(replicaN: number): void {
  if (!Number.isSafeInteger(replicaN) || replicaN < 1) {
    throw new WeirError('invalid', 'replication factor must be greater than 0');
  }
}

function checkFit(durationNs: bigint, shardDurationNs: bigint): void {
  if (durationNs > 0n && durationNs < shardDurationNs) {
    throw new WeirError('invalid', 'retention policy duration must be greater than the shard duration');
  }
}

function normalShardDuration(shardDurationNs: bigint | undefined, durationNs: bigint): bigint {
  if (shardDurationNs === undefined || shardDurationNs === 0n) return defaultShardDuration(durationNs);
  return shardDurationNs < HOUR ? HOUR : shardDurationNs;
}
