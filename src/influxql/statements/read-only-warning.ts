// What InfluxDB says to whoever changes something by GET.
import { printStatement } from '../language/print-statement.ts';
import type { Statement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { qualifySelect } from './qualify-select.ts';

/**
 * The warning for a statement that changes something but came by GET, with the names it was run with. Throws `not found` for
 * a SELECT of a database or default policy that is missing.
 */
export function readOnlyWarning(statement: Statement, context: QueryContext): string {
  const text = printStatement(qualify(statement, context));
  return `deprecated use of '${text}' in a read only context, please use a POST request instead`;
}

function qualify(statement: Statement, context: QueryContext): Statement {
  if (statement.kind === 'select') return qualifySelect(statement, context.database ?? '', context);
  if (statement.kind !== 'create continuous query') return statement;
  const source = qualifySelect(statement.source, context.database || statement.database, context);
  return { ...statement, source };
}
