// Answers as JSON, byte for byte as InfluxDB lays them out (pretty = four spaces). Row values are written straight into the
// sink's bytes; everything around them goes through `JsonLayout`.
import type { Message, ResultBatch, ResultColumn, SeriesHeader } from '../../influxql/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { type ValueColumn, findNonFinite, isNull } from './cell.ts';
import { type AnswerEncoder, UnsupportedValue } from './encoder.ts';
import { JsonLayout } from './json-layout.ts';
import { jsonError, putBoolean, putJsonString } from './json-string.ts';
import { putAscii, putJsonNumber } from './number-text.ts';
import { type EpochUnitNs, TimeText } from './time-text.ts';

export class JsonAnswer implements AnswerEncoder {
  readonly #sink: ByteSink;
  readonly #layout: JsonLayout;
  readonly #pretty: boolean;
  readonly #times: TimeText;
  #documentAt = 0;
  /** What is open inside the document. */
  #open: 'document' | 'result' | 'series' | 'values' = 'document';
  #resultCount = 0;
  #seriesCount = 0;

  constructor(sink: ByteSink, epoch: EpochUnitNs, pretty: boolean) {
    this.#sink = sink;
    this.#layout = new JsonLayout(sink, pretty);
    this.#pretty = pretty;
    this.#times = new TimeText(epoch);
  }

  beginDocument(): void {
    this.#documentAt = this.#sink.offset;
    this.#resultCount = 0;
    this.#open = 'document';
    this.#layout.reset();
    this.#layout.open('{');
  }

  beginResult(statementId: number): void {
    const layout = this.#layout;
    if (this.#resultCount++ === 0) {
      layout.key('results');
      layout.open('[');
    }
    layout.item();
    layout.open('{');
    layout.key('statement_id');
    putAscii(this.#sink, `${statementId}`);
    this.#open = 'result';
    this.#seriesCount = 0;
  }

  beginSeries(header: SeriesHeader): void {
    const layout = this.#layout;
    if (this.#seriesCount++ === 0) {
      layout.key('series');
      layout.open('[');
    }
    layout.item();
    layout.open('{');
    if (header.name !== '') {
      layout.key('name');
      putJsonString(this.#sink, header.name);
    }
    if (header.tags !== null && header.tags.length > 0) this.#tags(header.tags);
    if (header.columns.length > 0) {
      layout.key('columns');
      layout.open('[');
      for (const column of header.columns) {
        layout.item();
        putJsonString(this.#sink, column);
      }
      layout.close(']');
    }
    this.#open = 'series';
  }

  #tags(tags: NonNullable<SeriesHeader['tags']>): void {
    const layout = this.#layout;
    layout.key('tags');
    layout.open('{');
    for (const [key, value] of tags) {
      layout.key(key);
      putJsonString(this.#sink, value);
    }
    layout.close('}');
  }

  rows(batch: ResultBatch, from: number, to: number): void {
    if (from === to) return;
    const odd = findNonFinite(batch, from, to);
    if (odd !== null) throw new UnsupportedValue(odd);
    const sink = this.#sink;
    const layout = this.#layout;
    let row = from;
    if (this.#open === 'series') {
      this.#open = 'values';
      layout.key('values');
      layout.open('[');
      layout.firstRow();
      this.#row(batch, row++);
    }
    for (; row < to; row++) {
      sink.put(layout.betweenRows);
      this.#row(batch, row);
    }
  }

  /** The inside of `[time,value,…]` and its closing bracket. */
  #row(batch: ResultBatch, row: number): void {
    const sink = this.#sink;
    const { columns } = batch;
    for (let index = 0; index < columns.length; index++) {
      if (index > 0) sink.put(this.#layout.betweenCells);
      this.#cell(columns[index], row);
    }
    sink.put(this.#layout.endOfRow);
  }

  #cell(column: ResultColumn, row: number): void {
    if (column.kind === 'times') {
      this.#times.setBase(column.baseNs);
      this.#times.put(this.#sink, column.offsets[row], column.utcOffsets);
    } else if (isNull(column, row)) putAscii(this.#sink, 'null');
    else this.#value(column, row);
  }

  #value(column: ValueColumn, row: number): void {
    const value = column.values[row];
    if (typeof value === 'object') this.#layout.cellList(value ?? []);
    else putJsonValue(this.#sink, column, row);
  }

  endSeries(partial: boolean): void {
    const layout = this.#layout;
    if (this.#open === 'values') {
      layout.lastRow();
      layout.close(']');
    }
    if (partial) this.#partial();
    layout.close('}');
    this.#open = 'result';
  }

  endResult(messages: readonly Message[], partial: boolean, error: string | null): void {
    const layout = this.#layout;
    if (this.#seriesCount > 0) layout.close(']');
    if (messages.length > 0) this.#messages(messages);
    if (partial) this.#partial();
    if (error !== null) {
      layout.key('error');
      putJsonString(this.#sink, error);
    }
    layout.close('}');
    this.#open = 'document';
  }

  #messages(messages: readonly Message[]): void {
    const layout = this.#layout;
    layout.key('messages');
    layout.open('[');
    for (const { level, text } of messages) {
      layout.item();
      layout.open('{');
      layout.key('level');
      putJsonString(this.#sink, level);
      layout.key('text');
      putJsonString(this.#sink, text);
      layout.close('}');
    }
    layout.close(']');
  }

  #partial(): void {
    this.#layout.key('partial');
    putBoolean(this.#sink, true);
  }

  endDocument(): void {
    if (this.#resultCount > 0) this.#layout.close(']');
    this.#layout.close('}');
    putAscii(this.#sink, '\n');
  }

  failDocument(error: string): void {
    if (this.#sink.rewind(this.#documentAt)) {
      this.#sink.putText(jsonError(error, this.#pretty));
      return;
    }
    if (this.#open === 'series' || this.#open === 'values') this.endSeries(true);
    if (this.#open === 'result') this.endResult([], false, error);
    this.endDocument();
  }
}

/** Appends a value that is neither null nor a list. */
function putJsonValue(sink: ByteSink, column: ValueColumn, row: number): void {
  switch (column.kind) {
    case 'numbers':
      putJsonNumber(sink, column.values[row]);
      break;
    case 'integers':
      putAscii(sink, `${column.values[row]}`);
      break;
    case 'booleans':
      putBoolean(sink, column.values[row] !== 0);
      break;
    case 'strings':
      putJsonString(sink, column.values[row]);
      break;
    case 'cells': {
      const value = column.values[row];
      if (typeof value === 'string') putJsonString(sink, value);
      else if (typeof value === 'number') putJsonNumber(sink, value);
      else if (typeof value !== 'object') putAscii(sink, `${value}`);
      break;
    }
  }
}
