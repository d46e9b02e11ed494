// Results out of quantile sketches: within 1 % of the value that all points would give, and of no point's own time.
import { sketchCount, valueOfRank } from '../../base/index.ts';
import type { AggregateColumn } from '../plan.ts';
import type { SketchState } from '../states/sketch-state.ts';
import { plainColumn } from './column.ts';

/** The nearest rank, as of points; a cell where that is rank 0 has no value. */
export function sketchedPercentile({ cells, sketches }: SketchState, percent: number): AggregateColumn {
  const values = new Float64Array(cells);
  const valid = new Uint8Array(cells);
  for (const [cell, sketch] of sketches) {
    const count = sketchCount(sketch);
    const rank = Math.floor((count * percent) / 100 + 0.5);
    if (rank < 1 || rank > count) continue;
    values[cell] = valueOfRank(sketch, rank);
    valid[cell] = 1;
  }
  return plainColumn('percentile', 'float', values, valid);
}

/** Of an even count the middle of the two middle values. */
export function sketchedMedian({ cells, sketches }: SketchState): AggregateColumn {
  const values = new Float64Array(cells);
  const valid = new Uint8Array(cells);
  for (const [cell, sketch] of sketches) {
    const count = sketchCount(sketch);
    if (count === 0) continue;
    const low = valueOfRank(sketch, Math.floor((count + 1) / 2));
    const high = valueOfRank(sketch, Math.floor(count / 2) + 1);
    values[cell] = low + (high - low) / 2;
    valid[cell] = 1;
  }
  return plainColumn('median', 'float', values, valid);
}
