// The fields and tags beside a selector: `SELECT max(v), host` shows the host of the point that max chose.
import type { AggregateColumn } from '../../exec/index.ts';
import type { CellBlock, LevelCells } from './cells.ts';
import { type Column, allocateValues, gatherColumn } from './rows.ts';

/** Values of chosen points' other fields, in the order of cells, and where those of each cell begin. */
export interface Beside {
  readonly columns: readonly (Column | null)[];
  /** First row of each cell; the rows of a cell are its points in reading order. */
  readonly starts: Int32Array;
}

/** The values of `references` at the points that the cells of a selector chose. */
export async function lookUpBeside(
  cells: AggregateColumn,
  block: CellBlock,
  level: LevelCells,
  references: Parameters<CellBlock['lookUp']>[2],
): Promise<Beside> {
  const cellCount = block.groups.length * level.windowCount;
  const starts = new Int32Array(cellCount + 1);
  for (let cell = 0; cell < cellCount; cell++) {
    starts[cell + 1] = starts[cell] + (cells.lists === null ? cells.valid[cell] : cells.lists[cell].length);
  }
  const timesNs = new BigInt64Array(starts[cellCount]);
  const seriesIds = new Int32Array(starts[cellCount]);
  for (let cell = 0; cell < cellCount; cell++) {
    let at = starts[cell];
    if (cells.lists !== null) {
      for (const point of cells.lists[cell]) {
        timesNs[at] = point.timeNs;
        seriesIds[at++] = point.seriesId;
      }
    } else if (cells.valid[cell] !== 0 && cells.timesNs !== null && cells.seriesIds !== null) {
      timesNs[at] = cells.timesNs[cell];
      seriesIds[at] = cells.seriesIds[cell];
    }
  }
  return { columns: await block.lookUp(timesNs, seriesIds, references), starts };
}

/** What stands beside the points of `count` cells with at most one point each, in reading order. */
export function besideCells(
  beside: Beside | undefined,
  first: number,
  count: number,
  ascending: boolean,
): (Column | null)[] {
  if (beside === undefined) return [];
  return beside.columns.map((column) =>
    column === null ? null : spread(column, beside.starts, first, count, ascending),
  );
}

/** What stands beside chosen points, by their rows. */
export function besidePoints(beside: Beside | undefined, rows: Int32Array): (Column | null)[] {
  return (beside?.columns ?? []).map((column) => (column === null ? null : gatherColumn(column, rows)));
}

/** Rows of chosen points put to the places of their cells, in reading order. */
function spread(column: Column, starts: Int32Array, first: number, count: number, ascending: boolean): Column {
  const order = new Int32Array(count);
  const valid = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const cell = ascending ? first + at : first + count - 1 - at;
    if (starts[cell + 1] === starts[cell]) continue;
    order[at] = starts[cell];
    valid[at] = column.valid === null ? 1 : column.valid[starts[cell]];
  }
  const values = allocateValues(column.type, count, typeof column.values[0] === 'bigint') as Column['values'] &
    unknown[];
  for (let at = 0; at < count; at++) if (valid[at] !== 0) values[at] = column.values[order[at]];
  return { type: column.type, values, valid };
}
