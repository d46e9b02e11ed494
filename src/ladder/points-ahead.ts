// A new link finds points in the future, too: clocks differ. Windows that are not over are filled by writes only from the link's
// first moment on, so that those which have points already are marked, to be computed once they are over.
import { MAX_TIME_NS, type TimeRange } from '../model/index.ts';
import { type Snapshot, openTableReader } from '../view/index.ts';
import type { DirtyWindows } from './dirty-windows.ts';
import type { WindowGrid } from './window-grid.ts';

export function markPointsAhead(
  snapshot: Snapshot,
  measurement: string,
  afterNs: bigint,
  grid: WindowGrid,
  dirty: DirtyWindows,
): void {
  const range: TimeRange = { startNs: afterNs, endNs: MAX_TIME_NS + 1n };
  const seriesIds = snapshot.seriesInRange(snapshot.series(measurement), measurement, range);
  for (const table of snapshot.tables(measurement, range)) {
    const reader = openTableReader(table);
    for (const seriesId of seriesIds) {
      for (const { rowCount, baseNs, times } of reader.read(seriesId, [...table.fields.keys()], range)) {
        for (let row = 0; row < rowCount; row++)
          dirty.add(measurement, seriesId, grid.indexAt(baseNs + BigInt(times[row])));
      }
    }
    reader.close();
  }
}
