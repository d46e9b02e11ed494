// Runs one statement that is not a SELECT.
import { WeirError } from '../../base/index.ts';
import { printStatement } from '../language/print-statement.ts';
import type { Statement, StatementKind } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, answerTables, NOTHING } from './answer.ts';
import * as databases from './databases.ts';
import { deletePoints, dropMeasurement, dropSeries } from './deletes.ts';
import { showCardinality } from './show-cardinality.ts';
import { killQuery, showQueries } from './queries.ts';
import { showFieldKeys } from './show-field-keys.ts';
import { showMeasurements } from './show-measurements.ts';
import { showSeries } from './show-series.ts';
import { showTagKeys, showTagValues } from './show-tags.ts';

import { showDiagnostics, showStats } from './statistics.ts';
export type PlainStatement = Exclude<Statement, { kind: 'select' | 'explain' }>;

/** Throws a WeirError when the statement fails. What it changes is durable once this resolves. */
export async function executeStatement(statement: PlainStatement, context: QueryContext): Promise<Answer> {
  const answer = await dispatch(statement, context);
  if (!context.readOnly || !WRITING.has(statement.kind)) return answer;
  return { ...answer, messages: [{ level: 'warning', text: readOnlyWarning(statement) }] };
}

/** The warning for a statement that changes something but came by GET. */
export function readOnlyWarning(statement: Statement): string {
  const text = printStatement(statement);
  return `deprecated use of '${text}' in a read only context, please use a POST request instead`;
}

/** Those that InfluxDB warns of: DELETE is not among them. */
const WRITING: ReadonlySet<StatementKind> = new Set<StatementKind>([
  'alter retention policy',
  'create continuous query',
  'create database',
  'create retention policy',
  'create subscription',
  'create user',
  'drop continuous query',
  'drop database',
  'drop measurement',
  'drop retention policy',
  'drop series',
  'drop shard',
  'drop subscription',
  'drop user',
  'grant',
  'grant all privileges',
  'revoke',
  'kill query',
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
    case 'show continuous queries':
      return showContinuousQueries(context);
    case 'show subscriptions':
      return NOTHING;
    case 'show users':
      return answerTables([{ name: '', columns: ['user', 'admin'], rows: [] }]);
    default:
      throw new WeirError('not implemented', `not implemented: ${statement.kind.toUpperCase()}`);
  }
}

/** Continuous queries, subscriptions and users cannot be made yet, so that there are none. */
function showContinuousQueries(context: QueryContext): Answer {
  const columns = ['name', 'query'];
  return answerTables(context.catalog.databases().map((database) => ({ name: database.name, columns, rows: [] })));
}
