// Runs one statement that is not a SELECT.
import type { Statement, StatementKind } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { adoptQueries } from './adopt-queries.ts';
import type { Answer } from './answer.ts';
import { createContinuousQuery, dropContinuousQuery, showContinuousQueries } from './continuous-queries.ts';
import * as databases from './databases.ts';
import { deletePoints, dropMeasurement, dropSeries } from './deletes.ts';
import { explainLadder } from './explain-ladder.ts';
import { alterLadder, createLadder, dropLadder, showLadders } from './ladders.ts';
import { showLadderStatus } from './ladder-status.ts';
import { killQuery, showQueries } from './queries.ts';
import { readOnlyWarning } from './read-only-warning.ts';
import { showCardinality } from './show-cardinality.ts';
import { showFieldKeys } from './show-field-keys.ts';
import { showMeasurements } from './show-measurements.ts';
import { showSeries } from './show-series.ts';
import { showTagKeys, showTagValues } from './show-tags.ts';
import { dropShard, showShardGroups, showShards } from './shards.ts';
import { showDiagnostics, showStats } from './statistics.ts';
import { createSubscription, dropSubscription, showSubscriptions } from './subscriptions.ts';
import * as users from './users.ts';

export type PlainStatement = Exclude<Statement, { kind: 'select' | 'explain' }>;

/** Throws a WeirError when the statement fails. What it changes is durable once this resolves. */
export async function executeStatement(statement: PlainStatement, context: QueryContext): Promise<Answer> {
  const answer = await dispatch(statement, context);
  if (!context.readOnly || !WRITING.has(statement.kind)) return answer;
  return { ...answer, messages: [{ level: 'warning', text: readOnlyWarning(statement, context) }] };
}

/** Those that InfluxDB warns of: DELETE is not among them. */
const WRITING: ReadonlySet<StatementKind> = new Set<StatementKind>([
  'adopt continuous queries',
  'alter ladder',
  'alter retention policy',
  'create continuous query',
  'create database',
  'create ladder',
  'create retention policy',
  'create subscription',
  'create user',
  'drop continuous query',
  'drop database',
  'drop ladder',
  'drop measurement',
  'drop retention policy',
  'drop series',
  'drop shard',
  'drop subscription',
  'drop user',
  'grant',
  'grant all privileges',
  'kill query',
  'revoke',
  'revoke all privileges',
  'set password',
]);

async function dispatch(statement: PlainStatement, context: QueryContext): Promise<Answer> {
  switch (statement.kind) {
    case 'show databases':
      return databases.showDatabases(context);
    case 'show retention policies':
      return databases.showRetentionPolicies(statement, context);
    case 'show measurements':
      return showMeasurements(statement, context);
    case 'show series':
      return showSeries(statement, context);
    case 'show tag keys':
      return showTagKeys(statement, context);
    case 'show tag values':
      return showTagValues(statement, context);
    case 'show field keys':
      return showFieldKeys(statement, context);
    case 'show series cardinality':
    case 'show measurement cardinality':
    case 'show tag key cardinality':
    case 'show field key cardinality':
    case 'show tag values cardinality':
      return showCardinality(statement, context);
    case 'create database':
      return databases.createDatabase(statement, context);
    case 'drop database':
      return databases.dropDatabase(statement, context);
    case 'create retention policy':
      return databases.createRetentionPolicy(statement, context);
    case 'alter retention policy':
      return databases.alterRetentionPolicy(statement, context);
    case 'drop retention policy':
      return databases.dropRetentionPolicy(statement, context);
    case 'delete':
      return deletePoints(statement, context);
    case 'drop series':
      return dropSeries(statement, context);
    case 'drop measurement':
      return dropMeasurement(statement, context);
    case 'show shards':
      return showShards(context);
    case 'show shard groups':
      return showShardGroups(context);
    case 'drop shard':
      return dropShard(statement, context);
    case 'show queries':
      return showQueries(context);
    case 'kill query':
      return killQuery(statement, context);
    case 'show stats':
      return showStats(statement, context);
    case 'show diagnostics':
      return showDiagnostics(statement, context);
    case 'create continuous query':
      return createContinuousQuery(statement, context);
    case 'drop continuous query':
      return dropContinuousQuery(statement, context);
    case 'show continuous queries':
      return showContinuousQueries(context);
    case 'create ladder':
      return createLadder(statement, context);
    case 'alter ladder':
      return alterLadder(statement, context);
    case 'drop ladder':
      return dropLadder(statement, context);
    case 'adopt continuous queries':
      return adoptQueries(statement, context);
    case 'explain ladder':
      return explainLadder(statement, context);
    case 'show ladders':
      return showLadders(statement, context);
    case 'show ladder status':
      return showLadderStatus(statement, context);
    case 'create subscription':
      return createSubscription(statement, context);
    case 'drop subscription':
      return dropSubscription(statement, context);
    case 'show subscriptions':
      return showSubscriptions(context);
    case 'create user':
      return users.createUser(statement, context);
    case 'drop user':
      return users.dropUser(statement, context);
    case 'set password':
      return users.setPassword(statement, context);
    case 'grant':
      return users.grant(statement, context);
    case 'revoke':
      return users.revoke(statement, context);
    case 'grant all privileges':
    case 'revoke all privileges':
      return users.setAdmin(statement, context);
    case 'show users':
      return users.showUsers(context);
    case 'show grants':
      return users.showGrants(statement, context);
  }
}
