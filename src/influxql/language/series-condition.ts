// Conditions on tags: which series qualify, and what is then still to be asked of their fields.
//
//     host = 'a' AND region =~ /^eu/ AND (value > 3 OR host = 'b')
//     └────────── series ──────────┘     └──────── rest ────────┘
//
// A reference is a tag unless the measurement has a field of that name (or its cast says otherwise); `_name` stands for the
// measurement's name. As in InfluxDB:
// - a tag that a series lacks equals '';
// - SELECT compares `tag1 = tag2` by value, where a series that lacks either has no equal ones, and `tag < 'x'` holds never;
// - DELETE and SHOW take `tag < 'x'` as `!=`, and `tag1 = tag2` asks whether the series has both tags, `tag1 != tag2` whether it
//   has the first and not the second.
import { compileRegex } from '../../base/index.ts';
import type { TagPredicate } from '../../model/index.ts';
import { matchesTags } from '../../model/index.ts';
import type { Binary, Expr, Reference } from './ast.ts';
import { binary, boolean } from './ast.ts';
import { PLAIN_CONTEXT, reduceExpr } from './reduce.ts';

export interface SeriesScope {
  readonly measurement: string;
  /** Whether the measurement has a field of that name. */
  hasField(name: string): boolean;
  /** The rules of SELECT, or those of all other statements. */
  readonly rules: 'select' | 'index';
}

export interface SeriesCondition {
  /** null = every series. */
  readonly series: TagPredicate | null;
  /** null = every point of them. May mention tags beside fields, under OR: see `bindTags`. */
  readonly rest: Expr | null;
}

/** Splits a condition (without time: see `splitTime`) into what the series index answers and what must be asked of points. */
export function splitTags(condition: Expr | null, scope: SeriesScope): SeriesCondition {
  if (condition === null) return { series: null, rest: null };
  const whole = tagPredicate(condition, scope);
  if (whole !== undefined) {
    return whole.op === 'const' && whole.value ? { series: null, rest: null } : { series: whole, rest: null };
  }
  if (condition.kind === 'paren') return splitTags(condition.expr, scope);
  if (condition.kind !== 'binary' || condition.op !== 'AND') return { series: null, rest: condition };
  const left = splitTags(condition.left, scope);
  const right = splitTags(condition.right, scope);
  return { series: andPredicates(left.series, right.series), rest: andExprs(left.rest, right.rest) };
}

/** The condition as a predicate on tags; undefined when some part of it depends on fields. */
export function tagPredicate(condition: Expr, scope: SeriesScope): TagPredicate | undefined {
  switch (condition.kind) {
    case 'boolean':
      return { op: 'const', value: condition.value };
    case 'paren':
      return tagPredicate(condition.expr, scope);
    case 'binary': {
      if (condition.op !== 'AND' && condition.op !== 'OR') return comparisonPredicate(condition, scope);
      const left = tagPredicate(condition.left, scope);
      const right = left && tagPredicate(condition.right, scope);
      if (left === undefined || right === undefined) return undefined;
      return { op: condition.op === 'AND' ? 'and' : 'or', terms: [left, right] };
    }
    default:
      return undefined;
  }
}

/**
 * The rest of a condition for one series: comparisons of tags become true or false and fall away, and a tag within other
 * expressions becomes its value. null = every point qualifies, false = none does.
 */
export function bindTags(rest: Expr, scope: SeriesScope, tagValue: (tag: string) => string): Expr | null | false {
  const bound = reduceExpr(bindExpr(rest, scope, tagValue), PLAIN_CONTEXT);
  if (bound.kind !== 'boolean') return bound;
  return bound.value ? null : false;
}

/** Whether a reference means a field of the measurement. */
export function isFieldReference(reference: Reference, scope: SeriesScope): boolean {
  if (reference.name === '_name') return false;
  return reference.type === null ? scope.hasField(reference.name) : reference.type !== 'tag';
}

export function andPredicates(a: TagPredicate | null, b: TagPredicate | null): TagPredicate | null {
  if (a === null || b === null) return a ?? b;
  return { op: 'and', terms: [a, b] };
}

export function andExprs(a: Expr | null, b: Expr | null): Expr | null {
  return a === null || b === null ? (a ?? b) : binary(a, 'AND', b);
}

function bindExpr(expr: Expr, scope: SeriesScope, tagValue: (tag: string) => string): Expr {
  const predicate = expr.kind === 'boolean' ? undefined : tagPredicate(expr, scope);
  if (predicate !== undefined) return boolean(matchesTags(predicate, tagValue));
  const compared = compareTags(expr, scope, tagValue);
  if (compared !== undefined) return boolean(compared);
  switch (expr.kind) {
    case 'paren':
      return { kind: 'paren', expr: bindExpr(expr.expr, scope, tagValue) };
    case 'binary':
      return binary(bindExpr(expr.left, scope, tagValue), expr.op, bindExpr(expr.right, scope, tagValue));
    case 'call':
      return { ...expr, args: expr.args.map((arg) => bindExpr(arg, scope, tagValue)) };
    case 'reference':
      return isFieldReference(expr, scope) ? expr : { kind: 'string', value: tagValue(expr.name) };
    default:
      return expr;
  }
}

/** Two tags by their values; undefined when the expression is no comparison of two tags. */
function compareTags(expr: Expr, scope: SeriesScope, tagValue: (tag: string) => string): boolean | undefined {
  if (expr.kind !== 'binary' || !COMPARISONS.has(expr.op)) return undefined;
  const { left, right, op } = expr;
  if (left.kind !== 'reference' || right.kind !== 'reference') return undefined;
  if (isFieldReference(left, scope) || isFieldReference(right, scope)) return undefined;
  const value = tagValue(left.name);
  const same = value !== '' && value === tagValue(right.name);
  return op === '=' ? same : op === '!=' && !same;
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~', '<', '<=', '>', '>=']);

function comparisonPredicate(expr: Binary, scope: SeriesScope): TagPredicate | undefined {
  if (!COMPARISONS.has(expr.op)) return undefined;
  const [key, value] = expr.left.kind === 'reference' ? [expr.left, expr.right] : [expr.right, expr.left];
  if (key.kind !== 'reference' || isFieldReference(key, scope)) return undefined;
  const equal = expr.op === '=' || expr.op === '=~';
  switch (value.kind) {
    case 'string':
      if (key.name === '_name') return { op: 'const', value: (value.value === scope.measurement) === equal };
      if (!equal && expr.op !== '!=' && scope.rules === 'select') return { op: 'const', value: false };
      return { op: equal ? '=' : '!=', tag: key.name, value: value.value };
    case 'regex':
      if (key.name === '_name') {
        return { op: 'const', value: compileRegex(value.source).test(scope.measurement) === equal };
      }
      return { op: equal ? '=~' : '!~', tag: key.name, source: value.source };
    case 'reference':
      if (isFieldReference(value, scope) || scope.rules === 'select') return undefined;
      return {
        op: 'and',
        terms: [
          { op: '!=', tag: key.name, value: '' },
          { op: equal ? '!=' : '=', tag: value.name, value: '' },
        ],
      };
    default:
      return undefined;
  }
}
