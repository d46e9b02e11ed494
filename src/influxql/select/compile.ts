// From a SELECT as it was written to one that is known to make sense, before any data is looked at: constants worked out,
// time bounds split off, GROUP BY time understood, calls checked; subqueries compiled with what they inherit.
import { MAX_TIME_NS, MIN_TIME_NS, floorDiv } from '../../model/index.ts';
import type { Call, Expr, Field, Fill, Measurement, SelectStatement } from '../language/ast.ts';
import { call, duration, integer, number, reference } from '../language/ast.ts';
import { type TimeBounds, UNBOUNDED, intersectBounds, splitTime } from '../language/conditions.ts';
import { PLAIN_CONTEXT, reduceExpr } from '../language/reduce.ts';
import { looksLikeTime, requireTime } from '../language/time-literal.ts';
import { type CallChecks, checkCombination, checkCondition, checkField, invalid } from './call-rules.ts';
import { isLiteral } from './expression-types.ts';
import { keepsType, mathArity } from './functions.ts';
import { mathOfNumbers } from './math-functions.ts';

/** GROUP BY time(every, offset); 0 <= offset < every. */
export interface Interval {
  readonly everyNs: bigint;
  readonly offsetNs: bigint;
}

export type CompiledSource = Measurement | CompiledSelect;

export interface CompiledSelect {
  readonly kind: 'compiled';
  /** Without time; `DISTINCT x` as a call. Types of references and wildcards are still as written. */
  readonly fields: readonly Field[];
  readonly timeColumn: string;
  readonly target: Measurement | null;
  readonly sources: readonly CompiledSource[];
  /** Without bounds on time. */
  readonly condition: Expr | null;
  /** Both ends included; MIN_TIME_NS and MAX_TIME_NS where there is no bound. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly interval: Interval | null;
  /** GROUP BY but for time: references, regexes and wildcards. */
  readonly dimensions: readonly Expr[];
  readonly fill: Fill;
  readonly ascending: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly slimit: number;
  readonly soffset: number;
  /** Empty = UTC and times print as `Z`. */
  readonly timeZone: string;
  readonly hasCalls: boolean;
  /** How many windows before the range transformations may read. */
  readonly extraWindows: number;
  /** Whether calls read the window before the range, and before what transformations read: see lead-in.ts. */
  readonly hasLeadIn: boolean;
}

/** Throws `invalid` with InfluxDB's texts, and `not implemented`. */
export function compileSelect(statement: SelectStatement, nowNs: bigint): CompiledSelect {
  return compile(statement, nowNs, null);
}

/** What a subquery takes over from the query around it. */
interface Parent {
  readonly bounds: TimeBounds;
  readonly interval: Interval | null;
  readonly ascending: boolean;
}

function compile(statement: SelectStatement, nowNs: bigint, parent: Parent | null): CompiledSelect {
  const timeZone = statement.timeZone ?? '';
  const { condition, ...own } = splitTime(statement.condition, { nowNs, timeZone });
  checkCondition(condition);
  const dimensions = statement.dimensions.map((dimension) => reduceExpr(dimension, PLAIN_CONTEXT));
  const ownInterval = intervalOf(dimensions, nowNs, timeZone);
  const ascending = orderOf(statement, parent);
  const bounds = resolveBounds(own, ownInterval, nowNs, parent);
  const interval = ownInterval ?? parent?.interval ?? null;
  const { fields, timeColumn } = compileFields(statement.fields);
  // InfluxDB turns the fill of a subquery's windows into none before it checks what goes with fill().
  const fill = parent !== null && ownInterval !== null ? effectiveFill(statement, true, true) : statement.fill;
  const checks = checkFields(fields, { ...statement, fill }, interval !== null, ownInterval === null);
  return {
    kind: 'compiled',
    fields: fields.map(distinctAsCall),
    timeColumn,
    target: statement.target,
    sources: statement.sources.map((source) =>
      source.kind === 'measurement' ? source : compile(source.statement, nowNs, { bounds, interval, ascending }),
    ),
    condition,
    startNs: bounds.startNs ?? MIN_TIME_NS,
    endNs: bounds.endNs ?? MAX_TIME_NS,
    interval,
    dimensions: dimensions.filter((dimension) => dimension.kind !== 'call'),
    fill: effectiveFill(statement, checks.callCount > 0, parent !== null),
    ascending,
    limit: statement.limit,
    offset: statement.offset,
    slimit: statement.slimit,
    soffset: statement.soffset,
    timeZone,
    hasCalls: checks.callCount > 0,
    extraWindows: checks.extraWindows,
    hasLeadIn: checks.hasLeadIn,
  };
}

function checkFields(
  fields: readonly Field[],
  statement: SelectStatement,
  hasInterval: boolean,
  inheritedInterval: boolean,
): CallChecks {
  const checks: CallChecks = {
    hasInterval,
    inheritedInterval,
    hasTarget: statement.target !== null,
    limit: statement.limit,
    callCount: 0,
    onlySelectors: true,
    hasDistinct: false,
    hasPlainFields: false,
    topBottom: '',
    extraWindows: 0,
    hasLeadIn: false,
  };
  for (const field of fields) checkField(distinctAsCall(field).expr, checks);
  checkCombination(checks, fields.length, statement.fill.mode);
  return checks;
}

/** `time` is no field: it always comes first, and its alias names that column. */
function compileFields(written: readonly Field[]): { fields: Field[]; timeColumn: string } {
  let timeColumn = 'time';
  const fields: Field[] = [];
  for (const field of written) {
    if (field.expr.kind === 'reference' && field.expr.name === 'time') {
      if (field.alias !== '') timeColumn = field.alias;
    } else fields.push({ ...field, expr: unwrap(reduceExpr(foldMath(field.expr), PLAIN_CONTEXT)) });
  }
  return { fields, timeColumn };
}

function unwrap(expr: Expr): Expr {
  return expr.kind === 'paren' ? expr.expr : expr;
}

/** Functions of numbers are numbers: `sin(1.3)`. */
function foldMath(expr: Expr): Expr {
  switch (expr.kind) {
    case 'binary':
      return { ...expr, left: foldMath(expr.left), right: foldMath(expr.right) };
    case 'paren':
      return { ...expr, expr: foldMath(expr.expr) };
    case 'call': {
      const args = expr.args.map(foldMath);
      const values = args.map((arg) =>
        arg.kind === 'number' || arg.kind === 'integer' ? Number(arg.value) : Number.NaN,
      );
      if (mathArity(expr.name) !== args.length || !args.every(isLiteral)) return { ...expr, args };
      // Of other literals there is no value: what is left is a literal that stands for nothing.
      if (values.some((value) => Number.isNaN(value))) return duration(0n);
      const [first] = args;
      const result = mathOfNumbers(expr.name, values[0], values[1]);
      return first.kind === 'integer' && keepsType(expr.name)
        ? integer(wholeMath(expr.name, first.value))
        : number(result);
    }
    default:
      return expr;
  }
}

/** abs(), floor(), ceil() or round() of a whole number. */
function wholeMath(name: string, value: bigint): bigint {
  return name === 'abs' && value < 0n ? BigInt.asIntN(64, -value) : value;
}

function distinctAsCall(field: Field): Field {
  return { ...field, expr: rewriteDistinct(field.expr) };
}

function rewriteDistinct(expr: Expr): Expr {
  switch (expr.kind) {
    case 'distinct':
      return call('distinct', reference(expr.name));
    case 'call':
      return { ...expr, args: expr.args.map(rewriteDistinct) };
    case 'binary':
      return { ...expr, left: rewriteDistinct(expr.left), right: rewriteDistinct(expr.right) };
    case 'paren':
      return { ...expr, expr: rewriteDistinct(expr.expr) };
    default:
      return expr;
  }
}

function orderOf(statement: SelectStatement, parent: Parent | null): boolean {
  const [sort] = statement.sortFields;
  const ascending = sort?.ascending ?? true;
  if (parent === null) return ascending;
  if (sort !== undefined && ascending !== parent.ascending) {
    throw invalid('subqueries must be ordered in the same direction as the query itself');
  }
  return parent.ascending;
}

/** GROUP BY time ends at now() unless it says otherwise. */
function resolveBounds(own: TimeBounds, interval: Interval | null, nowNs: bigint, parent: Parent | null): TimeBounds {
  const endNs = own.endNs ?? (interval === null ? null : nowNs);
  return intersectBounds({ startNs: own.startNs, endNs }, parent?.bounds ?? UNBOUNDED);
}

/** Inside a query, and before a write, null rows would only be dropped again. */
function effectiveFill(statement: SelectStatement, hasCalls: boolean, isSubquery: boolean): Fill {
  const drops = statement.target !== null || (isSubquery && hasCalls);
  return statement.fill.mode === 'null' && drops ? { ...statement.fill, mode: 'none' } : statement.fill;
}

function intervalOf(dimensions: readonly Expr[], nowNs: bigint, timeZone: string): Interval | null {
  let interval: Interval | null = null;
  for (const dimension of dimensions) {
    switch (dimension.kind) {
      case 'reference':
        if (dimension.name.toLowerCase() === 'time') {
          throw invalid('time() is a function and expects at least one argument');
        }
        break;
      case 'call': {
        const [every, offset] = timeArguments(dimension);
        if (every.kind !== 'duration') throw invalid('time dimension must have duration argument');
        if (interval !== null) throw invalid('multiple time dimensions not allowed');
        // A duration of 0 or less groups nothing, as in InfluxDB.
        if (every.ns > 0n) interval = { everyNs: every.ns, offsetNs: offsetOf(offset, every.ns, nowNs, timeZone) };
        break;
      }
      case 'wildcard':
      case 'regex':
        break;
      default:
        throw invalid('only time and tag dimensions allowed');
    }
  }
  return interval;
}

function timeArguments(dimension: Call): readonly Expr[] {
  if (dimension.name !== 'time') throw invalid('only time() calls allowed in dimensions');
  if (dimension.args.length < 1 || dimension.args.length > 2) {
    throw invalid('time dimension expected 1 or 2 arguments');
  }
  return dimension.args;
}

function offsetOf(offset: Expr | undefined, everyNs: bigint, nowNs: bigint, timeZone: string): bigint {
  if (offset === undefined) return 0n;
  switch (offset.kind) {
    case 'duration':
      return remainder(offset.ns, everyNs);
    case 'time':
      return remainder(offset.ns - GO_ZERO_TIME_NS, everyNs);
    case 'call':
      if (offset.name !== 'now') throw invalid('time dimension offset function must be now()');
      if (offset.args.length > 0) throw invalid('time dimension offset now() function requires no arguments');
      return remainder(nowNs - GO_ZERO_TIME_NS, everyNs);
    case 'string':
      if (!looksLikeTime(offset.value)) throw invalid('time dimension offset must be duration or now()');
      return remainder(requireTime(offset.value, timeZone) - GO_ZERO_TIME_NS, everyNs);
    default:
      throw invalid('time dimension offset must be duration or now()');
  }
}

/** A time as an offset counts from year 1, as InfluxDB's does. */
const GO_ZERO_TIME_NS = -62_135_596_800n * 1_000_000_000n;

function remainder(value: bigint, everyNs: bigint): bigint {
  return value - floorDiv(value, everyNs) * everyNs;
}
