import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import type { Query } from '../language/ast.ts';
import type { QueryContext, StatementResult } from '../result.ts';
import { runScript } from '../testing/script.ts';
import { executeStatement, type PlainStatement } from './execute-statement.ts';

async function* execute(query: Query, context: QueryContext): AsyncGenerator<StatementResult> {
  for (const [statementId, statement] of query.statements.entries()) {
    try {
      const answer = await executeStatement(statement as PlainStatement, context);
      yield { statementId, messages: answer.messages ?? [], error: null, batches: answer.batches };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      yield { statementId, messages: [], error: error.message, batches: (async function* () {})() };
    }
  }
}

const directory = join(import.meta.dirname, 'scripts');
for (const file of await readdir(directory)) {
  void test(`script ${file}`, async () => {
    await runScript(file, await readFile(join(directory, file), 'utf8'), execute);
  });
}
