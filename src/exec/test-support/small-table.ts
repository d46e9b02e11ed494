// A table as a test can write it: series by series, [second, value] by [second, value].
import type { FieldType } from '../../model/index.ts';
import { type ArrayTable, type Cell, arrayTable, chunkOfRows } from './array-tables.ts';

export const SECOND_NS = 1_000_000_000n;

export type SmallSeries = readonly (readonly [second: number, ...cells: Cell[]])[];

/** Series get the ids 0, 1, 2 …; the shard holds seconds -1000 to 1000. */
export function smallTable(fields: Readonly<Record<string, FieldType>>, ...series: readonly SmallSeries[]): ArrayTable {
  const types = Object.values(fields);
  return arrayTable({
    shard: { startNs: -1000n * SECOND_NS, endNs: 1000n * SECOND_NS },
    fields: new Map(Object.entries(fields)),
    series: new Map(
      series.map((rows, id) => {
        const list = rows.map(([second, ...cells]) => ({ timeNs: BigInt(second) * SECOND_NS, cells }));
        return [id, [chunkOfRows(list, types, -5n)]];
      }),
    ),
  });
}
