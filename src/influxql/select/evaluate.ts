// Evaluates an expression over all rows of a batch at once: columns in, a column out.
import { type Regex, compileRegex, unreachable } from '../../base/index.ts';
import type { FieldType } from '../../model/index.ts';
import { isNumeric } from '../../model/index.ts';
import type { Expr } from '../language/ast.ts';
import { IN_SELECT, type MathRules, combineColumns, floatsOf } from './column-math.ts';
import { mathOfNumbers } from './math-functions.ts';
import { type Column, isValid, isWide } from './rows.ts';

/** An expression whose variables are columns by index. */
export type Formula =
  | { readonly kind: 'column'; readonly index: number }
  | { readonly kind: 'literal'; readonly type: FieldType; readonly value: number | bigint | string }
  | {
      readonly kind: 'binary';
      readonly op: Extract<Expr, { kind: 'binary' }>['op'];
      readonly left: Formula;
      readonly right: Formula;
    }
  | { readonly kind: 'match'; readonly left: Formula; readonly regex: Regex; readonly negated: boolean }
  | { readonly kind: 'math'; readonly name: string; readonly args: readonly Formula[] }
  | { readonly kind: 'nothing' };

/** `columnOf` gives the column that a reference or a call stands for, and undefined for what the formula descends into. */
export function toFormula(expr: Expr, columnOf: (expr: Expr) => number | undefined): Formula {
  const index = columnOf(expr);
  if (index !== undefined) return { kind: 'column', index };
  switch (expr.kind) {
    case 'number':
      return { kind: 'literal', type: 'float', value: expr.value };
    case 'integer':
    case 'unsigned':
    case 'string':
      return { kind: 'literal', type: expr.kind, value: expr.value };
    case 'boolean':
      return { kind: 'literal', type: 'boolean', value: expr.value ? 1 : 0 };
    case 'paren':
      return toFormula(expr.expr, columnOf);
    case 'binary': {
      const left = toFormula(expr.left, columnOf);
      if ((expr.op === '=~' || expr.op === '!~') && expr.right.kind === 'regex') {
        return { kind: 'match', left, regex: compileRegex(expr.right.source), negated: expr.op === '!~' };
      }
      return { kind: 'binary', op: expr.op, left, right: toFormula(expr.right, columnOf) };
    }
    case 'call':
      return { kind: 'math', name: expr.name, args: expr.args.map((arg) => toFormula(arg, columnOf)) };
    default:
      return { kind: 'nothing' };
  }
}

export function evaluate(
  formula: Formula,
  columns: readonly (Column | null)[],
  rowCount: number,
  rules = IN_SELECT,
): Column | null {
  const below = (part: Formula): Column | null => evaluate(part, columns, rowCount, rules);
  switch (formula.kind) {
    case 'column':
      return columns[formula.index];
    case 'literal':
      return literalColumn(formula.type, formula.value, rowCount);
    case 'binary':
      return combineColumns(formula.op, below(formula.left), below(formula.right), rowCount, rules);
    case 'match':
      return matchColumn(below(formula.left), formula.regex, formula.negated, rowCount);
    case 'math':
      return mathColumn(formula.name, formula.args.map(below), rowCount);
    case 'nothing':
      return null;
    default:
      return unreachable(formula);
  }
}

/** Positions of the rows for which a condition holds; null = all of them. */
export function rowsWhere(
  condition: Formula,
  columns: readonly (Column | null)[],
  rowCount: number,
  rules: MathRules,
): Int32Array | null {
  const result = evaluate(condition, columns, rowCount, rules);
  const order = new Int32Array(rowCount);
  let count = 0;
  if (result?.type === 'boolean') {
    for (let row = 0; row < rowCount; row++) if (result.values[row] === 1 && isValid(result, row)) order[count++] = row;
  }
  return count === rowCount ? null : order.subarray(0, count);
}

/** A column with the same value in every row. */
export function literalColumn(type: FieldType, value: number | bigint | string, rowCount: number): Column {
  if (type === 'string') return { type, values: Array<string>(rowCount).fill(value as string), valid: null };
  const small = Number(value);
  if (type === 'float' || type === 'boolean' || Number.isSafeInteger(small)) {
    return { type, values: new Float64Array(rowCount).fill(small), valid: null };
  }
  const values = type === 'integer' ? new BigInt64Array(rowCount) : new BigUint64Array(rowCount);
  return { type, values: values.fill(BigInt(value)), valid: null };
}

function matchColumn(column: Column | null, regex: Regex, negated: boolean, rowCount: number): Column | null {
  if (column?.type !== 'string') return null;
  const values = new Float64Array(rowCount);
  const known = new Map<string, number>();
  for (let row = 0; row < rowCount; row++) {
    const text = column.values[row] as string;
    let matches = known.get(text);
    if (matches === undefined) {
      matches = regex.test(text) === negated ? 0 : 1;
      if (known.size < 10_000) known.set(text, matches);
    }
    values[row] = matches;
  }
  return { type: 'boolean', values, valid: column.valid };
}

function mathColumn(name: string, args: readonly (Column | null)[], rowCount: number): Column | null {
  const [first, second = first] = args;
  if (first === null || second === null || !isNumeric(first.type) || !isNumeric(second.type)) return null;
  if (first.type !== 'float') {
    if (name === 'floor' || name === 'ceil' || name === 'round') return first;
    if (name === 'abs') return absoluteIntegers(first, rowCount);
  }
  const a = floatsOf(first, rowCount);
  const b = second === first ? a : floatsOf(second, rowCount);
  const values = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) values[row] = mathOfNumbers(name, a[row], b[row]);
  return { type: 'float', values, valid: intersection(first, second, rowCount) };
}

function intersection(first: Column, second: Column, rowCount: number): Uint8Array | null {
  if (first.valid === null || second.valid === null) return first.valid ?? second.valid;
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) valid[row] = first.valid[row] & second.valid[row];
  return valid;
}

/** The least integer has no opposite and stays itself. */
function absoluteIntegers(column: Column, rowCount: number): Column {
  if (column.type === 'unsigned') return column;
  if (isWide(column.values)) {
    const values = new BigInt64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const value = BigInt(column.values[row]);
      values[row] = BigInt.asIntN(64, value < 0n ? -value : value);
    }
    return { ...column, values };
  }
  const values = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) values[row] = Math.abs(column.values[row] as number);
  return { ...column, values };
}
