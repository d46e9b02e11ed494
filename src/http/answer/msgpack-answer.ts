// Answers as MessagePack. Its arrays say their length in front, so rows of an open series are kept as encoded values and the
// document is put together at its end; `maxBytes` bounds what may gather (chunked answers gather one chunk).
// Times are extension type 5: int64 seconds and int32 nanoseconds, big endian; integers of the epoch unit where one is asked for.
import { WeirError } from '../../base/index.ts';
import type { Message, ResultBatch, ResultColumn, SeriesHeader } from '../../influxql/index.ts';
import { type ByteBuffer, GrowingBytes } from './byte-buffer.ts';
import { cellAt } from './cell.ts';
import type { AnswerEncoder } from './encoder.ts';
import { putArray, putMap, putMsgpack, putMsgpackTime, putMsgpackText } from './msgpack-value.ts';
import { type EpochUnitNs, TimeText } from './time-text.ts';

/** A whole answer beyond this is refused with a hint to ask for chunks. */
const MAX_GATHERED_BYTES = 64 * 1024 * 1024;

interface SeriesDraft {
  readonly header: SeriesHeader;
  rowCount: number;
  readonly values: GrowingBytes;
}

export class MsgpackAnswer implements AnswerEncoder {
  readonly #sink: ByteBuffer;
  readonly #epoch: EpochUnitNs;
  readonly #times: TimeText;
  readonly #maxBytes: number;
  #results = new GrowingBytes();
  #resultCount = 0;
  #statementId = 0;
  #series = new GrowingBytes();
  #seriesCount = 0;
  #draft: SeriesDraft | null = null;

  constructor(sink: ByteBuffer, epoch: EpochUnitNs, maxBytes = MAX_GATHERED_BYTES) {
    this.#sink = sink;
    this.#epoch = epoch;
    this.#times = new TimeText(epoch);
    this.#maxBytes = maxBytes;
  }

  beginDocument(): void {
    this.#results = new GrowingBytes();
    this.#resultCount = 0;
    this.#draft = null;
  }

  beginResult(statementId: number): void {
    this.#statementId = statementId;
    this.#series = new GrowingBytes();
    this.#seriesCount = 0;
    this.#resultCount++;
  }

  beginSeries(header: SeriesHeader): void {
    this.#seriesCount++;
    this.#draft = { header, rowCount: 0, values: new GrowingBytes() };
  }

  rows(batch: ResultBatch, from: number, to: number): void {
    const draft = this.#draft;
    if (draft === null) return;
    const sink = draft.values;
    for (let row = from; row < to; row++) {
      putArray(sink, batch.columns.length);
      for (const column of batch.columns) this.#cell(sink, column, row);
    }
    draft.rowCount += to - from;
    const gathered = this.#results.at + this.#series.at + draft.values.at;
    if (gathered > this.#maxBytes) {
      throw new WeirError('too large', `answer over ${this.#maxBytes} bytes: ask for it with chunked=true`);
    }
  }

  #cell(sink: ByteBuffer, column: ResultColumn, row: number): void {
    if (column.kind !== 'times') {
      const value = cellAt(column, row);
      putMsgpack(sink, value);
      return;
    }
    this.#times.setBase(column.baseNs);
    const offset = column.offsets[row];
    if (this.#epoch === null) {
      this.#times.split(offset);
      putMsgpackTime(sink, this.#times.seconds, this.#times.nanos);
    } else putMsgpack(sink, (column.baseNs + BigInt(offset)) / BigInt(this.#epoch));
  }

  endSeries(partial: boolean): void {
    const draft = this.#draft;
    if (draft === null) return;
    const { name, tags, columns } = draft.header;
    const sink = this.#series;
    const tagCount = tags?.length ?? 0;
    putMap(sink, 2 + (name === '' ? 0 : 1) + (tagCount === 0 ? 0 : 1) + (partial ? 1 : 0));
    if (name !== '') putMember(sink, 'name', name);
    if (tags !== null && tagCount > 0) {
      putMsgpackText(sink, 'tags');
      putMap(sink, tagCount);
      for (const [key, value] of tags) putMember(sink, key, value);
    }
    putMsgpackText(sink, 'columns');
    putArray(sink, columns.length);
    for (const column of columns) putMsgpackText(sink, column);
    putMsgpackText(sink, 'values');
    putArray(sink, draft.rowCount);
    sink.put(draft.values.written());
    if (partial) putMember(sink, 'partial', true);
    this.#draft = null;
  }

  endResult(messages: readonly Message[], partial: boolean, error: string | null): void {
    const sink = this.#results;
    if (error !== null) {
      putMap(sink, 1);
      putMember(sink, 'error', error);
      return;
    }
    putMap(sink, 2 + (messages.length > 0 ? 1 : 0) + (partial ? 1 : 0));
    putMember(sink, 'statement_id', BigInt(this.#statementId));
    if (messages.length > 0) {
      putMsgpackText(sink, 'messages');
      putArray(sink, messages.length);
      for (const { level, text } of messages) {
        putMap(sink, 2);
        putMember(sink, 'level', level);
        putMember(sink, 'text', text);
      }
    }
    putMsgpackText(sink, 'series');
    putArray(sink, this.#seriesCount);
    sink.put(this.#series.written());
    if (partial) putMember(sink, 'partial', true);
  }

  endDocument(): void {
    putMap(this.#sink, 1);
    putMsgpackText(this.#sink, 'results');
    putArray(this.#sink, this.#resultCount);
    this.#sink.put(this.#results.written());
  }

  failDocument(error: string): void {
    this.#sink.put(msgpackError(error));
  }
}

/** `{"error": text}`: the body of a failed request. */
export function msgpackError(text: string): Buffer {
  const body = new GrowingBytes();
  putMap(body, 1);
  putMember(body, 'error', text);
  return body.written();
}

function putMember(sink: ByteBuffer, key: string, value: string | bigint | boolean): void {
  putMsgpackText(sink, key);
  putMsgpack(sink, value);
}
