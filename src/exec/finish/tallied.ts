// Results from the different values of each cell: mode, distinct, count-distinct.
import type { Pacer } from '../pacer.ts';
import type { AggregateColumn } from '../plan.ts';
import { type TallyState, tallyWords } from '../states/tally-state.ts';
import { compareTimes } from '../time64.ts';
import { type Value, compareValues, newValues, presentValue, setValue } from '../values.ts';
import { emptyLists, filledCells, plainColumn, valuesArray } from './column.ts';

/** The entries of each cell: those of cell c are entries[starts[c] .. starts[c + 1]). */
interface EntriesByCell {
  readonly starts: Int32Array;
  readonly entries: Int32Array;
  readonly valueOf: (entry: number) => Value;
}

function entriesByCell(state: TallyState, cells: number): EntriesByCell {
  const starts = new Int32Array(cells + 1);
  for (let entry = 0; entry < state.entryCount; entry++) starts[state.cells[entry] + 1]++;
  for (let cell = 0; cell < cells; cell++) starts[cell + 1] += starts[cell];
  const next = starts.slice(0, cells);
  const entries = new Int32Array(state.entryCount);
  for (let entry = 0; entry < state.entryCount; entry++) entries[next[state.cells[entry]]++] = entry;
  const words = tallyWords(state);
  const valueOf = (entry: number): Value => (words === null ? state.codes[entry] : words[state.codes[entry]]);
  return { starts, entries, valueOf };
}

export function countDistinctColumn(state: TallyState, cells: number): AggregateColumn {
  const counts = new Float64Array(cells);
  for (let entry = 0; entry < state.entryCount; entry++) counts[state.cells[entry]]++;
  return plainColumn('count-distinct', 'integer', counts, filledCells(counts));
}

/** By time of the first point in reading direction, then by value. */
export async function distinctColumn(
  state: TallyState,
  cells: number,
  seriesIds: Int32Array,
  pacer: Pacer,
): Promise<AggregateColumn> {
  const { starts, entries, valueOf } = entriesByCell(state, cells);
  const { words, ns } = state.first;
  const direction = state.descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const byTime = compareTimes(words, a, words, b) * direction;
    return byTime !== 0 ? byTime : compareValues(valueOf(a), valueOf(b));
  };
  const lists = emptyLists(cells);
  const valid = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    if (starts[cell] === starts[cell + 1]) continue;
    if (pacer.due) await pacer.giveWay();
    valid[cell] = 1;
    const own = entries.subarray(starts[cell], starts[cell + 1]).sort(compare);
    lists[cell] = Array.from(own, (entry) => ({
      timeNs: ns[entry],
      seriesId: seriesIds[state.ordinals[entry]],
      value: presentValue(state.type, valueOf(entry)),
    }));
  }
  const column = plainColumn('distinct', state.type, new Float64Array(0), valid);
  return { ...column, lists };
}

/**
 * The most frequent value. Of values that are equally frequent (and occur twice at least) the one of the later sort order
 * wins if its first point is no later than the last of the other; of values that all occur once the least wins. That is
 * InfluxDB's loop over the sorted points, told by value instead of by point. Of booleans true wins a tie.
 */
export async function modeColumn(state: TallyState, cells: number, pacer: Pacer): Promise<AggregateColumn> {
  const { starts, entries, valueOf } = entriesByCell(state, cells);
  const modes = newValues(state.type, cells);
  const valid = new Uint8Array(cells);
  const compare = (a: number, b: number): number => compareValues(valueOf(a), valueOf(b));
  for (let cell = 0; cell < cells; cell++) {
    const own = entries.subarray(starts[cell], starts[cell + 1]);
    if (own.length === 0) continue;
    if (pacer.due) await pacer.giveWay();
    own.sort(compare);
    valid[cell] = 1;
    setValue(modes, cell, valueOf(state.type === 'boolean' ? booleanMode(state, own) : modeOf(state, own)));
  }
  return plainColumn('mode', state.type, valuesArray(modes), valid);
}

function modeOf(state: TallyState, entries: Int32Array): number {
  const { counts, first, last } = state;
  let best = entries[0];
  for (let at = 1; at < entries.length; at++) {
    const entry = entries[at];
    if (counts[entry] === 1 || counts[entry] < counts[best]) continue;
    // InfluxDB compares times as numbers, whatever the reading direction.
    if (counts[entry] > counts[best] || compareTimes(first.words, entry, last.words, best) <= 0) best = entry;
  }
  return best;
}

function booleanMode(state: TallyState, entries: Int32Array): number {
  const [no, yes] = entries;
  return yes === undefined || state.counts[no] > state.counts[yes] ? no : yes;
}
