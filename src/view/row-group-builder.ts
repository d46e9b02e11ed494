// Gathers the rows of one measurement, series by series, into row groups of at most ROW_GROUP_ROWS rows.
import { assert } from '../base/index.ts';
import type { ChunkColumn, FieldType, SeriesChunk } from '../model/index.ts';
import type { RowGroup, RowGroupColumn } from './block/index.ts';

export const ROW_GROUP_ROWS = 100_000;

export class RowGroupBuilder {
  readonly #measurement: string;
  readonly #originNs: bigint;
  readonly #emit: (group: RowGroup) => void;
  readonly #columns: ColumnBuilder[];
  readonly #times: Float64Array;
  readonly #capacity: number;
  #seriesIds: number[] = [];
  #runStarts: number[] = [];
  #rowCount = 0;

  /** `emit` gets each full group; its arrays are reused afterwards. Times count from `originNs`; at most `maxRows` come. */
  constructor(
    measurement: string,
    originNs: bigint,
    fields: ReadonlyMap<string, FieldType>,
    maxRows: number,
    emit: (group: RowGroup) => void,
  ) {
    this.#measurement = measurement;
    this.#originNs = originNs;
    this.#emit = emit;
    this.#capacity = Math.min(maxRows, ROW_GROUP_ROWS);
    this.#times = new Float64Array(this.#capacity);
    this.#columns = [...fields].map(([name, type]) => new ColumnBuilder(name, type, this.#capacity));
  }

  /** Appends the next rows of a series. Series come in ascending order, their chunks in order of time. */
  append(seriesId: number, chunk: SeriesChunk): void {
    for (let from = 0; from < chunk.rowCount; ) {
      const count = Math.min(chunk.rowCount - from, this.#capacity - this.#rowCount);
      this.#appendRows(seriesId, chunk, from, count);
      from += count;
      if (this.#rowCount === this.#capacity) this.flush();
    }
  }

  /** Emits what has gathered. */
  flush(): void {
    if (this.#rowCount === 0) return;
    this.#emit({
      rowCount: this.#rowCount,
      measurement: this.#measurement,
      seriesIds: Int32Array.from(this.#seriesIds),
      runStarts: Uint32Array.from([...this.#runStarts, this.#rowCount]),
      baseNs: this.#originNs,
      times: this.#times,
      versions: null,
      columns: this.#columns.filter((column) => column.hasValues).map((column) => column.finish(this.#rowCount)),
    });
    for (const column of this.#columns) column.reset();
    this.#seriesIds = [];
    this.#runStarts = [];
    this.#rowCount = 0;
  }

  #appendRows(seriesId: number, chunk: SeriesChunk, from: number, count: number): void {
    const start = this.#rowCount;
    if (this.#seriesIds.length === 0 || this.#seriesIds[this.#seriesIds.length - 1] !== seriesId) {
      this.#seriesIds.push(seriesId);
      this.#runStarts.push(start);
    }
    const shift = Number(chunk.baseNs - this.#originNs);
    for (let row = 0; row < count; row++) this.#times[start + row] = chunk.times[from + row] + shift;
    for (let at = 0; at < this.#columns.length; at++) {
      const column = chunk.columns[at];
      if (column !== null) this.#columns[at].append(column, from, count, start);
    }
    this.#rowCount = start + count;
  }
}

/** One field of the group in the making. Rows that get no value stay invalid. */
class ColumnBuilder {
  readonly #name: string;
  readonly #type: FieldType;
  readonly #numbers: Float64Array;
  #wide: BigInt64Array | null = null;
  readonly #text = new TextBuilder();
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #valid: Uint8Array;
  #count = 0;

  constructor(name: string, type: FieldType, capacity: number) {
    this.#name = name;
    this.#type = type;
    const strings = type === 'string';
    this.#numbers = new Float64Array(strings ? 0 : capacity);
    this.#starts = new Uint32Array(strings ? capacity : 0);
    this.#ends = new Uint32Array(strings ? capacity : 0);
    this.#valid = new Uint8Array(capacity);
  }

  get hasValues(): boolean {
    return this.#count > 0;
  }

  append(column: ChunkColumn, from: number, count: number, at: number): void {
    assert(column.type === this.#type, 'a field has one type within a shard');
    this.#appendValidity(column.valid, from, count, at);
    const { values } = column;
    if (values instanceof Float64Array) {
      if (this.#wide === null) this.#numbers.set(values.subarray(from, from + count), at);
      else for (let row = 0; row < count; row++) this.#wide[at + row] = BigInt(values[from + row]);
    } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      const wide = this.#widen(at);
      for (let row = 0; row < count; row++) wide[at + row] = BigInt.asIntN(64, values[from + row]);
    } else {
      for (let row = 0; row < count; row++) {
        if (column.valid !== null && column.valid[from + row] === 0) continue;
        this.#starts[at + row] = this.#text.size;
        this.#text.append(values[from + row]);
        this.#ends[at + row] = this.#text.size;
      }
    }
  }

  finish(rowCount: number): RowGroupColumn {
    return {
      name: this.#name,
      type: this.#type,
      numbers: this.#wide === null ? this.#numbers : new Float64Array(0),
      wide: this.#wide,
      strings: this.#type === 'string' ? { text: this.#text.bytes, starts: this.#starts, ends: this.#ends } : null,
      valid: this.#count === rowCount ? null : this.#valid,
    };
  }

  reset(): void {
    this.#numbers.fill(0);
    this.#starts.fill(0);
    this.#ends.fill(0);
    this.#valid.fill(0);
    this.#wide = null;
    this.#text.reset();
    this.#count = 0;
  }

  #appendValidity(valid: Uint8Array | null, from: number, count: number, at: number): void {
    if (valid === null) {
      this.#valid.fill(1, at, at + count);
      this.#count += count;
      return;
    }
    for (let row = 0; row < count; row++) {
      this.#valid[at + row] = valid[from + row];
      this.#count += valid[from + row];
    }
  }

  #widen(rowCount: number): BigInt64Array {
    if (this.#wide === null) {
      this.#wide = new BigInt64Array(this.#valid.length);
      for (let row = 0; row < rowCount; row++) this.#wide[row] = BigInt(this.#numbers[row]);
    }
    return this.#wide;
  }
}

class TextBuilder {
  #bytes = Buffer.alloc(4096);
  size = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(text: string): void {
    const most = this.size + 3 * text.length;
    if (most > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(most, 2 * this.#bytes.length));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.size += this.#bytes.write(text, this.size, 'utf8');
  }

  reset(): void {
    this.size = 0;
  }
}
