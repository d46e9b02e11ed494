// What a SELECT asks of the tiers of a ladder: which functions over which windows, or rows.
import type { FieldCall, TierNeed } from '../../ladder/index.ts';
import { MAX_TIME_NS, MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import { type Expr, walkExpr } from '../language/ast.ts';
import type { CompiledSelect } from './compile.ts';
import { aggregateKind, isSelector, isTransform, mathArity } from './functions.ts';
import { leadInStart } from './windows.ts';

/** `around`: what the query that this one stands in may read. */
export function tierNeed(compiled: CompiledSelect, around: TimeRange | null): TierNeed {
  const range = hull(readRange(compiled), around);
  const { interval, timeZone } = compiled;
  const { calls, plain } = callsOf(compiled);
  const rows = calls.length === 0;
  // A selector that stands alone shows the time of the point that it chose.
  const own = interval === null && calls.length === 1 && isSelector(calls[0].kind);
  return {
    range,
    cuts: cutsOf(compiled, calls, around),
    windows: interval === null ? null : { ...interval, timeZone },
    calls: rows || plain === 'sequence' ? null : calls,
    needsPoints: own || plain !== 'none' || hasCast(compiled),
    conditionNames: namesIn(compiled.condition),
  };
}

/**
 * Calls that look back read more than the others of a statement, and a subquery may read less than what is around it: each
 * from a time that need not be on a tier's step.
 */
function cutsOf(compiled: CompiledSelect, calls: readonly FieldCall[], around: TimeRange | null): readonly bigint[] {
  const { fields, startNs, endNs, interval, hasLeadIn, ascending, timeZone } = compiled;
  let transforms = 0;
  for (const { expr } of fields)
    walkExpr(expr, (node) => void (node.kind === 'call' && isTransform(node.name) && transforms++));
  const cuts = new Set([endNs + 1n]);
  if (around !== null) cuts.add(around.startNs).add(around.endNs);
  for (let back = 0; back <= (interval === null ? 0 : transforms); back++) {
    const extraNs = BigInt(back) * (interval?.everyNs ?? 0n);
    const fromNs = ascending ? startNs - extraNs : startNs;
    if (!ascending) cuts.add(endNs + 1n + extraNs);
    if (interval !== null && hasLeadIn) cuts.add(leadInStart(interval, timeZone, fromNs));
    if (!hasLeadIn || calls.some(({ kind }) => kind !== 'increase')) cuts.add(fromNs);
  }
  return [...cuts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Fields and tags that the statement names outside of conditions. */
export function namedColumns(compiled: CompiledSelect): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { expr } of compiled.fields)
    walkExpr(expr, (node) => void (node.kind === 'reference' && names.add(node.name)));
  return names;
}

/** What transformations and counters may read, at most: decides which shards' schema counts. */
export function readRange(select: CompiledSelect): TimeRange {
  const { startNs, endNs, interval, extraWindows, hasLeadIn, ascending } = select;
  const extraNs = interval === null ? 0n : interval.everyNs * BigInt(extraWindows);
  // As in InfluxDB fields are known although bounds leave nothing between them.
  const [low, high] = startNs <= endNs ? [startNs, endNs] : [endNs, startNs];
  const back = ascending ? low - extraNs : low;
  const first = interval === null || !hasLeadIn ? back : leadInStart(interval, select.timeZone, back);
  const last = ascending ? high : high + extraNs;
  return {
    startNs: first < MIN_TIME_NS ? MIN_TIME_NS : first,
    endNs: (last > MAX_TIME_NS ? MAX_TIME_NS : last) + 1n,
  };
}

function hull(range: TimeRange, around: TimeRange | null): TimeRange {
  if (around === null) return range;
  return {
    startNs: range.startNs < around.startNs ? range.startNs : around.startNs,
    endNs: range.endNs > around.endNs ? range.endNs : around.endNs,
  };
}

/** The calls that take columns, each once, and what else takes columns: nothing, plain references, or sequences of points. */
function callsOf(compiled: CompiledSelect): { calls: readonly FieldCall[]; plain: 'none' | 'beside' | 'sequence' } {
  const calls = new Map<string, FieldCall>();
  let plain: 'none' | 'beside' | 'sequence' = 'none';
  const visit = (expr: Expr): void => {
    switch (expr.kind) {
      case 'reference':
      case 'wildcard':
      case 'regex':
        if (plain === 'none') plain = 'beside';
        break;
      case 'binary':
        visit(expr.left);
        visit(expr.right);
        break;
      case 'paren':
        visit(expr.expr);
        break;
      case 'call': {
        const [argument] = expr.args;
        if (mathArity(expr.name) !== undefined) expr.args.forEach(visit);
        else if (isTransform(expr.name)) {
          if (isColumn(argument)) plain = 'sequence';
          else visit(argument);
        } else {
          const call = { kind: aggregateKind(expr), field: argument?.kind === 'reference' ? argument.name : null };
          calls.set(`${call.kind} ${call.field ?? ''}`, call);
        }
        break;
      }
      default:
    }
  };
  for (const { expr } of compiled.fields) visit(expr);
  return { calls: [...calls.values()], plain };
}

/** States are of the values as they are stored. */
function hasCast({ fields }: CompiledSelect): boolean {
  let found = false;
  for (const { expr } of fields) {
    walkExpr(expr, (node) => {
      if (node.kind === 'reference' && node.type !== null && node.type !== 'field' && node.type !== 'tag') found = true;
    });
  }
  return found;
}

function isColumn(expr: Expr | undefined): boolean {
  return expr?.kind === 'reference' || expr?.kind === 'wildcard' || expr?.kind === 'regex';
}

function namesIn(condition: Expr | null): readonly string[] {
  const names = new Set<string>();
  if (condition !== null) walkExpr(condition, (node) => void (node.kind === 'reference' && names.add(node.name)));
  return [...names];
}
