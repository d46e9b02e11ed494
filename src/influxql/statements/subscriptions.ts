// Subscriptions: made, dropped and shown.
import type { CreateSubscriptionStatement, DropSubscriptionStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';

const COLUMNS = ['retention_policy', 'name', 'mode', 'destinations'];

export async function createSubscription(
  statement: CreateSubscriptionStatement,
  { catalog }: QueryContext,
): Promise<Answer> {
  const { database, policy, name, mode, destinations } = statement;
  await catalog.createSubscription(database, policy, { name, mode, destinations });
  return NOTHING;
}

export async function dropSubscription(
  statement: DropSubscriptionStatement,
  { catalog }: QueryContext,
): Promise<Answer> {
  await catalog.dropSubscription(statement.database, statement.policy, statement.name);
  return NOTHING;
}

/** A series for each database that has some. */
export function showSubscriptions({ catalog }: QueryContext): Answer {
  const tables = catalog.databases().map(({ name, policies }) => ({
    name,
    columns: COLUMNS,
    rows: policies.flatMap((policy) =>
      policy.subscriptions.map((each) => [policy.name, each.name, each.mode, each.destinations]),
    ),
  }));
  return answerTables(tables.filter(({ rows }) => rows.length > 0));
}
