// What deletes go through: each bucket of a database that points are deleted from, with a snapshot that says what it holds.
//
//     a policy's bucket           its points
//     a base's late bucket        points that came when the base did not take them any more; before the base
//     a base's bucket, again      measurements that only tiers still have: they are told by what the base is told
//     a kept tier's bucket        its windows: nobody feeds it
import { type Database, isFed, tiersOf } from '../../catalog/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { QueryContext } from '../result.ts';

export interface Deletable {
  readonly bucketId: string;
  readonly snapshot: Snapshot;
  readonly measurements: readonly string[];
}

/** Runs `use` with them, in the order of deleting, and lets go of the snapshots whatever happens. */
export async function withDeletables<T>(
  database: Database,
  context: QueryContext,
  use: (deletables: readonly Deletable[]) => Promise<T>,
): Promise<T> {
  const deletables: Deletable[] = [];
  const add = (bucketId: string, snapshot: Snapshot, except: ReadonlySet<string> = new Set()): void => {
    const measurements = snapshot.measurements().filter((name) => !except.has(name));
    deletables.push({ bucketId, snapshot, measurements });
  };
  try {
    for (const { bucket } of database.policies) {
      if (bucket.late !== undefined) add(bucket.late.id, context.view.snapshot(bucket.late.id));
      add(bucket.id, context.view.snapshot(bucket.id));
    }
    for (const declared of database.ladders) {
      const base = database.policies.find(({ name }) => name === declared.ladder.base)?.bucket.id;
      const ofBase = new Set(deletables.find(({ bucketId }) => bucketId === base)?.measurements);
      const fed = isFed(declared) ? declared.ladder.rules.flatMap(({ tiers }) => tiers) : [];
      for (const tier of tiersOf(declared)) {
        const snapshot = context.tiers?.openTier(database.name, tier.policy, false);
        if (snapshot === undefined) continue;
        if (!fed.includes(tier)) add(tier.bucket.id, snapshot);
        else if (base !== undefined) {
          add(base, snapshot, ofBase);
          for (const name of snapshot.measurements()) ofBase.add(name);
        }
      }
    }
    return await use(deletables);
  } finally {
    for (const { snapshot } of deletables) snapshot.release();
  }
}
