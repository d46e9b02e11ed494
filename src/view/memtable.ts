// The recent rows of one measurement in one shard, in order of arrival, as columns on shared memory.
//
//     row            0    1    2    3    4        heads: id 4 -> row 3, id 9 -> row 4
//     seriesIds      4    9    4    4    9
//     times          0    0    5    3    5        ns from the shard's start
//     previous      -1   -1    0    2    1        chains the rows of a series, newest first
//     column "v"    …    …    …    …    …        numbers | wide | text + starts + ends, and validity
//
// Rows are only ever appended, and a row is complete before a snapshot can count it, so a reader with a row count needs no lock.
import { assert } from '../base/index.ts';
import type { BatchColumn, FieldType, MeasurementBatch } from '../model/index.ts';
import type { Seq } from '../log/index.ts';
import { grown, sharedBigInts, sharedBytes, sharedFloats, sharedInts, sharedUints } from './shared-arrays.ts';
import type { MemtableColumn, MemtableDelete, MemtableSource, SeriesDelete } from './table-snapshot.ts';
import { batchAsFloats, commonType, floatsOf } from './widen-numbers.ts';

const INITIAL_ROWS = 256;
const INITIAL_HEADS = 64;

export class Memtable {
  readonly measurement: string;
  readonly baseNs: bigint;
  #rowCount = 0;
  #times = sharedFloats(INITIAL_ROWS);
  #seriesIds = sharedInts(INITIAL_ROWS);
  #previous = sharedInts(INITIAL_ROWS);
  /** Open addressing, at most half full; -1 = empty. */
  #headIds = sharedInts(INITIAL_HEADS).fill(-1);
  #headRows = sharedInts(INITIAL_HEADS);
  #headCount = 0;
  readonly #columns = new Map<string, GrowingColumn>();
  readonly #deletes: MemtableDelete[] = [];
  /** Rows below this may be deleted: a series whose last row is there counts as new again. */
  #deletedBelow = 0;
  #minVersion: Seq = 0;

  /** `baseNs` is the start of the shard; a shard spans less than 2^53 ns. */
  constructor(measurement: string, baseNs: bigint) {
    this.measurement = measurement;
    this.baseNs = baseNs;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Seq of the first change that put rows here. */
  get minVersion(): Seq {
    return this.#minVersion;
  }

  /** Memory held, including room for growth. */
  get sizeBytes(): number {
    let size = 16 * this.#times.length + 8 * this.#headIds.length;
    for (const column of this.#columns.values()) size += column.sizeBytes;
    return size;
  }

  /** Appends a batch of this measurement and shard. Calls `onNewSeries` for each id that perhaps had no row here yet. */
  append(batch: MeasurementBatch, version: Seq, onNewSeries: (seriesId: number) => void): void {
    const start = this.#rowCount;
    const end = start + batch.rowCount;
    if (start === 0) this.#minVersion = version;
    this.#reserve(end);
    this.#seriesIds.set(batch.seriesIds.subarray(0, batch.rowCount), start);
    shiftInto(this.#times, start, batch.times, batch.rowCount, Number(batch.baseNs - this.baseNs));
    for (const column of batch.columns) this.#column(column).append(column, start, batch.rowCount, this.#times.length);
    for (const column of this.#columns.values()) column.endAt(end, this.#times.length);
    this.#chain(start, end, onNewSeries);
    this.#rowCount = end;
  }

  /** Hides the rows that are here now. */
  addDelete(deletion: SeriesDelete): void {
    this.#deletes.push({ ...deletion, beforeRow: this.#rowCount });
    this.#deletedBelow = this.#rowCount;
  }

  /** The rows as of now, for readers and for the flush. */
  source(): MemtableSource {
    const columns: MemtableColumn[] = [];
    for (const column of this.#columns.values()) columns.push(column.view());
    return {
      kind: 'memtable',
      rowCount: this.#rowCount,
      baseNs: this.baseNs,
      times: this.#times,
      seriesIds: this.#seriesIds,
      previous: this.#previous,
      headIds: this.#headIds,
      headRows: this.#headRows,
      columns,
      deletes: [...this.#deletes],
    };
  }

  #column(column: BatchColumn): GrowingColumn {
    let own = this.#columns.get(column.name);
    if (own === undefined) {
      own = new GrowingColumn(column.name, column.type, this.#times.length);
      this.#columns.set(column.name, own);
    }
    return own;
  }

  #reserve(rows: number): void {
    if (rows > this.#times.length) {
      // A snapshot walks from heads through `previous`: heads that it holds must never name rows past its arrays.
      this.#headIds = copyOf(this.#headIds);
      this.#headRows = copyOf(this.#headRows);
    }
    this.#times = grown(this.#times, rows, sharedFloats);
    this.#seriesIds = grown(this.#seriesIds, rows, sharedInts);
    this.#previous = grown(this.#previous, rows, sharedInts);
  }

  #chain(start: number, end: number, onNewSeries: (seriesId: number) => void): void {
    const ids = this.#seriesIds;
    const previous = this.#previous;
    for (let row = start; row < end; row++) {
      const id = ids[row];
      const slot = findSlot(this.#headIds, id);
      if (this.#headIds[slot] === id) {
        const before = this.#headRows[slot];
        previous[row] = before;
        this.#headRows[slot] = row;
        if (before < this.#deletedBelow) onNewSeries(id);
      } else {
        previous[row] = -1;
        this.#headRows[slot] = row;
        this.#headIds[slot] = id;
        this.#headCount++;
        if (2 * this.#headCount > this.#headIds.length) this.#growHeads();
        onNewSeries(id);
      }
    }
  }

  #growHeads(): void {
    const oldIds = this.#headIds;
    const oldRows = this.#headRows;
    const ids = sharedInts(2 * oldIds.length).fill(-1);
    const rows = sharedInts(2 * oldIds.length);
    for (let old = 0; old < oldIds.length; old++) {
      if (oldIds[old] < 0) continue;
      const slot = findSlot(ids, oldIds[old]);
      ids[slot] = oldIds[old];
      rows[slot] = oldRows[old];
    }
    this.#headIds = ids;
    this.#headRows = rows;
  }
}

function copyOf(array: Int32Array): Int32Array {
  const copy = sharedInts(array.length);
  copy.set(array);
  return copy;
}

/** The slot that holds `id`, or the empty one where it belongs. `headIds.length` is a power of two. */
export function findSlot(headIds: Int32Array, id: number): number {
  const mask = headIds.length - 1;
  let slot = Math.imul(id, 0x9e3779b1) >>> 7;
  for (slot &= mask; headIds[slot] !== id && headIds[slot] !== -1; slot = (slot + 1) & mask);
  return slot;
}

function shiftInto(target: Float64Array, at: number, source: Float64Array, count: number, shift: number): void {
  for (let row = 0; row < count; row++) target[at + row] = source[row] + shift;
}

/** One field's values. Rows that never had one read as 0 with validity 0. */
class GrowingColumn {
  readonly name: string;
  type: FieldType;
  #rowCount = 0;
  #numbers: Float64Array;
  #wide: BigInt64Array | null = null;
  #text: Uint8Array | null = null;
  #textBytes = 0;
  #starts: Uint32Array | null = null;
  #ends: Uint32Array | null = null;
  #valid: Uint8Array | null = null;

  constructor(name: string, type: FieldType, capacity: number) {
    this.name = name;
    this.type = type;
    this.#numbers = type === 'string' ? sharedFloats(0) : sharedFloats(capacity);
    if (type !== 'string') return;
    this.#text = sharedBytes(1024);
    this.#starts = sharedUints(capacity);
    this.#ends = sharedUints(capacity);
  }

  get sizeBytes(): number {
    const strings = this.#text === null || this.#starts === null ? 0 : this.#text.length + 8 * this.#starts.length;
    return 8 * this.#numbers.length + 8 * (this.#wide?.length ?? 0) + strings + (this.#valid?.length ?? 0);
  }

  append(given: BatchColumn, start: number, count: number, capacity: number): void {
    const column = given.type === this.type ? given : this.#widen(given, count);
    this.#reserve(capacity);
    this.#appendValidity(column, start, count, capacity);
    if (column.strings !== null) this.#appendStrings(column.strings, start, count, column.valid);
    else if (column.wide !== null || this.#wide !== null) this.#appendWide(column, start, count, capacity);
    else this.#numbers.set(column.numbers.subarray(0, count), start);
    this.#rowCount = start + count;
  }

  /** Numbers of two types are floats from here on; snapshots keep what they have. */
  #widen(column: BatchColumn, count: number): BatchColumn {
    assert(commonType(this.type, column.type) === 'float', 'only numbers change their type');
    if (this.#wide !== null) {
      this.#numbers = sharedFloats(this.#wide.length);
      this.#numbers.set(floatsOf(this.#wide, this.type === 'unsigned'));
      this.#wide = null;
    }
    this.type = 'float';
    return batchAsFloats(column, count);
  }

  /** Rows from the column's end to `rows` have no value. */
  endAt(rows: number, capacity: number): void {
    if (this.#rowCount === rows) return;
    this.#reserve(capacity);
    this.#needValidity(this.#rowCount, capacity);
    this.#rowCount = rows;
  }

  view(): MemtableColumn {
    return {
      name: this.name,
      type: this.type,
      numbers: this.#numbers,
      wide: this.#wide,
      text: this.#text,
      starts: this.#starts,
      ends: this.#ends,
      valid: this.#valid,
    };
  }

  #reserve(capacity: number): void {
    if (this.type === 'string') {
      this.#starts = grown(this.#starts as Uint32Array, capacity, sharedUints);
      this.#ends = grown(this.#ends as Uint32Array, capacity, sharedUints);
    } else if (this.#wide !== null) this.#wide = grown(this.#wide, capacity, sharedBigInts);
    else this.#numbers = grown(this.#numbers, capacity, sharedFloats);
    if (this.#valid !== null) this.#valid = grown(this.#valid, capacity, sharedBytes);
  }

  #appendValidity(column: BatchColumn, start: number, count: number, capacity: number): void {
    if (column.valid === null && this.#valid === null && this.#rowCount === start) return;
    const valid = this.#needValidity(this.#rowCount, capacity);
    if (column.valid === null) valid.fill(1, start, start + count);
    else valid.set(column.valid.subarray(0, count), start);
  }

  #needValidity(validRows: number, capacity: number): Uint8Array {
    this.#valid ??= sharedBytes(capacity).fill(1, 0, validRows);
    return this.#valid;
  }

  #appendStrings(
    strings: NonNullable<BatchColumn['strings']>,
    start: number,
    count: number,
    valid: Uint8Array | null,
  ): void {
    let size = this.#textBytes;
    for (let row = 0; row < count; row++) size += strings.ends[row] - strings.starts[row];
    this.#text = grown(this.#text as Uint8Array, size, sharedBytes);
    for (let row = 0; row < count; row++) {
      if (valid !== null && valid[row] === 0) continue;
      this.#text.set(strings.text.subarray(strings.starts[row], strings.ends[row]), this.#textBytes);
      (this.#starts as Uint32Array)[start + row] = this.#textBytes;
      this.#textBytes += strings.ends[row] - strings.starts[row];
      (this.#ends as Uint32Array)[start + row] = this.#textBytes;
    }
  }

  #appendWide(column: BatchColumn, start: number, count: number, capacity: number): void {
    if (this.#wide === null) {
      this.#wide = sharedBigInts(capacity);
      for (let row = 0; row < start; row++) this.#wide[row] = BigInt(this.#numbers[row]);
      this.#numbers = sharedFloats(0);
    }
    if (column.wide !== null) this.#wide.set(column.wide.subarray(0, count), start);
    else for (let row = 0; row < count; row++) this.#wide[start + row] = BigInt(column.numbers[row]);
  }
}
