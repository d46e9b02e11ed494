// Format `csv`: the columns `name` and `tags` where a series has them, then its own; a header wherever the columns change.
import { type AnswerResult, type AnswerSeries, cellText, tagTexts } from './answer.ts';
import type { AnswerPrinter } from './print-answer.ts';
import { SeriesHeaders } from './series-header.ts';
import type { TextOutput } from './text-output.ts';

export class CsvPrinter implements AnswerPrinter {
  readonly #output: TextOutput;
  readonly #headers = new SeriesHeaders();

  constructor(output: TextOutput) {
    this.#output = output;
  }

  async result(result: AnswerResult): Promise<void> {
    const continues = this.#headers.continues(result);
    for (const [index, series] of result.series.entries()) {
      await this.#output.write(seriesText(series, index > 0 || !continues));
    }
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

function seriesText(series: AnswerSeries, withHeader: boolean): string {
  const names: string[] = [];
  const values: string[] = [];
  const tags = tagTexts(series);
  if (series.name !== '') {
    names.push('name');
    values.push(csvField(series.name));
  }
  if (tags.length > 0) {
    names.push('tags');
    values.push(csvField(tags.join(',')));
  }
  const lines = withHeader ? [[...names, ...series.columns.map(csvField)].join(',')] : [];
  const prefix = values.length === 0 ? '' : `${values.join(',')},`;
  for (const row of series.rows) lines.push(prefix + row.map((cell) => csvField(cellText(cell))).join(','));
  return lines.map((line) => `${line}\n`).join('');
}

/** In quotes where a reader of CSV would not give it back otherwise. */
function csvField(text: string): string {
  if (!/[",\r\n]|^\s|^\\\.$/u.test(text)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}
