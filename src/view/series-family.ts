// The series that a bucket counts its ids in. A bucket has its own; the tiers of a ladder share their base's, so that a series
// has one id in all of them, and its key is held and stored once.
import { SeriesTable } from '../model/index.ts';
import { SeriesIndex } from './series-index.ts';

export class SeriesFamily {
  /** Of the bucket whose series they are; its series segments bear it, also when that bucket itself is gone. */
  readonly id: string;
  readonly table = new SeriesTable();
  readonly index = new SeriesIndex(this.table);
  /** Ids below this are in the store. */
  storedCount = 0;

  constructor(id: string) {
    this.id = id;
  }
}

/** The family of that id, if a bucket has it. */
export function findFamily(buckets: Iterable<{ readonly family: SeriesFamily }>, id: string): SeriesFamily | undefined {
  for (const { family } of buckets) if (family.id === id) return family;
  return undefined;
}
