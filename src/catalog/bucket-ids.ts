// The buckets of a database: all that its policies and the tiers of its ladders keep their points in. Whatever comes to have
// buckets belongs in here, so that nobody takes them for garbage, and copies of the database elsewhere get buckets of their own.
import type { Bucket, LadderRule } from '../model/index.ts';
import type { Database } from './catalog.ts';
import { type DeclaredLadder, bucketsOfLadder } from './declared-ladder.ts';

/** Databases never change, and this is asked for with every snapshot. */
const known = new WeakMap<Database, readonly Bucket[]>();

export function bucketsOf(database: Database): readonly Bucket[] {
  let buckets = known.get(database);
  if (buckets === undefined) {
    buckets = [...database.policies.map(({ bucket }) => bucket), ...database.ladders.flatMap(bucketsOfLadder)];
    known.set(database, buckets);
  }
  return buckets;
}

/** The same database with other buckets in the place of its own; `ids` knows all of them. */
export function withBucketIds(database: Database, ids: ReadonlyMap<string, string>): Database {
  const renamed = (bucket: Bucket): Bucket => ({
    ...bucket,
    id: ids.get(bucket.id) ?? bucket.id,
    ...(bucket.seriesOf === undefined ? {} : { seriesOf: ids.get(bucket.seriesOf) ?? bucket.seriesOf }),
    ...(bucket.late === undefined ? {} : { late: renamed(bucket.late) }),
  });
  const renamedRule = (rule: LadderRule): LadderRule => ({
    ...rule,
    tiers: rule.tiers.map((tier) => ({ ...tier, bucket: renamed(tier.bucket) })),
  });
  const renamedLadder = (declared: DeclaredLadder): DeclaredLadder => {
    const { ladder, kept } = declared;
    const { lateBucket } = ladder;
    return {
      ...declared,
      ladder: {
        ...ladder,
        rules: ladder.rules.map(renamedRule),
        lateBucket: lateBucket === undefined ? undefined : renamed(lateBucket),
      },
      kept: kept.map(renamedRule),
    };
  };
  return {
    ...database,
    policies: database.policies.map((policy) => ({ ...policy, bucket: renamed(policy.bucket) })),
    ladders: database.ladders.map(renamedLadder),
  };
}
