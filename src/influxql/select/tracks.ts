// From cells to tracks: the points that one call gives for one group, in reading order, after fill, transformations and LIMIT.
//
//     cells of max(v)        5    –    7    –        valid
//     fill(previous)         5    5    7    7        present everywhere from the first window on
//     difference             –    0    2    0        present where it has a value
//     LIMIT 1 OFFSET 1       –    –    2    –
import type { AggregateColumn } from '../../exec/index.ts';
import { MIN_TIME_NS } from '../../model/index.ts';
import { type Beside, besideCells, lookUpBeside } from './beside.ts';
import type { CellBlock, LevelCells } from './cells.ts';
import { type CellFill, type FillCarry, cellFill, fillCells } from './fill.ts';
import type { CellPlace } from './levels.ts';
import { listTrack } from './list-track.ts';
import type { CallPlan } from './output-plan.ts';
import type { Column, Rows } from './rows.ts';
import { sketchColumn } from './sketch-columns.ts';
import { type Track, wholeRangeTime } from './track.ts';
import { type TransformState, openTransform } from './transforms.ts';
import type { TypedSelect } from './typed-select.ts';
import { type WindowList, startOf, startOffsets, windowCount } from './windows.ts';

/** What a call remembers while the windows of one group come in several blocks. */
export interface CallState {
  readonly transforms: readonly TransformState[];
  readonly carry: FillCarry;
  /** A range without a start: whether some window had a value already. */
  started: boolean;
  /** Points so far, for LIMIT and OFFSET. */
  seen: number;
}

export function openCallState(call: CallPlan, ascending: boolean): CallState {
  return {
    transforms: call.transforms.map((transform) => openTransform(transform, ascending)),
    carry: { previous: undefined },
    started: false,
    seen: 0,
  };
}

/** The tracks of one call for each group of a block. `states[group]` goes on from block to block of the same group. */
export async function tracksOf(
  call: CallPlan,
  place: CellPlace,
  block: CellBlock,
  select: TypedSelect,
  states: readonly CallState[],
  references: Parameters<CellBlock['lookUp']>[2],
  pause: () => Promise<void>,
): Promise<Track[]> {
  const level = block.levels[place.level];
  const found = level.columns[place.request];
  const cells = await finishedCells(call, place, found, level, pause);
  const chosen = call.alone && references.length > 0;
  const beside = chosen ? await lookUpBeside(cells, block, level, references) : undefined;
  const windowRows = level.windows === null ? undefined : rowsOfWindows(level.windows, select.ascending);
  const goesOn = [place.request, place.count].some((at) => at !== undefined && level.goesOn?.[at] === true);
  return block.groups.map((_group, group) => {
    const state = states[group];
    const base =
      cells.lists === null
        ? singleTrack(call, cells, level, goesOn, group, select, state, beside)
        : listTrack(call, cells.lists, cells.type, level, group, select, beside);
    const track = transformTrack(base, state.transforms, windowRows);
    return call.afterwards.length > 0 ? track : limitTrack(track, select, state);
  });
}

function finishedCells(
  { base }: CallPlan,
  { count }: CellPlace,
  found: AggregateColumn,
  level: LevelCells,
  pause: () => Promise<void>,
): AggregateColumn | Promise<AggregateColumn> {
  if (base?.sketch === true) return sketchColumn(found, pause);
  return count === undefined ? found : withLonePoints(found, level.columns[count]);
}

/** A lone point's deviation is no number: it is shown, without a value. */
function withLonePoints(deviations: AggregateColumn, counts: AggregateColumn): AggregateColumn {
  const values = Float64Array.from(deviations.values as Float64Array);
  const valid = deviations.valid.slice();
  for (let cell = 0; cell < valid.length; cell++) {
    if (valid[cell] !== 0 || counts.valid[cell] === 0 || counts.values[cell] !== 1) continue;
    values[cell] = Number.NaN;
    valid[cell] = 1;
  }
  return { ...deviations, type: 'float', values, valid };
}

/** Cells with at most one value each. */
function singleTrack(
  call: CallPlan,
  cells: AggregateColumn,
  level: LevelCells,
  goesOn: boolean,
  group: number,
  select: TypedSelect,
  state: CallState,
  beside: Beside | undefined,
): Track {
  const cellCount = level.windowCount;
  const first = group * cellCount;
  const cellsHere = cellColumn(cells, first, cellCount, select.ascending);
  const { column, valid } = cellsHere;
  if (level.windows === null) return wholeRangeTrack(call, cells, first, column, valid, select, beside);
  const besideHere = besideCells(beside, first, cellCount, select.ascending);
  const fill = call.base?.filled === true ? cellFill(select.fill, isCount(cells), column.type) : NOT_FILLED;
  const present = fill.mode === 'none' ? valid.slice() : presence(valid, cellCount, select, state, goesOn);
  if (present === undefined) {
    return { timesNs: null, column, present: new Uint8Array(cellCount), count: cellCount, beside: besideHere };
  }
  const from = present === null ? 0 : Math.max(0, present.indexOf(1));
  const to = present === null ? cellCount : present.lastIndexOf(1) + 1;
  const filled = fillCells(column, valid, from, to, fill, state.carry);
  const timesNs = cells.kind === 'integral' && !select.ascending ? windowEnds(level.windows) : null;
  return { timesNs, column: { ...filled, valid }, present, count: cellCount, beside: besideHere };
}

/** An integral read backwards is labelled by the end of its window. */
function windowEnds(windows: WindowList): BigInt64Array {
  const count = windowCount(windows);
  return BigInt64Array.from({ length: count }, (_, index) => startOf(windows, count - index));
}

const NOT_FILLED: CellFill = { mode: 'none' };

function isCount(cells: AggregateColumn): boolean {
  return cells.kind === 'count' || cells.kind === 'count-distinct';
}

/** A group's cells in reading order; views on the block's arrays when that ascends. */
function cellColumn(
  cells: AggregateColumn,
  first: number,
  count: number,
  ascending: boolean,
): { column: Column; valid: Uint8Array } {
  const type = cells.type ?? 'float';
  const values = Array.isArray(cells.values)
    ? cells.values.slice(first, first + count)
    : cells.values.subarray(first, first + count);
  const valid = cells.valid.subarray(first, first + count);
  if (ascending || count < 2) return { column: { type, values, valid }, valid };
  const reversed = valid.toReversed();
  return { column: { type, values: values.toReversed(), valid: reversed }, valid: reversed };
}

/**
 * The windows that fill shows: all of the range, or those from the first (descending: to the last) value on when the
 * range has no start; null = all, undefined = none, since the group has no value at all. `goesOn`: it has one further on.
 */
function presence(
  valid: Uint8Array,
  count: number,
  select: TypedSelect,
  state: CallState,
  goesOn: boolean,
): Uint8Array | null | undefined {
  const first = valid.indexOf(1);
  const started = state.started;
  state.started ||= first >= 0;
  if (select.startNs > MIN_TIME_NS) return state.started || goesOn ? null : undefined;
  if (select.ascending) {
    if (started || first === 0) return null;
    return first < 0 ? undefined : new Uint8Array(count).fill(1, first);
  }
  const last = valid.lastIndexOf(1);
  if (goesOn || last === count - 1) return null;
  return last < 0 ? undefined : new Uint8Array(count).fill(1, 0, last + 1);
}

/** Without GROUP BY time: a lone selector keeps its point's time, anything else has the start of the range, or 0. */
function wholeRangeTrack(
  call: CallPlan,
  cells: AggregateColumn,
  cell: number,
  column: Column,
  valid: Uint8Array,
  select: TypedSelect,
  beside: Beside | undefined,
): Track {
  const timesNs = new BigInt64Array(1);
  if (call.alone && cells.timesNs !== null) timesNs[0] = cells.timesNs[cell];
  else timesNs[0] = call.base?.kind === 'integral' ? 0n : wholeRangeTime(select);
  return {
    timesNs,
    column,
    present: valid,
    count: 1,
    beside: besideCells(beside, cell, 1, true),
  };
}

function transformTrack(track: Track, transforms: readonly TransformState[], windowRows: Rows | undefined): Track {
  if (transforms.length === 0) return track;
  const rows = track.timesNs === null ? windowRows : rowsOfTimes(track.timesNs);
  let column = onlyPresent(track);
  for (const transform of transforms) column = rows === undefined ? null : transform.apply(rows, column);
  const present = column === null ? new Uint8Array(track.count) : column.valid;
  return { ...track, column, present };
}

function onlyPresent({ column, present }: Track): Column | null {
  if (column === null || present === null) return column;
  const valid = present.slice();
  if (column.valid !== null) for (let at = 0; at < valid.length; at++) valid[at] &= column.valid[at];
  return { ...column, valid };
}

/** Windows' starts as rows without columns. Offsets may be beyond 2^53, where they are exact all the same or nearly so. */
function rowsOfWindows(windows: WindowList, ascending: boolean): Rows {
  const offsets = startOffsets(windows);
  const times = ascending ? offsets : offsets.toReversed();
  return { rowCount: times.length, baseNs: startOf(windows, 0), times, columns: [] };
}

/** Points' times as rows without columns. */
export function rowsOfTimes(timesNs: BigInt64Array): Rows {
  const baseNs = timesNs[0] ?? 0n;
  const times = Float64Array.from(timesNs, (timeNs) => Number(timeNs - baseNs));
  return { rowCount: timesNs.length, baseNs, times, columns: [] };
}

/** Takes away what is before OFFSET and beyond LIMIT, counting the points that are there. */
function limitTrack(track: Track, { limit, offset }: TypedSelect, state: CallState): Track {
  if (limit === 0 && offset === 0) return track;
  const present = track.present?.slice() ?? new Uint8Array(track.count).fill(1);
  for (let at = 0; at < present.length; at++) {
    if (present[at] === 0) continue;
    state.seen++;
    if (state.seen <= offset || (limit > 0 && state.seen > offset + limit)) present[at] = 0;
  }
  return { ...track, present };
}
