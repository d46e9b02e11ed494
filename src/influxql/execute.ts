// The driver: a query's statements one after the other, each with its answer, up to the first that fails.
import { WeirError, isWeirError } from '../base/index.ts';
import type { Query, SelectStatement, Statement } from './language/ast.ts';
import type { QueryContext, ResultBatch, StatementResult } from './result.ts';
import { executeSelect } from './select/index.ts';
import type { Answer } from './statements/answer.ts';
import { executeStatement } from './statements/execute-statement.ts';
import { explain } from './statements/explain.ts';

/**
 * Runs the statements in order. Take all batches of a result before asking for the next one: a statement may still fail
 * while its rows are read. After a failure, whenever it came, the remaining statements answer `not executed`.
 * Nothing but our own bugs is thrown while results are asked for; `batches` throw what ends them.
 */
export async function* executeQuery(query: Query, context: QueryContext): AsyncGenerator<StatementResult> {
  let failed = false;
  const onFailure = (): void => {
    failed = true;
  };
  for (const [statementId, statement] of query.statements.entries()) {
    if (failed) {
      yield failure(statementId, 'not executed');
      continue;
    }
    try {
      const answer = await runStatement(statement, context);
      const batches = watched(answer.batches, onFailure);
      yield { statementId, messages: answer.messages ?? [], error: null, batches };
    } catch (error) {
      if (!isWeirError(error)) throw error;
      failed = true;
      yield failure(statementId, error.message);
    }
  }
}

async function runStatement(statement: Statement, context: QueryContext): Promise<Answer> {
  context.signal.throwIfAborted();
  switch (statement.kind) {
    case 'select':
      refuseSystemSources(statement);
      return executeSelect(statement, context);
    case 'explain':
      return explain(statement, context);
    default:
      return executeStatement(statement, context);
  }
}

/** The batches as they are; `onFailure` hears when they end with an error. */
async function* watched(batches: AsyncIterable<ResultBatch>, onFailure: () => void): AsyncGenerator<ResultBatch> {
  try {
    yield* batches;
  } catch (error) {
    onFailure();
    throw error;
  }
}

function failure(statementId: number, error: string): StatementResult {
  return { statementId, messages: [], error, batches: (async function* () {})() };
}

/** Names that InfluxDB keeps to itself, with what to use instead. */
const SYSTEM_SOURCES: ReadonlyMap<string, string> = new Map([
  ['_fieldKeys', 'SHOW FIELD KEYS'],
  ['_measurements', 'SHOW MEASUREMENTS'],
  ['_name', 'the appropriate meta command'],
  ['_series', 'SHOW SERIES'],
  ['_tagKey', 'the appropriate meta command'],
  ['_tagKeys', 'SHOW TAG KEYS'],
  ['_tags', 'SHOW TAG VALUES'],
]);

function refuseSystemSources(statement: SelectStatement): void {
  for (const source of statement.sources) {
    const command = source.kind === 'measurement' ? SYSTEM_SOURCES.get(source.name) : undefined;
    if (source.kind !== 'measurement' || command === undefined) continue;
    throw new WeirError('invalid', `unable to use system source '${source.name}': use ${command} instead`);
  }
}
