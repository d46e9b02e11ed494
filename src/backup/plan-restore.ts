// What a restore is to bring, as data: which databases of the backup, under which names, made of which objects. Everything
// gets bucket ids and keys of its own, so that it can stand beside what is there.
import { WeirError } from '../base/index.ts';
import { type Database, type RetentionPolicy, bucketsOf, withBucketIds } from '../catalog/index.ts';
import type { BackupManifest } from './manifest-file.ts';
import { chosenContents } from './move-contents.ts';
import type { RestoreRequest } from './restore-request.ts';
import type { ExistingDatabase } from './restore-target.ts';
import { requireNoTier } from './tier-selection.ts';

/** Holds what a server tells of itself; another server has its own. */
const MONITOR_DATABASE = '_internal';

export interface RestoreOptions {
  /** null = all of the backup. */
  readonly database: string | null;
  /** Its name from now on; null = as it was. */
  readonly as: string | null;
  /** One retention policy of the database; null = all. */
  readonly policy: string | null;
  /** Its name from now on; null = as it was. */
  readonly newPolicy: string | null;
  /** What exists in the target is refused, left out (databases), or gets the backup's points written into it. */
  readonly ifExists: 'refuse' | 'skip' | 'merge';
}

export interface RestorePlan {
  readonly request: RestoreRequest;
  /** Key of the target -> key in the backup. */
  readonly sources: ReadonlyMap<string, string>;
  /** What is left out, a sentence each. */
  readonly notes: readonly string[];
}

/** What becomes of databases and policies; buckets have the backup's ids still. */
type Targets = Pick<RestoreRequest, 'databases' | 'policies' | 'merges'>;

/** `newId` makes bucket ids that were never used. Throws `not found` for what the backup does not hold, `conflict` for what exists. */
export function planRestore(
  manifest: BackupManifest,
  options: RestoreOptions,
  existing: readonly ExistingDatabase[],
  newId: () => string,
): RestorePlan {
  const { contents } = manifest;
  const notes: string[] = [];
  const planned = chooseDatabases(manifest, options, existing, notes).map((database) =>
    targetsOf(database, { ...options, policy: options.policy ?? contents.selection.policy }, existing, notes),
  );
  const targets: Targets = {
    databases: planned.flatMap(({ databases }) => databases),
    policies: planned.flatMap(({ policies }) => policies),
    merges: planned.flatMap(({ merges }) => merges),
  };
  if (options.ifExists !== 'merge') requireAbsent(targets, existing);
  const ids = new Map<string, string>();
  for (const database of [...targets.databases, ...targets.policies.map(asDatabase)])
    for (const { id } of bucketsOf(database)) ids.set(id, newId());
  for (const { bucketId } of targets.merges) ids.set(bucketId, newId());
  const { sources, ...moved } = chosenContents(manifest, ids, newId);
  const request: RestoreRequest = {
    ...moved,
    databases: targets.databases.map((database) => withBucketIds(database, ids)),
    policies: targets.policies.map((entry) => {
      return { database: entry.database, policy: withBucketIds(asDatabase(entry), ids).policies[0] };
    }),
    // A bucket that was never written to has nothing to be merged.
    merges: targets.merges
      .map((merge) => ({ ...merge, bucketId: ids.get(merge.bucketId) as string }))
      .filter(({ bucketId }) => moved.buckets.some((bucket) => bucket.bucketId === bucketId)),
    users: options.database === null ? contents.users : [],
  };
  return { request, sources, notes };
}

function chooseDatabases(
  { contents }: BackupManifest,
  { database, as, policy, newPolicy, ifExists }: RestoreOptions,
  existing: readonly ExistingDatabase[],
  notes: string[],
): readonly Database[] {
  const wanted = database ?? contents.selection.database;
  const wantedPolicy = policy ?? contents.selection.policy;
  if (newPolicy !== null && wantedPolicy === null)
    throw new WeirError('invalid', 'a new name of a retention policy needs the retention policy');
  if (wanted === null) {
    if (as !== null) throw new WeirError('invalid', 'a new name of a database needs the database');
    if (policy !== null) throw new WeirError('invalid', 'a retention policy needs the database');
    return contents.databases.filter(({ name }) => {
      if (name === MONITOR_DATABASE) notes.push(`database ${name}: it is about the server that was backed up`);
      else if (ifExists !== 'skip' || !existing.some((each) => each.name === name)) return true;
      else notes.push(`database ${name}: it exists`);
      return false;
    });
  }
  const found = contents.databases.find(({ name }) => name === wanted);
  if (found === undefined) throw notInBackup(`database ${wanted}`, contents.databases);
  if (wantedPolicy === null) return [found];
  const policies = found.policies.filter(({ name }) => name === wantedPolicy);
  if (policies.length === 0) throw notInBackup(`retention policy ${wantedPolicy} of ${wanted}`, found.policies);
  requireNoTier(found.ladders, wantedPolicy);
  leaveOut({ ...found, policies }, notes);
  const [renamed] = policies.map((each) => ({ ...withoutSubscriptions(each), name: newPolicy ?? each.name }));
  return [{ ...found, defaultPolicy: renamed.name, policies: [renamed], continuousQueries: [], ladders: [] }];
}

function notInBackup(what: string, named: readonly { readonly name: string }[]): WeirError {
  const names = named.map(({ name }) => name).join(', ') || 'none';
  return new WeirError('not found', `the backup has no ${what}; it has ${names}`);
}

/** A database that exists is added to or merged with: its own continuous queries and subscriptions stay as they are. */
function targetsOf(
  database: Database,
  options: RestoreOptions,
  existing: readonly ExistingDatabase[],
  notes: string[],
): Targets {
  const name = options.as ?? database.name;
  const there = existing.find((each) => each.name === name);
  // A single policy may join a database.
  const joins = options.ifExists === 'merge' || options.policy !== null;
  if (there === undefined || !joins) {
    if (name === database.name) return { databases: [database], policies: [], merges: [] };
    leaveOut(database, notes);
    const policies = database.policies.map(withoutSubscriptions);
    return { databases: [{ ...database, name, policies, continuousQueries: [] }], policies: [], merges: [] };
  }
  leaveOut(database, notes);
  for (const { ladder } of database.ladders) notes.push(`ladder ${ladder.name} of ${database.name}, with its tiers`);
  const isThere = (policy: RetentionPolicy): boolean =>
    options.ifExists === 'merge' && there.policies.includes(policy.name);
  return {
    databases: [],
    policies: database.policies
      .filter((policy) => !isThere(policy))
      .map((policy) => ({ database: name, policy: withoutSubscriptions(policy) })),
    merges: database.policies
      .filter(isThere)
      .map((policy) => ({ database: name, policy: policy.name, bucketId: policy.bucket.id })),
  };
}

/** Their texts name the database and its policies as they were. */
function leaveOut({ name, continuousQueries, policies }: Database, notes: string[]): void {
  for (const query of continuousQueries) notes.push(`continuous query ${query.name} of ${name}`);
  for (const { subscriptions } of policies)
    for (const subscription of subscriptions) notes.push(`subscription ${subscription.name} of ${name}`);
}

function withoutSubscriptions(policy: RetentionPolicy): RetentionPolicy {
  return { ...policy, subscriptions: [] };
}

function asDatabase({ database, policy }: RestoreRequest['policies'][number]): Database {
  return { name: database, defaultPolicy: policy.name, policies: [policy], continuousQueries: [], ladders: [] };
}

function requireAbsent({ databases, policies }: Targets, existing: readonly ExistingDatabase[]): void {
  const isTaken = (database: string, policy?: string): boolean =>
    existing.some((each) => each.name === database && (policy === undefined || each.policies.includes(policy)));
  const taken = [
    ...databases.filter(({ name }) => isTaken(name)).map(({ name }) => `database ${name}`),
    ...policies
      .filter(({ database, policy }) => isTaken(database, policy.name))
      .map(({ database, policy }) => `retention policy ${policy.name} of ${database}`),
  ];
  if (taken.length > 0) throw new WeirError('conflict', `exists already: ${taken.join(', ')}`);
}
