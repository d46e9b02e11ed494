// One column of rows on their way into windows: from a batch that was written, or from a chunk that was read.
import { assert } from '../base/index.ts';
import type { BatchColumn, ChunkColumn, FieldType } from '../model/index.ts';

/** Exactly one of the three holds the values, at index `row`. */
export interface InputColumn {
  readonly type: FieldType;
  readonly numbers: Float64Array | null;
  readonly wide: BigInt64Array | BigUint64Array | null;
  readonly texts: readonly string[] | null;
  /** One byte a row; null = every row has a value. */
  readonly valid: Uint8Array | null;
}

export function fromBatch(column: BatchColumn, rowCount: number): InputColumn {
  const { type, valid } = column;
  if (column.strings !== null) {
    const { text, starts, ends } = column.strings;
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    const texts = Array.from({ length: rowCount }, (_, row) => bytes.toString('utf8', starts[row], ends[row]));
    return { type, numbers: null, wide: null, texts, valid };
  }
  if (column.wide === null) return { type, numbers: column.numbers, wide: null, texts: null, valid };
  const { buffer, byteOffset, length } = column.wide;
  const wide = type === 'unsigned' ? new BigUint64Array(buffer, byteOffset, length) : column.wide;
  return { type, numbers: null, wide, texts: null, valid };
}

export function fromChunk({ type, values, valid }: ChunkColumn): InputColumn {
  if (values instanceof Float64Array) return { type, numbers: values, wide: null, texts: null, valid };
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return { type, numbers: null, wide: values, texts: null, valid };
  assert(type === 'string', 'only strings are no numbers');
  return { type, numbers: null, wide: null, texts: values, valid };
}

/** The value as a number where it is exact as one. */
export function numberAt(column: InputColumn, row: number): number | bigint {
  if (column.numbers !== null) return column.numbers[row];
  const value = (column.wide as BigInt64Array)[row];
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function hasValue(column: InputColumn, row: number): boolean {
  return column.valid === null || column.valid[row] !== 0;
}
