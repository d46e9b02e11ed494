// Rows of states on their way into a tier's bucket: what is not there yet, what did not get there, and what a delete that follows
// may take away again.
import { messageOf } from '../base/index.ts';
import { ALL_TIME, type Bucket, type PointBatch, type TimeRange } from '../model/index.ts';
import type { Dropped, TableSnapshot, WriteOutcome } from '../view/index.ts';
import { FIELD_KINDS, FieldKinds, fittingPart } from './field-kinds.ts';
import { type LinkFigures, type LinkParts, type LinkView, withSnapshot } from './link-parts.ts';
import type { RowBuilder } from './row-builder.ts';
import type { WindowGrid } from './window-grid.ts';

/** Windows of series, one an index. */
export interface TierRows {
  readonly measurement: string;
  readonly seriesIds: readonly number[];
  readonly windows: readonly number[];
}

/** A delete that the parent has had and the tier has not. */
export interface PendingDelete {
  readonly measurements: readonly string[] | null;
  readonly range: TimeRange;
  /** Written to the tier meanwhile, from what the parent got since. */
  readonly written: TierRows[];
}

export interface ArrivalsParts {
  readonly link: LinkParts;
  readonly grid: WindowGrid;
  readonly figures: LinkFigures;
  /** These windows are to be computed anew. */
  readonly putBack: (rows: TierRows) => void;
}

const ROWS_PER_WRITE = 4096;
/** Closed windows beyond this on their way are left to be computed anew. */
const MAX_ROWS_ON_THE_WAY = 262_144;

export class Arrivals {
  readonly #parts: ArrivalsParts;
  readonly #kinds = new FieldKinds();
  /** Settles once all that was written so far has arrived. */
  #written: Promise<void> = Promise.resolve();
  readonly #flights = new Map<TierRows, Promise<void>>();
  #rowsOnTheWay = 0;
  readonly #deletes = new Set<PendingDelete>();
  #view: LinkView | undefined;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  /** Before, all that is sent is put back. */
  attach(view: LinkView): void {
    this.#view = view;
  }

  get isIdle(): boolean {
    return this.#flights.size === 0;
  }

  onTheWay(): Iterable<TierRows> {
    return this.#flights.keys();
  }

  /** Of one measurement or of all. */
  pendingDeletes(measurement?: string): readonly PendingDelete[] {
    return [...this.#deletes].filter(
      ({ measurements }) => measurement === undefined || measurements === null || measurements.includes(measurement),
    );
  }

  /** Resolves once all that was sent has arrived, or has been put back. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#flights.values());
  }

  /** Empties the builder; its rows arrive later, or are put back. */
  send(rows: RowBuilder): void {
    const { figures, grid, putBack } = this.#parts;
    if (rows.rowCount === 0) return;
    const { seriesIds, windows } = rows.rows;
    const flight: TierRows = { measurement: rows.measurement, seriesIds, windows };
    if (this.#view === undefined || this.#rowsOnTheWay > MAX_ROWS_ON_THE_WAY) {
      rows.take(grid, ROWS_PER_WRITE);
      putBack(flight);
      return;
    }
    figures.windowsClosed += rows.rowCount;
    this.#rowsOnTheWay += seriesIds.length;
    const arrival = this.write(rows)
      .then(() => {
        figures.failure = '';
      })
      .catch((error: unknown) => {
        figures.failure = messageOf(error);
        putBack(flight);
      })
      .finally(() => {
        this.#rowsOnTheWay -= seriesIds.length;
        this.#flights.delete(flight);
      });
    this.#flights.set(flight, arrival);
  }

  /** Empties the builder at once; writes follow one another in the order of calls. */
  async write(rows: RowBuilder): Promise<void> {
    const { link, figures, grid } = this.#parts;
    const view = this.#view;
    if (view === undefined) throw new Error('a link works once its view is open');
    this.#noteForDeletes(rows);
    const { bucket } = link.tier;
    const batches = rows.take(grid, ROWS_PER_WRITE);
    const stored = (measurement: string): readonly TableSnapshot[] =>
      withSnapshot(view, bucket, (snapshot) => snapshot.tables(measurement, ALL_TIME));
    const outcomes = batches.map((batch) => {
      const before = this.#written;
      const isMixed = this.#kinds.areMixed(batch, stored);
      const outcome = isMixed ? writeByKind(view, bucket, batch, before) : view.write(bucket, batch);
      this.#written = Promise.allSettled([before, outcome]).then(() => {});
      return outcome;
    });
    for (const { dropped } of await Promise.all(outcomes)) {
      for (const { count, reason } of dropped) {
        figures.refused += count;
        if (figures.firstRefusal === '') figures.firstRefusal = reason;
      }
    }
  }

  /** The tier is going to lose what the parent has lost: what is written to it from now on may go with that. */
  beginDelete(measurements: readonly string[] | null, range: TimeRange): PendingDelete {
    const pending: PendingDelete = { measurements, range, written: [] };
    this.#deletes.add(pending);
    return pending;
  }

  /** The tier has lost it. */
  endDelete(pending: PendingDelete): void {
    this.#deletes.delete(pending);
    for (const rows of pending.written) this.#parts.putBack(rows);
  }

  #noteForDeletes({ measurement, rows: { seriesIds, windows } }: RowBuilder): void {
    for (const { range, written } of this.pendingDeletes(measurement)) {
      const [first, last] = this.#parts.grid.windowsIn(range);
      const inRange = [...windows.keys()].filter((row) => windows[row] >= first && windows[row] <= last);
      if (inRange.length === 0) continue;
      const own = { seriesIds: inRange.map((row) => seriesIds[row]), windows: inRange.map((row) => windows[row]) };
      written.push({ measurement, ...own });
    }
  }
}

/** Once `before` is over, one kind of fields after the other, so that each sees what the shards have by then. */
async function writeByKind(
  view: LinkView,
  bucket: Bucket,
  { tables }: PointBatch,
  before: Promise<unknown>,
): Promise<WriteOutcome> {
  await before;
  const dropped: Dropped[] = [];
  let written = 0;
  for (const table of tables) {
    for (const kind of FIELD_KINDS) {
      const shards = withSnapshot(view, bucket, (snapshot) => snapshot.tables(table.measurement, ALL_TIME));
      const { batch, refused, reason } = fittingPart(table, kind, shards);
      if (refused > 0) dropped.push({ count: refused, reason });
      if (batch.rowCount === 0) continue;
      const outcome = await view.write(bucket, { tables: [batch] });
      written += outcome.written;
      dropped.push(...outcome.dropped);
    }
  }
  return { written, dropped };
}
