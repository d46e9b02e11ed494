// Works out what can be known before any point is read: `2 * 3`, `now() - 1h`, `'2000-01-01' + 5d`, `x = 1 AND true`.
//
// Time arithmetic, as InfluxDB has it (a string that is a time counts as one beside a duration, integer or time):
//
//     time ± duration|integer → time        integer ± duration → time       duration ± duration → duration
//     duration|integer + time → time        time - time → duration          duration * / number|integer → duration
//     comparisons of time with time and duration with duration → boolean
//
// What has no rule here stays as it is. Integers wrap at 64 bits, `/` of integers gives a float, division by zero gives 0.
import { binary, boolean, duration, integer, number, string } from './ast.ts';
import type { Binary, BinaryOperator, Call, Expr } from './ast.ts';
import { looksLikeTime, parseTimeText } from './time-literal.ts';

export interface ReduceContext {
  /** What now() gives; null leaves it alone. */
  readonly nowNs: bigint | null;
  /** Zone of strings that are times. */
  readonly timeZone: string;
}

/** Without now() and in UTC. */
export const PLAIN_CONTEXT: ReduceContext = { nowNs: null, timeZone: 'UTC' };

/** The expression with its constant parts worked out. Parentheses stay only around operators. */
export function reduceExpr(expr: Expr, context: ReduceContext): Expr {
  switch (expr.kind) {
    case 'binary':
      return fold(reduceExpr(expr.left, context), expr.op, reduceExpr(expr.right, context), context.timeZone);
    case 'paren': {
      const inner = reduceExpr(expr.expr, context);
      return inner.kind === 'binary' ? { kind: 'paren', expr: inner } : inner;
    }
    case 'call':
      return reduceCall(expr, context);
    default:
      return expr;
  }
}

function reduceCall(expr: Call, context: ReduceContext): Expr {
  if (expr.name === 'now' && expr.args.length === 0 && context.nowNs !== null) {
    return { kind: 'time', ns: context.nowNs };
  }
  return { ...expr, args: expr.args.map((arg) => reduceExpr(arg, context)) };
}

function fold(left: Expr, op: BinaryOperator, right: Expr, timeZone: string): Expr {
  if (op === 'AND' || op === 'OR') return foldLogic(left, op, right);
  return (
    foldNil(left, op, right) ??
    foldBooleans(left, op, right) ??
    foldNumbers(left, op, right) ??
    foldStrings(left, op, right, timeZone) ??
    foldTimes(left, op, right, timeZone) ??
    binary(left, op, right)
  );
}

/** A known side decides or falls away. */
function foldLogic(left: Expr, op: 'AND' | 'OR', right: Expr): Expr {
  const decisive = op === 'OR';
  for (const [known, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (known.kind === 'boolean') return known.value === decisive ? known : other;
  }
  if (left.kind === 'nil' || right.kind === 'nil') return boolean(false);
  return binary(left, op, right);
}

/** A missing value equals nothing and differs from nothing. */
function foldNil(left: Expr, op: BinaryOperator, right: Expr): Expr | undefined {
  const equality = op === '=' || op === '!=';
  if (left.kind === 'nil') return equality ? boolean(false) : undefined;
  if (right.kind !== 'nil') return undefined;
  const literal = ['boolean', 'duration', 'integer', 'number', 'time'].includes(left.kind);
  return literal || (left.kind === 'string' && equality) ? boolean(false) : undefined;
}

function foldBooleans(left: Expr, op: BinaryOperator, right: Expr): Expr | undefined {
  if (left.kind !== 'boolean' || right.kind !== 'boolean') return undefined;
  switch (op) {
    case '=':
      return boolean(left.value === right.value);
    case '!=':
    case '^':
      return boolean(left.value !== right.value);
    case '&':
      return boolean(left.value && right.value);
    case '|':
      return boolean(left.value || right.value);
    default:
      return undefined;
  }
}

function foldNumbers(left: Expr, op: BinaryOperator, right: Expr): Expr | undefined {
  if (!isNumber(left) || !isNumber(right)) return undefined;
  if (left.kind === 'number' || right.kind === 'number') {
    const [a, b] = [Number(left.value), Number(right.value)];
    return foldFloats(a, op, b) ?? compare(a, op, b);
  }
  const comparison = compare(left.value, op, right.value);
  if (comparison !== undefined) return comparison;
  return left.kind === 'unsigned' || right.kind === 'unsigned'
    ? foldUnsigned(left.value, op, right.value)
    : foldIntegers(left.value, op, right.value);
}

function isNumber(expr: Expr): expr is Extract<Expr, { kind: 'number' | 'integer' | 'unsigned' }> {
  return expr.kind === 'number' || expr.kind === 'integer' || expr.kind === 'unsigned';
}

function foldFloats(a: number, op: BinaryOperator, b: number): Expr | undefined {
  switch (op) {
    case '+':
      return number(a + b);
    case '-':
      return number(a - b);
    case '*':
      return number(a * b);
    case '/':
      return number(b === 0 ? 0 : a / b);
    case '%':
      return number(a % b);
    default:
      return undefined;
  }
}

function foldIntegers(a: bigint, op: BinaryOperator, b: bigint): Expr | undefined {
  const wrapped = (value: bigint): Expr => integer(BigInt.asIntN(64, value));
  switch (op) {
    case '+':
      return wrapped(a + b);
    case '-':
      return wrapped(a - b);
    case '*':
      return wrapped(a * b);
    case '/':
      return number(b === 0n ? 0 : Number(a) / Number(b));
    case '%':
      return wrapped(b === 0n ? 0n : a % b);
    case '&':
      return wrapped(a & b);
    case '|':
      return wrapped(a | b);
    case '^':
      return wrapped(a ^ b);
    default:
      return undefined;
  }
}

function foldUnsigned(a: bigint, op: BinaryOperator, b: bigint): Expr | undefined {
  const wrapped = (value: bigint): Expr => ({ kind: 'unsigned', value: BigInt.asUintN(64, value) });
  const divisor = BigInt.asUintN(64, b);
  const dividend = BigInt.asUintN(64, a);
  switch (op) {
    case '+':
      return wrapped(a + b);
    case '-':
      return wrapped(a - b);
    case '*':
      return wrapped(a * b);
    case '/':
      return wrapped(divisor === 0n ? 0n : dividend / divisor);
    case '%':
      return wrapped(divisor === 0n ? 0n : dividend % divisor);
    default:
      return undefined;
  }
}

/** Two strings that are times are compared as such, since one time can be written in several ways. */
function foldStrings(left: Expr, op: BinaryOperator, right: Expr, timeZone: string): Expr | undefined {
  if (left.kind !== 'string' || right.kind !== 'string') return undefined;
  if (op === '+') return string(left.value + right.value);
  const [a, b] = [parseTimeText(left.value, timeZone), parseTimeText(right.value, timeZone)];
  if (op !== '=' && op !== '!=') return a === undefined || b === undefined ? undefined : foldTimePair(a, op, b);
  const bothTimes = looksLikeTime(left.value) && looksLikeTime(right.value) && a !== undefined && b !== undefined;
  return boolean((bothTimes ? a === b : left.value === right.value) === (op === '='));
}

/** An operand of time arithmetic. An integer is a time before a duration, and a duration beside a time. */
type TimeOperand = { readonly kind: 'time' | 'duration' | 'integer'; readonly ns: bigint };

function foldTimes(left: Expr, op: BinaryOperator, right: Expr, timeZone: string): Expr | undefined {
  if (left.kind === 'duration' && isNumber(right) && right.kind !== 'unsigned') return scale(left.ns, op, right.value);
  const a = timeOperand(left, timeZone);
  const b = timeOperand(right, timeZone);
  if (a === undefined || b === undefined) return undefined;
  if (a.kind === 'duration' && b.kind === 'duration') return foldDurations(a.ns, op, b.ns);
  if (a.kind === 'time' && b.kind === 'time') return foldTimePair(a.ns, op, b.ns);
  if (a.kind === 'time' && (op === '+' || op === '-'))
    return { kind: 'time', ns: op === '+' ? a.ns + b.ns : a.ns - b.ns };
  if (a.kind === 'integer' && b.kind === 'duration' && (op === '+' || op === '-')) {
    return { kind: 'time', ns: op === '+' ? a.ns + b.ns : a.ns - b.ns };
  }
  return b.kind === 'time' && op === '+' ? { kind: 'time', ns: a.ns + b.ns } : undefined;
}

function timeOperand(expr: Expr, timeZone: string): TimeOperand | undefined {
  switch (expr.kind) {
    case 'time':
    case 'duration':
      return expr;
    case 'integer':
      return { kind: 'integer', ns: expr.value };
    case 'string': {
      const ns = parseTimeText(expr.value, timeZone);
      return ns === undefined ? undefined : { kind: 'time', ns };
    }
    default:
      return undefined;
  }
}

function scale(ns: bigint, op: BinaryOperator, factor: number | bigint): Expr | undefined {
  if (op !== '*' && op !== '/') return undefined;
  const whole = typeof factor === 'bigint' ? factor : BigInt(Math.trunc(factor));
  if (op === '*') return duration(BigInt.asIntN(64, ns * whole));
  return duration(whole === 0n ? 0n : ns / whole);
}

function foldDurations(a: bigint, op: BinaryOperator, b: bigint): Expr | undefined {
  if (op === '+') return duration(BigInt.asIntN(64, a + b));
  return op === '-' ? duration(BigInt.asIntN(64, a - b)) : compare(a, op, b);
}

function foldTimePair(a: bigint, op: BinaryOperator, b: bigint): Expr | undefined {
  return op === '-' ? duration(BigInt.asIntN(64, a - b)) : compare(a, op, b);
}

function compare<T extends number | bigint>(a: T, op: Binary['op'], b: T): Expr | undefined {
  switch (op) {
    case '=':
      return boolean(a === b);
    case '!=':
      return boolean(a !== b);
    case '<':
      return boolean(a < b);
    case '<=':
      return boolean(a <= b);
    case '>':
      return boolean(a > b);
    case '>=':
      return boolean(a >= b);
    default:
      return undefined;
  }
}
