// The driver: a query's statements one after the other, each with its answer, up to the first that fails.
import { WeirError, isWeirError } from '../base/index.ts';
import type { Query, SelectStatement, Statement } from './language/ast.ts';
import type { QueryContext, ResultBatch, StatementResult } from './result.ts';
import { executeSelect } from './select/index.ts';
import { type Answer, NOTHING } from './statements/answer.ts';
import { executeStatement } from './statements/execute-statement.ts';
import { explain } from './statements/explain.ts';

/**
 * Runs the statements in order. Take all batches of a result before asking for the next one: a statement may still fail
 * while its rows are read, and what it holds is let go of when the next one is asked for, taken or not. After a failure,
 * whenever it came, the remaining statements answer `not executed`. Nothing but our own bugs is thrown while results are
 * asked for; `batches` throw what ends them.
 */
export async function* executeQuery(query: Query, context: QueryContext): AsyncGenerator<StatementResult> {
  let failed = false;
  const onFailure = (): void => {
    failed = true;
  };
  for (const [statementId, statement] of query.statements.entries()) {
    const answer = failed ? 'not executed' : await tryStatement(statement, context);
    if (typeof answer === 'string') {
      failed = true;
      yield { statementId, messages: [], error: answer, batches: NOTHING.batches };
      continue;
    }
    const batches = answer.batches[Symbol.asyncIterator]();
    try {
      yield { statementId, messages: answer.messages ?? [], error: null, batches: watched(batches, onFailure) };
    } finally {
      await batches.return?.();
    }
  }
}

/** The answer of one statement by itself. Throws what stops it. */
export async function answerStatement(statement: Statement, context: QueryContext): Promise<Answer['batches']> {
  return (await runStatement(statement, context)).batches;
}

/** The answer, or why there is none. */
async function tryStatement(statement: Statement, context: QueryContext): Promise<Answer | string> {
  try {
    return await runStatement(statement, context);
  } catch (error) {
    if (isWeirError(error)) return error.message;
    throw error;
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
function watched(batches: AsyncIterator<ResultBatch>, onFailure: () => void): AsyncIterable<ResultBatch> {
  const iterator: AsyncIterator<ResultBatch> = {
    async next() {
      try {
        return await batches.next();
      } catch (error) {
        onFailure();
        throw error;
      }
    },
    async return() {
      await batches.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
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
