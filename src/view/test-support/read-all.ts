// Test support: everything that a snapshot shows, as plain maps.
import { ALL_TIME, type ChunkColumn, type TimeRange, chunkTime } from '../../model/index.ts';
import { openTableReader } from '../open-table-reader.ts';
import type { Snapshot } from '../snapshot.ts';
import type { FieldValue } from './points.ts';

/** Series key -> time in ns as text -> field -> value. */
export type Rows = Map<string, Map<string, Record<string, FieldValue>>>;

export function readAll(snapshot: Snapshot, range: TimeRange = ALL_TIME): Rows {
  const rows: Rows = new Map();
  for (const measurement of snapshot.measurements()) {
    const fields = [...snapshot.fields(measurement).keys()];
    for (const table of snapshot.tables(measurement, range)) {
      const reader = openTableReader(table);
      for (const id of snapshot.series(measurement)) {
        const key = snapshot.seriesKey(id);
        let previousNs: bigint | undefined;
        for (const chunk of reader.read(id, fields, range)) {
          for (let row = 0; row < chunk.rowCount; row++) {
            const timeNs = chunkTime(chunk, row);
            if (previousNs !== undefined && timeNs <= previousNs)
              throw new Error(`${key}: ${timeNs} after ${previousNs}`);
            previousNs = timeNs;
            const values: Record<string, FieldValue> = {};
            fields.forEach((name, index) => {
              const value = valueAt(chunk.columns[index], row);
              if (value !== undefined) values[name] = value;
            });
            const series = rows.get(key) ?? new Map<string, Record<string, FieldValue>>();
            series.set(timeNs.toString(), values);
            rows.set(key, series);
          }
        }
      }
      reader.close();
    }
  }
  return rows;
}

function valueAt(column: ChunkColumn | null, row: number): FieldValue | undefined {
  if (column === null || (column.valid !== null && column.valid[row] === 0)) return undefined;
  const value = column.values[row];
  if (column.type === 'boolean') return value === 1;
  return column.type === 'integer' || column.type === 'unsigned' ? BigInt(value) : value;
}
