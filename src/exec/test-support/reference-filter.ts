// InfluxDB's evaluator of a WHERE clause for one row, by the book: null, false, int64, uint64, float64, string.
import { compareStrings, compileRegex } from '../../base/index.ts';
import type { FieldOperand, FieldPredicate } from '../plan.ts';
import type { Cell } from './array-tables.ts';

/** Integers keep their Go type; a float is a number. */
type Evaluated = null | number | string | boolean | { readonly type: 'int64' | 'uint64'; readonly value: bigint };

/** A field's value in the row, and whether its integers are unsigned. */
type CellOf = (field: string) => { readonly cell: Cell; readonly unsigned: boolean };

export function rowPasses(predicate: FieldPredicate, cellOf: CellOf): boolean {
  switch (predicate.op) {
    case 'and':
      return predicate.terms.every((term) => rowPasses(term, cellOf));
    case 'or':
      return predicate.terms.some((term) => rowPasses(term, cellOf));
    case 'const':
      return predicate.value;
    case '=~':
    case '!~': {
      const { cell } = cellOf(predicate.field);
      if (typeof cell !== 'string') return false;
      return compileRegex(predicate.source).test(cell) === (predicate.op === '=~');
    }
    default:
      return compare(predicate.op, evaluate(predicate.left, cellOf), evaluate(predicate.right, cellOf));
  }
}

function evaluate(operand: FieldOperand, cellOf: CellOf): Evaluated {
  if (operand.kind === 'field') {
    const { cell, unsigned } = cellOf(operand.name);
    return typed(cell, unsigned);
  }
  if (operand.kind === 'literal') {
    return typed(operand.value, typeof operand.value === 'bigint' && operand.value > 2n ** 63n - 1n);
  }
  return math(operand.op, evaluate(operand.left, cellOf), evaluate(operand.right, cellOf));
}

function typed(cell: Cell, unsigned: boolean): Evaluated {
  return typeof cell === 'bigint' ? { type: unsigned ? 'uint64' : 'int64', value: cell } : cell;
}

function isInteger(value: Evaluated): value is { type: 'int64' | 'uint64'; value: bigint } {
  return typeof value === 'object' && value !== null;
}

function numberOrBig(value: Evaluated): number | bigint | undefined {
  if (typeof value === 'number') return value;
  return isInteger(value) ? value.value : undefined;
}

function compare(op: '=' | '!=' | '<' | '<=' | '>' | '>=', left: Evaluated, right: Evaluated): boolean {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    return op === '=' ? left === right : op === '!=' && left !== right;
  }
  if (typeof left === 'string' && typeof right === 'string') {
    const order = compareStrings(left, right);
    return op === '=' ? order === 0 : op === '!=' && order !== 0;
  }
  const a = numberOrBig(left);
  const b = numberOrBig(right);
  if (a === undefined || b === undefined) return false;
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

function math(op: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^', left: Evaluated, right: Evaluated): Evaluated {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    return op === '&' ? left && right : op === '|' ? left || right : op === '^' ? left !== right : null;
  }
  if (isInteger(left) && isInteger(right)) {
    const type = left.type === 'uint64' || right.type === 'uint64' ? 'uint64' : 'int64';
    const wrap = (value: bigint): bigint => (type === 'uint64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
    return { type, value: wrap(bigMath(op, wrap(left.value), wrap(right.value))) };
  }
  const a = numberOrBig(left);
  const b = numberOrBig(right);
  if (a === undefined || b === undefined) return null;
  return floatMath(op, Number(a), Number(b));
}

function bigMath(op: string, a: bigint, b: bigint): bigint {
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

function floatMath(op: string, a: number, b: number): number | null {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? 0 : a / b;
    case '%':
      return a % b;
    default:
      return null;
  }
}
