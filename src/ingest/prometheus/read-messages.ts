// Prometheus' remote read: what is asked, and the answer.
//
//     ReadRequest  { 1: Query { 1: start ms, 2: end ms, 3: LabelMatcher { 1: type, 2: name, 3: value } … } … }
//     ReadResponse { 1: QueryResult { 1: TimeSeries { 1: Label { 1: name, 2: value } …, 2: Sample { 1: value, 2: ms } … } … } … }
import { WeirError } from '../../base/index.ts';
import { BYTES, VARINT, WireReader, WireWriter } from './wire.ts';

export interface LabelMatcher {
  /** Regular expressions stand for the whole value. */
  readonly type: '=' | '!=' | '=~' | '!~';
  readonly name: string;
  readonly value: string;
}

export interface PrometheusQuery {
  readonly startMs: number;
  /** Inclusive. */
  readonly endMs: number;
  readonly matchers: readonly LabelMatcher[];
}

const TYPES: readonly LabelMatcher['type'][] = ['=', '!=', '=~', '!~'];

/** Throws `invalid`. */
export function readReadRequest(bytes: Buffer): readonly PrometheusQuery[] {
  const queries: PrometheusQuery[] = [];
  const request = new WireReader(bytes);
  while (request.next()) {
    if (request.field !== 1 || request.kind !== BYTES) request.skip();
    else {
      const start = request.span();
      queries.push(readQuery(new WireReader(bytes, start, request.position)));
    }
  }
  return queries;
}

function readQuery(query: WireReader): PrometheusQuery {
  let startMs = 0;
  let endMs = 0;
  const matchers: LabelMatcher[] = [];
  while (query.next()) {
    if (query.field === 1 && query.kind === VARINT) startMs = query.varint();
    else if (query.field === 2 && query.kind === VARINT) endMs = query.varint();
    else if (query.field === 3 && query.kind === BYTES) {
      const start = query.span();
      matchers.push(readMatcher(new WireReader(query.bytes, start, query.position)));
    } else query.skip();
  }
  return { startMs, endMs, matchers };
}

function readMatcher(matcher: WireReader): LabelMatcher {
  let typeNumber = 0;
  let name = '';
  let value = '';
  while (matcher.next()) {
    if (matcher.field === 1 && matcher.kind === VARINT) typeNumber = matcher.varint();
    else if (matcher.field === 2 && matcher.kind === BYTES) name = matcher.text();
    else if (matcher.field === 3 && matcher.kind === BYTES) value = matcher.text();
    else matcher.skip();
  }
  const type = TYPES[typeNumber];
  if (type === undefined) throw new WeirError('invalid', `unknown match type ${typeNumber}`);
  return { type, name, value };
}

/** Puts a response together, query after query, series after series. */
export class ReadResponse {
  readonly #maxBytes: number;
  readonly #results: Uint8Array[][] = [];
  readonly #series = new WireWriter();
  readonly #item = new WireWriter();
  #sizeBytes = 0;

  /** Throws `too large` when it comes to hold more. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  beginQuery(): void {
    this.#results.push([]);
  }

  /** Tags ascending by key; those without a value are left out. */
  beginSeries(tags: Iterable<readonly [key: string, value: string]>): void {
    for (const [key, value] of tags) {
      if (value === '') continue;
      this.#item.clear();
      this.#item.text(1, key);
      this.#item.text(2, value);
      this.#series.message(1, this.#item.finish());
    }
  }

  sample(value: number, timeMs: number): void {
    this.#item.clear();
    this.#item.double(1, value);
    this.#item.number(2, timeMs);
    this.#series.message(2, this.#item.finish());
    this.#check(this.#series.length);
  }

  endSeries(): void {
    const bytes = Uint8Array.from(this.#series.finish());
    this.#series.clear();
    this.#results.at(-1)?.push(bytes);
    this.#sizeBytes += bytes.length;
    this.#check(0);
  }

  finish(): Uint8Array {
    const response = new WireWriter();
    const result = new WireWriter();
    for (const series of this.#results) {
      result.clear();
      for (const each of series) result.message(1, each);
      response.message(1, result.finish());
    }
    return response.finish();
  }

  #check(unfinishedBytes: number): void {
    if (this.#sizeBytes + unfinishedBytes > this.#maxBytes) {
      throw new WeirError('too large', `the answer has more than ${this.#maxBytes} bytes`);
    }
  }
}
