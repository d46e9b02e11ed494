// Base calls computed over rows that the executor cannot aggregate by itself: those of subqueries, of casts, of conditions
// with functions. The executor's own kernels do the work; this file feeds them, one group at a time.
import { type AggregateCall, type RowAggregation, openRowAggregation } from '../../exec/index.ts';
import type { FieldType, TimeRange } from '../../model/index.ts';
import type { Reference } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';
import { mergeRuns } from './merge.ts';
import type { CellBlock, Level, LevelCells, PointLookUp } from './cells.ts';
import { FoundValues } from './point-lookup.ts';
import { refuseType } from './functions.ts';
import { emptyColumn } from './pushdown.ts';
import type { QueryEnv } from './query-env.ts';
import type { SeriesPiece } from './read-rows.ts';
import { type Group, type Rows, gatherRows, isValid, reverseRows, rowTime, sliceRows } from './rows.ts';
import { windowCount } from './windows.ts';

/** What the rows fed here must have: first the fields of all calls, then references that stand beside a selector. */
export interface RowCellPlan {
  readonly levels: readonly Level[];
  /** The rows' columns. */
  readonly references: readonly Reference[];
  /** How many of them are fields of calls; the others are looked up at chosen points. */
  readonly callFields: number;
  readonly ascending: boolean;
}

/** The distinct fields of all calls. */
export function callReferences(levels: readonly Pick<Level, 'requests'>[]): Reference[] {
  const references = new Map<string, Reference>();
  for (const level of levels) {
    for (const { reference } of level.requests) {
      references.set(printExpr(reference), reference);
    }
  }
  return [...references.values()];
}

/** One block a group. */
export async function* rowBlocks(
  pieces: AsyncIterable<SeriesPiece>,
  plan: RowCellPlan,
  env: QueryEnv,
): AsyncGenerator<CellBlock> {
  for (const { requests } of plan.levels) {
    for (const { base, reference } of requests) refuseType(base.kind, valueType(reference));
  }
  let group: Group | undefined;
  let aggregation: GroupAggregation | undefined;
  for await (const piece of pieces) {
    if (piece.group !== group) {
      if (group !== undefined && aggregation !== undefined) yield await aggregation.finish(group);
      group = piece.group;
      aggregation = new GroupAggregation(plan, env);
    }
    aggregation?.add(piece);
  }
  if (group !== undefined && aggregation !== undefined) yield await aggregation.finish(group);
}

/** Rows of a group that are put in order of time before they are added up. */
const MAX_ORDERED_ROWS = 100_000;

class GroupAggregation {
  readonly #plan: RowCellPlan;
  readonly #env: QueryEnv;
  readonly #levels: readonly LevelAggregation[];
  /** Kept only for references beside a selector: the rows of each series. */
  readonly #kept = new Map<number, Rows[]>();
  #keptRows = 0;
  /** Sums of floats depend on their order in the last digit: a group that is not large is added up in order of time. */
  #waiting: { ordinal: number; rows: Rows }[] | null;
  #waitingRows = 0;
  readonly #choosesByTime: boolean;

  constructor(plan: RowCellPlan, env: QueryEnv) {
    this.#plan = plan;
    const kinds = plan.levels.flatMap((level) => level.requests.map(({ base }) => base.kind));
    this.#choosesByTime = kinds.includes('first') || kinds.includes('last');
    // A counter is one of its series: merged with others by time it would be reset all the time.
    const keepsSeries = kinds.includes('increase');
    this.#waiting = !keepsSeries && (kinds.includes('sum') || kinds.includes('mean')) ? [] : null;
    this.#env = env;
    this.#levels = plan.levels.map((level) => new LevelAggregation(level, plan, env));
  }

  add({ ordinal, rows }: SeriesPiece): void {
    this.#env.checkpoint();
    const ascending = rows.rowCount > 1 && rows.times[0] > rows.times[rows.rowCount - 1] ? reverseRows(rows) : rows;
    if (this.#waiting === null) this.#take(ordinal, ascending);
    else {
      this.#waiting.push({ ordinal, rows: ascending });
      this.#waitingRows += rows.rowCount;
      if (this.#waitingRows > MAX_ORDERED_ROWS) this.#takeWaiting(false);
    }
  }

  #take(ordinal: number, rows: Rows): void {
    // Of points of one time first() and last() choose by value, which the kernels do between rows that come apart.
    const parts = this.#choosesByTime ? withoutEqualTimes(rows) : [rows];
    for (const level of this.#levels) {
      for (const part of level.keepsSeries ? [rows] : parts) level.add(ordinal, part);
    }
    if (this.#plan.references.length === this.#plan.callFields) return;
    const kept = this.#kept.get(ordinal);
    if (kept === undefined) this.#kept.set(ordinal, [rows]);
    else kept.push(rows);
    this.#keptRows += rows.rowCount;
    this.#env.checkMemory(this.#keptRows * 9 * (rows.columns.length + 1));
  }

  #takeWaiting(ordered: boolean): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    if (!ordered) {
      for (const { ordinal, rows } of waiting) this.#take(ordinal, rows);
      return;
    }
    const runs = Map.groupBy(waiting, ({ ordinal }) => ordinal);
    const batches = [...runs.values()].map((run) => run.map(({ rows }) => rows));
    for (const rows of mergeRuns(batches, this.#plan.references.length, true)) this.#take(0, rows);
  }

  async finish(group: Group): Promise<CellBlock> {
    if (this.#waiting !== null) this.#takeWaiting(true);
    const levels = await Promise.all(this.#levels.map((level) => level.finish()));
    return { groups: [group], levels, lookUp: this.#lookUp };
  }

  /** Of several rows of one series and time the first one with a value for the call counts. */
  #lookUp: PointLookUp = (timesNs, seriesIds, references) => {
    const found = references.map(() => new FoundValues(timesNs.length));
    for (let at = 0; at < timesNs.length; at++) {
      const place = findRow(this.#kept.get(seriesIds[at]) ?? [], timesNs[at]);
      if (place === undefined) continue;
      for (const [index, values] of found.entries()) {
        values.set(at, place.rows.columns[this.#plan.callFields + index], place.row);
      }
    }
    return Promise.resolve(found.map((values) => values.finish()));
  };
}

/** The rows in parts whose times all differ: of several rows of one time the second go to the second part, and so on. */
function withoutEqualTimes(rows: Rows): Rows[] {
  const parts: number[][] = [[]];
  let part = 0;
  for (let row = 0; row < rows.rowCount; row++) {
    part = row > 0 && rows.times[row] === rows.times[row - 1] ? part + 1 : 0;
    if (part === parts.length) parts.push([]);
    parts[part].push(row);
  }
  return parts.length === 1 ? [rows] : parts.map((order) => gatherRows(rows, Int32Array.from(order)));
}

function findRow(batches: readonly Rows[], timeNs: bigint): { rows: Rows; row: number } | undefined {
  for (const rows of batches) {
    for (let row = 0; row < rows.rowCount; row++) {
      if (rowTime(rows, row) === timeNs && isValid(rows.columns[0], row)) return { rows, row };
    }
  }
  return undefined;
}

/** The calls of one level over one group. */
class LevelAggregation {
  /** Whether the order of a series' rows counts. */
  readonly keepsSeries: boolean;
  readonly #level: Level;
  readonly #cut: TimeRange | null;
  readonly #aggregation: RowAggregation | null;
  /** Each request's call; -1 = it has no field. */
  readonly #calls: readonly number[];

  constructor(level: Level, plan: RowCellPlan, env: QueryEnv) {
    this.#level = level;
    this.keepsSeries = level.requests.some(({ base }) => base.kind === 'increase');
    this.#cut = plan.levels.length > 1 ? level.range : null;
    const types = plan.references.slice(0, plan.callFields).map(valueType);
    const calls: AggregateCall[] = [];
    this.#calls = level.requests.map(({ base, reference }) => {
      const field = fieldIndex(plan, reference);
      const type = types[field];
      if (type === null) return -1;
      return calls.push({ kind: base.kind, field, argument: base.argument }) - 1;
    });
    const request = {
      types: types.map((type) => type ?? 'float'),
      windows: level.windows ?? ({ kind: 'all' } as const),
      groupCount: 1,
      calls,
      descending: !plan.ascending,
    };
    this.#aggregation = calls.length === 0 ? null : openRowAggregation(request, env.execContext());
  }

  add(ordinal: number, rows: Rows): void {
    const part = this.#cut === null ? rows : cutRows(rows, this.#cut);
    if (part.rowCount > 0) this.#aggregation?.add(part, 0, ordinal);
  }

  async finish(): Promise<LevelCells> {
    const { windows, requests } = this.#level;
    const count = windows === null ? 1 : windowCount(windows);
    const results = (await this.#aggregation?.finish())?.columns ?? [];
    const columns = requests.map(({ base }, index) =>
      this.#calls[index] < 0 ? emptyColumn(base.kind, count) : results[this.#calls[index]],
    );
    return { windows, windowCount: count, columns };
  }
}

function fieldIndex(plan: RowCellPlan, reference: Reference): number {
  const key = printExpr(reference);
  return plan.references.findIndex((other) => printExpr(other) === key);
}

/** Tags are strings; what does not exist has no type. */
export function valueType({ type }: Reference): FieldType | null {
  if (type === 'tag') return 'string';
  return type === 'field' ? null : type;
}

/** The rows within a range, of rows that ascend. */
function cutRows(rows: Rows, range: TimeRange): Rows {
  let from = 0;
  let to = rows.rowCount;
  while (from < to && rowTime(rows, from) < range.startNs) from++;
  while (to > from && rowTime(rows, to - 1) >= range.endNs) to--;
  return sliceRows(rows, from, to);
}
