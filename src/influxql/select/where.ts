// WHERE on stored data: which series a condition leaves, what the executor asks of their fields, and what only this room can
// evaluate. Series whose tags make the same of a condition form a class.
//
//     host = 'a' AND (value > 3 OR region = 'x') AND sin(value) > 0
//       ├─ series index:  host = 'a'
//       ├─ class 1 (region = 'x'):   filter –            residual sin(value) > 0
//       └─ class 2 (the others):     filter value > 3    residual sin(value) > 0
import type { FieldOperand, FieldPredicate } from '../../exec/index.ts';
import type { TagPredicate } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr, Reference } from '../language/ast.ts';
import { walkExpr } from '../language/ast.ts';
import { type SeriesScope, andExprs, bindTags, isFieldReference, splitTags } from '../language/series-condition.ts';
import type { SourceSchema } from './typed-select.ts';

export interface SeriesClass {
  /** Ascending. */
  readonly seriesIds: Int32Array;
  readonly filter: FieldPredicate | null;
  /** To be evaluated on rows that passed the filter. */
  readonly residual: Expr | null;
}

/** The condition on one measurement, before any series is looked at. */
export interface StoredCondition {
  readonly series: TagPredicate | null;
  readonly rest: Expr | null;
  readonly scope: SeriesScope;
}

export function splitCondition(condition: Expr | null, measurement: string, schema: SourceSchema): StoredCondition {
  const scope: SeriesScope = { measurement, hasField: (name) => schema.fields.has(name), rules: 'select' };
  return { ...splitTags(condition, scope), scope };
}

/** Groups series by what their tags leave of the condition; those that can have no point are left out. */
export function classifySeries(
  condition: StoredCondition,
  seriesIds: Int32Array,
  snapshot: Snapshot,
  schema: SourceSchema,
): SeriesClass[] {
  const { rest, scope } = condition;
  if (rest === null) return [{ seriesIds, filter: null, residual: null }];
  const tags = tagsIn(rest, scope);
  if (tags.length === 0) return [{ seriesIds, ...splitFields(rest, schema) }];
  const values = tags.map((tag) => snapshot.tagValues(seriesIds, tag));
  const classes = new Map<string, number[]>();
  for (let at = 0; at < seriesIds.length; at++) {
    const key = JSON.stringify(values.map((column) => column[at]));
    const members = classes.get(key);
    if (members === undefined) classes.set(key, [at]);
    else members.push(at);
  }
  return mergeClasses(condition, tags, values, seriesIds, [...classes.values()], schema);
}

/** Different tag values may leave the same condition: such classes become one. */
function mergeClasses(
  { rest, scope }: StoredCondition,
  tags: readonly string[],
  values: readonly (readonly string[])[],
  seriesIds: Int32Array,
  classes: readonly (readonly number[])[],
  schema: SourceSchema,
): SeriesClass[] {
  const byCondition = new Map<string, { readonly bound: Expr | null; readonly members: number[] }>();
  for (const members of classes) {
    const tagValue = (tag: string): string => values[tags.indexOf(tag)][members[0]];
    const bound = rest === null ? null : bindTags(rest, scope, tagValue);
    if (bound === false) continue;
    const key = JSON.stringify(bound, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    const same = byCondition.get(key);
    if (same === undefined) byCondition.set(key, { bound, members: [...members] });
    else for (const at of members) same.members.push(at);
  }
  return [...byCondition.values()].map(({ bound, members }) => ({
    seriesIds: Int32Array.from(members, (at) => seriesIds[at]).sort(),
    ...(bound === null ? { filter: null, residual: null } : splitFields(bound, schema)),
  }));
}

function tagsIn(expr: Expr, scope: SeriesScope): string[] {
  const tags = new Set<string>();
  walkExpr(expr, (node) => {
    if (node.kind === 'reference' && !isFieldReference(node, scope)) tags.add(node.name);
  });
  return [...tags];
}

/** What the executor can filter by, and the rest. */
export function splitFields(
  expr: Expr,
  schema: SourceSchema,
): { filter: FieldPredicate | null; residual: Expr | null } {
  const whole = fieldPredicate(expr, schema);
  if (whole !== undefined) return { filter: whole, residual: null };
  if (expr.kind === 'paren') return splitFields(expr.expr, schema);
  if (expr.kind !== 'binary' || expr.op !== 'AND') return { filter: null, residual: expr };
  const left = splitFields(expr.left, schema);
  const right = splitFields(expr.right, schema);
  return { filter: andFilters(left.filter, right.filter), residual: andExprs(left.residual, right.residual) };
}

function andFilters(a: FieldPredicate | null, b: FieldPredicate | null): FieldPredicate | null {
  return a === null || b === null ? (a ?? b) : { op: 'and', terms: [a, b] };
}

/** undefined when some part is beyond the executor: functions, casts that change values. */
function fieldPredicate(expr: Expr, schema: SourceSchema): FieldPredicate | undefined {
  switch (expr.kind) {
    case 'boolean':
      return { op: 'const', value: expr.value };
    case 'paren':
      return fieldPredicate(expr.expr, schema);
    case 'binary':
      break;
    default:
      return undefined;
  }
  switch (expr.op) {
    case 'AND':
    case 'OR': {
      const left = fieldPredicate(expr.left, schema);
      const right = left && fieldPredicate(expr.right, schema);
      if (left === undefined || right === undefined) return undefined;
      return { op: expr.op === 'AND' ? 'and' : 'or', terms: [left, right] };
    }
    case '=~':
    case '!~':
      if (expr.left.kind !== 'reference' || expr.right.kind !== 'regex' || isCast(expr.left, schema)) return undefined;
      return { op: expr.op, field: expr.left.name, source: expr.right.source };
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const left = fieldOperand(expr.left, schema);
      const right = left && fieldOperand(expr.right, schema);
      return left === undefined || right === undefined ? undefined : { op: expr.op, left, right };
    }
    default:
      return undefined;
  }
}

function fieldOperand(expr: Expr, schema: SourceSchema): FieldOperand | undefined {
  switch (expr.kind) {
    case 'reference':
      return isCast(expr, schema) ? undefined : { kind: 'field', name: expr.name };
    case 'paren':
      return fieldOperand(expr.expr, schema);
    case 'number':
    case 'integer':
    case 'unsigned':
    case 'string':
    case 'boolean':
      return { kind: 'literal', value: expr.value };
    case 'binary': {
      const { op } = expr;
      if (
        op !== '+' &&
        op !== '-' &&
        op !== '*' &&
        op !== '/' &&
        op !== '%' &&
        op !== '&' &&
        op !== '|' &&
        op !== '^'
      ) {
        return undefined;
      }
      const left = fieldOperand(expr.left, schema);
      const right = left && fieldOperand(expr.right, schema);
      return left === undefined || right === undefined ? undefined : { kind: 'math', op, left, right };
    }
    default:
      return undefined;
  }
}

/** Whether the reference wants another type than the field has. */
function isCast(reference: Reference, schema: SourceSchema): boolean {
  const type = schema.fields.get(reference.name);
  return type !== undefined && reference.type !== null && reference.type !== 'field' && reference.type !== type;
}

/** The references in an expression, each once. */
export function referencesIn(expr: Expr | null): Reference[] {
  const references = new Map<string, Reference>();
  if (expr !== null) {
    walkExpr(expr, (node) => {
      if (node.kind === 'reference') references.set(`${node.name}\u0000${node.type}`, node);
    });
  }
  return [...references.values()];
}
