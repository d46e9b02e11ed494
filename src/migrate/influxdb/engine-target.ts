// An import into an engine of this process: straight into catalog and view.
import { randomBytes } from 'node:crypto';
import { WeirError, isWeirError, messageOf } from '../../base/index.ts';
import type { Catalog, Database, RetentionPolicy, Subscription, User } from '../../catalog/index.ts';
import { type Bucket, defaultShardDuration } from '../../model/index.ts';
import type { ViewDoor } from '../../view/index.ts';
import type { ImportTarget, PointSink } from './import-target.ts';
import type { InfluxDatabase, InfluxMeta, InfluxPolicy, InfluxSubscription, InfluxUser } from './meta/meta-file.ts';

export function engineTarget(catalog: Catalog, view: ViewDoor): ImportTarget {
  return {
    importMeta: (meta) => importMeta(catalog, meta),
    openPolicy: (database, policy) => openPolicy(view, catalog.policy(database, policy).bucket),
  };
}

function openPolicy(view: ViewDoor, bucket: Bucket): PointSink {
  // Points that are past their period while their shard is not are in InfluxDB too, until all of the shard goes. Those that
  // the base of a ladder takes no more go into its tiers.
  const lasting: Bucket = bucket.late === undefined ? { ...bucket, durationNs: 0n } : bucket;
  return {
    series: view.seriesTable(bucket.id),
    write: async (batch) => (await view.write(lasting, batch)).dropped,
  };
}

/** What is new comes in one step, so that a broken-off import leaves no half of a database behind. */
async function importMeta(catalog: Catalog, meta: InfluxMeta): Promise<string[]> {
  const remarks: string[] = [];
  const databases: Database[] = [];
  const policies: { database: string; policy: RetentionPolicy }[] = [];
  for (const database of meta.databases) {
    const existing = catalog.database(database.name);
    if (existing === undefined) {
      databases.push(newDatabase(database, remarks));
      continue;
    }
    for (const policy of database.policies) {
      const here = existing.policies.find(({ name }) => name === policy.name);
      if (here === undefined) policies.push({ database: database.name, policy: newPolicy(database, policy, remarks) });
      else remarks.push(...policyDifferences(database, policy, here));
    }
  }
  const users = meta.users.filter(({ name }) => catalog.user(name) === undefined).map(newUser);
  remarks.push(...meta.users.flatMap((user) => userDifferences(user, catalog.user(user.name))));
  await catalog.importAll({ databases, policies, users });
  for (const database of meta.databases) {
    if (!databases.some(({ name }) => name === database.name)) remarks.push(...(await addQueries(catalog, database)));
  }
  return remarks;
}

function newDatabase(database: InfluxDatabase, remarks: string[]): Database {
  return {
    name: database.name,
    defaultPolicy: database.defaultPolicy,
    policies: database.policies.map((policy) => newPolicy(database, policy, remarks)),
    continuousQueries: database.continuousQueries,
    ladders: [],
  };
}

function newPolicy(database: InfluxDatabase, policy: InfluxPolicy, remarks: string[]): RetentionPolicy {
  const subscriptions = policy.subscriptions.flatMap((subscription) => {
    const usable = usableSubscription(subscription);
    if (usable !== undefined) return [usable];
    const { name, mode } = subscription;
    remarks.push(`${database.name}.${policy.name}: subscription ${name} is left out: unknown mode ${mode}`);
    return [];
  });
  const { name, replicaN, durationNs, shardDurationNs } = policy;
  const bucket: Bucket = {
    id: randomBytes(8).toString('hex'),
    durationNs,
    shardDurationNs: shardDurationNs > 0n ? shardDurationNs : defaultShardDuration(durationNs),
  };
  return { name, replicaN, bucket, subscriptions };
}

function usableSubscription({ name, mode, destinations }: InfluxSubscription): Subscription | undefined {
  const known = mode.toUpperCase();
  return known === 'ALL' || known === 'ANY' ? { name, mode: known, destinations } : undefined;
}

function newUser({ name, admin, passwordHash, grants }: InfluxUser): User {
  return {
    name,
    admin,
    passwordHash,
    grants: new Map(grants.map(({ database, privilege }) => [database, privilege])),
  };
}

function policyDifferences(database: InfluxDatabase, policy: InfluxPolicy, here: RetentionPolicy): string[] {
  const { durationNs, shardDurationNs } = here.bucket;
  if (durationNs === policy.durationNs && shardDurationNs === policy.shardDurationNs) return [];
  return [`${database.name}.${policy.name} is here with another duration or shard duration, and keeps it`];
}

function userDifferences(user: InfluxUser, here: User | undefined): string[] {
  if (here === undefined || (here.passwordHash === user.passwordHash && here.admin === user.admin)) return [];
  return [`user ${user.name} is here with another password or rights, and keeps them`];
}

/** Continuous queries and subscriptions of a database that was here already. */
async function addQueries(catalog: Catalog, database: InfluxDatabase): Promise<string[]> {
  const remarks: string[] = [];
  for (const { name, text } of database.continuousQueries) {
    await orRemark(remarks, `continuous query ${name} of ${database.name}`, () =>
      catalog.createContinuousQuery(database.name, name, text),
    );
  }
  for (const policy of database.policies) {
    const here = catalog.policy(database.name, policy.name).subscriptions;
    for (const subscription of policy.subscriptions) {
      const usable = usableSubscription(subscription);
      if (here.some(({ name }) => name === subscription.name)) continue;
      await orRemark(remarks, `subscription ${subscription.name} of ${database.name}.${policy.name}`, async () => {
        if (usable === undefined) throw new WeirError('invalid', `unknown mode ${subscription.mode}`);
        await catalog.createSubscription(database.name, policy.name, usable);
      });
    }
  }
  return remarks;
}

async function orRemark(remarks: string[], what: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!isWeirError(error)) throw error;
    remarks.push(`${what} is left out: ${messageOf(error)}`);
  }
}
