// WHERE clauses of statements that ask about the schema. Series are chosen by their tags; conditions on fields do not choose.
import { WeirError } from '../../base/index.ts';
import type { TagPredicate, TimeRange } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr } from '../language/ast.ts';
import { walkExpr } from '../language/ast.ts';
import { boundsToRange, splitTime } from '../language/conditions.ts';
import { printExpr } from '../language/print-expression.ts';
import { type SeriesScope, tagPredicate } from '../language/series-condition.ts';
import type { QueryContext } from '../result.ts';

export interface SchemaCondition {
  /** On tags and fields; null = every series. */
  readonly condition: Expr | null;
  /** Only series in shards that touch it; null = all; undefined = no time at all qualifies. */
  readonly range: TimeRange | null | undefined;
}

export function splitSchemaCondition(condition: Expr | null, context: QueryContext): SchemaCondition {
  const split = splitTime(condition, { nowNs: context.clock.nowNs(), timeZone: 'UTC' });
  const bounded = split.startNs !== null || split.endNs !== null;
  return { condition: split.condition, range: bounded ? boundsToRange(split) : null };
}

/** Ids of the measurement's series that qualify. */
export function qualifyingSeries(snapshot: Snapshot, measurement: string, schema: SchemaCondition): Int32Array {
  if (schema.range === undefined) return new Int32Array(0);
  const scope = scopeOf(snapshot, measurement);
  const predicate = schema.condition === null ? undefined : relaxedPredicate(schema.condition, scope);
  const ids = snapshot.series(measurement, predicate);
  return schema.range === null ? ids : snapshot.seriesInRange(ids, measurement, schema.range);
}

export function scopeOf(snapshot: Snapshot, measurement: string): SeriesScope {
  const fields = snapshot.fields(measurement);
  return { measurement, hasField: (name) => fields.has(name), rules: 'index' };
}

/** The condition as a predicate on tags where everything about fields counts as true. */
export function relaxedPredicate(condition: Expr, scope: SeriesScope): TagPredicate {
  const whole = tagPredicate(condition, scope);
  if (whole !== undefined) return whole;
  if (condition.kind === 'paren') return relaxedPredicate(condition.expr, scope);
  if (condition.kind === 'binary' && (condition.op === 'AND' || condition.op === 'OR')) {
    const terms = [relaxedPredicate(condition.left, scope), relaxedPredicate(condition.right, scope)];
    return { op: condition.op === 'AND' ? 'and' : 'or', terms };
  }
  return { op: 'const', value: true };
}

/** `host = server01` compares two references where a string was meant: InfluxDB refuses that for tag keys and values. */
export function refuseUnquotedValues(condition: Expr | null): void {
  if (condition === null) return;
  walkExpr(condition, (expr) => {
    if (expr.kind !== 'binary' || (expr.op !== '=' && expr.op !== '!=')) return;
    if (expr.left.kind !== 'reference' || expr.right.kind !== 'reference') return;
    const advice = 'one term must be a string literal tag value within single quotes';
    throw new WeirError('invalid', `bad WHERE clause for metaquery; ${advice}: ${printExpr(expr)}`);
  });
}

/** Throws where time is mentioned, for statements that cannot heed it. */
export function refuseTime(condition: Expr | null, statement: string): void {
  if (condition !== null && hasTimeBound(condition)) {
    throw new WeirError('invalid', `${statement} doesn't support time in WHERE clause`);
  }
}

/** Whether the condition bounds time; only `time` on the left counts. */
export function hasTimeBound(expr: Expr): boolean {
  if (expr.kind === 'paren') return hasTimeBound(expr.expr);
  if (expr.kind !== 'binary') return false;
  if (expr.op === 'AND' || expr.op === 'OR') return hasTimeBound(expr.left) || hasTimeBound(expr.right);
  return expr.left.kind === 'reference' && expr.left.name.toLowerCase() === 'time';
}
