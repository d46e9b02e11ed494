// Computes windows anew from what the parent's bucket holds: series by series, in order of time, with the same states that
// are filled by writes.
import type { OptionalState } from '../model/index.ts';
import { type Snapshot, openTableReader } from '../view/index.ts';
import type { DirtyRange } from './dirty-windows.ts';
import { type ParentKind, rowsOfChunk } from './input-rows.ts';
import { OpenWindows } from './open-windows.ts';
import { RowBuilder } from './row-builder.ts';
import type { WindowGrid } from './window-grid.ts';

export interface RecomputeParts {
  readonly kind: ParentKind;
  readonly grid: WindowGrid;
  readonly keptOf: (field: string) => ReadonlySet<OptionalState>;
  /** The name under which a field's states are written. */
  readonly nameOf: (field: string) => string;
  /** Lets others work when it is their turn. */
  readonly giveWay: () => Promise<void>;
}

/** Rows are handed on once there are so many. */
const ROWS_PER_TAKE = 4096;

/** The windows of the range that have rows, as they come; `take` empties the builder. Rows read in all are returned. */
export async function recompute(
  snapshot: Snapshot,
  range: DirtyRange,
  parts: RecomputeParts,
  take: (rows: RowBuilder) => Promise<void>,
): Promise<number> {
  const { kind, grid, keptOf, nameOf } = parts;
  const { measurement, first, last } = range;
  const time = grid.rangeOf(first, last);
  const tables = snapshot.tables(measurement, time);
  if (tables.length === 0) return 0;
  const names = [...new Set(tables.flatMap((table) => [...table.fields.keys()]))];
  const candidates = range.seriesIds === null ? snapshot.series(measurement) : Int32Array.from(range.seriesIds);
  const out = new RowBuilder(measurement);
  const windows = new OpenWindows({ grid, keptOf, out, floor: -Infinity, mark: () => {} });
  const readers = tables.map((table) => openTableReader(table));
  let rowCount = 0;
  try {
    for (const seriesId of snapshot.seriesInRange(candidates, measurement, time)) {
      for (const reader of readers) {
        for (const chunk of reader.read(seriesId, names, time)) {
          const rows = rowsOfChunk(kind, chunk, seriesId, names);
          windows.add({ ...rows, fields: rows.fields.map((field) => ({ ...field, name: nameOf(field.name) })) });
          rowCount += chunk.rowCount;
        }
      }
      windows.closeSeries(seriesId);
      await parts.giveWay();
      if (out.rowCount >= ROWS_PER_TAKE) await take(out);
    }
  } finally {
    for (const reader of readers) reader.close();
  }
  if (out.rowCount > 0) await take(out);
  return rowCount;
}
