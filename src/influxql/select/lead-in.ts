// increase() over GROUP BY time reads the window before the first one, whose last value the first one counts from: so the
// windows of queries over neighbouring ranges add up. Its cells are taken away before anything is filled or transformed. The
// first window is read whole, also where the range begins within it.
//
//     range                        |─────────────|
//     read              |lead-in|  0  |  1  |  2  |
import type { AggregateColumn } from '../../exec/index.ts';
import type { CellBlock, Level, LevelCells } from './cells.ts';
import { sliceWindows } from './windows.ts';

/** The blocks, which have all windows of their groups, without the windows that lead in. */
export async function* withoutLeadIn(
  blocks: AsyncIterable<CellBlock>,
  levels: readonly Level[],
): AsyncGenerator<CellBlock> {
  for await (const block of blocks) {
    const own = block.levels.map((cells, index) => trimmed(cells, levels[index].leadIn ?? 0, block.groups.length));
    yield { ...block, levels: own };
  }
}

function trimmed(cells: LevelCells, leadIn: number, groups: number): LevelCells {
  const { windows, windowCount } = cells;
  if (leadIn === 0 || windows === null) return cells;
  const left = windowCount - leadIn;
  const keep = Int32Array.from({ length: groups * left }, (_, cell) => {
    const group = Math.floor(cell / left);
    return group * windowCount + leadIn + (cell - group * left);
  });
  return {
    windows: sliceWindows(windows, leadIn, windowCount),
    windowCount: left,
    columns: cells.columns.map((column) => gathered(column, keep)),
  };
}

/** Calls that lead in give one value a cell, without a time. */
function gathered(column: AggregateColumn, cells: Int32Array): AggregateColumn {
  const values = column.values.slice(0, cells.length);
  cells.forEach((cell, at) => (values[at] = column.values[cell]));
  return { ...column, values, valid: Uint8Array.from(cells, (cell) => column.valid[cell]) };
}
