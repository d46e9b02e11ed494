// Format `column`: a header over aligned rows, an empty line between series.
//
//     name: cpu
//     tags: host=a
//     time usage
//     ---- -----
//     10   0.5
import { AlignedText } from './aligned-text.ts';
import { type AnswerResult, type AnswerSeries, cellText, tagTexts } from './answer.ts';
import type { AnswerPrinter } from './print-answer.ts';
import { SeriesHeaders } from './series-header.ts';
import type { TextOutput } from './text-output.ts';

export class ColumnPrinter implements AnswerPrinter {
  readonly #text: AlignedText;
  readonly #headers = new SeriesHeaders();
  #isFirst = true;

  constructor(output: TextOutput) {
    this.#text = new AlignedText(output);
  }

  async result(result: AnswerResult): Promise<void> {
    const continues = this.#headers.continues(result);
    for (const { level, text } of result.messages) await this.#text.lines([`${level}: ${text}.`]);
    if (!continues && !this.#isFirst) await this.#text.lines(['']);
    this.#isFirst = false;
    for (const [index, series] of result.series.entries()) {
      if (index > 0) await this.#text.lines(['']);
      if (index > 0 || !continues) await this.#text.lines(headerLines(series));
      await this.#text.lines(series.rows.map((row) => row.map(cellText).join('\t')));
    }
  }

  end(): Promise<void> {
    return this.#text.flush();
  }

  close(): void {
    this.#text.close();
  }
}

function headerLines(series: AnswerSeries): readonly string[] {
  const lines: string[] = [];
  const tags = tagTexts(series);
  if (series.name !== '') lines.push(`name: ${series.name}`);
  if (tags.length > 0) lines.push(`tags: ${tags.join(', ')}`);
  lines.push(series.columns.join('\t'));
  // As many dashes as the name has bytes.
  lines.push(series.columns.map((name) => '-'.repeat(Buffer.byteLength(name))).join('\t'));
  return lines;
}
