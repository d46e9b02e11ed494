// CREATE, DROP and SHOW CONTINUOUS QUERY. What is stored is the statement itself, printed with the database and policy of
// every measurement filled in, so that it goes on meaning the same when a default changes.
//
//     CREATE CONTINUOUS QUERY x ON m BEGIN SELECT mean(v) INTO agg FROM cpu … END
//     CREATE CONTINUOUS QUERY x ON m BEGIN SELECT mean(v) INTO m.raw.agg FROM m.raw.cpu … END        stored and shown
import { WeirError } from '../../base/index.ts';
import type { Measurement, SelectStatement } from '../language/ast.ts';
import { printStatement } from '../language/print-statement.ts';
import type { CreateContinuousQueryStatement, DropContinuousQueryStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';
import { qualifySelect } from './qualify-select.ts';

/**
 * Throws `not found` for a database or policy that is missing, `conflict` when another query has the name. As in InfluxDB
 * the request's database, if it names one, comes before that of ON.
 */
export async function createContinuousQuery(
  statement: CreateContinuousQueryStatement,
  context: QueryContext,
): Promise<Answer> {
  const fallback = context.database || statement.database;
  const source = qualifySelect(statement.source, fallback, context);
  requirePolicies(source, context);
  const text = printStatement({ ...statement, source });
  await context.catalog.createContinuousQuery(statement.database, statement.name, text);
  return NOTHING;
}

export async function dropContinuousQuery(
  statement: DropContinuousQueryStatement,
  context: QueryContext,
): Promise<Answer> {
  await context.catalog.dropContinuousQuery(statement.database, statement.name);
  return NOTHING;
}

/** One series a database, with or without queries. */
export function showContinuousQueries(context: QueryContext): Answer {
  const columns = ['name', 'query'];
  return answerTables(
    context.catalog.databases().map(({ name, continuousQueries }) => ({
      name,
      columns,
      rows: continuousQueries.map((query) => [query.name, query.text]),
    })),
  );
}

function requirePolicies({ target, sources }: SelectStatement, context: QueryContext): void {
  if (target !== null) requirePolicy(target, context);
  for (const source of sources) {
    if (source.kind === 'measurement') requirePolicy(source, context);
    else requirePolicies(source.statement, context);
  }
}

/** Here, and only here, InfluxDB's text names the database as well. */
function requirePolicy({ database, policy }: Measurement, { catalog }: QueryContext): void {
  if (catalog.database(database)?.policies.some(({ name }) => name === policy) === true) return;
  throw new WeirError('not found', `retention policy not found: ${database}.${policy}`);
}
