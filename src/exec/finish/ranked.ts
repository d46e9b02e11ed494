// Results from the points kept of each cell: top, bottom, sample.
import type { Pacer } from '../pacer.ts';
import type { AggregateColumn } from '../plan.ts';
import { type RankedState, rankSlots } from '../states/ranked-state.ts';
import { compareTimes } from '../time64.ts';
import { compareValues, getValue, presentValue } from '../values.ts';
import { emptyLists, plainColumn } from './column.ts';

/** By time in reading direction; at one time the better first (top, bottom) or the lesser value (sample). */
export async function rankedColumn(
  state: RankedState,
  descending: boolean,
  seriesIds: Int32Array,
  pacer: Pacer,
): Promise<AggregateColumn> {
  const cells = state.starts.length;
  const { values, times, ordinals } = state;
  const direction = descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const byTime = compareTimes(times.words, a, times.words, b) * direction;
    if (byTime !== 0) return byTime;
    if (state.rule !== 'sample') return rankSlots(state, a, b);
    const byValue = compareValues(getValue(values, a), getValue(values, b));
    return byValue !== 0 ? byValue : ordinals[a] - ordinals[b];
  };
  const valid = new Uint8Array(cells);
  const lists = emptyLists(cells);
  for (let cell = 0; cell < cells; cell++) {
    const size = state.sizes[cell];
    if (size === 0) continue;
    if (pacer.due) await pacer.giveWay();
    valid[cell] = 1;
    const slots = Array.from({ length: size }, (_, at) => state.starts[cell] + at).sort(compare);
    lists[cell] = slots.map((slot) => ({
      timeNs: times.ns[slot],
      seriesId: seriesIds[ordinals[slot]],
      value: presentValue(values.type, getValue(values, slot)),
    }));
  }
  return { ...plainColumn(state.rule, values.type, new Float64Array(0), valid), lists };
}
