// SHOW STATS and SHOW DIAGNOSTICS: what the server counts, and what it is.
import { compareStrings } from '../../base/index.ts';
import type { ShowModuleStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, answerTables } from './answer.ts';
import { settleShards } from './shards.ts';

/** A table for each row of figures, values ascending by name. */
export async function showStats({ module }: ShowModuleStatement, context: QueryContext): Promise<Answer> {
  if (module === 'indexes') return showIndexes(context);
  // Shards without a number are not among the figures.
  await settleShards(context);
  const wanted = context.statistics.statistics().filter(({ name }) => module === '' || name === module);
  const tables = wanted.map(({ name, tags, values }) => {
    const columns = Object.keys(values).toSorted(compareStrings);
    return { name, tags: sortedTags(tags), columns, rows: [columns.map((column) => values[column])] };
  });
  return answerTables(tables);
}

/** Shown only to who asks for it by name, as in InfluxDB. */
function showIndexes(context: QueryContext): Answer {
  return answerTables([{ name: 'indexes', columns: ['memoryBytes'], rows: [[context.view.status().indexBytes]] }]);
}

/** Ascending by name. */
export function showDiagnostics({ module }: ShowModuleStatement, context: QueryContext): Answer {
  const wanted = context.statistics.diagnostics().filter(({ name }) => module === '' || name === module);
  return answerTables(wanted.toSorted((a, b) => compareStrings(a.name, b.name)));
}

function sortedTags(tags: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(tags).toSorted(([a], [b]) => compareStrings(a, b));
}
