// The database and policy of every measurement of a SELECT filled in.
//
//     SELECT mean(v) INTO agg FROM cpu      –>      SELECT mean(v) INTO m.raw.agg FROM m.raw.cpu
import { WeirError } from '../../base/index.ts';
import type { Measurement, SelectStatement, Source } from '../language/ast.ts';
import type { QueryContext } from '../result.ts';

/**
 * The database of a measurement that names none is `fallback`. Throws `not found` for a database that is missing and for one
 * without a default policy, of the target first.
 */
export function qualifySelect(select: SelectStatement, fallback: string, context: QueryContext): SelectStatement {
  return {
    ...select,
    target: select.target === null ? null : qualify(select.target, fallback, context),
    sources: select.sources.map((source): Source => {
      if (source.kind === 'measurement') return qualify(source, fallback, context);
      return { ...source, statement: qualifySelect(source.statement, fallback, context) };
    }),
  };
}

function qualify(measurement: Measurement, fallback: string, context: QueryContext): Measurement {
  const name = measurement.database || fallback;
  const database = context.catalog.database(name);
  if (database === undefined) throw new WeirError('not found', `database not found: ${name}`);
  const policy = measurement.policy || context.policy || database.defaultPolicy;
  if (policy === '') throw new WeirError('not found', `default retention policy not set for: ${name}`);
  return { ...measurement, database: name, policy };
}
