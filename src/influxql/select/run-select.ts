// Runs one statement on one measurement's name: picks the way for its calls, and makes rows of what they give.
//
//     no calls                       rows of the sources                                        raw
//     transformations of fields      rows of the sources, transformed as they stream by         sequence
//     aggregates, selectors          cells, from the executor or from rows                      cells
//     both                           cells, beside the transformed rows of each group           cells
import type { TimeRange } from '../../model/index.ts';
import type { CellBlock, Level } from './cells.ts';
import { cellBlocks } from './cell-blocks.ts';
import { evaluate } from './evaluate.ts';
import { Defaults, alignedRows, matchedRows, timedTrack, windowSpans } from './join-tracks.ts';
import { type CellPlace, lookBackRange, planLevels, rangeOf } from './levels.ts';
import { type CallPlan, type OutputPlan, checkTransforms, planOutput } from './output-plan.ts';
import { type Column, type Group, type GroupRows, type Rows, gatherRows, isValid, rowTime, sliceRows } from './rows.ts';
import { type SelectJob, sourceRows } from './source-rows.ts';
import type { Track } from './track.ts';
import { type CallState, openCallState, tracksOf } from './tracks.ts';
import { openTransform } from './transforms.ts';
import type { TypedSelect } from './typed-select.ts';

/** Rows of the answer's columns, without time; groups in reading order. */
export async function* runSelect(job: SelectJob): AsyncGenerator<GroupRows> {
  const plan = planOutput(job.select);
  if (!canAnswer(plan)) return;
  checkTransforms(plan);
  const symbols = symbolRows(job, plan);
  const defaults = new Defaults(job.select.fill, plan);
  let last: Group | undefined;
  for await (const { group, rows } of symbols) {
    if (group !== last) defaults.reset();
    last = group;
    job.env.checkpoint();
    const filled = defaults.apply(rows);
    const columns = plan.formulas.map((formula) => evaluate(formula, filled.columns, rows.rowCount));
    yield { group, rows: { ...filled, columns } };
  }
}

/** Without a call or field that exists there is nothing to show. */
function canAnswer(plan: OutputPlan): boolean {
  if (plan.calls.length > 0) return plan.calls.some((call) => call.type !== null);
  return plan.references.some((reference) => reference.type !== null);
}

/** Rows whose columns are the plan's calls, then its references. */
async function* symbolRows(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupRows> {
  if (plan.calls.length === 0) yield* rawRows(job, plan);
  else if (plan.calls.every((call) => call.base === null)) yield* sequenceRows(job, plan.calls);
  else yield* cellRows(job, plan);
}

async function* rawRows(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupRows> {
  const { select } = job;
  const enough = select.limit > 0 ? select.offset + select.limit : undefined;
  const limiter = new RowLimiter(select);
  for await (const { group, rows } of sourceRows(job, plan.references, rangeOf(select), enough)) {
    const kept = limiter.take(group, rows);
    if (kept.rowCount > 0) yield { group, rows: kept };
    if (limiter.isFull && job.dimensions.length === 0) return;
  }
}

/** LIMIT and OFFSET over the rows of each group. */
class RowLimiter {
  readonly #from: number;
  readonly #to: number;
  #group: Group | undefined;
  #seen = 0;

  constructor({ limit, offset }: TypedSelect) {
    this.#from = offset;
    this.#to = limit > 0 ? offset + limit : Infinity;
  }

  /** Whether the current group will show no more rows. */
  get isFull(): boolean {
    return this.#seen >= this.#to;
  }

  take(group: Group, rows: Rows): Rows {
    if (group !== this.#group) {
      this.#group = group;
      this.#seen = 0;
    }
    const before = this.#seen;
    this.#seen += rows.rowCount;
    const from = Math.min(rows.rowCount, Math.max(0, this.#from - before));
    const to = Math.max(from, Math.min(rows.rowCount, this.#to - before));
    return sliceRows(rows, from, to);
  }
}

/** Transformations straight over fields: each gives its value in the row of its point; rows without any are left out. */
async function* sequenceRows(job: SelectJob, calls: readonly CallPlan[]): AsyncGenerator<GroupRows> {
  const { select } = job;
  const references = calls.map((call) => call.reference);
  const lookBack = Math.max(...calls.map((call) => call.lookBack));
  const range = rangeOf(select);
  let last: Group | undefined;
  let states: Sequence[] = [];
  for await (const { group, rows } of sourceRows(job, references, lookBackRange(select, lookBack, job.readable))) {
    if (group !== last) states = calls.map((call) => new Sequence(call, select));
    last = group;
    const columns = states.map((state, index) => state.apply(rows, rows.columns[index], range));
    const kept = keepRows({ ...rows, columns });
    if (kept.rowCount > 0) yield { group, rows: kept };
    if (job.dimensions.length === 0 && states.every((state) => state.isFull)) return;
  }
}

/** One call over one group's rows. */
class Sequence {
  readonly #states: readonly ReturnType<typeof openTransform>[];
  readonly #limit: number;
  readonly #offset: number;
  #seen = 0;

  constructor(call: CallPlan, { ascending, limit, offset }: TypedSelect) {
    this.#states = call.transforms.map((transform) => openTransform(transform, ascending));
    this.#limit = limit > 0 ? limit : Infinity;
    this.#offset = offset;
  }

  get isFull(): boolean {
    return this.#seen >= this.#offset + this.#limit;
  }

  apply(rows: Rows, field: Column | null, range: TimeRange): Column | null {
    let column = field;
    for (const state of this.#states) column = state.apply(rows, column);
    if (column === null || column.valid === null) return column;
    const valid = column.valid.slice();
    for (let row = 0; row < rows.rowCount; row++) {
      if (valid[row] === 0) continue;
      const timeNs = rowTime(rows, row);
      // Points before the range were only read to look back on.
      if (timeNs < range.startNs || timeNs >= range.endNs) valid[row] = 0;
      else {
        this.#seen++;
        if (this.#seen <= this.#offset || this.#seen > this.#offset + this.#limit) valid[row] = 0;
      }
    }
    return { ...column, valid };
  }
}

/** Rows with a value in some column. */
function keepRows(rows: Rows): Rows {
  const kept = new Int32Array(rows.rowCount);
  let count = 0;
  for (let row = 0; row < rows.rowCount; row++) {
    if (rows.columns.some((column) => isValid(column, row))) kept[count++] = row;
  }
  return count === rows.rowCount ? rows : gatherRows(rows, kept.subarray(0, count));
}

/** At least one call has cells. */
async function* cellRows(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupRows> {
  const { select } = job;
  const { levels, places } = planLevels(plan.calls);
  const sequences = plan.calls.filter((call) => call.base === null);
  const sequenceGroups = sequences.length === 0 ? undefined : await groupSequences(job, sequences);
  let last: Group | undefined;
  let carried: CallState[] = [];
  const wanted = select.limit > 0 ? select.offset + select.limit : Infinity;
  const hasEnough = (group: Group): boolean => group === last && carried.every((state) => state.seen >= wanted);
  for await (const block of cellBlocks(job, plan, levels, hasEnough)) {
    // Several blocks of one group go on from one another; a block of several groups stands for itself.
    const goesOn = block.groups.length === 1 && block.groups[0] === last;
    await job.env.giveWay();
    if (!goesOn) carried = plan.calls.map((call) => openCallState(call, select.ascending));
    last = block.groups.length === 1 ? block.groups[0] : undefined;
    const tracks = await blockTracks(job, plan, places, block, carried);
    for (let group = 0; group < block.groups.length; group++) {
      const own = tracks.map((perGroup) => perGroup?.[group]);
      yield* groupRowsOf(job, plan, block, block.groups[group], own, places, sequenceGroups);
    }
  }
}

async function blockTracks(
  job: SelectJob,
  plan: OutputPlan,
  places: readonly (CellPlace | undefined)[],
  block: CellBlock,
  carried: readonly CallState[],
): Promise<(Track[] | undefined)[]> {
  const { select } = job;
  const tracks: (Track[] | undefined)[] = [];
  for (const [index, call] of plan.calls.entries()) {
    const place = places[index];
    const states =
      block.groups.length === 1 ? [carried[index]] : block.groups.map(() => openCallState(call, select.ascending));
    tracks.push(place && (await tracksOf(call, place, block, select, states, plan.references)));
  }
  return tracks;
}

function* groupRowsOf(
  job: SelectJob,
  plan: OutputPlan,
  block: CellBlock,
  group: Group,
  tracks: readonly (Track | undefined)[],
  places: readonly (CellPlace | undefined)[],
  sequences: SequenceGroups | undefined,
): Generator<GroupRows> {
  const { ascending } = job.select;
  const aligned = block.levels.length === 1 && block.levels[0].windows !== null;
  if (aligned && tracks.every((track) => track !== undefined && track.timesNs === null)) {
    for (const span of windowSpans(block.levels[0].windows as NonNullable<Level['windows']>, ascending)) {
      const rows = alignedRows(tracks as readonly Track[], span);
      if (rows.rowCount > 0) yield { group, rows };
    }
    return;
  }
  const fromRows = sequences?.take(group) ?? [];
  let next = 0;
  const timed = plan.calls.map((_call, index) => {
    const place = places[index];
    const track = tracks[index];
    if (place === undefined || track === undefined) return fromRows[next++] ?? EMPTY_TRACK;
    return timedTrack(track, block.levels[place.level].windows, ascending);
  });
  for (const rows of matchedRows(timed, ascending)) yield { group, rows };
}

const EMPTY_TRACK = { timesNs: new BigInt64Array(0), column: null, present: null, count: 0, beside: [] };

type TimedTrack = Track & { readonly timesNs: BigInt64Array };

/** Transformed rows of all groups, by group, for statements that mix them with aggregates. */
class SequenceGroups {
  readonly #tracks: Map<string, { group: Group; tracks: TimedTrack[] }>;

  constructor(tracks: Map<string, { group: Group; tracks: TimedTrack[] }>) {
    this.#tracks = tracks;
  }

  take(group: Group): TimedTrack[] | undefined {
    const key = group.tags.join('\u0000');
    const found = this.#tracks.get(key);
    this.#tracks.delete(key);
    return found?.tracks;
  }
}

async function groupSequences(job: SelectJob, calls: readonly CallPlan[]): Promise<SequenceGroups> {
  const tracks = new Map<string, { group: Group; tracks: TimedTrack[] }>();
  const batches = new Map<string, { group: Group; batches: Rows[] }>();
  let rowCount = 0;
  for await (const { group, rows } of sequenceRows(job, calls)) {
    const key = group.tags.join('\u0000');
    const known = batches.get(key);
    if (known === undefined) batches.set(key, { group, batches: [rows] });
    else known.batches.push(rows);
    rowCount += rows.rowCount;
    job.env.checkMemory(rowCount * 16 * calls.length);
  }
  for (const [key, { group, batches: own }] of batches) {
    tracks.set(key, { group, tracks: calls.map((_call, index) => sequenceTrack(own, index)) });
  }
  return new SequenceGroups(tracks);
}

function sequenceTrack(batches: readonly Rows[], index: number): TimedTrack {
  const times: bigint[] = [];
  const cells: (number | bigint | string)[] = [];
  let type: Column['type'] = 'float';
  for (const rows of batches) {
    const column = rows.columns[index];
    for (let row = 0; row < rows.rowCount; row++) {
      if (column === null || !isValid(column, row)) continue;
      type = column.type;
      times.push(rowTime(rows, row));
      cells.push(column.values[row]);
    }
  }
  const wide = cells.some((cell) => typeof cell === 'bigint');
  const values = wide ? BigInt64Array.from(cells, (cell) => BigInt(cell)) : Float64Array.from(cells, Number);
  return {
    ...EMPTY_TRACK,
    timesNs: BigInt64Array.from(times),
    column: { type, values, valid: null },
    count: times.length,
  };
}
