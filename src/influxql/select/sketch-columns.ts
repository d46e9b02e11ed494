// sum_hll() and count_hll(): from different values to the text of their sketch, and from texts to counts.
import type { AggregateColumn } from '../../exec/index.ts';
import { SketchBuilder, sketchCount } from './hyper-log-log.ts';
import { type Column, type Rows, isValid } from './rows.ts';

const VALUES_A_TURN = 4096;

/** Cells of different values as cells of texts. */
export async function sketchColumn(cells: AggregateColumn, pause: () => Promise<void>): Promise<AggregateColumn> {
  const lists = cells.lists ?? [];
  const values = Array<string>(lists.length).fill('');
  const valid = new Uint8Array(lists.length);
  for (const [cell, list] of lists.entries()) {
    if (list.length === 0 || cells.type === null) continue;
    const sketch = new SketchBuilder(cells.type);
    for (const [at, point] of list.entries()) {
      if (at % VALUES_A_TURN === 0) await pause();
      sketch.add(point.value);
    }
    values[cell] = sketch.finish();
    valid[cell] = 1;
  }
  return { ...cells, type: 'string', values, valid, timesNs: null, seriesIds: null, lists: null };
}

/** A count for each text; what is no sketch counts 0. */
export function countSketches(rows: Rows, column: Column | null): Column | null {
  if (column?.type !== 'string') return null;
  const values = new Float64Array(rows.rowCount);
  const valid = new Uint8Array(rows.rowCount);
  for (let row = 0; row < rows.rowCount; row++) {
    if (!isValid(column, row)) continue;
    values[row] = Number(sketchCount(String(column.values[row])));
    valid[row] = 1;
  }
  return { type: 'unsigned', values, valid };
}
