// A table as a test can write it: `1:3 2:4 | 1:5` is a series with 3 at second 1 and 4 at second 2, and another with 5 at
// second 1. `_` is no value.
import type { FieldType } from '../../model/index.ts';
import { type ArrayTable, type Cell, arrayTable, chunkOfRows } from './array-tables.ts';

export const SECOND_NS = 1_000_000_000n;

/** One field, "v". Series get the ids 0, 1, 2 …; the shard holds seconds -1000 to 1000. */
export function smallTable(type: FieldType, text: string): ArrayTable {
  const series = text.split('|').map((part) =>
    part
      .trim()
      .split(/\s+/)
      .map((point) => {
        const [second, value] = point.split(':');
        return { timeNs: BigInt(second) * SECOND_NS, cells: [cellOf(type, value)] };
      }),
  );
  return arrayTable({
    shard: { startNs: -1000n * SECOND_NS, endNs: 1000n * SECOND_NS },
    fields: new Map([['v', type]]),
    series: new Map(series.map((rows, id) => [id, [chunkOfRows(rows, [type], -5n)]])),
  });
}

function cellOf(type: FieldType, text: string): Cell {
  if (text === '_') return null;
  if (type === 'string') return text;
  if (type === 'boolean') return text === 'true';
  return type === 'float' ? Number(text) : BigInt(text);
}
