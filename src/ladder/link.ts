// One step of a ladder: from a parent's bucket to a tier's. It hears what is written to the parent, fills windows with it, and
// writes each window to the tier when it is over. What does not come in order is computed anew from the parent.
//
//     parent's writes ──► open windows ──► closed rows ──► arrivals ──► view.write(tier)
//                              │ out of order, deleted        ▲
//                              ▼                              │
//                        repairs: recompute from the parent's rows
//
// A point that is too old for the base comes by another bucket, the ladder's late one. Where the parent still holds its window,
// the parent's own repair brings it; where it does not, its states are computed from the late bucket and written beside the
// window's own.
import type { MeasurementBatch, TagPredicate, TimeRange } from '../model/index.ts';
import { Arrivals, type PendingDelete, type TierRows } from './arrivals.ts';
import { DirtyWindows, type SavedRange, loadRange, saveRange } from './dirty-windows.ts';
import { rowsOfBatch } from './input-rows.ts';
import {
  type LinkFigures,
  type LinkParts,
  type LinkView,
  dueThrough,
  matchingSeries,
  newFigures,
  parentHas,
  withSnapshot,
} from './link-parts.ts';
import { OpenWindows } from './open-windows.ts';
import { Repairs } from './repairs.ts';
import { RowBuilder } from './row-builder.ts';
import { keptOf } from './state-columns.ts';
import { WindowGrid } from './window-grid.ts';

/** What a link must remember beyond this process. */
export interface SavedLink {
  /** Windows up to here are never filled by writes any more, only computed. */
  readonly floor: number;
  /** All windows that end by here are in the tier, but for the dirty ones. */
  readonly doneThrough: number;
  readonly dirty: readonly SavedRange[];
  /** The same of late points. */
  readonly late: readonly SavedRange[];
  /** The same of windows that are computed from rows finer than the parent's, by bucket of those rows. */
  readonly skipping: Readonly<Record<string, readonly SavedRange[]>>;
}

/** Closed rows are sent once there are so many, or when their turn comes. */
const ROWS_PER_SENDING = 4096;
const WINDOWS_PER_CLOSING = 8192;

interface WindowSpan {
  readonly first: number;
  readonly last: number;
}

/** From the first to the last of them; none for none. */
function spanOf(windows: Iterable<number>): WindowSpan[] {
  let first = Infinity;
  let last = -Infinity;
  for (const window of windows) {
    if (window < first) first = window;
    if (window > last) last = window;
  }
  return first <= last ? [{ first, last }] : [];
}

export class Link {
  readonly parts: LinkParts;
  readonly grid: WindowGrid;
  readonly repairs: Repairs;
  readonly figures: LinkFigures = newFigures();
  readonly #arrivals: Arrivals;
  readonly #open = new Map<string, OpenWindows>();
  readonly #closed = new Map<string, RowBuilder>();
  #view: LinkView | undefined;
  #floor: number;
  #doneThrough: number;

  /** `saved` undefined: a new link; everything up to the window of `nowNs` is to be computed. */
  constructor(parts: LinkParts, saved: SavedLink | undefined, nowNs: bigint) {
    this.parts = parts;
    const { tier } = parts;
    const { figures } = this;
    this.grid = new WindowGrid(tier.stepNs, tier.timeZone);
    const putBack = (rows: TierRows): void => addRows(this.repairs.dirty, rows);
    this.#arrivals = new Arrivals({ link: parts, grid: this.grid, figures, putBack });
    const sendClosed = (measurement: string): void => this.#sendClosed(measurement);
    this.repairs = new Repairs({ link: parts, grid: this.grid, arrivals: this.#arrivals, figures, sendClosed });
    this.#floor = saved?.floor ?? this.grid.indexAt(nowNs);
    this.#doneThrough = saved?.doneThrough ?? this.#floor;
    for (const range of saved?.dirty ?? []) this.repairs.dirty.addRange(loadRange(range));
    for (const range of saved?.late ?? []) this.repairs.late.addRange(loadRange(range));
    for (const [bucketId, ranges] of Object.entries(saved?.skipping ?? {}))
      for (const range of ranges) this.repairs.skipTo(bucketId, loadRange(range));
  }

  /** Writes, deletes and repairs work from here on. */
  attach(view: LinkView): void {
    this.#view = view;
    this.#arrivals.attach(view);
    this.repairs.attach(view);
  }

  /** The same link of a ladder that was declared anew: periods, lateness and names may be others. */
  redeclare(parts: LinkParts): void {
    // All that make up the link have this one object.
    Object.assign(this.parts, parts);
  }

  /** Links whose parent is this one's tier. */
  feeds(children: readonly Link[]): void {
    this.repairs.feeds(children.map(({ repairs }) => repairs));
  }

  /** Windows that end by this time are complete in the tier, but for those that are `missing`. */
  get doneThroughNs(): bigint {
    return this.grid.endNs(this.#doneThrough);
  }

  /** Windows that are over and wait to be computed anew, a delete on its way for one; those of a backfill are not among them. */
  dirtyWindows(nowNs: bigint): number {
    return this.repairs.countUpTo(dueThrough(this.parts, this.grid, nowNs)) + this.#arrivals.pendingDeletes().length;
  }

  /** Measurements that the tier has rows of, or will have. */
  measurements(): ReadonlySet<string> {
    const stored = withSnapshot(this.#attached(), this.parts.tier.bucket, (snapshot) => snapshot.measurements());
    return new Set([...stored, ...this.#open.keys()]);
  }

  /** A new link: windows from this one on are to be computed, those that are over as a backfill, the others when they are. */
  fill(measurement: string, first: number, nowNs: bigint): void {
    const { dirty } = this.repairs;
    const over = Math.min(dueThrough(this.parts, this.grid, nowNs), this.#floor);
    if (first <= over) dirty.addRange({ measurement, first, last: over, seriesIds: null });
    const open = Math.max(first, over + 1);
    if (open <= this.#floor) dirty.addRange({ measurement, first: open, last: this.#floor, seriesIds: null });
  }

  /** Points or states that the parent has got. */
  hear(batch: MeasurementBatch): void {
    const { measurement } = batch;
    this.#windowsOf(measurement).add(rowsOfBatch(this.parts.kind, batch));
    if ((this.#closed.get(measurement)?.rowCount ?? 0) >= ROWS_PER_SENDING) this.#sendClosed(measurement);
  }

  /**
   * The parent has lost something: windows being filled that the delete touches can no longer be relied on. To be called at once;
   * `hearDelete` of each measurement follows, then `endDelete`.
   */
  beginDelete(measurements: readonly string[] | null, range: TimeRange): PendingDelete {
    const [first, last] = this.grid.windowsIn(range);
    for (const [measurement, windows] of this.#open)
      if (measurements === null || measurements.includes(measurement)) windows.spoil(first, last);
    return this.#arrivals.beginDelete(measurements, range);
  }

  /** The tier has lost what the parent has. */
  endDelete(pending: PendingDelete): void {
    this.#arrivals.endDelete(pending);
  }

  /** The parent has lost what the predicate says in the range. Resolves once the tier has lost the same. */
  async hearDelete(
    measurement: string,
    predicate: TagPredicate | null,
    range: TimeRange,
    nowNs: bigint,
  ): Promise<void> {
    const { parts, grid } = this;
    const { bucket } = parts.tier;
    const view = this.#attached();
    // What was computed before the delete must not arrive after it.
    this.#sendClosed(measurement);
    await this.#arrivals.settle();
    await this.repairs.settle();
    const [first, last] = grid.windowsIn(range);
    const edges = [first, last].filter((window) => Number.isFinite(window) && !grid.isIn(window, range));
    const kept = edges.filter((window) => !parentHas(parts, grid, window, nowNs));
    // Where the parent's rows are gone, a window that has lost only a part of them stays as it is.
    const whole = grid.wholeWindows(range);
    const startNs = kept.includes(first) ? grid.endNs(first) : whole.startNs;
    const endNs = kept.includes(last) ? grid.startNs(last) : whole.endNs;
    const seriesIds = new Set([
      ...matchingSeries(view, parts.parent, measurement, predicate),
      ...matchingSeries(view, bucket, measurement, predicate),
    ]);
    if (startNs < endNs)
      await view.delete(bucket.id, { measurements: [measurement], predicate, range: { startNs, endNs } });
    for (const window of edges)
      if (!kept.includes(window)) this.repairs.dirty.addRange({ measurement, first: window, last: window, seriesIds });
  }

  /** Closes what is over and sends what is closed, a number of windows at most; returns whether there are more. */
  closeDue(nowNs: bigint): boolean {
    const through = dueThrough(this.parts, this.grid, nowNs);
    let left = WINDOWS_PER_CLOSING;
    for (const windows of this.#open.values()) left -= windows.closeUpTo(through, left);
    for (const measurement of this.#closed.keys()) this.#sendClosed(measurement);
    if (left <= 0) return true;
    // Nothing up to here is open; what is on its way counts as missing until it has arrived.
    if (through > this.#doneThrough) void this.#advance(through);
    return false;
  }

  /** Whether nothing that is over at this time is missing from the tier. */
  isDone(nowNs: bigint): boolean {
    return this.#arrivals.isIdle && this.repairs.isDone(dueThrough(this.parts, this.grid, nowNs));
  }

  /** Resolves once all that was closed has arrived, or has been put back. */
  settle(): Promise<void> {
    return this.#arrivals.settle();
  }

  /** What of the parent's changes up to now is not in the tier yet is dirty in it. */
  save(): SavedLink {
    const dirty = new DirtyWindows();
    for (const range of this.repairs.dirtyRanges()) dirty.addRange(range);
    let floor = this.#floor;
    for (const [measurement, windows] of this.#open) {
      windows.eachOpen((seriesId, window) => dirty.add(measurement, seriesId, window));
      floor = Math.max(floor, windows.highest);
    }
    for (const rows of this.#unwritten()) addRows(dirty, rows);
    return {
      floor,
      doneThrough: this.#doneThrough,
      dirty: [...dirty.ranges()].map(saveRange),
      late: [...this.repairs.lateRanges()].map(saveRange),
      skipping: Object.fromEntries(this.repairs.skippingRanges().map(([id, ranges]) => [id, ranges.map(saveRange)])),
    };
  }

  /** Whether something is still to be computed from rows of this bucket in the range. */
  needs(bucketId: string, range: TimeRange): boolean {
    const [first, last] = this.grid.windowsIn(range);
    const touches = (span: WindowSpan): boolean => span.first <= last && span.last >= first;
    for (const [id, ranges] of this.repairs.skippingRanges()) if (id === bucketId && ranges.some(touches)) return true;
    if (bucketId !== this.parts.parent.id) return false;
    for (const span of this.repairs.dirtyRanges()) if (touches(span)) return true;
    for (const { windows } of this.#unwritten()) if (spanOf(windows).some(touches)) return true;
    for (const pending of this.#arrivals.pendingDeletes())
      if (pending.range.startNs < range.endNs && pending.range.endNs > range.startNs) return true;
    let needed = false;
    for (const windows of this.#open.values())
      windows.eachOpen((_, window) => void (needed ||= window >= first && window <= last));
    return needed;
  }

  /** Times for which the tier is not what the parent says, though they are before `doneThroughNs`. */
  missing(measurement: string): TimeRange[] {
    const spans: WindowSpan[] = [...this.repairs.dirtyRanges(measurement), ...this.repairs.lateRanges(measurement)];
    for (const [, ranges] of this.repairs.skippingRanges(measurement)) spans.push(...ranges);
    for (const rows of this.#unwritten()) if (rows.measurement === measurement) spans.push(...spanOf(rows.windows));
    const open: number[] = [];
    this.#open.get(measurement)?.eachOpen((_, window) => void (window <= this.#doneThrough && open.push(window)));
    spans.push(...spanOf(open));
    const missing = spans.map(({ first, last }) => this.grid.rangeOf(first, last));
    for (const { range } of this.#arrivals.pendingDeletes(measurement)) missing.push(this.grid.wholeWindows(range));
    return missing;
  }

  /** Rows of closed windows that the tier does not have yet. */
  *#unwritten(): Generator<TierRows> {
    for (const { measurement, rows } of this.#closed.values()) yield { measurement, ...rows };
    yield* this.#arrivals.onTheWay();
  }

  #windowsOf(measurement: string): OpenWindows {
    let windows = this.#open.get(measurement);
    if (windows === undefined) {
      const out = new RowBuilder(measurement);
      const mark = (seriesId: number, window: number): void => this.repairs.dirty.add(measurement, seriesId, window);
      const kept = (field: string): ReturnType<typeof keptOf> => keptOf(field, this.parts.rule.states);
      windows = new OpenWindows({ grid: this.grid, keptOf: kept, out, mark, floor: this.#floor });
      this.#open.set(measurement, windows);
      this.#closed.set(measurement, out);
    }
    return windows;
  }

  #sendClosed(measurement: string): void {
    const closed = this.#closed.get(measurement);
    if (closed !== undefined) this.#arrivals.send(closed);
  }

  async #advance(through: number): Promise<void> {
    if (!this.#arrivals.isIdle) await this.#arrivals.settle();
    if (through > this.#doneThrough) this.#doneThrough = through;
  }

  #attached(): LinkView {
    if (this.#view === undefined) throw new Error('a link works once its view is open');
    return this.#view;
  }
}

function addRows(dirty: DirtyWindows, { measurement, seriesIds, windows }: TierRows): void {
  seriesIds.forEach((seriesId, row) => dirty.add(measurement, seriesId, windows[row]));
}
