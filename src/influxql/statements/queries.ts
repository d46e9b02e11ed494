// SHOW QUERIES and KILL QUERY: what runs now, and how to end it.
import { formatGoDuration } from '../../model/index.ts';
import type { KillQueryStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';

export function showQueries({ queries }: QueryContext): Answer {
  const rows = queries
    .list()
    .map(({ id, text, database, durationMs, status }) => [id, text, database, roughDuration(durationMs), status]);
  return answerTables([{ name: '', columns: ['qid', 'query', 'database', 'duration', 'status'], rows }]);
}

/** One machine has no others: what stands after ON is heeded by clusters only, in InfluxDB as well. */
export function killQuery({ id }: KillQueryStatement, { queries }: QueryContext): Answer {
  queries.kill(id);
  return NOTHING;
}

/** Cut to whole seconds, milliseconds or microseconds, whichever is the largest that it has. */
function roughDuration(ms: number): string {
  const ns = BigInt(Math.floor(ms * 1e6));
  const unit = [1_000_000_000n, 1_000_000n, 1_000n].find((candidate) => ns >= candidate) ?? 1n;
  return formatGoDuration(ns - (ns % unit));
}
