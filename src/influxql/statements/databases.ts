// Databases and retention policies: made, changed, dropped and shown.
import { type Database, mayAccess } from '../../catalog/index.ts';
import { formatGoDuration } from '../../model/index.ts';
import type {
  AlterRetentionPolicyStatement,
  CreateDatabaseStatement,
  CreateRetentionPolicyStatement,
  DropDatabaseStatement,
  DropRetentionPolicyStatement,
  ShowRetentionPoliciesStatement,
} from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';
import { letGo } from './ladders.ts';
import { requireDatabase } from './scope.ts';

const DEFAULT_POLICY_NAME = 'autogen';

/** Those that the user may read or write. */
export function showDatabases({ catalog, user }: QueryContext): Answer {
  const isShown = ({ name }: Database): boolean =>
    user === undefined || mayAccess(user, 'READ', name) || mayAccess(user, 'WRITE', name);
  const rows = catalog
    .databases()
    .filter(isShown)
    .map(({ name }) => [name]);
  return answerTables([{ name: 'databases', columns: ['name'], rows }]);
}

export async function createDatabase(statement: CreateDatabaseStatement, context: QueryContext): Promise<Answer> {
  const { name, policy } = statement;
  if (policy === null) await context.catalog.createDatabase(name);
  else {
    await context.catalog.createDatabase(name, {
      name: policy.name === '' ? DEFAULT_POLICY_NAME : policy.name,
      durationNs: policy.durationNs ?? undefined,
      replicaN: policy.replication ?? undefined,
      shardDurationNs: policy.shardDurationNs === 0n ? undefined : policy.shardDurationNs,
      makeDefault: true,
    });
  }
  return NOTHING;
}

export async function dropDatabase(statement: DropDatabaseStatement, context: QueryContext): Promise<Answer> {
  await letGo(await context.catalog.dropDatabase(statement.name), context);
  return NOTHING;
}

export function showRetentionPolicies(statement: ShowRetentionPoliciesStatement, context: QueryContext): Answer {
  const database = requireDatabase(statement.database, context);
  const rows = database.policies.map((policy) => [
    policy.name,
    formatGoDuration(policy.bucket.durationNs),
    formatGoDuration(policy.bucket.shardDurationNs),
    policy.replicaN,
    policy.name === database.defaultPolicy,
  ]);
  return answerTables([{ name: '', columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'], rows }]);
}

export async function createRetentionPolicy(
  statement: CreateRetentionPolicyStatement,
  context: QueryContext,
): Promise<Answer> {
  await context.catalog.createPolicy(statement.database, {
    name: statement.name,
    durationNs: statement.durationNs,
    replicaN: statement.replication,
    shardDurationNs: statement.shardDurationNs === 0n ? undefined : statement.shardDurationNs,
    makeDefault: statement.makeDefault,
  });
  return NOTHING;
}

/** Only what the statement names changes. */
export async function alterRetentionPolicy(
  statement: AlterRetentionPolicyStatement,
  context: QueryContext,
): Promise<Answer> {
  await context.catalog.alterPolicy(statement.database, statement.name, {
    ...(statement.durationNs === null ? {} : { durationNs: statement.durationNs }),
    ...(statement.replication === null ? {} : { replicaN: statement.replication }),
    ...(statement.shardDurationNs === null ? {} : { shardDurationNs: statement.shardDurationNs }),
    ...(statement.makeDefault ? { makeDefault: true } : {}),
  });
  return NOTHING;
}

export async function dropRetentionPolicy(
  statement: DropRetentionPolicyStatement,
  context: QueryContext,
): Promise<Answer> {
  const bucketId = await context.catalog.dropPolicy(statement.database, statement.name);
  if (bucketId !== undefined) await context.view.dropBucket(bucketId);
  return NOTHING;
}
