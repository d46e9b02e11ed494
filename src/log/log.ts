// The door of a log: an ordered, durable sequence of changes. Implemented by a directory (an edge) and later by a Kafka
// topic (a cloud node).
import type { Change } from './change.ts';
import type { SeriesTable } from '../model/index.ts';

/** Sequence number of a change in its log: 1, 2, 3, … exact below 2^53. Doubles as the position "after this change". */
export type Seq = number;

/** Resolves the series ids of a bucket's batches to keys when writing, and keys to ids when reading. */
export type SeriesTables = (bucketId: string) => SeriesTable;

export interface LoggedChange {
  readonly seq: Seq;
  readonly change: Change;
}

export interface Log {
  /** The seq of the last durable change; 0 when there is none. */
  readonly lastSeq: Seq;
  /** Bytes that the log holds on its medium. */
  readonly sizeBytes: number;
  /** Why the log cannot be written at present, or null. */
  readonly failure: string | null;

  /**
   * Resolves with the change's seq once it is durable. Calls made while a commit is under way join the next one.
   * Promises resolve in the order of seq. Rejects with `unavailable` when the medium fails or is full: then nothing of
   * the change will ever be read back, and the log repairs itself on a later call once the medium is well again. (Should
   * the medium refuse even to cut the change off, a crash before the log works again may bring it back.)
   */
  append(change: Change): Promise<Seq>;

  /** Every durable change with seq > `after`, in order. Series ids are resolved (and created) in `tables`. */
  read(after: Seq): AsyncIterable<LoggedChange>;

  /** Lets go of every change with seq <= `upTo` (whole segments only). */
  trim(upTo: Seq): Promise<void>;

  close(): Promise<void>;
}
