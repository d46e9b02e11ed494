// A ladder with the bucket of its base, and which of its rules a measurement falls to.
import type { Bucket, Ladder, LadderRule } from '../model/index.ts';
import { matchesName } from './state-columns.ts';

export interface PlacedLadder {
  readonly database: string;
  readonly ladder: Ladder;
  readonly base: Bucket;
}

/** The first rule that the measurement matches; undefined = the ladder has nothing to do with it. */
export function ruleFor({ ladder }: Pick<PlacedLadder, 'ladder'>, measurement: string): LadderRule | undefined {
  return ladder.rules.find((rule) => matchesName(rule.measurements, measurement));
}
