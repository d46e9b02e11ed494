// The SELECT of a continuous query as whoever runs it on time needs it: by which windows it goes, what it reads and writes,
// and one run of it over a range of time.
import { WeirError } from '../../base/index.ts';
import type { TimeRange } from '../../model/index.ts';
import {
  type Expr,
  type Measurement,
  type SelectStatement,
  type Source,
  binary,
  integer,
  reference,
  walkExpr,
} from '../language/ast.ts';
import { splitTime } from '../language/conditions.ts';
import { parseQuery } from '../language/parser.ts';
import type { QueryContext } from '../result.ts';
import { isTransform } from '../select/functions.ts';
import { compileSelect, executeSelect } from '../select/index.ts';

export interface ContinuousSelect {
  readonly select: SelectStatement;
  /** GROUP BY time(interval, offset); the offset may be negative, but is less than the interval. */
  readonly intervalNs: bigint;
  readonly offsetNs: bigint;
  /** Empty = UTC. */
  readonly timeZone: string;
  /** RESAMPLE EVERY and FOR; 0 = not given. */
  readonly everyNs: bigint;
  readonly forNs: bigint;
  /** An empty name is `:MEASUREMENT`. */
  readonly target: Measurement;
  /** Subqueries' too. */
  readonly sources: readonly Measurement[];
  /** Whether a run over many windows writes what a run for each of them would. */
  readonly hasIndependentWindows: boolean;
  /** How many windows before its own the result of a window depends on. */
  readonly lookBackWindows: number;
}

/** Reads the text of a stored query. Throws `invalid` when it can never run, in InfluxDB's words. */
export function readContinuousQuery(text: string): ContinuousSelect {
  const [statement] = parseQuery(text).statements;
  if (statement?.kind !== 'create continuous query' || statement.source.target === null) {
    throw new WeirError('invalid', "query isn't a valid continuous query");
  }
  const { source: select, resampleEveryNs, resampleForNs } = statement;
  if (!hasCall(select)) throw new WeirError('invalid', 'continuous queries must be aggregate queries');
  const { extraWindows, hasLeadIn } = compileSelect(select, 0n);
  return {
    select,
    ...groupingOf(select),
    timeZone: select.timeZone ?? '',
    everyNs: resampleEveryNs,
    forNs: resampleForNs,
    target: statement.source.target,
    sources: select.sources.flatMap(measurementsOf),
    hasIndependentWindows: hasIndependentWindows(select),
    lookBackWindows: extraWindows + (hasLeadIn ? 1 : 0),
  };
}

/**
 * Runs the SELECT over [startNs, endNs), whatever it says of time itself, and resolves with the number of points written.
 * Rejects as `executeSelect` and its batches do.
 */
export async function runContinuousSelect(
  select: SelectStatement,
  range: TimeRange,
  context: QueryContext,
): Promise<number> {
  const { batches } = await executeSelect(boundTo(select, range, context.clock.nowNs()), context);
  let written = 0;
  for await (const { rowCount, columns } of batches) {
    const count = columns[1];
    for (let row = 0; row < rowCount; row++) if (count.kind === 'numbers') written += count.values[row];
  }
  return written;
}

function boundTo(select: SelectStatement, { startNs, endNs }: TimeRange, nowNs: bigint): SelectStatement {
  const time = reference('time');
  const bounds = binary(binary(time, '>=', integer(startNs)), 'AND', binary(time, '<', integer(endNs)));
  const { condition } = splitTime(select.condition, { nowNs, timeZone: select.timeZone ?? '' });
  return {
    ...select,
    condition: condition === null ? bounds : binary({ kind: 'paren', expr: condition }, 'AND', bounds),
  };
}

function groupingOf({ dimensions }: SelectStatement): { intervalNs: bigint; offsetNs: bigint } {
  for (const dimension of dimensions) {
    if (dimension.kind !== 'call' || dimension.name !== 'time') continue;
    const [interval, offset] = dimension.args;
    if (interval?.kind !== 'duration' || interval.ns <= 0n) break;
    return { intervalNs: interval.ns, offsetNs: offsetOf(offset, interval.ns) };
  }
  throw new WeirError('invalid', 'continuous queries need GROUP BY time with a positive interval');
}

function offsetOf(offset: Expr | undefined, intervalNs: bigint): bigint {
  if (offset === undefined) return 0n;
  if (offset.kind !== 'duration') throw new WeirError('invalid', 'invalid time dimension offset');
  return offset.ns % intervalNs;
}

function measurementsOf(source: Source): readonly Measurement[] {
  return source.kind === 'measurement' ? [source] : source.statement.sources.flatMap(measurementsOf);
}

function hasCall({ fields }: SelectStatement): boolean {
  return callNames(fields.map(({ expr }) => expr)).length > 0;
}

/** Their windows depend on points outside of them. */
const SPANS_WINDOWS: ReadonlySet<string> = new Set(['integral', 'increase']);

/** fill, limits and functions over a sequence of windows make one window's result depend on which others are read with it. */
function hasIndependentWindows(select: SelectStatement): boolean {
  const { fill, limit, offset, slimit, soffset, sources } = select;
  if (fill.mode !== 'null' && fill.mode !== 'none') return false;
  if (limit + offset + slimit + soffset > 0) return false;
  if (sources.some(({ kind }) => kind === 'subquery')) return false;
  return callNames(select.fields.map(({ expr }) => expr)).every(
    (name) => !isTransform(name) && !SPANS_WINDOWS.has(name),
  );
}

function callNames(exprs: readonly Expr[]): string[] {
  const names: string[] = [];
  for (const expr of exprs) {
    walkExpr(expr, (node) => {
      if (node.kind === 'call') names.push(node.name);
      else if (node.kind === 'distinct') names.push('distinct');
    });
  }
  return names;
}
