// Results that need every value of a cell: median, percentile, stddev.
import type { Pacer } from '../pacer.ts';
import type { AggregateColumn } from '../plan.ts';
import type { Moments } from '../states/deviation-state.ts';
import type { Gathered } from '../states/gather-state.ts';
import { type Times, compareTimes, copyTime, newTimes } from '../time64.ts';
import { type WideArray, newValues, setValue } from '../values.ts';
import { plainColumn, valuesArray } from './column.ts';
import { selectNth } from './select-nth.ts';

/** Of an even count the middle of the two middle values. */
export async function medianColumn(gathered: Gathered, pacer: Pacer): Promise<AggregateColumn> {
  const { starts } = gathered;
  const cells = starts.length - 1;
  const medians = new Float64Array(cells);
  const valid = new Uint8Array(cells);
  const values = gathered.values.slice();
  for (let cell = 0; cell < cells; cell++) {
    const start = starts[cell];
    const end = starts[cell + 1];
    if (start === end) continue;
    if (pacer.due) await pacer.giveWay();
    medians[cell] = values instanceof Float64Array ? medianOf(values, start, end) : wideMedianOf(values, start, end);
    valid[cell] = 1;
  }
  return plainColumn('median', 'float', medians, valid);
}

function medianOf(values: Float64Array, start: number, end: number): number {
  const middle = start + ((end - start) >>> 1);
  if ((end - start) % 2 === 1) return selectNth(values, start, end, middle);
  const low = selectNth(values, start, end, middle - 1);
  let high = values[middle];
  for (let at = middle + 1; at < end; at++) if (values[at] < high) high = values[at];
  return low + (high - low) / 2;
}

function wideMedianOf(values: WideArray, start: number, end: number): number {
  const sorted = values.subarray(start, end).sort();
  const middle = sorted.length >>> 1;
  if (sorted.length % 2 === 1) return Number(sorted[middle]);
  const low = sorted[middle - 1];
  const distance = sorted[middle] - low;
  // InfluxDB's difference of two int64 wraps.
  return Number(low) + Number(values instanceof BigInt64Array ? BigInt.asIntN(64, distance) : distance) / 2;
}

/** The nearest rank; a cell where that is rank 0 has no value. */
export async function percentileColumn(
  gathered: Gathered,
  percent: number,
  descending: boolean,
  seriesIds: Int32Array,
  pacer: Pacer,
): Promise<AggregateColumn> {
  const { starts, values, type } = gathered;
  const cells = starts.length - 1;
  const chosen = newValues(type, cells);
  const valid = new Uint8Array(cells);
  const times = newTimes(cells);
  const ids = new Int32Array(cells);
  const scratch = values.slice();
  for (let cell = 0; cell < cells; cell++) {
    const start = starts[cell];
    const end = starts[cell + 1];
    const rank = Math.floor(((end - start) * percent) / 100 + 0.5) - 1;
    if (rank < 0 || rank >= end - start) continue;
    if (pacer.due) await pacer.giveWay();
    const value = nth(scratch, start, end, start + rank);
    const slot = slotOfRank(gathered, start, end, value, rank, descending);
    setValue(chosen, cell, value);
    valid[cell] = 1;
    copyTime((gathered.times as Times).words, slot, times.words, cell);
    ids[cell] = seriesIds[(gathered.ordinals as Int32Array)[slot]];
  }
  return { ...plainColumn('percentile', type, valuesArray(chosen), valid), timesNs: times.ns, seriesIds: ids };
}

function nth(scratch: Float64Array | WideArray, start: number, end: number, index: number): number | bigint {
  if (scratch instanceof Float64Array) return selectNth(scratch, start, end, index);
  scratch.subarray(start, end).sort();
  return scratch[index];
}

/** Beyond so many equal values nobody can tell which of them InfluxDB would name. */
const MAX_ORDERED_EQUALS = 4096;

/** Which of the points that have the value stands at `rank` when all are sorted by value, then in reading order. */
function slotOfRank(
  gathered: Gathered,
  start: number,
  end: number,
  value: number | bigint,
  rank: number,
  descending: boolean,
): number {
  const { values } = gathered;
  const words = (gathered.times as Times).words;
  const equals: number[] = [];
  let below = 0;
  for (let slot = start; slot < end; slot++) {
    if (values[slot] < value) below++;
    else if (values[slot] === value) equals.push(slot);
  }
  const direction = descending ? -1 : 1;
  // Slots ascend by series already, and sorting is stable.
  if (equals.length <= MAX_ORDERED_EQUALS) equals.sort((a, b) => compareTimes(words, a, words, b) * direction);
  return equals[rank - below];
}

/** The sample standard deviation in InfluxDB's two passes; a cell with one value has none. */
export async function stddevColumn(gathered: Gathered, pacer: Pacer): Promise<AggregateColumn> {
  const { starts } = gathered;
  const values = gathered.values as Float64Array;
  const cells = starts.length - 1;
  const deviations = new Float64Array(cells);
  const valid = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const start = starts[cell];
    const end = starts[cell + 1];
    if (end - start < 2) continue;
    if (pacer.due) await pacer.giveWay();
    deviations[cell] = deviationOf(values, start, end);
    valid[cell] = 1;
  }
  return plainColumn('stddev', 'float', deviations, valid);
}

function deviationOf(values: Float64Array, start: number, end: number): number {
  let mean = 0;
  for (let at = start; at < end; at++) mean += (values[at] - mean) / (at - start + 1);
  let variance = 0;
  for (let at = start; at < end; at++) {
    const distance = values[at] - mean;
    variance += distance * distance;
  }
  return Math.sqrt(variance / (end - start - 1));
}

export function stddevOfMoments(moments: Moments): AggregateColumn {
  const { counts, m2s } = moments;
  const deviations = new Float64Array(counts.length);
  const valid = new Uint8Array(counts.length);
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell] < 2) continue;
    deviations[cell] = Math.sqrt(m2s[cell] / (counts[cell] - 1));
    valid[cell] = 1;
  }
  return plainColumn('stddev', 'float', deviations, valid);
}
