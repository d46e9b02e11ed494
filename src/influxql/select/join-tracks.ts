// From tracks to rows: points of one time become one row, and what a call does not have there gets fill()'s default.
//
//     max(v)          10:00 5           10:02 7
//     derivative(..)            10:01 1 10:02 2
//     rows            10:00 5 –,  10:01 – 1,  10:02 7 2
//
// When all tracks lie on the same windows nothing has to be matched; several points of one time are matched in their order.
import { type FieldType, MAX_CHUNK_SPAN_NS } from '../../model/index.ts';
import type { Fill } from '../language/ast.ts';
import { fillNumber } from './fill.ts';
import { type ValueType } from './functions.ts';
import type { OutputPlan } from './output-plan.ts';
import {
  type Column,
  type Rows,
  allocateValues,
  gatherColumn,
  gatherRows,
  isValid,
  isWide,
  sliceColumn,
} from './rows.ts';
import type { TimedTrack, Track } from './track.ts';
import { type WindowList, startOf, startOffsets, windowCount } from './windows.ts';

/** Starts of a block's windows in reading order, shared by the rows of all groups. */
export interface WindowTimes {
  readonly baseNs: bigint;
  readonly offsets: Float64Array;
}

/** Windows [from, to) of a block such that one chunk of times can hold their starts. */
export interface WindowSpan extends WindowTimes {
  readonly from: number;
  readonly to: number;
}

/** Cuts windows into spans, in reading order. */
export function windowSpans(windows: WindowList, ascending: boolean): WindowSpan[] {
  const count = windowCount(windows);
  const spans: WindowSpan[] = [];
  for (let from = 0; from < count; ) {
    let to = count;
    while (startOf(windows, to - 1) - startOf(windows, from) > BigInt(MAX_CHUNK_SPAN_NS))
      to = from + Math.ceil((to - from) / 2);
    const offsets = startOffsets(
      windows.kind === 'every'
        ? { ...windows, count: to - from }
        : { kind: 'edges', edgesNs: windows.edgesNs.slice(from, to + 1) },
    );
    spans.push({ from, to, baseNs: startOf(windows, from), offsets: ascending ? offsets : offsets.toReversed() });
    from = to;
  }
  if (ascending) return spans;
  return spans.reverse().map((span) => ({ ...span, from: count - span.to, to: count - span.from }));
}

/** What fill() puts where a call or a reference has no value in a row; remembers values for fill(previous). */
export class Defaults {
  readonly #fill: Fill;
  readonly #types: readonly ValueType[];
  readonly #last: (number | bigint | string | undefined)[] = [];
  readonly #lastTypes: FieldType[] = [];

  constructor(fill: Fill, plan: OutputPlan) {
    this.#fill = fill;
    this.#types = [
      ...plan.calls.map((call) => call.type),
      ...plan.references.map(({ type }) => (type === 'field' ? null : type)),
    ];
  }

  /** Whether rows come out as they went in. */
  get none(): boolean {
    return this.#fill.mode !== 'number' && this.#fill.mode !== 'previous';
  }

  /** A new group: nothing went before. */
  reset(): void {
    this.#last.length = 0;
    this.#lastTypes.length = 0;
  }

  apply(rows: Rows): Rows {
    if (this.none) return rows;
    return { ...rows, columns: rows.columns.map((column, index) => this.#applyTo(column, index, rows.rowCount)) };
  }

  #applyTo(column: Column | null, index: number, rowCount: number): Column | null {
    if (this.#fill.mode === 'number') return this.#withNumber(column, index, rowCount, this.#fill.value);
    return this.#withPrevious(column, index, rowCount);
  }

  #withNumber(column: Column | null, index: number, rowCount: number, value: number | bigint): Column | null {
    const declared = this.#types[index];
    // What does not exist takes the number as it is.
    const type = column?.type ?? declared ?? (typeof value === 'bigint' ? 'integer' : 'float');
    if (column !== null && column.valid === null) return column;
    if (type !== 'float' && type !== 'integer' && type !== 'unsigned') return column;
    const wide = column !== null && isWide(column.values);
    return withFiller(column, type, rowCount, wide, () => fillNumber(value, type));
  }

  #withPrevious(column: Column | null, index: number, rowCount: number): Column | null {
    // A batch without the column goes on with what the one before had.
    const type = column?.type ?? this.#lastTypes[index];
    if (type === undefined) return null;
    const wide = (column !== null && isWide(column.values)) || typeof this.#last[index] === 'bigint';
    const filled = withFiller(column, type, rowCount, wide, (row, values, valid) => {
      if (row === 0) return this.#last[index];
      return valid[row - 1] === 1 ? values[row - 1] : undefined;
    });
    if (isValid(filled, rowCount - 1)) {
      this.#last[index] = filled.values[rowCount - 1];
      this.#lastTypes[index] = type;
    }
    return filled;
  }
}

type Filler = number | bigint | string | undefined;

/** A copy whose missing values are what `filler` gives; undefined leaves them missing. */
function withFiller(
  column: Column | null,
  type: Column['type'],
  rowCount: number,
  wide: boolean,
  filler: (row: number, values: Column['values'], valid: Uint8Array) => Filler,
): Column {
  if (column?.valid === null) return column;
  const values = allocateValues(type, rowCount, wide) as Column['values'] & unknown[];
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const value = column !== null && isValid(column, row) ? column.values[row] : filler(row, values, valid);
    if (value === undefined) continue;
    values[row] = isWide(values) ? BigInt(value) : value;
    valid[row] = 1;
  }
  return { type, values, valid };
}

/** Rows of tracks that all lie on the windows of one block: rows for which no track has a point are left out. */
export function alignedRows(tracks: readonly Track[], times: WindowSpan): Rows {
  const { from, to } = times;
  const columns: (Column | null)[] = tracks.map((track) =>
    shownColumn(sliceColumn(track.column, from, to), slicePresent(track, from, to)),
  );
  for (const column of tracks.find((track) => track.beside.length > 0)?.beside ?? [])
    columns.push(sliceColumn(column, from, to));
  const rows: Rows = { rowCount: to - from, baseNs: times.baseNs, times: times.offsets, columns };
  if (tracks.some((track) => track.present === null)) return rows;
  const kept = new Int32Array(to - from);
  let count = 0;
  for (let at = from; at < to; at++) {
    if (tracks.some((track) => track.present !== null && track.present[at] !== 0)) kept[count++] = at - from;
  }
  return count === kept.length ? rows : gatherRows(rows, kept.subarray(0, count));
}

function slicePresent({ present }: Track, from: number, to: number): Uint8Array | null {
  return present === null ? null : present.subarray(from, to);
}

/** A column whose points that are not there have no value. */
function shownColumn(column: Column | null, present: Uint8Array | null): Column | null {
  if (column === null || (present === null && column.valid === null)) return column;
  const valid = (column.valid ?? present ?? new Uint8Array(0)).slice();
  if (present !== null && column.valid !== null) for (let at = 0; at < valid.length; at++) valid[at] &= present[at];
  return { ...column, valid: valid.includes(0) ? valid : null };
}

/** A track whose points all have times, those that are not there left out. */
export function timedTrack(track: Track, windows: WindowList | null, ascending: boolean): TimedTrack {
  const timesNs = track.timesNs ?? windowTimes(windows, ascending);
  const { present } = track;
  if (present === null) return { ...track, timesNs };
  const order = Int32Array.from(present.keys().filter((at) => present[at] !== 0));
  return {
    timesNs: BigInt64Array.from(order, (at) => timesNs[at]),
    column: gatherColumn(track.column, order),
    present: null,
    count: order.length,
    beside: track.beside.map((column) => gatherColumn(column, order)),
  };
}

function windowTimes(windows: WindowList | null, ascending: boolean): BigInt64Array {
  if (windows === null) return new BigInt64Array(1);
  const times = BigInt64Array.from({ length: windowCount(windows) }, (_, index) => startOf(windows, index));
  return ascending ? times : times.reverse();
}

/** Rows of tracks with times of their own. Yields several batches where times are far apart. */
export function* matchedRows(tracks: readonly TimedTrack[], ascending: boolean): Generator<Rows> {
  const { timesNs, sources } = matchTimes(tracks, ascending);
  const beside = tracks.findIndex((track) => track.beside.length > 0);
  for (let from = 0; from < timesNs.length; ) {
    let to = from + 1;
    while (to < timesNs.length && distance(timesNs[to], timesNs[from]) <= BigInt(MAX_CHUNK_SPAN_NS)) to++;
    const baseNs = timesNs[from];
    const times = Float64Array.from(timesNs.subarray(from, to), (timeNs) => Number(timeNs - baseNs));
    const columns = tracks.map((track, index) => takeRows(track.column, sources[index].subarray(from, to)));
    if (beside >= 0) {
      const rows = sources[beside].subarray(from, to);
      for (const column of tracks[beside].beside) columns.push(takeRows(column, rows));
    }
    yield { rowCount: to - from, baseNs, times, columns };
    from = to;
  }
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

/** The rows' times, and for each track the point of each row, or -1. */
function matchTimes(
  tracks: readonly TimedTrack[],
  ascending: boolean,
): { timesNs: BigInt64Array; sources: Int32Array[] } {
  const total = tracks.reduce((sum, track) => sum + track.timesNs.length, 0);
  const timesNs = new BigInt64Array(total);
  const sources = tracks.map(() => new Int32Array(total).fill(-1));
  const next = new Int32Array(tracks.length);
  let count = 0;
  for (; ; count++) {
    let earliest: bigint | undefined;
    for (let index = 0; index < tracks.length; index++) {
      const times = tracks[index].timesNs;
      if (next[index] === times.length) continue;
      const time = times[next[index]];
      if (earliest === undefined || (ascending ? time < earliest : time > earliest)) earliest = time;
    }
    if (earliest === undefined) break;
    timesNs[count] = earliest;
    for (let index = 0; index < tracks.length; index++) {
      const times = tracks[index].timesNs;
      if (next[index] < times.length && times[next[index]] === earliest) sources[index][count] = next[index]++;
    }
  }
  return { timesNs: timesNs.subarray(0, count), sources: sources.map((rows) => rows.subarray(0, count)) };
}

/** The rows that `order` names; -1 has no value. */
function takeRows(column: Column | null, order: Int32Array): Column | null {
  if (column === null) return null;
  const taken = gatherColumn(
    column,
    order.map((row) => Math.max(row, 0)),
  );
  if (taken === null || !order.includes(-1)) return taken;
  if (column.values.length === 0) return null;
  const valid = taken.valid ?? new Uint8Array(order.length).fill(1);
  for (let at = 0; at < order.length; at++) if (order[at] < 0) valid[at] = 0;
  return { ...taken, valid };
}
