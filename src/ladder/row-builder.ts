// Collects closed windows as rows, and makes batches of them for a tier's bucket.
import {
  type BatchColumn,
  type FieldType,
  MAX_CHUNK_SPAN_NS,
  type MeasurementBatch,
  type PointBatch,
} from '../model/index.ts';
import type { WindowGrid } from './window-grid.ts';

type Cell = number | bigint | string;

/** One column that grows row by row; rows that it is not told of have no value. */
class ColumnBuilder {
  readonly name: string;
  readonly type: FieldType;
  #numbers: Float64Array = new Float64Array(64);
  #valid: Uint8Array = new Uint8Array(64);
  #texts: string[] | null = null;
  /** Values that are not exact as doubles, by row. */
  #wide: Map<number, bigint> | null = null;
  #end = 0;

  constructor(name: string, type: FieldType) {
    this.name = name;
    this.type = type;
    if (type === 'string') this.#texts = [];
  }

  set(row: number, value: Cell): void {
    while (row >= this.#valid.length) this.#grow();
    this.#valid[row] = 1;
    if (typeof value === 'number') this.#numbers[row] = value;
    else if (typeof value === 'bigint') (this.#wide ??= new Map()).set(row, value);
    else if (this.#texts !== null) this.#texts[row] = value;
    this.#end = row + 1;
  }

  /** The rows in `rows`; undefined when none has a value. */
  take(rows: Int32Array): BatchColumn | undefined {
    const { length } = rows;
    const valid = new Uint8Array(length);
    for (let at = 0; at < length; at++) valid[at] = rows[at] < this.#end ? this.#valid[rows[at]] : 0;
    if (!valid.includes(1)) return undefined;
    const { name, type } = this;
    const mask = valid.includes(0) ? valid : null;
    const texts = this.#texts;
    if (texts !== null) {
      const strings = joinTexts(Array.from(rows, (row, at) => (valid[at] === 0 ? '' : texts[row])));
      return { name, type, numbers: new Float64Array(0), wide: null, strings, valid: mask };
    }
    const numbers = new Float64Array(length);
    for (let at = 0; at < length; at++) if (valid[at] !== 0) numbers[at] = this.#numbers[rows[at]];
    const own = this.#wide;
    const isWide = own !== null && rows.some((row) => own.has(row));
    const wide = isWide ? BigInt64Array.from(numbers, (value, at) => own.get(rows[at]) ?? BigInt(value)) : null;
    return { name, type, numbers, wide, strings: null, valid: mask };
  }

  #grow(): void {
    const numbers = new Float64Array(2 * this.#valid.length);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const valid = new Uint8Array(numbers.length);
    valid.set(this.#valid);
    this.#valid = valid;
  }
}

function joinTexts(texts: readonly string[]): { text: Uint8Array; starts: Uint32Array; ends: Uint32Array } {
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  let at = 0;
  for (const [row, text] of texts.entries()) {
    starts[row] = at;
    at += Buffer.byteLength(text);
    ends[row] = at;
  }
  return { text: Buffer.from(texts.join('')), starts, ends };
}

/** Rows of one measurement. */
export class RowBuilder {
  readonly measurement: string;
  #seriesIds: number[] = [];
  #windows: number[] = [];
  #columns: ColumnBuilder[] = [];
  /** The same by type and name. */
  #byType = new Map<FieldType, Map<string, ColumnBuilder>>();

  constructor(measurement: string) {
    this.measurement = measurement;
  }

  get rowCount(): number {
    return this.#seriesIds.length;
  }

  /** Series and window of each row, as they came. */
  get rows(): { readonly seriesIds: readonly number[]; readonly windows: readonly number[] } {
    return { seriesIds: this.#seriesIds, windows: this.#windows };
  }

  /** Begins a row and returns its number. */
  addRow(seriesId: number, window: number): number {
    this.#windows.push(window);
    return this.#seriesIds.push(seriesId) - 1;
  }

  set(row: number, column: string, type: FieldType, value: Cell): void {
    let builder = this.#byType.get(type)?.get(column);
    if (builder === undefined) builder = this.#addColumn(column, type);
    builder.set(row, value);
  }

  #addColumn(name: string, type: FieldType): ColumnBuilder {
    let ofType = this.#byType.get(type);
    if (ofType === undefined) this.#byType.set(type, (ofType = new Map()));
    const builder = new ColumnBuilder(name, type);
    ofType.set(name, builder);
    this.#columns.push(builder);
    return builder;
  }

  /** The rows as batches of at most `maxRows` rows, each short enough in time for exact offsets. Empties the builder. */
  take(grid: WindowGrid, maxRows: number): PointBatch[] {
    const batches: PointBatch[] = [];
    let rows: number[] = [];
    let baseNs = 0n;
    let times: number[] = [];
    const flush = (): void => {
      if (rows.length > 0) batches.push({ tables: [this.#batchOf(Int32Array.from(rows), baseNs, times)] });
      rows = [];
      times = [];
    };
    for (const [row, window] of this.#windows.entries()) {
      const startNs = grid.startNs(window);
      const offset = Number(startNs - baseNs);
      if (rows.length === maxRows || (rows.length > 0 && Math.abs(offset) > MAX_CHUNK_SPAN_NS / 2)) flush();
      if (rows.length === 0) baseNs = startNs;
      rows.push(row);
      times.push(Number(startNs - baseNs));
    }
    flush();
    this.#seriesIds = [];
    this.#windows = [];
    this.#columns = [];
    this.#byType = new Map();
    return batches;
  }

  #batchOf(rows: Int32Array, baseNs: bigint, times: readonly number[]): MeasurementBatch {
    const columns = this.#columns.map((column) => column.take(rows));
    return {
      measurement: this.measurement,
      rowCount: rows.length,
      seriesIds: rows.map((row) => this.#seriesIds[row]),
      baseNs,
      times: Float64Array.from(times),
      columns: columns.filter((column) => column !== undefined),
    };
  }
}
