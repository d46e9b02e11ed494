// Runs through the results of a query and writes them with an encoder: a few hundred rows at a time, waiting for the reader in
// between. Holds what InfluxDB's handler decides around rows: chunks, the row limit, and what becomes of failures.
import { isWeirError } from '../../base/index.ts';
import type { ResultBatch, SeriesHeader, StatementResult } from '../../influxql/index.ts';
import type { ByteSink } from './byte-sink.ts';
import { type AnswerEncoder, UnsupportedValue } from './encoder.ts';

/** Rows that are encoded before the reader is asked again. */
const RUN_ROWS = 512;

export interface AnswerOptions {
  /** Rows in a chunk; null = one document. */
  readonly chunkSize: number | null;
  /** Of the whole unchunked answer; 0 = none. */
  readonly maxRows: number;
  readonly signal: AbortSignal;
  /** Told of failures that are bugs of ours; the answer only says `internal error`. */
  readonly onBug: (error: unknown) => void;
}

export interface AnswerSummary {
  readonly rows: number;
  /** Results that carry an error. */
  readonly failures: number;
}

/** Writes everything. Rejects only when the signal is aborted while it waits for the reader. */
export function runAnswer(
  results: AsyncIterable<StatementResult>,
  encoder: AnswerEncoder,
  sink: ByteSink,
  options: AnswerOptions,
): Promise<AnswerSummary> {
  const run = new AnswerRun(encoder, sink, options);
  return options.chunkSize === null ? run.whole(results) : run.chunks(results, options.chunkSize);
}

class AnswerRun {
  readonly #encoder: AnswerEncoder;
  readonly #sink: ByteSink;
  readonly #options: AnswerOptions;
  #rows = 0;
  #failures = 0;
  /** Rows of the open chunk. */
  #chunkRows = 0;
  #openSeries: SeriesHeader | null = null;

  constructor(encoder: AnswerEncoder, sink: ByteSink, options: AnswerOptions) {
    this.#encoder = encoder;
    this.#sink = sink;
    this.#options = options;
  }

  async whole(results: AsyncIterable<StatementResult>): Promise<AnswerSummary> {
    const encoder = this.#encoder;
    encoder.beginDocument();
    try {
      for await (const result of results) {
        encoder.beginResult(result.statementId);
        const cut = await this.#wholeResult(result);
        if (cut) break;
      }
      encoder.endDocument();
    } catch (error) {
      this.#fail(error);
    }
    return this.#summary();
  }

  /** Returns true when the row limit ends the answer. */
  async #wholeResult(result: StatementResult): Promise<boolean> {
    let error = result.error;
    let cut = false;
    try {
      for await (const batch of result.batches) {
        const same = batch.series === this.#openSeries;
        const left = this.#options.maxRows === 0 ? Number.POSITIVE_INFINITY : this.#options.maxRows - this.#rows;
        if (left === 0) {
          this.#endSeries(same && batch.rowCount > 0);
          cut = true;
          break;
        }
        if (!same) this.#beginSeries(batch.series);
        await this.#writeRows(batch, 0, Math.min(batch.rowCount, left));
        if (batch.rowCount > left) {
          this.#endSeries(true);
          cut = true;
          break;
        }
      }
    } catch (thrown) {
      if (this.#isFatal(thrown)) throw thrown;
      error = this.#textOf(thrown);
    }
    this.#endSeries(false);
    this.#endResult(result, error);
    return cut;
  }

  async chunks(results: AsyncIterable<StatementResult>, chunkSize: number): Promise<AnswerSummary> {
    try {
      for await (const result of results) await this.#resultInChunks(result, chunkSize);
    } catch (error) {
      this.#fail(error);
    }
    return this.#summary();
  }

  /** A chunk stays open until it is known whether more follows. */
  async #resultInChunks(result: StatementResult, chunkSize: number): Promise<void> {
    let error = result.error;
    this.#beginChunk(result);
    try {
      for await (const batch of result.batches) {
        if (this.#openSeries !== null && batch.series !== this.#openSeries) this.#nextChunk(result, false);
        if (this.#openSeries === null) this.#beginSeries(batch.series);
        for (let from = 0; from < batch.rowCount; ) {
          if (this.#chunkRows === chunkSize) {
            this.#nextChunk(result, true);
            this.#beginSeries(batch.series);
          }
          const to = Math.min(batch.rowCount, from + chunkSize - this.#chunkRows);
          await this.#writeRows(batch, from, to);
          from = to;
        }
      }
    } catch (thrown) {
      if (this.#isFatal(thrown)) throw thrown;
      error = this.#textOf(thrown);
      if (this.#openSeries !== null) this.#nextChunk(result, true);
    }
    this.#endSeries(false);
    this.#endResult(result, error);
    this.#encoder.endDocument();
    this.#sink.flush();
  }

  #beginChunk(result: StatementResult): void {
    this.#encoder.beginDocument();
    this.#encoder.beginResult(result.statementId);
    this.#chunkRows = 0;
  }

  /** Ends the open chunk as one that more follows, in the same series or not. */
  #nextChunk(result: StatementResult, sameSeries: boolean): void {
    this.#endSeries(sameSeries);
    this.#encoder.endResult([], true, null);
    this.#encoder.endDocument();
    this.#sink.flush();
    this.#beginChunk(result);
  }

  async #writeRows(batch: ResultBatch, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += RUN_ROWS) {
      const end = Math.min(to, at + RUN_ROWS);
      this.#encoder.rows(batch, at, end);
      this.#rows += end - at;
      this.#chunkRows += end - at;
      if (this.#sink.full) await this.#sink.drained(this.#options.signal);
    }
  }

  #beginSeries(series: SeriesHeader): void {
    this.#endSeries(false);
    this.#encoder.beginSeries(series);
    this.#openSeries = series;
  }

  #endSeries(partial: boolean): void {
    if (this.#openSeries !== null) this.#encoder.endSeries(partial);
    this.#openSeries = null;
  }

  #endResult(result: StatementResult, error: string | null): void {
    if (error !== null) this.#failures++;
    this.#encoder.endResult(result.messages, false, error);
  }

  /** Failures that are not one statement's: a value without a form, an answer too large, a reader who left. */
  #isFatal(error: unknown): boolean {
    return error instanceof UnsupportedValue || this.#sink.closed;
  }

  #fail(error: unknown): void {
    this.#failures++;
    if (this.#sink.closed) throw error;
    this.#encoder.failDocument(this.#textOf(error));
    this.#openSeries = null;
  }

  #textOf(error: unknown): string {
    if (isWeirError(error)) return error.message;
    this.#options.onBug(error);
    return 'internal error';
  }

  #summary(): AnswerSummary {
    return { rows: this.#rows, failures: this.#failures };
  }
}
