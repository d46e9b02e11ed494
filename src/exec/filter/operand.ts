// What a filter compares, for all rows of a chunk at once: a column, a constant, or nothing.
import { type ChunkColumn, type FieldType, isNumeric } from '../../model/index.ts';

/** A column, a constant of a type, or null: no row has a value. */
export type Operand = ChunkColumn | Constant | null;

export interface Constant {
  readonly type: FieldType;
  readonly constant: number | bigint | string;
}

export function isConstant(operand: ChunkColumn | Constant): operand is Constant {
  return 'constant' in operand;
}

/** A number is a float, a bigint an integer (unsigned beyond int64), a boolean 0 or 1. */
export function constantOf(value: number | bigint | string | boolean): Constant {
  if (typeof value === 'number') return { type: 'float', constant: value };
  if (typeof value === 'string') return { type: 'string', constant: value };
  if (typeof value === 'boolean') return { type: 'boolean', constant: value ? 1 : 0 };
  const type = value > 2n ** 63n - 1n ? 'unsigned' : 'integer';
  return { type, constant: Number.isSafeInteger(Number(value)) ? Number(value) : value };
}

/** Numbers compare with numbers, strings with strings, booleans with booleans. */
export function comparable(a: FieldType, b: FieldType): boolean {
  return a === b || (isNumeric(a) && isNumeric(b));
}

/** The rows where both operands have a value; null = all. */
export function bothValid(left: ChunkColumn | Constant, right: ChunkColumn | Constant): Uint8Array | null {
  const a = isConstant(left) ? null : left.valid;
  const b = isConstant(right) ? null : right.valid;
  if (a === null || b === null) return a ?? b;
  const both = new Uint8Array(a.length);
  for (let row = 0; row < both.length; row++) both[row] = a[row] & b[row];
  return both;
}
