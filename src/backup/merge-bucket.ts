// Writes the points of one bucket into another one, as if a client had: where both have a value, the one that comes wins.
import { ALL_TIME, type Bucket, type MeasurementBatch, type SeriesTable } from '../model/index.ts';
import { type Snapshot, type ViewDoor, openTableReader } from '../view/index.ts';
import { type SeriesRows, batchOfChunks } from './chunk-batch.ts';

/** Enough for a change of the log to cost little a row, and few enough for others to have their turn. */
const BATCH_ROWS = 8192;

export interface MergeOutcome {
  readonly written: number;
  /** Refused by the target: `field type conflict: …`, `points beyond retention policy`. */
  readonly dropped: number;
  /** Of the first that was refused; null when none was. */
  readonly firstReason: string | null;
}

/** May be run again after a failure: the same points come out. */
export async function mergeBucket(view: ViewDoor, fromId: string, target: Bucket): Promise<MergeOutcome> {
  const snapshot = view.snapshot(fromId);
  const merge = new Merge(view, view.seriesTable(fromId), target);
  try {
    for (const measurement of snapshot.measurements()) await mergeMeasurement(snapshot, measurement, merge);
    return merge.outcome;
  } finally {
    snapshot.release();
  }
}

async function mergeMeasurement(snapshot: Snapshot, measurement: string, merge: Merge): Promise<void> {
  const ids = snapshot.series(measurement);
  for (const table of snapshot.tables(measurement, ALL_TIME)) {
    const reader = openTableReader(table);
    try {
      let rows: SeriesRows[] = [];
      let rowCount = 0;
      const write = async (): Promise<void> => {
        if (rows.length > 0) await merge.write(batchOfChunks(measurement, table.fields, rows));
        rows = [];
        rowCount = 0;
      };
      const names = [...table.fields.keys()];
      for (const id of ids) {
        for (const chunk of reader.read(id, names, ALL_TIME)) {
          rows.push({ seriesId: merge.targetSeries(id), chunk });
          rowCount += chunk.rowCount;
          if (rowCount >= BATCH_ROWS) await write();
        }
      }
      await write();
    } finally {
      reader.close();
    }
  }
}

class Merge {
  readonly #view: ViewDoor;
  readonly #from: SeriesTable;
  readonly #target: Bucket;
  readonly #ids = new Map<number, number>();
  #written = 0;
  #dropped = 0;
  #firstReason: string | null = null;

  constructor(view: ViewDoor, from: SeriesTable, target: Bucket) {
    this.#view = view;
    this.#from = from;
    this.#target = target;
  }

  get outcome(): MergeOutcome {
    return { written: this.#written, dropped: this.#dropped, firstReason: this.#firstReason };
  }

  targetSeries(id: number): number {
    let target = this.#ids.get(id);
    if (target === undefined) {
      const bytes = this.#from.keyBytes(id);
      target = this.#view.seriesTable(this.#target.id).intern(bytes, 0, bytes.length);
      this.#ids.set(id, target);
    }
    return target;
  }

  async write(table: MeasurementBatch): Promise<void> {
    const { written, dropped } = await this.#view.write(this.#target, { tables: [table] });
    this.#written += written;
    for (const { count, reason } of dropped) {
      this.#dropped += count;
      this.#firstReason ??= reason;
    }
  }
}
