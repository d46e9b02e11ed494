// An answer on the screen, in the format that was asked for, while it comes in.
import type { AnswerResult } from './answer.ts';
import { ColumnPrinter } from './print-columns.ts';
import { CsvPrinter } from './print-csv.ts';
import { JsonPrinter } from './print-json.ts';
import type { TextOutput } from './text-output.ts';

export interface AnswerPrinter {
  /** The next result, or chunk of a result. */
  result(result: AnswerResult): Promise<void>;
  /** Writes what still waits; the error, if any, is that of the whole answer. */
  end(error: string | null): Promise<void>;
  /** Lets go of what waits, without writing it. */
  close(): void;
}

/** `format` may be anything: it is the person's word. */
export function answerPrinter(format: string, pretty: boolean, output: TextOutput): AnswerPrinter {
  switch (format) {
    case 'column':
      return new ColumnPrinter(output);
    case 'csv':
      return new CsvPrinter(output);
    case 'json':
      return new JsonPrinter(output, pretty);
    default:
      return {
        result: () => Promise.resolve(),
        end: () => output.write(`Unknown output format ${JSON.stringify(format)}.\n`),
        close: () => {},
      };
  }
}
