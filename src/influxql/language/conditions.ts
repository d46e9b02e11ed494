// Takes a WHERE clause apart: bounds on `time` here, conditions on tags in `series-condition.ts`; what is left is for the fields.
//
//     host = 'a' AND time >= '2000-01-01' AND (value > 3 OR time < now())
//        ↓ splitTime
//     condition: host = 'a' AND value > 3        startNs: 946684800000000000        endNs: now - 1
//
// As in InfluxDB, a bound counts for the whole query wherever it stands, under OR, too.
import { WeirError } from '../../base/index.ts';
import { ALL_TIME, MAX_TIME_NS, MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import { type BinaryOperator, type Expr, binary, walkExpr } from './ast.ts';
import { printExpr } from './print-expression.ts';
import { PLAIN_CONTEXT, type ReduceContext, reduceExpr } from './reduce.ts';
import { formatRfc3339, looksLikeTime, requireTime } from './time-literal.ts';

export interface TimeBounds {
  /** The first and the last time that qualifies, both included; null = not bounded on that side. */
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
}

export interface SplitCondition extends TimeBounds {
  /** Without time and with constants worked out; null = everything qualifies. */
  readonly condition: Expr | null;
}

export const UNBOUNDED: TimeBounds = { startNs: null, endNs: null };

/**
 * Splits the bounds on time off a condition. Throws `invalid`: `invalid time comparison operator: !=`,
 * `invalid operation: time and *influxql.VarRef are not compatible`, `invalid timestamp string`,
 * `time 2500-01-01T00:00:00Z overflows time literal`, `invalid condition expression: x`.
 */
export function splitTime(condition: Expr | null, context: ReduceContext): SplitCondition {
  if (condition === null) return { ...UNBOUNDED, condition: null };
  const split = splitExpr(condition, context);
  let rest = split.condition;
  if (rest?.kind === 'paren') rest = rest.expr;
  if (rest?.kind === 'boolean' && rest.value) rest = null;
  return { ...split, condition: rest };
}

export function intersectBounds(a: TimeBounds, b: TimeBounds): TimeBounds {
  const startNs = b.startNs === null || (a.startNs !== null && a.startNs > b.startNs) ? a.startNs : b.startNs;
  const endNs = b.endNs === null || (a.endNs !== null && a.endNs < b.endNs) ? a.endNs : b.endNs;
  return { startNs, endNs };
}

/** The bounds as a half-open range of storable times; undefined = no time qualifies. */
export function boundsToRange(bounds: TimeBounds): TimeRange | undefined {
  const startNs = bounds.startNs === null || bounds.startNs < MIN_TIME_NS ? ALL_TIME.startNs : bounds.startNs;
  const endNs = bounds.endNs === null || bounds.endNs > MAX_TIME_NS ? ALL_TIME.endNs : bounds.endNs + 1n;
  return startNs < endNs ? { startNs, endNs } : undefined;
}

/** Whether the expression speaks of time. */
export function mentionsTime(expr: Expr | null): boolean {
  let found = false;
  if (expr !== null) walkExpr(expr, (node) => void (found ||= isTime(node)));
  return found;
}

function splitExpr(expr: Expr, context: ReduceContext): SplitCondition {
  switch (expr.kind) {
    case 'binary':
      if (expr.op === 'AND' || expr.op === 'OR') return splitLogic(expr.left, expr.op, expr.right, context);
      if (isTime(expr.left)) return { ...timeBounds(expr.op, expr.right, context), condition: null };
      if (isTime(expr.right)) return { ...timeBounds(mirrored(expr.op), expr.left, context), condition: null };
      return { ...UNBOUNDED, condition: reduceExpr(expr, context) };
    case 'paren': {
      const inner = splitExpr(expr.expr, context);
      if (inner.condition === null) return inner;
      return { ...inner, condition: reduceExpr({ kind: 'paren', expr: inner.condition }, PLAIN_CONTEXT) };
    }
    case 'boolean':
      return { ...UNBOUNDED, condition: expr };
    default:
      throw new WeirError('invalid', `invalid condition expression: ${printExpr(expr)}`);
  }
}

function splitLogic(left: Expr, op: 'AND' | 'OR', right: Expr, context: ReduceContext): SplitCondition {
  const a = splitExpr(left, context);
  const b = splitExpr(right, context);
  const bounds = intersectBounds(a, b);
  if (a.condition === null || b.condition === null) return { ...bounds, condition: a.condition ?? b.condition };
  return { ...bounds, condition: reduceExpr(binary(a.condition, op, b.condition), PLAIN_CONTEXT) };
}

function isTime(expr: Expr): boolean {
  return expr.kind === 'reference' && expr.name.toLowerCase() === 'time';
}

function mirrored(op: BinaryOperator): BinaryOperator {
  switch (op) {
    case '<':
      return '>';
    case '<=':
      return '>=';
    case '>':
      return '<';
    case '>=':
      return '<=';
    default:
      return op;
  }
}

/** The bounds of `time <op> expr`. */
function timeBounds(op: BinaryOperator, expr: Expr, context: ReduceContext): TimeBounds {
  const ns = timeValue(expr, context);
  switch (op) {
    case '>':
      return { startNs: ns + 1n, endNs: null };
    case '>=':
      return { startNs: ns, endNs: null };
    case '<':
      return { startNs: null, endNs: ns - 1n };
    case '<=':
      return { startNs: null, endNs: ns };
    case '=':
      return { startNs: ns, endNs: ns };
    default:
      throw new WeirError('invalid', `invalid time comparison operator: ${op}`);
  }
}

function timeValue(expr: Expr, context: ReduceContext): bigint {
  if (expr.kind === 'string' && looksLikeTime(expr.value)) {
    return storable(requireTime(expr.value, context.timeZone));
  }
  const reduced = reduceExpr(expr, context);
  const value = reduced.kind === 'paren' ? reduced.expr : reduced;
  switch (value.kind) {
    case 'time':
      return storable(value.ns);
    case 'duration':
      return value.ns;
    case 'integer':
      return value.value;
    case 'number':
      if (Number.isFinite(value.value)) return BigInt(Math.trunc(value.value));
      throw new WeirError('invalid', 'invalid timestamp string');
    default:
      throw new WeirError('invalid', `invalid operation: time and ${GO_TYPES[value.kind]} are not compatible`);
  }
}

function storable(ns: bigint): bigint {
  if (ns > MAX_TIME_NS) throw new WeirError('invalid', `time ${wholeSeconds(ns)} overflows time literal`);
  if (ns <= MIN_TIME_NS) throw new WeirError('invalid', `time ${wholeSeconds(ns)} underflows time literal`);
  return ns;
}

function wholeSeconds(ns: bigint): string {
  return formatRfc3339(ns).replace(/\.\d+/, '');
}

/** What InfluxDB's errors call the kinds of expressions. */
const GO_TYPES: Readonly<Record<Expr['kind'], string>> = {
  reference: '*influxql.VarRef',
  call: '*influxql.Call',
  distinct: '*influxql.Distinct',
  binary: '*influxql.BinaryExpr',
  paren: '*influxql.ParenExpr',
  wildcard: '*influxql.Wildcard',
  number: '*influxql.NumberLiteral',
  integer: '*influxql.IntegerLiteral',
  unsigned: '*influxql.UnsignedLiteral',
  string: '*influxql.StringLiteral',
  boolean: '*influxql.BooleanLiteral',
  duration: '*influxql.DurationLiteral',
  regex: '*influxql.RegexLiteral',
  time: '*influxql.TimeLiteral',
  list: '*influxql.ListLiteral',
  nil: '*influxql.NilLiteral',
};
