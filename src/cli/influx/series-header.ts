// When the names of the columns are printed: not for a chunk that goes on with the series before it.
import type { AnswerResult, AnswerSeries } from './answer.ts';

export class SeriesHeaders {
  #last: string | null = null;

  /** Whether the result's first series has the header that was printed last, which then is not printed again. */
  continues({ series }: AnswerResult): boolean {
    if (series.length === 0) return false;
    const header = headerKey(series[0]);
    const same = header === this.#last;
    this.#last = header;
    return same;
  }
}

function headerKey({ name, tags, columns }: AnswerSeries): string {
  return JSON.stringify([name, tags, columns]);
}
