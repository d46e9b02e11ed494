// Comparisons of two operands for all rows of a chunk: one byte a row, 1 = it holds.
import { type ChunkColumn, isNumeric } from '../../model/index.ts';
import { type Constant, type Operand, bothValid, comparable, isConstant } from './operand.ts';

export type CompareOp = '=' | '!=' | '<' | '<=' | '>' | '>=';

const MIRRORED: Readonly<Record<CompareOp, CompareOp>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** null = no row passes. */
export function compareOperands(op: CompareOp, left: Operand, right: Operand, rowCount: number): Uint8Array | null {
  if (left === null || right === null || !comparable(left.type, right.type)) return null;
  if (!isNumeric(left.type) && op !== '=' && op !== '!=') return null;
  if (isConstant(left) && !isConstant(right)) return compareOperands(MIRRORED[op], right, left, rowCount);
  const mask = new Uint8Array(rowCount);
  if (isConstant(left)) mask.fill(holds(op, left.constant, (right as Constant).constant) ? 1 : 0);
  else if (left.type === 'string') compareStringRows(op === '=', left.values as readonly string[], right, mask);
  else compareNumberRows(op, left, right, mask);
  const valid = bothValid(left, right);
  if (valid !== null) for (let row = 0; row < rowCount; row++) mask[row] &= valid[row];
  return mask;
}

/** Numbers and bigints compare exactly with each other. Only = and != know strings and booleans. */
function holds(op: CompareOp, a: number | bigint | string, b: number | bigint | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return op === '=' ? a === b : op === '!=' && a !== b;
  switch (op) {
    case '=':
      return a <= b && a >= b;
    case '!=':
      return !(a <= b && a >= b);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

function compareNumberRows(op: CompareOp, left: ChunkColumn, right: ChunkColumn | Constant, mask: Uint8Array): void {
  if (isConstant(right)) {
    const { constant } = right;
    if (left.values instanceof Float64Array && typeof constant === 'number') {
      compareWithNumber(op, left.values, constant, mask);
    } else compareAny(op, left.values as BigInt64Array, () => constant as number | bigint, mask);
  } else if (left.values instanceof Float64Array && right.values instanceof Float64Array) {
    compareNumbers(op, left.values, right.values, mask);
  } else {
    const values = right.values as BigInt64Array;
    compareAny(op, left.values as BigInt64Array, (row) => values[row], mask);
  }
}

function compareWithNumber(op: CompareOp, values: Float64Array, bound: number, mask: Uint8Array): void {
  const rowCount = mask.length;
  switch (op) {
    case '=':
      for (let row = 0; row < rowCount; row++) mask[row] = values[row] === bound ? 1 : 0;
      break;
    case '!=':
      for (let row = 0; row < rowCount; row++) mask[row] = values[row] !== bound ? 1 : 0;
      break;
    case '<':
      for (let row = 0; row < rowCount; row++) mask[row] = values[row] < bound ? 1 : 0;
      break;
    case '<=':
      for (let row = 0; row < rowCount; row++) mask[row] = values[row] <= bound ? 1 : 0;
      break;
    case '>':
      for (let row = 0; row < rowCount; row++) mask[row] = values[row] > bound ? 1 : 0;
      break;
    case '>=':
      for (let row = 0; row < rowCount; row++) mask[row] = values[row] >= bound ? 1 : 0;
      break;
  }
}

function compareNumbers(op: CompareOp, left: Float64Array, right: Float64Array, mask: Uint8Array): void {
  const rowCount = mask.length;
  switch (op) {
    case '=':
      for (let row = 0; row < rowCount; row++) mask[row] = left[row] === right[row] ? 1 : 0;
      break;
    case '!=':
      for (let row = 0; row < rowCount; row++) mask[row] = left[row] !== right[row] ? 1 : 0;
      break;
    case '<':
      for (let row = 0; row < rowCount; row++) mask[row] = left[row] < right[row] ? 1 : 0;
      break;
    case '<=':
      for (let row = 0; row < rowCount; row++) mask[row] = left[row] <= right[row] ? 1 : 0;
      break;
    case '>':
      for (let row = 0; row < rowCount; row++) mask[row] = left[row] > right[row] ? 1 : 0;
      break;
    case '>=':
      for (let row = 0; row < rowCount; row++) mask[row] = left[row] >= right[row] ? 1 : 0;
      break;
  }
}

/** Wherever a 64-bit integer takes part: JavaScript compares numbers and bigints exactly. */
function compareAny(
  op: CompareOp,
  left: BigInt64Array,
  right: (row: number) => number | bigint,
  mask: Uint8Array,
): void {
  for (let row = 0; row < mask.length; row++) mask[row] = holds(op, left[row], right(row)) ? 1 : 0;
}

function compareStringRows(
  wanted: boolean,
  left: readonly string[],
  right: ChunkColumn | Constant,
  mask: Uint8Array,
): void {
  if (isConstant(right)) {
    for (let row = 0; row < mask.length; row++) mask[row] = (left[row] === right.constant) === wanted ? 1 : 0;
    return;
  }
  const values = right.values as readonly string[];
  for (let row = 0; row < mask.length; row++) mask[row] = (left[row] === values[row]) === wanted ? 1 : 0;
}
