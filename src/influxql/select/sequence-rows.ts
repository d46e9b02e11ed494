// Transformations straight over fields: each gives its value in the row of its point, as rows stream by.
import type { TimeRange } from '../../model/index.ts';
import { lookBackRange, rangeOf } from './levels.ts';
import type { CallPlan } from './output-plan.ts';
import { type Column, type Group, type GroupRows, type Rows, gatherRows, isValid, rowTime } from './rows.ts';
import { type SelectJob, sourceRows } from './source-rows.ts';
import { type GroupTracks, type TimedTrack, EMPTY_TRACK } from './track.ts';
import { openTransform } from './transforms.ts';
import type { TypedSelect } from './typed-select.ts';

/** One column a call; rows without any value are left out. */
export async function* sequenceRows(job: SelectJob, calls: readonly CallPlan[]): AsyncGenerator<GroupRows> {
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

/** The same rows of all groups as tracks, groups in reading order. */
export async function sequenceTracks(job: SelectJob, calls: readonly CallPlan[]): Promise<GroupTracks[]> {
  const groups: { readonly group: Group; readonly batches: Rows[] }[] = [];
  let rowCount = 0;
  for await (const { group, rows } of sequenceRows(job, calls)) {
    const last = groups.at(-1);
    if (last?.group === group) last.batches.push(rows);
    else groups.push({ group, batches: [rows] });
    rowCount += rows.rowCount;
    job.env.checkMemory(rowCount * 16 * calls.length);
  }
  return groups.map(({ group, batches }) => ({
    group,
    tracks: calls.map((_call, index) => trackOf(batches, index)),
  }));
}

/** One call over one group's rows. */
class Sequence {
  readonly #states: readonly ReturnType<typeof openTransform>[];
  readonly #limit: number;
  readonly #offset: number;
  #seen = 0;

  constructor(call: CallPlan, { ascending, limit, offset }: TypedSelect) {
    const limited = call.afterwards.length === 0;
    this.#states = call.transforms.map((transform) => openTransform(transform, ascending));
    this.#limit = limited && limit > 0 ? limit : Infinity;
    this.#offset = limited ? offset : 0;
  }

  get isFull(): boolean {
    return this.#seen >= this.#offset + this.#limit;
  }

  apply(rows: Rows, field: Column | null, range: TimeRange): Column | null {
    let column = field;
    for (const state of this.#states) column = state.apply(rows, column);
    if (column === null) return column;
    const valid = column.valid?.slice() ?? new Uint8Array(rows.rowCount).fill(1);
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

function trackOf(batches: readonly Rows[], index: number): TimedTrack {
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
