// Reads the series of a request one after another into states, on whatever thread it runs.
import type { TimeRange } from '../model/index.ts';
import { Accumulator, type PartialResult } from './accumulator.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import type { HandOver, Rest } from './hand-over.ts';
import type { Meter } from './meter.ts';
import type { Pacer } from './pacer.ts';
import type { AggregateRequest } from './plan.ts';
import type { PickRule, PickState } from './states/pick-state.ts';
import { Statistics } from './statistics.ts';
import type { TableSet } from './table-set.ts';
import { baseHigh, baseLow, compareTime } from './time64.ts';

/** The share of one thread; plain data. */
export interface AggregateTask {
  /** With the series and groups of this share. */
  readonly request: AggregateRequest;
  readonly plan: AggregatePlan;
  /** Position of each series in the whole request; null = as here. */
  readonly ordinals: Int32Array | null;
}

export interface ExecutionTools {
  readonly tables: TableSet;
  readonly meter: Meter;
  readonly pacer: Pacer;
  readonly random: () => number;
}

/** Points in memory at once, about. */
const POINTS_PER_READ = 256 * 1024;
const ROWS_FOR_EDGE = 16;

/** Adds all points of the task to `partial`, or some of them: then the rest is for others. */
export async function aggregateSeries(
  task: AggregateTask,
  partial: PartialResult,
  tools: ExecutionTools,
  handOver: HandOver | null,
): Promise<Rest | null> {
  const { request, plan } = task;
  const accumulator = new Accumulator(request, plan, partial, tools.meter, tools.random);
  if (plan.types.length === 0) return null;
  if (wantsEdges(plan)) {
    await readEdges(task, accumulator, 'last', tools);
    await readEdges(task, accumulator, 'first', tools);
    return null;
  }
  return readAll(task, accumulator, tools, handOver);
}

/** Only first and last, over one window: the far ends of the range decide, what lies between need not be read. */
export function wantsEdges(plan: AggregatePlan): boolean {
  return (
    plan.windowCount === 1 &&
    plan.states.every((spec) => spec.kind === 'pick' && (spec.rule === 'first' || spec.rule === 'last'))
  );
}

async function readAll(
  task: AggregateTask,
  accumulator: Accumulator,
  tools: ExecutionTools,
  handOver: HandOver | null,
): Promise<Rest | null> {
  const { request, plan, ordinals } = task;
  const { tables, pacer } = tools;
  const { seriesIds, groups } = request;
  const statistics = new Statistics(request, plan, tables);
  const targetRows = Math.ceil(POINTS_PER_READ / plan.readFields.length);
  const useful = usefulTables(plan, tables);
  for (let series = 0; series < seriesIds.length; series++) {
    const seriesId = seriesIds[series];
    const group = groups[series];
    const ordinal = ordinals === null ? series : ordinals[series];
    for (const table of useful) {
      if (pacer.due) await pacer.giveWay();
      if (statistics.add(accumulator.partial, table, seriesId, group, ordinal)) continue;
      for (const chunk of tables.read(table, seriesId, plan.readFields, request.range, targetRows, false)) {
        const points = accumulator.add(chunk, group, ordinal);
        if (pacer.due) await pacer.giveWay();
        if (handOver?.isDue(points, series, table, chunk)) return handOver.restAfter(series, chunk);
      }
    }
  }
  return null;
}

/** Tables that have a field of a call. */
function usefulTables(plan: AggregatePlan, tables: TableSet): readonly number[] {
  const fields = plan.readFields.slice(0, plan.types.length);
  return [...tables.tables.keys()].filter((table) => fields.some((field) => tables.has(table, field)));
}

/** Reads for the calls of one rule, from the side where their points are, table by table. */
async function readEdges(
  task: AggregateTask,
  accumulator: Accumulator,
  rule: PickRule,
  tools: ExecutionTools,
): Promise<void> {
  const { request, plan, ordinals } = task;
  const { tables, pacer } = tools;
  const { seriesIds, groups } = request;
  const states = accumulator.partial.states.filter((state) => state.kind === 'pick' && state.rule === rule);
  if (states.length === 0) return;
  const race = new EdgeRace(states as PickState[], rule);
  const statistics = new Statistics(request, plan, tables);
  const order = usefulTables(plan, tables);
  for (const table of rule === 'last' ? order.toReversed() : order) {
    const range = tables.ranges[table];
    for (let series = 0; series < seriesIds.length; series++) {
      const group = groups[series];
      const ordinal = ordinals === null ? series : ordinals[series];
      if (race.isWon(group, rule === 'last' ? range.endNs : range.startNs - 1n)) continue;
      if (pacer.due) await pacer.giveWay();
      if (statistics.add(accumulator.partial, table, seriesIds[series], group, ordinal)) continue;
      const open = race.openRange(group, range);
      const chunks = tables.read(table, seriesIds[series], plan.readFields, open, ROWS_FOR_EDGE, rule === 'last');
      for (const chunk of chunks) {
        accumulator.add(chunk, group, ordinal);
        if (pacer.due) await pacer.giveWay();
        const reached = chunk.baseNs + BigInt(chunk.times[rule === 'last' ? 0 : chunk.rowCount - 1]);
        if (race.isWon(group, reached)) break;
      }
    }
  }
}

/** How far the points found so far rule out what has not been read. */
class EdgeRace {
  readonly #states: readonly PickState[];
  readonly #last: boolean;

  constructor(states: readonly PickState[], rule: PickRule) {
    this.#states = states;
    this.#last = rule === 'last';
  }

  /** Whether all calls of a group hold points at `timeNs` or beyond it, so that no point this side of it can win. */
  isWon(group: number, timeNs: bigint): boolean {
    const high = baseHigh(timeNs);
    const low = baseLow(timeNs);
    for (const { ordinals, times } of this.#states) {
      if (ordinals[group] < 0) return false;
      const order = compareTime(times.words, group, high, low);
      if (this.#last ? order < 0 : order > 0) return false;
    }
    return true;
  }

  /** The part of a range in which points can still win; ties at the time of the one held can. */
  openRange(group: number, range: TimeRange): TimeRange {
    let { startNs, endNs } = range;
    let bound: bigint | undefined;
    for (const { ordinals, times } of this.#states) {
      if (ordinals[group] < 0) return range;
      const heldNs = times.ns[group];
      if (bound === undefined || (this.#last ? heldNs < bound : heldNs > bound)) bound = heldNs;
    }
    if (bound === undefined) return range;
    if (this.#last && bound > startNs) startNs = bound;
    if (!this.#last && bound < endNs) endNs = bound + 1n;
    return { startNs, endNs };
  }
}
