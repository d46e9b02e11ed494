// Arithmetic and comparison of two columns, row by row, with the rules of InfluxDB 1.x.
//
//     integer ⊕ integer   + - * % & | ^ give integers of 64 bits that wrap; / gives a float in SELECT, an integer in WHERE
//     beside a float      everything is a float
//     beside an unsigned  integers count as unsigned, / and % are those of unsigned integers
//     x / 0, integer % 0  0
//     boolean & | ^       booleans; a missing one counts as false; false when the right one is no boolean
//     anything else, or a missing operand: no value; of a comparison: false
import { type FieldType, isNumeric } from '../../model/index.ts';
import type { BinaryOperator } from '../language/ast.ts';
import { type Column, isValid, isWide } from './rows.ts';

/** Where an expression stands. */
export interface MathRules {
  /** Integers divide as integers: in WHERE. */
  readonly wholeDivision: boolean;
  /** Compared with a boolean, a missing value counts as false: but for conditions on stored points, where it never compares. */
  readonly missingIsFalse: boolean;
}

export const IN_SELECT: MathRules = { wholeDivision: false, missingIsFalse: true };
export const IN_WHERE: MathRules = { wholeDivision: true, missingIsFalse: true };
export const IN_STORED_WHERE: MathRules = { wholeDivision: true, missingIsFalse: false };

export function combineColumns(
  op: BinaryOperator,
  left: Column | null,
  right: Column | null,
  rowCount: number,
  rules: MathRules,
): Column | null {
  const { wholeDivision } = rules;
  if (isComparison(op)) return compareColumns(op, left, right, rowCount, rules);
  if (left?.type === 'boolean' || right?.type === 'boolean') return combineBooleans(op, left, right, rowCount);
  if (left === null || right === null || !isNumeric(left.type) || !isNumeric(right.type)) return null;
  if (left.type === 'float' || right.type === 'float') return combineFloats(op, left, right, rowCount);
  if (left.type === 'unsigned' || right.type === 'unsigned') {
    return combineExactly(op, left, right, rowCount, 'unsigned', true);
  }
  if (op === '/' && !wholeDivision) return combineFloats(op, left, right, rowCount);
  return combineSmall(op, left, right, rowCount) ?? combineExactly(op, left, right, rowCount, 'integer', wholeDivision);
}

/** Rows with a value in both. */
function bothValid(left: Column, right: Column, rowCount: number): Uint8Array | null {
  if (left.valid === null || right.valid === null) return left.valid ?? right.valid;
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) valid[row] = left.valid[row] & right.valid[row];
  return valid;
}

/** Numbers of a column as floats. */
export function floatsOf(column: Column, rowCount: number): Float64Array {
  if (column.values instanceof Float64Array) return column.values;
  const floats = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) floats[row] = Number(column.values[row]);
  return floats;
}

function combineFloats(op: BinaryOperator, left: Column, right: Column, rowCount: number): Column | null {
  const a = floatsOf(left, rowCount);
  const b = floatsOf(right, rowCount);
  const values = new Float64Array(rowCount);
  switch (op) {
    case '+':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] + b[row];
      break;
    case '-':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] - b[row];
      break;
    case '*':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] * b[row];
      break;
    case '/':
      for (let row = 0; row < rowCount; row++) values[row] = b[row] === 0 ? 0 : a[row] / b[row];
      break;
    case '%':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] % b[row];
      break;
    default:
      return null;
  }
  return { type: 'float', values, valid: bothValid(left, right, rowCount) };
}

/** Integers as floats, as long as every result stays exact; undefined when one does not, or for other operators. */
function combineSmall(op: BinaryOperator, left: Column, right: Column, rowCount: number): Column | undefined {
  const { values: a } = left;
  const { values: b } = right;
  if (!(a instanceof Float64Array) || !(b instanceof Float64Array)) return undefined;
  const values = new Float64Array(rowCount);
  let greatest = 0;
  switch (op) {
    case '+':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] + b[row];
      break;
    case '-':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] - b[row];
      break;
    case '*':
      for (let row = 0; row < rowCount; row++) values[row] = a[row] * b[row];
      break;
    case '%':
      for (let row = 0; row < rowCount; row++) values[row] = b[row] === 0 ? 0 : a[row] % b[row];
      break;
    default:
      return undefined;
  }
  for (let row = 0; row < rowCount; row++) greatest = Math.max(greatest, Math.abs(values[row]));
  if (greatest > Number.MAX_SAFE_INTEGER) return undefined;
  // A product or remainder can be -0, which no integer is.
  for (let row = 0; row < rowCount; row++) values[row] += 0;
  return { type: 'integer', values, valid: bothValid(left, right, rowCount) };
}

/** In 64-bit integers, signed or not. */
function combineExactly(
  op: BinaryOperator,
  left: Column,
  right: Column,
  rowCount: number,
  type: 'integer' | 'unsigned',
  wholeDivision: boolean,
): Column | null {
  if (op === '/' && !wholeDivision) return null;
  const values = type === 'integer' ? new BigInt64Array(rowCount) : new BigUint64Array(rowCount);
  const valid = bothValid(left, right, rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (valid !== null && valid[row] === 0) continue;
    const a = wrap(BigInt(left.values[row]), type);
    const b = wrap(BigInt(right.values[row]), type);
    values[row] = wrap(combineBigInts(op, a, b), type);
  }
  return { type, values: narrowed(values), valid };
}

function wrap(value: bigint, type: 'integer' | 'unsigned'): bigint {
  return type === 'integer' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
}

function combineBigInts(op: BinaryOperator, a: bigint, b: bigint): bigint {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? 0n : a / b;
    case '%':
      return b === 0n ? 0n : a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    default:
      return a ^ b;
  }
}

/** As floats where all of them are exact, since those are quicker to work with. */
export function narrowed(values: BigInt64Array | BigUint64Array): Float64Array | BigInt64Array | BigUint64Array {
  const floats = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = Number(values[row]);
    if (!Number.isSafeInteger(value)) return values;
    floats[row] = value;
  }
  return floats;
}

function combineBooleans(
  op: BinaryOperator,
  left: Column | null,
  right: Column | null,
  rowCount: number,
): Column | null {
  const logic = op === 'AND' || op === 'OR';
  if (!logic && op !== '&' && op !== '|' && op !== '^') return null;
  if (left !== null && left.type !== 'boolean') return null;
  if (right !== null && right.type !== 'boolean') return besideNoBoolean(op, left, right, rowCount);
  const values = new Float64Array(rowCount);
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const a = isValid(left, row);
    const b = isValid(right, row);
    if (!a && !b) continue;
    const x = a && left !== null ? (left.values[row] as number) : 0;
    const y = b && right !== null ? (right.values[row] as number) : 0;
    valid[row] = 1;
    values[row] = op === 'AND' || op === '&' ? x & y : op === 'OR' || op === '|' ? x | y : x ^ y;
  }
  return { type: 'boolean', values, valid };
}

/** A boolean to the left of something else: false where both have a value, itself with false where that is missing. */
function besideNoBoolean(op: BinaryOperator, left: Column | null, right: Column, rowCount: number): Column | null {
  if (left === null) return null;
  const keeps = op !== 'AND' && op !== '&';
  const values = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (keeps && isValid(left, row) && !isValid(right, row)) values[row] = left.values[row] as number;
  }
  return { type: 'boolean', values, valid: left.valid };
}

function isComparison(op: BinaryOperator): boolean {
  return op === '=' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

/** Every row has an answer: a comparison across kinds or with a missing value is false. */
function compareColumns(
  op: BinaryOperator,
  left: Column | null,
  right: Column | null,
  rowCount: number,
  { missingIsFalse }: MathRules,
): Column {
  const values = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) values[row] = compareCells(op, left, right, row, missingIsFalse) ? 1 : 0;
  return { type: 'boolean', values, valid: null };
}

function compareCells(
  op: BinaryOperator,
  left: Column | null,
  right: Column | null,
  row: number,
  missingIsFalse: boolean,
): boolean {
  const a = isValid(left, row) ? left : null;
  const b = isValid(right, row) ? right : null;
  if (a === null && b === null) return false;
  // Beside a boolean a missing value counts as false.
  if (a === null || b === null) {
    const present = a ?? b;
    if (present === null || present.type !== 'boolean' || !missingIsFalse) return false;
    return op === '=' ? present.values[row] === 0 : op === '!=' && present.values[row] !== 0;
  }
  if (isNumeric(a.type) && isNumeric(b.type)) return compareNumbers(op, a, b, row);
  if (a.type !== b.type) return false;
  if (op === '=') return a.values[row] === b.values[row];
  return op === '!=' && a.values[row] !== b.values[row];
}

/** `==`, `<` and so on compare numbers with bigints exactly; beside a float InfluxDB makes floats of integers. */
function compareNumbers(op: BinaryOperator, left: Column, right: Column, row: number): boolean {
  const floats = left.type === 'float' || right.type === 'float';
  const a = floats ? Number(left.values[row]) : left.values[row];
  const b = floats ? Number(right.values[row]) : right.values[row];
  switch (op) {
    case '=':
      return equalNumbers(a, b);
    case '!=':
      return !equalNumbers(a, b);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function equalNumbers(a: number | bigint | string, b: number | bigint | string): boolean {
  return !(a < b) && !(a > b) && a === a && b === b;
}

/** The column as values of another type: numbers convert, anything else keeps no value. */
export function castColumn(column: Column | null, type: FieldType, rowCount: number): Column | null {
  if (column === null || column.type === type) return column;
  if (!isNumeric(column.type) || !isNumeric(type)) return null;
  if (type === 'float') return { type, values: floatsOf(column, rowCount), valid: column.valid };
  if (column.type === 'float') return truncated(column, type, rowCount);
  return reinterpreted(column, type, rowCount);
}

/** Floats to integers, towards zero. What no 64-bit integer holds becomes the least one, as on InfluxDB's machines. */
function truncated(column: Column, type: FieldType, rowCount: number): Column {
  const floats = floatsOf(column, rowCount);
  const values = new Float64Array(rowCount);
  let exact = true;
  for (let row = 0; row < rowCount; row++) {
    values[row] = Math.trunc(floats[row]) + 0;
    if (isValid(column, row) && !Number.isSafeInteger(values[row])) exact = false;
    if (type === 'unsigned' && values[row] < 0) exact = false;
  }
  if (exact) return { type, values, valid: column.valid };
  const wide = type === 'unsigned' ? new BigUint64Array(rowCount) : new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) wide[row] = toInteger(values[row], type === 'unsigned');
  return { type, values: wide, valid: column.valid };
}

const INT64_LEAST = -(2n ** 63n);

function toInteger(value: number, unsigned: boolean): bigint {
  if (unsigned && value >= 2 ** 63 && value < 2 ** 64) return BigInt(value);
  const outside = !(value >= -(2 ** 63) && value < 2 ** 63);
  const integer = outside ? INT64_LEAST : BigInt(value);
  return unsigned ? BigInt.asUintN(64, integer) : integer;
}

/** Between signed and unsigned: the same 64 bits. */
function reinterpreted(column: Column, type: FieldType, rowCount: number): Column {
  let negative = false;
  for (let row = 0; row < rowCount; row++) if (Number(column.values[row]) < 0) negative = true;
  if (!negative && !isWide(column.values)) return { ...column, type };
  const wide = type === 'unsigned' ? new BigUint64Array(rowCount) : new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) wide[row] = BigInt(column.values[row]);
  return { type, values: narrowed(wide), valid: column.valid };
}
