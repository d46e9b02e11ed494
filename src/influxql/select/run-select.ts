// Runs one statement on one measurement's name: picks the way for its calls, and makes rows of what they give.
//
//     no calls                       rows of the sources                                        raw
//     transformations of fields      rows of the sources, transformed as they stream by         sequence
//     aggregates, selectors          cells, from the executor or from rows                      cells
//     both, or predictions           all points of a group, then its rows                       whole groups
import { type CellTracks, cellTracks } from './cell-tracks.ts';
import type { Level } from './cells.ts';
import { evaluate } from './evaluate.ts';
import { refuseShare } from './gap-rule.ts';
import { Defaults, alignedRows, matchedRows, timedTrack, windowSpans } from './join-tracks.ts';
import { rangeOf } from './levels.ts';
import { type OutputPlan, checkTypes, planOutput } from './output-plan.ts';
import { type Group, type GroupRows, type Rows, sliceRows } from './rows.ts';
import { sequenceRows } from './sequence-rows.ts';
import { type SelectJob, openInput, sourceRows, sourcesOf } from './source-rows.ts';
import { EMPTY_TRACK, type Track } from './track.ts';
import type { TypedSelect } from './typed-select.ts';
import { needsWholeGroups, wholeGroupRows } from './whole-groups.ts';

/** Rows of the answer's columns, without time; groups in reading order. */
export async function* runSelect(job: SelectJob): AsyncGenerator<GroupRows> {
  const plan = planOutput(job.select);
  if (!canAnswer(plan)) return;
  if (!hasSeries(job)) return;
  const hasCells = plan.calls.some((call) => call.base !== null);
  refuseShare(job.select, hasCells, sourcesOf(job), job.name);
  checkTypes(plan);
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

/** Whether some source has series that the statement asks for; subqueries may. Types of nothing are no error. */
function hasSeries(job: SelectJob): boolean {
  return sourcesOf(job).some(
    (source) => source.kind === 'select' || openInput(job, source, job.readable, false) !== undefined,
  );
}

/** Without a call or field that exists there is nothing to show. */
function canAnswer(plan: OutputPlan): boolean {
  if (plan.calls.length > 0) return plan.calls.some((call) => call.type !== null);
  return plan.references.some((reference) => reference.type !== null);
}

/** Rows whose columns are the plan's calls, then its references. */
async function* symbolRows(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupRows> {
  if (plan.calls.length === 0) yield* rawRows(job, plan);
  else if (isStreamed(plan)) yield* sequenceRows(job, plan.calls);
  else if (needsWholeGroups(plan)) yield* wholeGroupRows(job, plan);
  else yield* cellRows(job, plan);
}

/** Transformations of fields only, whose values come in the rows of their points. */
function isStreamed({ calls }: OutputPlan): boolean {
  return calls.every((call) => call.base === null && call.afterwards.length === 0);
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

/** All calls have cells. */
async function* cellRows(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupRows> {
  for await (const cells of cellTracks(job, plan)) yield* rowsOfCells(cells, job.select.ascending);
}

function* rowsOfCells({ group, block, tracks, places }: CellTracks, ascending: boolean): Generator<GroupRows> {
  const aligned = block.levels.length === 1 && block.levels[0].windows !== null;
  if (aligned && tracks.every((track) => track !== undefined && track.timesNs === null)) {
    for (const span of windowSpans(block.levels[0].windows as NonNullable<Level['windows']>, ascending)) {
      const rows = alignedRows(tracks as readonly Track[], span);
      if (rows.rowCount > 0) yield { group, rows };
    }
    return;
  }
  const timed = tracks.map((track, index) => {
    const place = places[index];
    if (place === undefined || track === undefined) return EMPTY_TRACK;
    return timedTrack(track, block.levels[place.level].windows, ascending);
  });
  for (const rows of matchedRows(timed, ascending)) yield { group, rows };
}
