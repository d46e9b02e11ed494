// Sections 0 and 1 of the index: which rows are whose, and where pages and row groups begin.
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type PackedTimes, packNumbers, packTimes, unpackNumbers, unpackTimes } from './packed-numbers.ts';

/** Grows by doubling: a block may have a million series. */
export class GrowingTimes {
  #values = new BigInt64Array(1024);
  #length = 0;

  push(value: bigint): void {
    if (this.#length === this.#values.length) {
      const grown = new BigInt64Array(2 * this.#length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  last(): bigint {
    return this.#values[this.#length - 1];
  }

  setLast(value: bigint): void {
    this.#values[this.#length - 1] = value;
  }

  written(): BigInt64Array {
    return this.#values.subarray(0, this.#length);
  }
}

export class GrowingNumbers {
  #values = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
  }

  last(): number {
    return this.#values[this.length - 1];
  }

  addToLast(value: number): void {
    this.#values[this.length - 1] += value;
  }

  written(): Float64Array {
    return this.#values.subarray(0, this.length);
  }
}

export interface SeriesRows {
  readonly ids: Int32Array;
  /** Rows of series i are [rowStarts[i], rowStarts[i + 1]). */
  readonly rowStarts: Uint32Array;
  readonly minTimes: PackedTimes;
  readonly maxTimes: PackedTimes;
}

export function packSeries(
  ids: Float64Array,
  rowCounts: Float64Array,
  minTimes: BigInt64Array,
  maxTimes: BigInt64Array,
): Uint8Array {
  const out = new ByteWriter(16 * ids.length + 64);
  packNumbers(
    out,
    ids.map((id, i) => (i === 0 ? id : id - ids[i - 1])),
  );
  packNumbers(out, rowCounts);
  packTimes(out, minTimes);
  packTimes(out, maxTimes);
  return out.written();
}

export function unpackSeries(bytes: Uint8Array, count: number): SeriesRows {
  const reader = new ByteReader(bytes);
  const ids = Int32Array.from(unpackNumbers(reader, count));
  for (let i = 1; i < count; i++) ids[i] += ids[i - 1];
  const rowStarts = startsOf(unpackNumbers(reader, count));
  return { ids, rowStarts, minTimes: unpackTimes(reader, count), maxTimes: unpackTimes(reader, count) };
}

/** Pages and row groups of the whole block. */
export interface PageRowsTable {
  readonly pageStarts: Uint32Array;
  readonly pageMinTimes: BigInt64Array;
  readonly pageMaxTimes: BigInt64Array;
  /** Page and series at which row group g begins, and times of its first and last row. */
  readonly groupPages: Float64Array;
  readonly groupSeries: Float64Array;
  /** Row at which it begins: that of its first page. */
  readonly groupRows: Float64Array;
  readonly groupFirstTimes: PackedTimes;
  readonly groupLastTimes: PackedTimes;
}

export interface PageRowsInput {
  readonly pageRowCounts: Float64Array;
  readonly pageMinTimes: BigInt64Array;
  readonly pageMaxTimes: BigInt64Array;
  readonly groupPages: Float64Array;
  readonly groupSeries: Float64Array;
  readonly groupFirstTimes: BigInt64Array;
  readonly groupLastTimes: BigInt64Array;
}

export function packPages(input: PageRowsInput): Uint8Array {
  const out = new ByteWriter();
  packNumbers(out, input.pageRowCounts);
  packTimes(out, input.pageMinTimes);
  packTimes(out, input.pageMaxTimes);
  packNumbers(out, input.groupPages);
  packNumbers(out, input.groupSeries);
  packTimes(out, input.groupFirstTimes);
  packTimes(out, input.groupLastTimes);
  return out.written();
}

export function unpackPages(bytes: Uint8Array, pages: number, groups: number): PageRowsTable {
  const reader = new ByteReader(bytes);
  const pageStarts = startsOf(unpackNumbers(reader, pages));
  const pageMinTimes = toTimes(unpackTimes(reader, pages));
  const pageMaxTimes = toTimes(unpackTimes(reader, pages));
  const groupPages = unpackNumbers(reader, groups);
  return {
    pageStarts,
    pageMinTimes,
    pageMaxTimes,
    groupPages,
    groupRows: groupPages.map((page) => pageStarts[page]),
    groupSeries: unpackNumbers(reader, groups),
    groupFirstTimes: unpackTimes(reader, groups),
    groupLastTimes: unpackTimes(reader, groups),
  };
}

function startsOf(counts: Float64Array): Uint32Array {
  const starts = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) starts[i + 1] = starts[i] + counts[i];
  return starts;
}

function toTimes({ baseNs, offsets, wide }: PackedTimes): BigInt64Array {
  return offsets === null ? wide! : BigInt64Array.from(offsets, (offset) => baseNs + BigInt(offset));
}
