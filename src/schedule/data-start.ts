// Where the data that a query reads begins, roughly: so that a clock that stood at 1970, or a long silence, does not make
// millions of empty windows worth a run.
import type { TimeRange } from '../model/index.ts';
import type { ViewDoor } from '../view/index.ts';
import { type Place, type ScheduledQuery, matchesName } from './scheduled-query.ts';

/** The start of the first shard within the range that holds a measurement of the query's sources; null = none does. */
export function dataStart(view: ViewDoor, query: ScheduledQuery, range: TimeRange): bigint | null {
  const starts = query.reads.flatMap((place) => placeStart(view, place, range) ?? []);
  return starts.length === 0 ? null : starts.reduce((least, one) => (one < least ? one : least));
}

function placeStart(view: ViewDoor, { bucket, measurements }: Place, range: TimeRange): bigint | null {
  const snapshot = view.snapshot(bucket.id);
  try {
    let least: bigint | null = null;
    for (const name of snapshot.measurements()) {
      if (!matchesName(measurements, name)) continue;
      const shard = snapshot.tables(name, range)[0]?.shard;
      if (shard === undefined || (least !== null && least <= shard.startNs)) continue;
      least = shard.startNs > range.startNs ? shard.startNs : range.startNs;
    }
    return least;
  } finally {
    snapshot.release();
  }
}
