// Arithmetic between operands, with the types and the corner cases of InfluxDB's evaluator in a WHERE clause: floats are
// doubles; integers wrap at 64 bits and divide as integers; x / 0 is 0, and of integers x % 0 too; & | ^ are for integers
// and booleans. What has no meaning has no value.
import { type ChunkColumn, type FieldType, isNumeric } from '../../model/index.ts';
import { toFloats } from '../column-types.ts';
import { isWide, newWide } from '../values.ts';
import { type Constant, type Operand, bothValid, isConstant } from './operand.ts';

export type MathOp = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^';

export function mathColumns(op: MathOp, left: Operand, right: Operand, rowCount: number): Operand {
  if (left === null || right === null) return null;
  const type = resultType(op, left.type, right.type);
  if (type === null) return null;
  const valid = bothValid(left, right);
  if (type === 'boolean') return { type, values: booleanMath(op, left, right, rowCount), valid };
  if (type === 'float') {
    const values = floatMath(op, floatsOf(left, rowCount), floatsOf(right, rowCount), rowCount);
    return { type, values, valid };
  }
  return { type, values: integerMath(op, type, left, right, rowCount), valid };
}

function resultType(op: MathOp, left: FieldType, right: FieldType): Exclude<FieldType, 'string'> | null {
  const bitwise = op === '&' || op === '|' || op === '^';
  if (left === 'boolean' && right === 'boolean') return bitwise ? 'boolean' : null;
  if (!isNumeric(left) || !isNumeric(right)) return null;
  if (left === 'float' || right === 'float') return bitwise ? null : 'float';
  return left === 'unsigned' || right === 'unsigned' ? 'unsigned' : 'integer';
}

function floatsOf(operand: ChunkColumn | Constant, rowCount: number): Float64Array {
  if (isConstant(operand)) return new Float64Array(rowCount).fill(Number(operand.constant));
  const { values } = operand;
  return values instanceof Float64Array ? values : toFloats(values as BigInt64Array | BigUint64Array);
}

function floatMath(op: MathOp, left: Float64Array, right: Float64Array, rowCount: number): Float64Array {
  const out = new Float64Array(rowCount);
  switch (op) {
    case '+':
      for (let row = 0; row < rowCount; row++) out[row] = left[row] + right[row];
      break;
    case '-':
      for (let row = 0; row < rowCount; row++) out[row] = left[row] - right[row];
      break;
    case '*':
      for (let row = 0; row < rowCount; row++) out[row] = left[row] * right[row];
      break;
    case '/':
      for (let row = 0; row < rowCount; row++) out[row] = right[row] === 0 ? 0 : left[row] / right[row];
      break;
    default:
      for (let row = 0; row < rowCount; row++) out[row] = left[row] % right[row];
  }
  return out;
}

function integerMath(
  op: MathOp,
  type: 'integer' | 'unsigned',
  left: ChunkColumn | Constant,
  right: ChunkColumn | Constant,
  rowCount: number,
): Float64Array | BigInt64Array | BigUint64Array {
  if (!holdsWide(left) && !holdsWide(right)) {
    const exact = smallIntegerMath(op, type, floatsOf(left, rowCount), floatsOf(right, rowCount), rowCount);
    if (exact !== null) return exact;
  }
  const a = bigintAt(left);
  const b = bigintAt(right);
  const out = newWide(type, rowCount);
  const wrap = (value: bigint): bigint => (type === 'unsigned' ? BigInt.asUintN(64, value) : value);
  for (let row = 0; row < rowCount; row++) out[row] = bigintMath(op, wrap(a(row)), wrap(b(row)));
  return out;
}

function holdsWide(operand: ChunkColumn | Constant): boolean {
  return isConstant(operand) ? typeof operand.constant === 'bigint' : isWide(operand.values);
}

/** null when a result might not be an exact double, or needs 64-bit words. */
function smallIntegerMath(
  op: MathOp,
  type: 'integer' | 'unsigned',
  left: Float64Array,
  right: Float64Array,
  rowCount: number,
): Float64Array | null {
  if (op === '&' || op === '|' || op === '^') return null;
  const out = floatMath(op, left, right, rowCount);
  let largest = 0;
  for (let row = 0; row < rowCount; row++) {
    // A quotient of integers below 2^53 never rounds up to the next integer, so cutting it off is exact.
    if (op === '/') out[row] = Math.trunc(out[row]);
    else if (op === '%' && right[row] === 0) out[row] = 0;
    if (type === 'unsigned' && (out[row] < 0 || left[row] < 0 || right[row] < 0)) return null;
    // -0 is no integer.
    out[row] += 0;
    largest = Math.max(largest, Math.abs(out[row]));
  }
  return largest <= Number.MAX_SAFE_INTEGER ? out : null;
}

function bigintAt(operand: ChunkColumn | Constant): (row: number) => bigint {
  if (isConstant(operand)) {
    const constant = BigInt(operand.constant);
    return () => constant;
  }
  const { values } = operand;
  if (values instanceof Float64Array) return (row) => BigInt(values[row]);
  return (row) => (values as BigInt64Array)[row];
}

function bigintMath(op: MathOp, left: bigint, right: bigint): bigint {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0n ? 0n : left / right;
    case '%':
      return right === 0n ? 0n : left % right;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
  }
}

function booleanMath(
  op: MathOp,
  left: ChunkColumn | Constant,
  right: ChunkColumn | Constant,
  rowCount: number,
): Float64Array {
  const x = floatsOf(left, rowCount);
  const y = floatsOf(right, rowCount);
  const values = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    values[row] = op === '&' ? x[row] & y[row] : op === '|' ? x[row] | y[row] : x[row] ^ y[row];
  }
  return values;
}
