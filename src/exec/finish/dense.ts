// Results that stand in dense states already: count, sum, mean, spread, increase, min, max, first, last.
import type { AggregateColumn } from '../plan.ts';
import type { BoundsState } from '../states/bounds-state.ts';
import type { CountState } from '../states/count-state.ts';
import { type IncreaseState, joinPieces } from '../states/increase-state.ts';
import type { PickState } from '../states/pick-state.ts';
import type { SumState } from '../states/sum-state.ts';
import { getValue, newValues, setValue } from '../values.ts';
import { filledCells, plainColumn, valuesArray } from './column.ts';

export function countColumn(state: CountState): AggregateColumn {
  return plainColumn('count', 'integer', state.counts, filledCells(state.counts));
}

export function sumColumn(state: SumState, counts: CountState): AggregateColumn {
  return plainColumn('sum', state.sums.type, valuesArray(state.sums), filledCells(counts.counts));
}

/** The wrapped integer sum as a float, divided by the count, as InfluxDB does. */
export function meanColumn(state: SumState, counts: CountState): AggregateColumn {
  const means = new Float64Array(counts.counts.length);
  for (let cell = 0; cell < means.length; cell++) {
    const count = counts.counts[cell];
    if (count > 0) means[cell] = Number(getValue(state.sums, cell)) / count;
  }
  return plainColumn('mean', 'float', means, filledCells(counts.counts));
}

export function increaseColumn(state: IncreaseState): AggregateColumn {
  joinPieces(state);
  const { sums } = state.growth;
  return plainColumn('increase', sums.type, valuesArray(sums), state.filled);
}

/** `upper` holds the greatest values where they stand in a column of their own. */
export function spreadColumn({ lows, filled }: BoundsState, { highs }: BoundsState): AggregateColumn {
  const spreads = newValues(lows.type, filled.length);
  for (let cell = 0; cell < filled.length; cell++) {
    if (filled[cell] === 0) continue;
    const low = getValue(lows, cell) as number | bigint;
    const high = getValue(highs, cell) as number | bigint;
    if (typeof low === 'number' && typeof high === 'number' && isExactSpread(lows.type, low, high)) {
      setValue(spreads, cell, high - low);
    } else setValue(spreads, cell, BigInt(high) - BigInt(low));
  }
  return plainColumn('spread', lows.type, valuesArray(spreads), filled);
}

function isExactSpread(type: string, low: number, high: number): boolean {
  return type === 'float' || Number.isSafeInteger(high - low);
}

export function pickColumn(state: PickState, seriesIds: Int32Array): AggregateColumn {
  const { ordinals } = state;
  const valid = new Uint8Array(ordinals.length);
  const ids = new Int32Array(ordinals.length);
  let any = false;
  for (let cell = 0; cell < ordinals.length; cell++) {
    if (ordinals[cell] < 0) continue;
    any = true;
    valid[cell] = 1;
    ids[cell] = seriesIds[ordinals[cell]];
  }
  return {
    kind: state.rule,
    type: any ? state.values.type : null,
    values: valuesArray(state.values),
    valid,
    timesNs: state.times.ns,
    seriesIds: ids,
    lists: null,
  };
}
