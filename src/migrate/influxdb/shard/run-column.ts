// A column of a batch under construction, filled a run at a time.
import type { BatchColumn, FieldType, StringColumn } from '../../../model/index.ts';
import type { BlockValues } from '../block/block.ts';

const NO_NUMBERS = new Float64Array(0);

export class RunColumn {
  readonly name: string;
  readonly type: FieldType;
  #numbers = NO_NUMBERS;
  #wide: BigInt64Array | null = null;
  #starts = new Uint32Array(0);
  #ends = new Uint32Array(0);
  #text: Uint8Array = new Uint8Array(0);
  #textLength = 0;
  /** Null while every row below `filled` has a value. */
  #valid: Uint8Array | null = null;
  /** Rows from here on have no value yet. */
  #filled = 0;

  constructor(name: string, type: FieldType) {
    this.name = name;
    this.type = type;
  }

  /** Bytes of strings so far. */
  get textBytes(): number {
    return this.#textLength;
  }

  /**
   * Puts values to rows [from, to): value i to row `from + rows[i]`, or with null one value a row. `capacity` is how many
   * rows there is room for, `to` at least.
   */
  put(values: BlockValues, rows: Int32Array | null, from: number, to: number, capacity: number): void {
    this.#reserve(capacity);
    if (rows !== null || this.#filled < from) this.#markGaps(capacity);
    if (values.strings !== null) this.#putStrings(values.strings, rows, from);
    else this.#putNumbers(values, rows, from);
    if (this.#valid !== null) {
      if (rows === null) this.#valid.fill(1, from, to);
      else for (const row of rows) this.#valid[from + row] = 1;
    }
    this.#filled = to;
  }

  /** The column of a batch of so many rows. The builder must not be used afterwards. */
  finish(rowCount: number): BatchColumn {
    this.#reserve(rowCount);
    if (this.#filled < rowCount) this.#markGaps(rowCount);
    const isString = this.type === 'string';
    const text = this.#text.subarray(0, this.#textLength);
    return {
      name: this.name,
      type: this.type,
      numbers: this.#numbers,
      wide: this.#wide,
      strings: isString ? { text, starts: this.#starts, ends: this.#ends } : null,
      valid: this.#valid,
    };
  }

  #reserve(capacity: number): void {
    if (this.type === 'string') {
      if (capacity <= this.#starts.length) return;
      this.#starts = copyInto(new Uint32Array(capacity), this.#starts);
      this.#ends = copyInto(new Uint32Array(capacity), this.#ends);
    } else {
      if (capacity <= this.#numbers.length) return;
      this.#numbers = copyInto(new Float64Array(capacity), this.#numbers);
      if (this.#wide !== null) this.#wide = copyInto(new BigInt64Array(capacity), this.#wide);
    }
    if (this.#valid !== null) this.#valid = copyInto(new Uint8Array(capacity), this.#valid);
  }

  #markGaps(capacity: number): void {
    this.#valid ??= new Uint8Array(capacity).fill(1, 0, this.#filled);
  }

  #putNumbers({ numbers, wide }: BlockValues, rows: Int32Array | null, from: number): void {
    const out = this.#numbers;
    if (rows === null) out.set(numbers, from);
    else for (let at = 0; at < rows.length; at++) out[from + rows[at]] = numbers[at];
    if (wide === null && this.#wide === null) return;
    this.#wide ??= toBigInts(out, from);
    for (let at = 0; at < numbers.length; at++) {
      this.#wide[from + (rows === null ? at : rows[at])] = wide === null ? BigInt(numbers[at]) : wide[at];
    }
  }

  #putStrings({ text, starts, ends }: StringColumn, rows: Int32Array | null, from: number): void {
    for (let at = 0; at < starts.length; at++) {
      const row = from + (rows === null ? at : rows[at]);
      const length = ends[at] - starts[at];
      if (this.#textLength + length > this.#text.length) this.#growText(length);
      this.#text.set(text.subarray(starts[at], ends[at]), this.#textLength);
      this.#starts[row] = this.#textLength;
      this.#textLength += length;
      this.#ends[row] = this.#textLength;
    }
  }

  #growText(more: number): void {
    this.#text = copyInto(new Uint8Array(Math.max(2 * this.#text.length, this.#textLength + more, 4096)), this.#text);
  }
}

/** The first `count` values, with room for all. */
function toBigInts(numbers: Float64Array, count: number): BigInt64Array {
  const wide = new BigInt64Array(numbers.length);
  for (let row = 0; row < count; row++) wide[row] = BigInt(numbers[row]);
  return wide;
}

function copyInto<T extends Uint8Array | Uint32Array | Float64Array | BigInt64Array>(target: T, from: T): T {
  target.set(from as never);
  return target;
}
