// The buckets of a database: all that its policies keep their points in. Whatever comes to have buckets belongs in here, so that
// nobody takes them for garbage, and copies of the database elsewhere get buckets of their own.
import type { Bucket } from '../model/index.ts';
import type { Database } from './catalog.ts';

export function bucketsOf(database: Database): readonly Bucket[] {
  return database.policies.map(({ bucket }) => bucket);
}

/** The same database with other buckets in the place of its own; `ids` knows all of them. */
export function withBucketIds(database: Database, ids: ReadonlyMap<string, string>): Database {
  const renamed = (bucket: Bucket): Bucket => ({
    ...bucket,
    id: ids.get(bucket.id) ?? bucket.id,
    ...(bucket.seriesOf === undefined ? {} : { seriesOf: ids.get(bucket.seriesOf) ?? bucket.seriesOf }),
    ...(bucket.late === undefined ? {} : { late: renamed(bucket.late) }),
  });
  return { ...database, policies: database.policies.map((policy) => ({ ...policy, bucket: renamed(policy.bucket) })) };
}
