// Questions with short answers: what a shell or an export has to know about a server.
import { WeirError } from '../../base/index.ts';
import { type AnswerDocument, type AnswerSeries, cellText, firstError } from './answer.ts';
import type { RequestParameters } from './influx-client.ts';

/** Whatever answers queries as a 1.x server does. */
export interface QuerySource {
  query(text: string, parameters: RequestParameters): AsyncIterable<AnswerDocument>;
}

/** The series of all statements, in order. Rejects with `invalid` and the server's text when one fails. */
export async function ask(
  source: QuerySource,
  query: string,
  database = '',
  parameters: RequestParameters = {},
): Promise<readonly AnswerSeries[]> {
  const series: AnswerSeries[] = [];
  for await (const document of source.query(query, { ...parameters, db: database })) {
    const error = firstError(document);
    if (error !== null) throw new WeirError('invalid', error);
    for (const result of document.results) series.push(...result.series);
  }
  return series;
}

/** The cells of one column, as text. Empty when there is no such column. */
export function columnTexts({ columns, rows }: AnswerSeries, name: string): readonly string[] {
  const column = columns.indexOf(name);
  return column < 0 ? [] : rows.map((row) => cellText(row[column]));
}

/** A name as it stands in a query: `"a \"b\""`. */
export function quoteName(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
