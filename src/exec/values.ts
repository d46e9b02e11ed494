// Values of one field type in slots: where states keep the values that they picked. Exactly one of the arrays is there:
//
//     float, boolean, integer and unsigned while exact as doubles   numbers
//     integer / unsigned once a wider one came                      wide (BigInt64Array / BigUint64Array)
//     string                                                        text
import { compareStrings } from '../base/index.ts';
import type { ChunkColumn, ColumnValues, FieldType } from '../model/index.ts';

export type WideArray = BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>;
export type Value = number | bigint | string;

/** Plain data, so that it can be sent to another thread. Slots without a value hold 0 or "". */
export interface Values {
  readonly type: FieldType;
  numbers: Float64Array<ArrayBuffer> | null;
  wide: WideArray | null;
  text: string[] | null;
}

export const BYTES_PER_VALUE = 8;

export function newValues(type: FieldType, count: number): Values {
  const text = type === 'string' ? emptyText(count) : null;
  return { type, numbers: text === null ? new Float64Array(count) : null, wide: null, text };
}

function emptyText(count: number): string[] {
  return Array.from({ length: count }, () => '');
}

export function isWide(values: ColumnValues): values is BigInt64Array | BigUint64Array {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

export function newWide(type: FieldType, count: number): WideArray {
  return type === 'unsigned' ? new BigUint64Array(count) : new BigInt64Array(count);
}

/** From now on the values are 64-bit integers. */
export function widen(values: Values): WideArray {
  if (values.wide !== null) return values.wide;
  const numbers = values.numbers as Float64Array;
  const wide = newWide(values.type, numbers.length);
  for (let slot = 0; slot < numbers.length; slot++) if (numbers[slot] !== 0) wide[slot] = BigInt(numbers[slot]);
  values.wide = wide;
  values.numbers = null;
  return wide;
}

export function getValue(values: Values, slot: number): Value {
  return (values.numbers ?? values.wide ?? (values.text as string[]))[slot];
}

/** Puts a value of a column of the same type. */
export function setValue(values: Values, slot: number, value: Value): void {
  if (typeof value === 'bigint') widen(values)[slot] = value;
  else if (typeof value === 'string') (values.text as string[])[slot] = value;
  else if (values.numbers !== null) values.numbers[slot] = value;
  else (values.wide as WideArray)[slot] = BigInt(value);
}

/** The order of two values of one type; numbers and bigints compare exactly. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' || typeof b === 'string') return compareStrings(String(a), String(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A longer copy. */
export function grownValues(values: Values, count: number): Values {
  const grown: Values = { type: values.type, numbers: null, wide: null, text: null };
  if (values.numbers !== null) {
    grown.numbers = new Float64Array(count);
    grown.numbers.set(values.numbers);
  } else if (values.wide !== null) {
    grown.wide = newWide(values.type, count);
    (grown.wide as BigInt64Array).set(values.wide as BigInt64Array);
  } else {
    const text = values.text as string[];
    grown.text = text.concat(emptyText(count - text.length));
  }
  return grown;
}

/** What a caller of the executor sees of a stored value. */
export function presentValue(type: FieldType, value: Value): number | bigint | string | boolean {
  return type === 'boolean' ? value !== 0 : value;
}

/** One byte a row: rows of the column that have a value and pass the mask; null = all. */
export function validRows(column: ChunkColumn, mask: Uint8Array | null): Uint8Array | null {
  if (mask === null || column.valid === null) return mask ?? column.valid;
  const both = new Uint8Array(mask.length);
  for (let row = 0; row < both.length; row++) both[row] = mask[row] & column.valid[row];
  return both;
}
