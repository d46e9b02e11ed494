// What InfluxDB says to whoever changes something by GET.
import { printStatement } from '../language/print-statement.ts';
import type { Statement } from '../language/statement.ts';

/** The warning for a statement that changes something but came by GET. */
export function readOnlyWarning(statement: Statement): string {
  const text = printStatement(statement);
  return `deprecated use of '${text}' in a read only context, please use a POST request instead`;
}
