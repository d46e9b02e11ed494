// The states of a request: mergeable summaries of one field in every cell, chosen by the calls that need them.
//
//     state      serves                                    holds per cell
//     count      count, and sum and mean for null          a number
//     sum        sum, mean                                 an exact sum
//     bounds     spread                                    least and greatest value
//     pick       min, max, first, last                     one point
//     deviation  stddev                                    values, later moments
//     gather     percentile, median, integral              every value
//     tally      mode, distinct, count-distinct            every different value
//     ranked     top, bottom, sample                       N points
//     increase   increase                                  growth, and the ends of what was read of each series
//
// Of rows that are states themselves:
//
//     count      weighted: the rows' values are counts     a number
//     moments    stddev                                    count, mean and M2
//     sketch     percentile, median                        a sketch
//     increase   increase: of rows with first and last     as above
import type { ChunkColumn, FieldType } from '../../model/index.ts';
import type { Meter } from '../meter.ts';
import { BOUNDS_BYTES_PER_CELL, type BoundsState, addBounds, mergeBounds, newBoundsState } from './bounds-state.ts';
import {
  COUNT_BYTES_PER_CELL,
  type CountState,
  addCounts,
  addWeights,
  mergeCounts,
  newCountState,
} from './count-state.ts';
import {
  type DeviationState,
  MOMENT_BYTES_PER_CELL,
  addDeviations,
  mergeDeviations,
  newDeviationState,
  newMomentsState,
} from './deviation-state.ts';
import { type GatherState, addGather, mergeGather, newGatherState } from './gather-state.ts';
import {
  INCREASE_BYTES_PER_CELL,
  type IncreaseState,
  addIncreases,
  mergeIncreases,
  newIncreaseState,
} from './increase-state.ts';
import {
  PICK_BYTES_PER_CELL,
  type PickRule,
  type PickState,
  addPicks,
  mergePicks,
  newPickState,
} from './pick-state.ts';
import {
  RANKED_BYTES_PER_CELL,
  type RankRule,
  type RankedState,
  addRanked,
  mergeRanked,
  newRankedState,
} from './ranked-state.ts';
import { type SketchState, addSketches, mergeSketches, newSketchState } from './sketch-state.ts';
import type { CellMap, Slice } from './slice.ts';
import { SUM_BYTES_PER_CELL, type SumState, addSums, mergeSums, newSumState } from './sum-state.ts';
import { type TallyState, addTally, mergeTally, newTallyState } from './tally-state.ts';

export type State =
  | CountState
  | SumState
  | BoundsState
  | PickState
  | DeviationState
  | GatherState
  | TallyState
  | RankedState
  | SketchState
  | IncreaseState;

/** What a call needs; equal specs share one state. `column` counts the columns that are read. */
export type StateSpec = { readonly column: number; readonly type: FieldType } & (
  | { readonly kind: 'sum' | 'bounds' | 'deviation' | 'sketch' }
  | { readonly kind: 'count'; readonly weighted?: boolean }
  /** `increases`, `means` -1: there are none, rows are points or lack them. */
  | { readonly kind: 'moments'; readonly counts: number; readonly sums: number; readonly means: number }
  | { readonly kind: 'increase'; readonly lasts: number; readonly increases: number }
  | { readonly kind: 'pick'; readonly rule: PickRule }
  | { readonly kind: 'gather'; readonly withTimes: boolean }
  | { readonly kind: 'tally'; readonly descending: boolean }
  | { readonly kind: 'ranked'; readonly rule: RankRule; readonly limit: number }
);

/** Bytes that a new state takes for each cell. */
export function stateBytesPerCell(spec: StateSpec): number {
  switch (spec.kind) {
    case 'count':
      return COUNT_BYTES_PER_CELL;
    case 'sum':
      return SUM_BYTES_PER_CELL;
    case 'bounds':
      return BOUNDS_BYTES_PER_CELL;
    case 'pick':
      return PICK_BYTES_PER_CELL;
    case 'ranked':
      return RANKED_BYTES_PER_CELL;
    case 'moments':
      return MOMENT_BYTES_PER_CELL;
    case 'increase':
      return INCREASE_BYTES_PER_CELL;
    case 'deviation':
    case 'gather':
    case 'tally':
    case 'sketch':
      return 0;
  }
}

export function newState(spec: StateSpec, cells: number): State {
  switch (spec.kind) {
    case 'count':
      return newCountState(cells, spec.weighted === true);
    case 'sum':
      return newSumState(spec.type, cells);
    case 'bounds':
      return newBoundsState(spec.type, cells);
    case 'pick':
      return newPickState(spec.rule, spec.type, cells);
    case 'deviation':
      return newDeviationState(cells);
    case 'moments':
      return newMomentsState(cells);
    case 'sketch':
      return newSketchState(cells);
    case 'increase':
      return newIncreaseState(spec.type, cells);
    case 'gather':
      return newGatherState(spec.type, spec.withTimes);
    case 'tally':
      return newTallyState(spec.type, spec.descending);
    case 'ranked':
      return newRankedState(spec.rule, spec.limit, spec.type, cells);
  }
}

/**
 * Adds the rows of a slice; `column` has the type of the state's spec, `valid` says which rows count (null = all). States that
 * take several columns at once are added to by the accumulator.
 */
export function addToState(
  state: State,
  column: ChunkColumn,
  valid: Uint8Array | null,
  slice: Slice,
  meter: Meter,
  random: () => number,
): void {
  switch (state.kind) {
    case 'count':
      if (state.weighted) addWeights(state, column, valid, slice);
      else addCounts(state, valid, slice);
      break;
    case 'sum':
      addSums(state, column, valid, slice);
      break;
    case 'bounds':
      addBounds(state, column, valid, slice);
      break;
    case 'pick':
      addPicks(state, column, valid, slice);
      break;
    case 'deviation':
      addDeviations(state, column, valid, slice, meter);
      break;
    case 'sketch':
      addSketches(state, column, valid, slice, meter);
      break;
    case 'increase':
      addIncreases(state, { firsts: column, lasts: column, increases: null }, valid, slice, meter);
      break;
    case 'gather':
      addGather(state, column, valid, slice, meter);
      break;
    case 'tally':
      addTally(state, column, valid, slice, meter);
      break;
    case 'ranked':
      addRanked(state, column, valid, slice, meter, random);
      break;
  }
}

/** Adds a state of the same spec over other series. `from` is used up. */
export function mergeState(into: State, from: State, map: CellMap, meter: Meter): void {
  if (into.kind === 'count' && from.kind === 'count') mergeCounts(into, from, map);
  else if (into.kind === 'sum' && from.kind === 'sum') mergeSums(into, from, map);
  else if (into.kind === 'bounds' && from.kind === 'bounds') mergeBounds(into, from, map);
  else if (into.kind === 'pick' && from.kind === 'pick') mergePicks(into, from, map);
  else if (into.kind === 'deviation' && from.kind === 'deviation') mergeDeviations(into, from, map, meter);
  else if (into.kind === 'gather' && from.kind === 'gather') mergeGather(into, from, map);
  else if (into.kind === 'tally' && from.kind === 'tally') mergeTally(into, from, map, meter);
  else if (into.kind === 'sketch' && from.kind === 'sketch') mergeSketches(into, from, map);
  else if (into.kind === 'increase' && from.kind === 'increase') mergeIncreases(into, from, map);
  else if (into.kind === 'ranked' && from.kind === 'ranked') mergeRanked(into, from, map, meter);
}
