// Ladders as JSON.
import type { Bucket, Ladder, LadderRule, LadderTier, NamePattern, OptionalState, StateRule } from '../model/index.ts';
import type { DeclaredLadder } from './declared-ladder.ts';
import { bucketIdOf, fieldsOf, listOf, nsOf, textOf, wrong } from './json.ts';

const STATES: ReadonlySet<string> = new Set<OptionalState>(['first', 'last', 'stddev', 'percentile', 'counter']);

export function encodeLadder({ ladder, text, baseGraceNs, ownPolicies, kept }: DeclaredLadder): unknown {
  const { name, base, rules, latenessNs, lateBucket } = ladder;
  return {
    name,
    base,
    text,
    latenessNs: String(latenessNs),
    baseGraceNs: String(baseGraceNs),
    ownPolicies,
    rules: rules.map(encodeRule),
    kept: kept.map(encodeRule),
    lateBucket: lateBucket === undefined ? null : encodeBucket(lateBucket),
  };
}

export function decodeLadder(json: unknown): DeclaredLadder {
  const fields = fieldsOf(json, 'ladder');
  const ladder: Ladder = {
    name: textOf(fields, 'name'),
    base: textOf(fields, 'base'),
    rules: listOf(fields, 'rules', decodeRule),
    latenessNs: nsOf(fields, 'latenessNs'),
    lateBucket: fields.lateBucket === null ? undefined : decodeBucket(fields.lateBucket),
  };
  return {
    ladder,
    text: textOf(fields, 'text'),
    baseGraceNs: nsOf(fields, 'baseGraceNs'),
    ownPolicies: listOf(fields, 'ownPolicies', decodeText),
    kept: listOf(fields, 'kept', decodeRule),
  };
}

function encodeRule({ measurements, baseStepNs, tiers, states, gapShare }: LadderRule): unknown {
  return { measurements, baseStepNs: String(baseStepNs), tiers: tiers.map(encodeTier), states, gapShare };
}

function decodeRule(json: unknown): LadderRule {
  const fields = fieldsOf(json, 'rule');
  const { gapShare } = fields;
  if (typeof gapShare !== 'number' || !(gapShare >= 0 && gapShare <= 1)) throw wrong('gapShare', 'a share', gapShare);
  return {
    measurements: decodePattern(fields.measurements),
    baseStepNs: nsOf(fields, 'baseStepNs'),
    tiers: listOf(fields, 'tiers', decodeTier),
    states: listOf(fields, 'states', decodeStates),
    gapShare,
  };
}

function encodeTier({ policy, stepNs, timeZone, bucket }: LadderTier): unknown {
  return { policy, stepNs: String(stepNs), timeZone, bucket: encodeBucket(bucket) };
}

function decodeTier(json: unknown): LadderTier {
  const fields = fieldsOf(json, 'tier');
  const { timeZone } = fields;
  return {
    policy: textOf(fields, 'policy'),
    stepNs: nsOf(fields, 'stepNs'),
    timeZone: timeZone === null ? null : textOf(fields, 'timeZone'),
    bucket: decodeBucket(fields.bucket),
  };
}

function encodeBucket({ id, durationNs, shardDurationNs, seriesOf, graceNs }: Bucket): unknown {
  return {
    id,
    durationNs: String(durationNs),
    shardDurationNs: String(shardDurationNs),
    seriesOf,
    graceNs: String(graceNs ?? 0n),
  };
}

function decodeBucket(json: unknown): Bucket {
  const fields = fieldsOf(json, 'bucket');
  return {
    id: bucketIdOf(fields, 'id'),
    durationNs: nsOf(fields, 'durationNs'),
    shardDurationNs: nsOf(fields, 'shardDurationNs'),
    seriesOf: bucketIdOf(fields, 'seriesOf'),
    graceNs: nsOf(fields, 'graceNs'),
  };
}

function decodeStates(json: unknown): StateRule {
  const fields = fieldsOf(json, 'states');
  const keep = listOf(fields, 'keep', (state) => {
    if (typeof state !== 'string' || !STATES.has(state)) throw wrong('keep', 'a state', state);
    return state as OptionalState;
  });
  return { fields: decodePattern(fields.fields), keep };
}

function decodePattern(json: unknown): NamePattern {
  const fields = fieldsOf(json, 'pattern');
  switch (fields.kind) {
    case 'all':
      return { kind: 'all' };
    case 'name':
      return { kind: 'name', name: textOf(fields, 'name') };
    case 'regex':
      return { kind: 'regex', source: textOf(fields, 'source') };
    case 'every':
      return { kind: 'every', patterns: listOf(fields, 'patterns', decodePattern) };
    default:
      throw wrong('kind', 'a kind of pattern', fields.kind);
  }
}

function decodeText(json: unknown): string {
  if (typeof json !== 'string') throw wrong('ownPolicies', 'a name', json);
  return json;
}
