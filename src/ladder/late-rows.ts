// The late part of a tier's rows: which windows have one that no late point stands behind any more.
import type { FieldType } from '../model/index.ts';
import { type Snapshot, openTableReader } from '../view/index.ts';
import type { DirtyRange } from './dirty-windows.ts';
import { cancelStates } from './number-states.ts';
import { RowBuilder } from './row-builder.ts';
import { type StateName, isLateField, parseStateColumn } from './state-columns.ts';
import type { WindowGrid } from './window-grid.ts';

/** Windows that were just written. */
export class LateRows {
  readonly #keys = new Set<string>();

  note({ rows }: RowBuilder): void {
    rows.seriesIds.forEach((seriesId, row) => this.#keys.add(`${seriesId} ${rows.windows[row]}`));
  }

  has(seriesId: number, window: number): boolean {
    return this.#keys.has(`${seriesId} ${window}`);
  }
}

/** Rows that say of each window of the range with a late part, but for those in `written`, that it counts nothing. */
export function staleLateRows(snapshot: Snapshot, range: DirtyRange, grid: WindowGrid, written: LateRows): RowBuilder {
  const { measurement } = range;
  const time = grid.rangeOf(range.first, range.last);
  const out = new RowBuilder(measurement);
  for (const table of snapshot.tables(measurement, time)) {
    const late = lateColumns(table.fields);
    if (late.size === 0) continue;
    const fields = [...late.keys()];
    const counts = fields.map((field) => `${field}:count`);
    const reader = openTableReader(table);
    for (const seriesId of range.seriesIds ?? snapshot.series(measurement)) {
      for (const chunk of reader.read(seriesId, counts, time)) {
        for (let row = 0; row < chunk.rowCount; row++) {
          const window = grid.indexAt(chunk.baseNs + BigInt(chunk.times[row]));
          if (written.has(seriesId, window)) continue;
          const stale = fields.filter((_, index) => {
            const column = chunk.columns[index];
            const has = column !== null && (column.valid === null || column.valid[row] !== 0);
            return has && Number(column.values[row]) > 0;
          });
          if (stale.length === 0) continue;
          const at = out.addRow(seriesId, window);
          for (const field of stale) {
            const { type, states } = late.get(field) as LateColumn;
            cancelStates(field, type, states, out, at);
          }
        }
      }
    }
    reader.close();
  }
  return out;
}

interface LateColumn {
  readonly type: FieldType;
  readonly states: StateName[];
}

/** The late fields of a table, with their types and the states that they have. */
function lateColumns(fields: ReadonlyMap<string, FieldType>): ReadonlyMap<string, LateColumn> {
  const late = new Map<string, LateColumn>();
  for (const [name, type] of fields) {
    const column = parseStateColumn(name);
    if (column === undefined || !isLateField(column.field)) continue;
    const known = late.get(column.field);
    const own = column.state === 'sum' || column.state === 'last' ? type : (known?.type ?? type);
    late.set(column.field, { type: own, states: [...(known?.states ?? []), column.state] });
  }
  return late;
}
