// The states of one execution on one thread, and how the rows of a chunk get into them.
import type { ChunkColumn, SeriesChunk, TimeRange } from '../model/index.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import { convertColumn } from './column-types.ts';
import { RowFilter } from './filter/filter.ts';
import { firstValid, lastValid } from './kernels/pick.ts';
import type { Meter } from './meter.ts';
import type { AggregateRequest } from './plan.ts';
import { type SkippedWindows, isSkipped } from './skipped.ts';
import { type DeviationState, addMomentRows } from './states/deviation-state.ts';
import { type IncreaseState, addIncreases } from './states/increase-state.ts';
import type { CellMap, Slice } from './states/slice.ts';
import { type State, type StateSpec, addToState, mergeState, newState, stateBytesPerCell } from './states/state.ts';
import { type Times, baseHigh, baseLow, compareTime, highWord, lowWord, newTimes, setTime } from './time64.ts';
import { validRows } from './values.ts';
import { RunFinder, runsWithout } from './windows.ts';

/** Plain data: what a worker sends back. */
export interface PartialResult {
  readonly states: readonly State[];
  /** Earliest and latest time of each group's points, where `grouped` is 1. */
  readonly earliest: Times;
  readonly latest: Times;
  readonly grouped: Uint8Array<ArrayBuffer>;
}

const EXTENT_BYTES_PER_GROUP = 17;

/** Throws `limit` when the states do not fit into memory. */
export function newPartial(plan: AggregatePlan, groupCount: number, meter: Meter): PartialResult {
  let bytes = groupCount * EXTENT_BYTES_PER_GROUP;
  for (const spec of plan.states) bytes += plan.cells * stateBytesPerCell(spec);
  meter.reserve(bytes);
  return {
    states: plan.states.map((spec) => newState(spec, plan.cells)),
    earliest: newTimes(groupCount),
    latest: newTimes(groupCount),
    grouped: new Uint8Array(groupCount),
  };
}

/** Adds a partial result over other series, whose groups lie where `map` says. `from` is used up. */
export function mergePartial(into: PartialResult, from: PartialResult, map: CellMap, meter: Meter): void {
  for (let index = 0; index < into.states.length; index++) {
    mergeState(into.states[index], from.states[index], map, meter);
  }
  for (let group = 0; group < from.grouped.length; group++) {
    if (from.grouped[group] === 0) continue;
    const { earliest, latest } = from;
    extend(into, map.groups[group], earliest.words[2 * group + 1], earliest.words[2 * group] >>> 0);
    extend(into, map.groups[group], latest.words[2 * group + 1], latest.words[2 * group] >>> 0);
  }
}

export function extentsOf(partial: PartialResult): (TimeRange | undefined)[] {
  return Array.from(partial.grouped, (has, group) =>
    has === 0 ? undefined : { startNs: partial.earliest.ns[group], endNs: partial.latest.ns[group] + 1n },
  );
}

/** Widens a group's extent to a time given in words. */
export function extend(partial: PartialResult, group: number, high: number, low: number): void {
  const fresh = partial.grouped[group] === 0;
  partial.grouped[group] = 1;
  const { earliest, latest } = partial;
  if (fresh || compareTime(earliest.words, group, high, low) > 0) setTime(earliest.words, group, high, low);
  if (fresh || compareTime(latest.words, group, high, low) < 0) setTime(latest.words, group, high, low);
}

export class Accumulator {
  readonly partial: PartialResult;
  readonly #plan: AggregatePlan;
  readonly #finder: RunFinder;
  readonly #skipped: SkippedWindows | undefined;
  readonly #filter: RowFilter | null;
  readonly #meter: Meter;
  readonly #random: () => number;

  constructor(
    request: AggregateRequest,
    plan: AggregatePlan,
    partial: PartialResult,
    meter: Meter,
    random: () => number,
  ) {
    this.partial = partial;
    this.#plan = plan;
    this.#meter = meter;
    this.#random = random;
    this.#finder = new RunFinder(request.windows);
    this.#skipped = request.skipped;
    const columns = new Map(plan.readFields.map((field, index) => [field, index]));
    this.#filter = request.filter === null ? null : new RowFilter(request.filter, columns);
  }

  /** Adds the rows of a chunk whose columns follow the plan's `readFields`. Returns how many points those were. */
  add(chunk: SeriesChunk, group: number, ordinal: number): number {
    const { types, states } = this.#plan;
    let points = 0;
    for (let index = 0; index < types.length; index++) if (chunk.columns[index] !== null) points += chunk.rowCount;
    this.#meter.addPoints(points);
    const selection = this.#filter === null ? 'all' : this.#filter.select(chunk);
    if (selection === 'none' || points === 0) return points;
    const runs = this.#finder.find(chunk);
    if (runs.count === 0) return points;
    const mask = selection === 'all' ? null : selection;
    const { baseNs, times } = chunk;
    const cellBase = group * this.#plan.windowCount;
    const isSkipped = this.#skippedOf(ordinal);
    const place = { times, baseNs, high: baseHigh(baseNs), low: baseLow(baseNs), cellBase, ordinal, isSkipped };
    const whole: Slice = { ...place, runs };
    const counted = isSkipped === null ? whole : { ...place, runs: runsWithout(runs, isSkipped) };
    for (let index = 0; index < types.length; index++) {
      const column = chunk.columns[index];
      const converted = column === null ? null : convertColumn(column, types[index]);
      if (converted === null) continue;
      const valid = validRows(converted, mask);
      for (let state = 0; state < states.length; state++) {
        const spec = states[state];
        if (spec.column !== index) continue;
        // A counter goes on where nothing of it counts.
        const slice = spec.kind === 'increase' ? whole : counted;
        if (spec.kind === 'moments') this.#addMoments(spec, state, chunk, converted, valid, slice);
        else if (spec.kind === 'increase' && spec.lasts !== spec.column)
          this.#addIncreases(spec, state, chunk, converted, valid, slice);
        else addToState(this.partial.states[state], converted, valid, slice, this.#meter, this.#random);
      }
      this.#extend(group, valid, counted);
    }
    return points;
  }

  #skippedOf(ordinal: number): ((window: number) => boolean) | null {
    const skipped = this.#skipped;
    const bit = ordinal * this.#plan.windowCount;
    return skipped === undefined ? null : (window) => isSkipped(skipped, bit + window);
  }

  /** A row without count, sum and m2 has no moments. */
  #addMoments(
    spec: Extract<StateSpec, { kind: 'moments' }>,
    state: number,
    chunk: SeriesChunk,
    m2s: ChunkColumn,
    valid: Uint8Array | null,
    slice: Slice,
  ): void {
    const counts = chunk.columns[spec.counts];
    const sums = chunk.columns[spec.sums];
    const means = spec.means < 0 ? null : chunk.columns[spec.means];
    if (counts !== null && sums !== null)
      addMomentRows(this.partial.states[state] as DeviationState, { counts, sums, means, m2s }, valid, slice);
  }

  /** Rows with first and last values, and what they grew by in between. */
  #addIncreases(
    spec: Extract<StateSpec, { kind: 'increase' }>,
    state: number,
    chunk: SeriesChunk,
    firsts: ChunkColumn,
    valid: Uint8Array | null,
    slice: Slice,
  ): void {
    const { types } = this.#plan;
    const other = (index: number): ChunkColumn | null => {
      const column = index < 0 ? null : chunk.columns[index];
      return column === null ? null : convertColumn(column, types[index]);
    };
    const lasts = other(spec.lasts);
    if (lasts === null) return;
    const columns = { firsts, lasts, increases: other(spec.increases) };
    addIncreases(this.partial.states[state] as IncreaseState, columns, valid, slice, this.#meter);
  }

  #extend(group: number, valid: Uint8Array | null, slice: Slice): void {
    const { runs, times, high, low } = slice;
    for (let run = 0; run < runs.count; run++) {
      const row = firstValid(valid, runs.starts[run], runs.ends[run]);
      if (row < 0) continue;
      extend(this.partial, group, highWord(high, low, times[row]), lowWord(low, times[row]));
      break;
    }
    for (let run = runs.count - 1; run >= 0; run--) {
      const row = lastValid(valid, runs.starts[run], runs.ends[run]);
      if (row < 0) continue;
      extend(this.partial, group, highWord(high, low, times[row]), lowWord(low, times[row]));
      break;
    }
  }
}
