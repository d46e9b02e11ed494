// Answers as CSV, laid out as InfluxDB does: `name,tags,<columns>`, an empty line and a new header where the statement or the
// columns change. CSV has no place for statement errors, messages and partial flags: they are left out, as in InfluxDB.
import type { Message, ResultBatch, ResultColumn, SeriesHeader } from '../../influxql/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { type ValueColumn, isNull } from './cell.ts';
import type { AnswerEncoder } from './encoder.ts';
import { putBoolean } from './json-string.ts';
import { putAscii, putCsvNumber } from './number-text.ts';
import { type EpochUnitNs, TimeText } from './time-text.ts';

export class CsvAnswer implements AnswerEncoder {
  readonly #sink: ByteSink;
  readonly #times: TimeText;
  readonly #unitNs: number;
  #columns: readonly string[] | null = null;
  #statementId = -1;
  /** The statement whose header was printed last. */
  #headedId = -1;
  /** `name,tags` of the open series. */
  #prefix = Buffer.alloc(0);

  constructor(sink: ByteSink, epoch: EpochUnitNs) {
    this.#sink = sink;
    this.#unitNs = epoch ?? 1;
    this.#times = new TimeText(this.#unitNs);
  }

  beginDocument(): void {}

  beginResult(statementId: number): void {
    this.#statementId = statementId;
  }

  beginSeries(header: SeriesHeader): void {
    const sameColumns = this.#columns !== null && equalLists(this.#columns, header.columns);
    if (this.#headedId !== this.#statementId || !sameColumns) {
      if (this.#columns !== null) putAscii(this.#sink, '\n');
      this.#columns = header.columns;
      this.#headedId = this.#statementId;
      this.#sink.putText(`${['name', 'tags', ...header.columns].map(csvField).join(',')}\n`);
    }
    this.#prefix = Buffer.from(`${csvField(header.name)},${csvField(tagsText(header.tags))}`);
  }

  rows(batch: ResultBatch, from: number, to: number): void {
    const sink = this.#sink;
    const { columns } = batch;
    for (let row = from; row < to; row++) {
      sink.put(this.#prefix);
      for (const column of columns) {
        putAscii(sink, ',');
        this.#cell(column, row);
      }
      putAscii(sink, '\n');
    }
  }

  #cell(column: ResultColumn, row: number): void {
    if (column.kind === 'times') {
      this.#times.setBase(column.baseNs);
      this.#times.putEpoch(this.#sink, column.offsets[row], this.#unitNs);
    } else if (!isNull(column, row)) putCsvValue(this.#sink, column, row);
  }

  endSeries(_partial: boolean): void {}

  endResult(_messages: readonly Message[], _partial: boolean, _error: string | null): void {}

  endDocument(): void {}

  failDocument(error: string): void {
    this.#sink.putText(csvError(error));
  }
}

/** The body of a failed request. */
export function csvError(text: string): string {
  return `error\n${csvField(text)}\n`;
}

/** A field as Go's encoding/csv writes it. */
export function csvField(text: string): string {
  if (text === '' || !(text === '\\.' || /[,"\r\n]|^[\s\u0085]/.test(text))) return text;
  return `"${text.replaceAll('"', '""')}"`;
}

/** `k=v,k2=v2` with line protocol's escapes; tags without a value are left out. */
function tagsText(tags: SeriesHeader['tags']): string {
  const escape = (text: string): string => text.replace(/[,= ]/g, '\\$&');
  return (tags ?? [])
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${escape(key)}=${escape(value)}`)
    .join(',');
}

function putCsvValue(sink: ByteSink, column: ValueColumn, row: number): void {
  const value = column.values[row];
  if (column.kind === 'booleans') putBoolean(sink, value !== 0);
  else if (typeof value === 'number') putCsvNumber(sink, value);
  else if (typeof value === 'string') sink.putText(csvField(value));
  else if (typeof value === 'object') sink.putText(csvField((value ?? []).join()));
  else putAscii(sink, `${value}`);
}

function equalLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
