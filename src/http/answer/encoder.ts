// What every answer format can do. `run-answer.ts` drives it:
//
//     beginDocument ( beginResult ( beginSeries rows* endSeries )* endResult )* endDocument
//
// A document is the whole answer, or with chunked=true one run of rows of one series.
import { WeirError } from '../../base/index.ts';
import type { Message, ResultBatch, SeriesHeader } from '../../influxql/index.ts';

export interface AnswerEncoder {
  beginDocument(): void;
  beginResult(statementId: number): void;
  beginSeries(header: SeriesHeader): void;
  /** Rows [from, to) of a batch. Throws `invalid` before the first of them when one has no form in this format. */
  rows(batch: ResultBatch, from: number, to: number): void;
  endSeries(partial: boolean): void;
  endResult(messages: readonly Message[], partial: boolean, error: string | null): void;
  endDocument(): void;
  /** Ends the open document as an error: in its place where none of it has left, else at its end. */
  failDocument(error: string): void;
}

/** A value that the format cannot carry: the whole answer becomes this error, as in InfluxDB. */
export class UnsupportedValue extends WeirError {
  constructor(value: string) {
    super('invalid', `json: unsupported value: ${value}`);
    this.name = 'UnsupportedValue';
  }
}
