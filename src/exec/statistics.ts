// Answers from statistics in place of rows: where one window covers all that a table has of the request's range, and every
// state of the request can take a summary instead of points.
import type { SeriesFieldStats } from '../view/index.ts';
import { type PartialResult, extend } from './accumulator.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import { isConvertible } from './column-types.ts';
import type { AggregateRequest } from './plan.ts';
import { type SkippedWindows, isSkipped } from './skipped.ts';
import { offerBounds } from './states/bounds-state.ts';
import { canOfferPick, offerPick } from './states/pick-state.ts';
import type { State, StateSpec } from './states/state.ts';
import { addSum } from './states/sum-state.ts';
import type { TableSet } from './table-set.ts';
import { baseHigh, baseLow } from './time64.ts';
import { windowOf } from './windows.ts';

export class Statistics {
  readonly #plan: AggregatePlan;
  readonly #tables: TableSet;
  /** The window that covers a table's part of the range; -1 = there is none, or statistics are of no use here. */
  readonly #windows: Int32Array;
  readonly #skipped: SkippedWindows | undefined;
  readonly #found: (SeriesFieldStats | undefined)[];

  constructor(request: AggregateRequest, plan: AggregatePlan, tables: TableSet) {
    this.#plan = plan;
    this.#tables = tables;
    const useful = request.filter === null && plan.states.every(takesSummaries);
    this.#windows = Int32Array.from(tables.ranges, (range) => {
      if (!useful) return -1;
      const window = windowOf(request.windows, range.startNs);
      return window === windowOf(request.windows, range.endNs - 1n) ? window : -1;
    });
    this.#skipped = request.skipped;
    this.#found = plan.types.map(() => undefined);
  }

  /** Adds what a table has of a series. False: nothing was added, the rows must be read. */
  add(partial: PartialResult, table: number, seriesId: number, group: number, ordinal: number): boolean {
    const window = this.#windows[table];
    if (window < 0) return false;
    const { types, states, readFields, windowCount } = this.#plan;
    if (this.#skipped !== undefined && isSkipped(this.#skipped, ordinal * windowCount + window)) return true;
    const cell = group * windowCount + window;
    for (let column = 0; column < types.length; column++) {
      this.#found[column] = undefined;
      const type = this.#tables.tables[table].fields.get(readFields[column]);
      if (type === undefined || !isConvertible(type, types[column])) continue;
      const stats = this.#tables.stats(table, seriesId, readFields[column]);
      if (stats === undefined) return false;
      this.#found[column] = stats;
    }
    for (let index = 0; index < states.length; index++) {
      const stats = this.#found[states[index].column];
      if (stats === undefined || stats.count === 0) continue;
      if (!isExact(states[index], stats) || !canAdd(partial.states[index], cell, stats)) return false;
    }
    for (let index = 0; index < states.length; index++) {
      const stats = this.#found[states[index].column];
      if (stats === undefined || stats.count === 0) continue;
      addSummary(partial.states[index], cell, stats, ordinal);
      extend(partial, group, baseHigh(stats.firstTimeNs), baseLow(stats.firstTimeNs));
      extend(partial, group, baseHigh(stats.lastTimeNs), baseLow(stats.lastTimeNs));
    }
    this.#tables.noteAnswered(table);
    return true;
  }
}

function takesSummaries(spec: StateSpec): boolean {
  if (spec.kind === 'count') return spec.weighted !== true || spec.type !== 'string';
  return spec.type !== 'string' && (spec.kind === 'sum' || spec.kind === 'bounds' || spec.kind === 'pick');
}

/** 64-bit integers beyond the doubles are not exact in statistics. */
function isExact(spec: StateSpec, stats: SeriesFieldStats): boolean {
  if (spec.kind === 'count' || spec.type === 'float' || spec.type === 'boolean') return true;
  return Number.isSafeInteger(stats.min) && Number.isSafeInteger(stats.max);
}

/** Statistics do not say when the extremes occurred: they only help where the cell holds a better point already. */
function canAdd(state: State, cell: number, stats: SeriesFieldStats): boolean {
  if (state.kind === 'sum' || (state.kind === 'count' && state.weighted)) return stats.sum !== null;
  if (state.kind !== 'pick') return true;
  switch (state.rule) {
    case 'min':
      return !canOfferPick(state, cell, stats.min, stats.firstTimeNs);
    case 'max':
      return !canOfferPick(state, cell, stats.max, stats.firstTimeNs);
    case 'first':
    case 'last':
      return true;
  }
}

function addSummary(state: State, cell: number, stats: SeriesFieldStats, ordinal: number): void {
  if (state.kind === 'count') state.counts[cell] += state.weighted ? (stats.sum ?? 0) : stats.count;
  else if (state.kind === 'sum') addSum(state.sums, cell, stats.sum ?? 0);
  else if (state.kind === 'bounds') offerBounds(state, cell, stats.min, stats.max);
  else if (state.kind === 'pick' && state.rule === 'first') {
    offerPick(state, cell, stats.first, stats.firstTimeNs, ordinal);
  } else if (state.kind === 'pick' && state.rule === 'last') {
    offerPick(state, cell, stats.last, stats.lastTimeNs, ordinal);
  }
}
