// One step of a ladder: from a parent's bucket to a tier's. It hears what is written to the parent, fills windows with it, and
// writes each window to the tier when it is over. What does not come in order is computed anew from the parent.
//
//     parent's writes ──► open windows ──► closed rows ──► view.write(tier)
//                              │ out of order, deleted            ▲
//                              ▼                                  │
//                        dirty windows ──► recompute from the parent's rows
//
// A point that is too old for the base comes by another bucket, the ladder's late one. Where the parent still holds its window,
// the parent's own repair brings it; where it does not, its states are computed from the late bucket and written beside the
// window's own.
import { messageOf } from '../base/index.ts';
import {
  type Bucket,
  type LadderRule,
  type LadderTier,
  type TagPredicate,
  type TimeRange,
  MAX_TIME_NS,
  MIN_TIME_NS,
  type MeasurementBatch,
} from '../model/index.ts';
import type { Snapshot, ViewDoor } from '../view/index.ts';
import { type DirtyRange, DirtyWindows, type SavedRange, loadRange, saveRange } from './dirty-windows.ts';
import { type ParentKind, rowsOfBatch } from './input-rows.ts';
import { LateRows, staleLateRows } from './late-rows.ts';
import { OpenWindows } from './open-windows.ts';
import { recompute } from './recompute.ts';
import { RowBuilder } from './row-builder.ts';
import { keptOf, lateField } from './state-columns.ts';
import { WindowGrid } from './window-grid.ts';

export type LinkView = Pick<ViewDoor, 'write' | 'delete' | 'snapshot' | 'oldestShardNs'>;

export interface LinkParts {
  readonly rule: LadderRule;
  readonly parent: Bucket;
  readonly kind: ParentKind;
  readonly tier: LadderTier;
  /** Points that came when the base no longer took them; undefined = there are none. */
  readonly late: Bucket | undefined;
  readonly latenessNs: bigint;
  readonly nowNs: () => bigint;
  readonly giveWay: () => Promise<void>;
}

/** What a link must remember beyond this process. */
export interface SavedLink {
  /** Windows up to here are never filled by writes any more, only computed. */
  readonly floor: number;
  /** All windows that end by here are in the tier, but for the dirty ones. */
  readonly doneThrough: number;
  readonly dirty: readonly SavedRange[];
  /** The same of late points. */
  readonly late: readonly SavedRange[];
}

/** Since the start of this process. */
export interface LinkFigures {
  windowsClosed: number;
  windowsRecomputed: number;
  /** Windows that late points were merged into. */
  windowsMergedLate: number;
  rowsRead: number;
  /** Rows of states that the tier refused, and why the first of them was. */
  refused: number;
  firstRefusal: string;
  /** Why the last write or recompute failed; '' while they work. */
  failure: string;
}

const ROWS_PER_WRITE = 4096;
/** Closed windows beyond this in flight are left to be computed anew. */
const MAX_ROWS_IN_FLIGHT = 262_144;
/** Rows of a parent that one turn of a backfill should read, about. */
const ROWS_PER_TURN = 262_144;
const WINDOWS_PER_CLOSING = 8192;

/** Rows that are on their way into the tier. */
interface Flight {
  readonly measurement: string;
  readonly seriesIds: readonly number[];
  readonly windows: readonly number[];
}

/** A delete that the parent has had and the tier has not. */
interface PendingDelete {
  readonly measurements: readonly string[] | null;
  readonly range: TimeRange;
  /** What has been written to the tier meanwhile, from what the parent got since: the tier's delete may take it away. */
  readonly written: Flight[];
}

interface WindowSpan {
  readonly first: number;
  readonly last: number;
}

/** From the first to the last of them; none for none. */
function spanOf(windows: readonly number[]): WindowSpan[] {
  let first = Infinity;
  let last = -Infinity;
  for (const window of windows) {
    if (window < first) first = window;
    if (window > last) last = window;
  }
  return first <= last ? [{ first, last }] : [];
}

export class Link {
  readonly grid: WindowGrid;
  readonly dirty = new DirtyWindows();
  /** Windows whose late points are to be merged anew. */
  readonly late = new DirtyWindows();
  readonly figures: LinkFigures = {
    windowsClosed: 0,
    windowsRecomputed: 0,
    windowsMergedLate: 0,
    rowsRead: 0,
    refused: 0,
    firstRefusal: '',
    failure: '',
  };
  readonly parts: LinkParts;
  readonly #open = new Map<string, OpenWindows>();
  readonly #closed = new Map<string, RowBuilder>();
  readonly #flights = new Map<Flight, Promise<void>>();
  #rowsInFlight = 0;
  readonly #pendingDeletes = new Set<PendingDelete>();
  #view: LinkView | undefined;
  #floor: number;
  #doneThrough: number;
  /** Being computed at present: dirty still, should this process end. */
  #repairing: { readonly from: DirtyWindows; readonly range: DirtyRange } | undefined;
  #repair: Promise<boolean> = Promise.resolve(false);
  /** Links whose parent is this one's tier. */
  #children: readonly Link[] = [];

  /** `saved` undefined: a new link; everything up to the window of `nowNs` is to be computed. */
  constructor(parts: LinkParts, saved: SavedLink | undefined, nowNs: bigint) {
    this.parts = parts;
    this.grid = new WindowGrid(parts.tier.stepNs, parts.tier.timeZone);
    this.#floor = saved?.floor ?? this.grid.indexAt(nowNs);
    this.#doneThrough = saved?.doneThrough ?? this.#floor;
    for (const range of saved?.dirty ?? []) this.dirty.addRange(loadRange(range));
    for (const range of saved?.late ?? []) this.late.addRange(loadRange(range));
  }

  /** Writes and deletes work from here on. */
  attach(view: LinkView): void {
    this.#view = view;
  }

  feeds(children: readonly Link[]): void {
    this.#children = children;
  }

  /** Windows that end by this time are complete in the tier, but for those that are `missing`. */
  get doneThroughNs(): bigint {
    return this.grid.endNs(this.#doneThrough);
  }

  /** Windows that are over and wait to be computed anew, a delete on its way for one; those of a backfill are not among them. */
  dirtyWindows(nowNs: bigint): number {
    const through = this.#dueThrough(nowNs);
    const range = this.#repairing?.range;
    const inWork = range === undefined ? 0 : range.last - range.first + 1;
    return this.dirty.countUpTo(through) + this.late.countUpTo(through) + inWork + this.#pendingDeletes.size;
  }

  /** Measurements that the tier has rows of, or will have. */
  measurements(): ReadonlySet<string> {
    const stored = this.#withSnapshot(this.parts.tier.bucket, (snapshot) => snapshot.measurements());
    return new Set([...stored, ...this.#open.keys()]);
  }

  /** A new link: windows from this one on are to be computed, those that are over as a backfill, the others when they are. */
  fill(measurement: string, first: number, nowNs: bigint): void {
    const over = Math.min(this.#dueThrough(nowNs), this.#floor);
    if (first <= over) this.dirty.addRange({ measurement, first, last: over, seriesIds: null });
    const open = Math.max(first, over + 1);
    if (open <= this.#floor) this.dirty.addRange({ measurement, first: open, last: this.#floor, seriesIds: null });
  }

  /** Points or states that the parent has got. */
  hear(batch: MeasurementBatch): void {
    const { measurement } = batch;
    const windows = this.#windowsOf(measurement);
    windows.add(rowsOfBatch(this.parts.kind, batch));
    const closed = this.#closed.get(measurement);
    if (closed !== undefined && closed.rowCount >= ROWS_PER_WRITE) this.#send(closed);
  }

  /** Points that the base no longer takes. */
  hearLate(batch: MeasurementBatch, nowNs: bigint): void {
    const { measurement, baseNs, times, rowCount, seriesIds } = batch;
    for (let row = 0; row < rowCount; row++) {
      const window = this.grid.indexAt(baseNs + BigInt(times[row]));
      if (!this.#parentHas(window, nowNs)) this.late.add(measurement, seriesIds[row], window);
    }
  }

  /** The late bucket has lost points. */
  hearLateDelete(measurement: string, range: TimeRange): void {
    const tables = this.#withSnapshot(this.parts.tier.bucket, (snapshot) => snapshot.tables(measurement, range));
    if (tables.length === 0) return;
    const startNs = range.startNs > tables[0].shard.startNs ? range.startNs : tables[0].shard.startNs;
    const shardEndNs = tables[tables.length - 1].shard.endNs;
    const endNs = range.endNs < shardEndNs ? range.endNs : shardEndNs;
    const [first, last] = [this.grid.indexAt(startNs), this.grid.indexAt(endNs - 1n)];
    if (first <= last) this.late.addRange({ measurement, first, last, seriesIds: null });
  }

  /**
   * The parent has lost something: windows being filled that the delete touches can no longer be relied on. To be called at once;
   * `hearDelete` of each measurement follows, then `endDelete`.
   */
  beginDelete(measurements: readonly string[] | null, range: TimeRange): PendingDelete {
    const [first, last] = this.#windowsIn(range);
    for (const [measurement, windows] of this.#open)
      if (measurements === null || measurements.includes(measurement)) windows.spoil(first, last);
    const pending: PendingDelete = { measurements, range, written: [] };
    this.#pendingDeletes.add(pending);
    return pending;
  }

  /** The tier has lost what the parent has. */
  endDelete(pending: PendingDelete): void {
    this.#pendingDeletes.delete(pending);
    for (const flight of pending.written) this.#putBack(flight);
  }

  /** The parent has lost what the predicate says in the range. Resolves once the tier has lost the same. */
  async hearDelete(
    measurement: string,
    predicate: TagPredicate | null,
    range: TimeRange,
    nowNs: bigint,
  ): Promise<void> {
    const view = this.#attached();
    // What was computed before the delete must not arrive after it.
    const closed = this.#closed.get(measurement);
    if (closed !== undefined && closed.rowCount > 0) this.#send(closed);
    await Promise.allSettled([...this.#flights.values(), this.#repair]);
    const [first, last] = this.#windowsIn(range);
    const seriesIds = new Set([
      ...this.#matching(this.parts.parent, measurement, predicate),
      ...this.#matching(this.parts.tier.bucket, measurement, predicate),
    ]);
    const edges = [first, last].filter((window) => Number.isFinite(window) && !this.#covers(range, window));
    const kept = edges.filter((window) => !this.#parentHas(window, nowNs));
    // Where the parent's rows are gone, a window that has lost only a part of them stays as it is.
    const startNs = kept.includes(first) ? this.grid.endNs(first) : this.#floorTime(first, range.startNs);
    const endNs = kept.includes(last) ? this.grid.startNs(last) : this.#ceilTime(last, range.endNs);
    if (startNs < endNs)
      await view.delete(this.parts.tier.bucket.id, {
        measurements: [measurement],
        predicate,
        range: { startNs, endNs },
      });
    for (const window of edges)
      if (!kept.includes(window)) this.dirty.addRange({ measurement, first: window, last: window, seriesIds });
  }

  /** Closes what is over and sends what is closed. `limit`: windows to close at most; returns whether there are more. */
  closeDue(nowNs: bigint): boolean {
    const through = this.#dueThrough(nowNs);
    let left = WINDOWS_PER_CLOSING;
    for (const windows of this.#open.values()) left -= windows.closeUpTo(through, left);
    for (const rows of this.#closed.values()) if (rows.rowCount > 0) this.#send(rows);
    if (left <= 0) return true;
    // Nothing up to here is open; what is in flight counts as dirty until it has arrived.
    if (through > this.#doneThrough) void this.#advance(through);
    return false;
  }

  /** Computes one range of dirty windows that are over; false when there is none. One call at a time. */
  repair(nowNs: bigint): Promise<boolean> {
    const repair = this.#repairOne(nowNs);
    this.#repair = repair.catch(() => false);
    return repair;
  }

  async #repairOne(nowNs: bigint): Promise<boolean> {
    const dueThrough = this.#dueThrough(nowNs);
    const range = this.dirty.take(dueThrough, (measurement) => this.#windowsPerTurn(measurement));
    if (range !== undefined) {
      await this.#work(this.dirty, range, () => this.#computeAnew(range, nowNs));
      return true;
    }
    const late = this.late.take(dueThrough, (measurement) => this.#windowsPerTurn(measurement));
    if (late === undefined) return false;
    await this.#work(this.late, late, () => this.#mergeLate(late));
    return true;
  }

  /** Works on a range that was taken out; after a failure it is put back. */
  async #work(from: DirtyWindows, range: DirtyRange, work: () => Promise<void>): Promise<void> {
    this.#repairing = { from, range };
    // What was filled by writes must arrive before what is computed.
    const closed = this.#closed.get(range.measurement);
    if (closed !== undefined && closed.rowCount > 0) this.#send(closed);
    try {
      await work();
      this.figures.failure = '';
    } catch (error) {
      from.addRange(range);
      this.figures.failure = messageOf(error);
      throw error;
    } finally {
      this.#repairing = undefined;
    }
  }

  /** Of windows that the parent has begun to forget only what came late can still change. */
  async #computeAnew(whole: DirtyRange, nowNs: bigint): Promise<void> {
    const [lost, range] = this.#splitAt(whole, this.#parentForgotNs(nowNs));
    // The parent has refused late points of windows past its period: here they are merged from their own bucket again.
    const { durationNs } = this.parts.parent;
    const [refused] = this.#splitAt(whole, durationNs === 0n ? null : nowNs - durationNs);
    for (const part of [lost, refused]) if (part !== null) this.late.addRange(part);
    if (range === null) return;
    await this.#recompute(
      this.parts.parent,
      this.parts.kind,
      range,
      (field) => field,
      async (rows) => {
        this.figures.windowsRecomputed += rows.rowCount;
        await this.#write(rows);
      },
    );
  }

  /** Late points of a window are merged as one: those that are no more leave states that count nothing. */
  async #mergeLate(whole: DirtyRange): Promise<void> {
    const { late } = this.parts;
    const [, range] = this.#splitAt(whole, this.#refusedBeforeNs());
    if (late !== undefined && range !== null) await this.#mergeLateInto(late, range);
    // What this tier refuses, as it is past its period by now, no longer comes to its children by it.
    const [refused] = this.#splitAt(whole, this.#refusedBeforeNs());
    if (refused !== null) for (const child of this.#children) child.#inheritLate(refused, this.grid);
  }

  /** The tier takes no rows of windows that begin before this; null = it takes all. */
  #refusedBeforeNs(): bigint | null {
    const { durationNs } = this.parts.tier.bucket;
    return durationNs === 0n ? null : this.parts.nowNs() - durationNs;
  }

  async #mergeLateInto(late: Bucket, range: DirtyRange): Promise<void> {
    const written = new LateRows();
    await this.#recompute(late, 'points', range, lateField, async (rows) => {
      this.figures.windowsMergedLate += rows.rowCount;
      written.note(rows);
      await this.#write(rows);
    });
    const gone = this.#withSnapshot(this.parts.tier.bucket, (snapshot) =>
      staleLateRows(snapshot, range, this.grid, written),
    );
    if (gone.rowCount > 0) await this.#write(gone);
  }

  /** Windows that begin before this may have lost rows of the parent; null = none may. */
  #parentForgotNs(nowNs: bigint): bigint | null {
    const { id, durationNs } = this.parts.parent;
    const oldest = this.#attached().oldestShardNs(id);
    if (durationNs === 0n || oldest === undefined) return null;
    const expiredNs = nowNs - durationNs;
    return oldest < expiredNs ? oldest : expiredNs;
  }

  #inheritLate({ measurement, first, last, seriesIds }: DirtyRange, grid: WindowGrid): void {
    const { startNs, endNs } = grid.rangeOf(first, last);
    const windows = { first: this.grid.indexAt(startNs), last: this.grid.indexAt(endNs - 1n) };
    this.late.addRange({ measurement, ...windows, seriesIds });
  }

  /** The windows that begin before a time, and the others. */
  #splitAt(range: DirtyRange, timeNs: bigint | null): [before: DirtyRange | null, rest: DirtyRange | null] {
    if (timeNs === null || this.grid.startNs(range.first) >= timeNs) return [null, range];
    if (this.grid.startNs(range.last) < timeNs) return [range, null];
    const border = this.grid.indexAt(timeNs - 1n);
    return [
      { ...range, last: border },
      { ...range, first: border + 1 },
    ];
  }

  async #recompute(
    source: Bucket,
    kind: ParentKind,
    range: DirtyRange,
    nameOf: (field: string) => string,
    take: (rows: RowBuilder) => Promise<void>,
  ): Promise<void> {
    const snapshot = this.#attached().snapshot(source.id, true);
    const { giveWay } = this.parts;
    const parts = { kind, grid: this.grid, keptOf: this.#keptOf, nameOf, giveWay };
    try {
      this.figures.rowsRead += await recompute(snapshot, range, parts, take);
    } finally {
      snapshot.release();
    }
  }

  /** Whether nothing that is over at this time is missing from the tier. */
  isDone(nowNs: bigint): boolean {
    const idle = this.#repairing === undefined && this.#flights.size === 0;
    const dueThrough = this.#dueThrough(nowNs);
    return idle && !this.dirty.hasUpTo(dueThrough) && !this.late.hasUpTo(dueThrough);
  }

  /** Resolves once all that was closed has arrived, or has been put back. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#flights.values());
  }

  /** What of the parent's changes up to now is not in the tier yet is dirty in it. */
  save(): SavedLink {
    const dirty = new DirtyWindows();
    const late = [...this.late.ranges()];
    for (const range of this.dirty.ranges()) dirty.addRange(range);
    if (this.#repairing?.from === this.late) late.push(this.#repairing.range);
    else if (this.#repairing !== undefined) dirty.addRange(this.#repairing.range);
    let floor = this.#floor;
    for (const [measurement, windows] of this.#open) {
      windows.eachOpen((seriesId, window) => dirty.add(measurement, seriesId, window));
      floor = Math.max(floor, windows.highest);
    }
    for (const { measurement, rows } of this.#closed.values())
      rows.seriesIds.forEach((seriesId, row) => dirty.add(measurement, seriesId, rows.windows[row]));
    for (const { measurement, seriesIds, windows } of this.#flights.keys())
      seriesIds.forEach((seriesId, row) => dirty.add(measurement, seriesId, windows[row]));
    const saved = { dirty: [...dirty.ranges()].map(saveRange), late: late.map(saveRange) };
    return { floor, doneThrough: this.#doneThrough, ...saved };
  }

  /** Whether something is still to be computed from the parent's rows in this range. */
  needs(range: TimeRange): boolean {
    const first = this.grid.indexAt(range.startNs);
    const last = this.grid.indexAt(range.endNs - 1n);
    const touches = (span: WindowSpan): boolean => span.first <= last && span.last >= first;
    if (this.#repairing !== undefined && touches(this.#repairing.range)) return true;
    for (const span of this.dirty.ranges()) if (touches(span)) return true;
    for (const flight of this.#flights.keys()) if (spanOf(flight.windows).some(touches)) return true;
    let needed = false;
    for (const windows of this.#open.values())
      windows.eachOpen((_, window) => void (needed ||= window >= first && window <= last));
    for (const { rows } of this.#closed.values()) needed ||= spanOf(rows.windows).some(touches);
    return needed;
  }

  /** Times for which the tier is not what the parent says, though they are before `doneThroughNs`. */
  missing(measurement: string): TimeRange[] {
    const ranges: WindowSpan[] = [...this.dirty.ranges(measurement), ...this.late.ranges(measurement)];
    if (this.#repairing?.range.measurement === measurement) ranges.push(this.#repairing.range);
    for (const flight of this.#flights.keys())
      if (flight.measurement === measurement) ranges.push(...spanOf(flight.windows));
    const closed = this.#closed.get(measurement);
    if (closed !== undefined) ranges.push(...spanOf(closed.rows.windows));
    const open: number[] = [];
    this.#open.get(measurement)?.eachOpen((_, window) => void (window <= this.#doneThrough && open.push(window)));
    ranges.push(...spanOf(open));
    const missing = ranges.map(({ first, last }) => this.grid.rangeOf(first, last));
    for (const { measurements, range } of this.#pendingDeletes)
      if (measurements === null || measurements.includes(measurement)) missing.push(this.#wholeWindows(range));
    return missing;
  }

  /** From the start of the first window that the range touches to the end of the last. */
  #wholeWindows(range: TimeRange): TimeRange {
    const [first, last] = this.#windowsIn(range);
    return { startNs: this.#floorTime(first, range.startNs), endNs: this.#ceilTime(last, range.endNs) };
  }

  readonly #keptOf = (field: string): ReturnType<typeof keptOf> => keptOf(field, this.parts.rule.states);

  #windowsOf(measurement: string): OpenWindows {
    let windows = this.#open.get(measurement);
    if (windows === undefined) {
      const out = new RowBuilder(measurement);
      const mark = (seriesId: number, window: number): void => this.dirty.add(measurement, seriesId, window);
      windows = new OpenWindows({ grid: this.grid, keptOf: this.#keptOf, out, mark, floor: this.#floor });
      this.#open.set(measurement, windows);
      this.#closed.set(measurement, out);
    }
    return windows;
  }

  /** Sends closed rows on their way. */
  #send(rows: RowBuilder): void {
    const { seriesIds, windows } = rows.rows;
    const flight: Flight = { measurement: rows.measurement, seriesIds, windows };
    if (this.#view === undefined || this.#rowsInFlight > MAX_ROWS_IN_FLIGHT) {
      rows.take(this.grid, ROWS_PER_WRITE);
      this.#putBack(flight);
      return;
    }
    this.figures.windowsClosed += rows.rowCount;
    this.#rowsInFlight += seriesIds.length;
    const arrival = this.#write(rows)
      .then(() => {
        this.figures.failure = '';
      })
      .catch((error: unknown) => {
        this.figures.failure = messageOf(error);
        this.#putBack(flight);
      })
      .finally(() => {
        this.#rowsInFlight -= seriesIds.length;
        this.#flights.delete(flight);
      });
    this.#flights.set(flight, arrival);
  }

  #putBack({ measurement, seriesIds, windows }: Flight): void {
    seriesIds.forEach((seriesId, row) => this.dirty.add(measurement, seriesId, windows[row]));
  }

  /** Empties the builder at once; writes follow one another in the order of calls. */
  async #write(rows: RowBuilder): Promise<void> {
    const view = this.#attached();
    this.#noteForDeletes(rows);
    const batches = rows.take(this.grid, ROWS_PER_WRITE);
    const outcomes = await Promise.all(batches.map((batch) => view.write(this.parts.tier.bucket, batch)));
    for (const { dropped } of outcomes) {
      for (const { count, reason } of dropped) {
        this.figures.refused += count;
        if (this.figures.firstRefusal === '') this.figures.firstRefusal = reason;
      }
    }
  }

  #noteForDeletes({ measurement, rows }: RowBuilder): void {
    for (const { measurements, range, written } of this.#pendingDeletes) {
      if (measurements !== null && !measurements.includes(measurement)) continue;
      const [first, last] = this.#windowsIn(range);
      const inRange = [...rows.windows.keys()].filter((row) => rows.windows[row] >= first && rows.windows[row] <= last);
      if (inRange.length === 0) continue;
      const seriesIds = inRange.map((row) => rows.seriesIds[row]);
      written.push({ measurement, seriesIds, windows: inRange.map((row) => rows.windows[row]) });
    }
  }

  async #advance(through: number): Promise<void> {
    const flights = [...this.#flights.values()];
    if (flights.length > 0) await Promise.allSettled(flights);
    if (through > this.#doneThrough) this.#doneThrough = through;
  }

  /** The last window that is over. */
  #dueThrough(nowNs: bigint): number {
    return this.grid.indexAt(nowNs - this.parts.latenessNs) - 1;
  }

  #windowsPerTurn(measurement: string): number {
    const series = Math.max(1, this.#matching(this.parts.parent, measurement, null).length);
    const parentStep = this.parts.kind === 'points' ? this.parts.rule.baseStepNs : this.#parentStepNs();
    const rowsPerWindow = Math.max(1, Number(this.parts.tier.stepNs / parentStep));
    return Math.max(1, Math.floor(ROWS_PER_TURN / (series * rowsPerWindow)));
  }

  #parentStepNs(): bigint {
    const parent = this.parts.rule.tiers.find(({ bucket }) => bucket.id === this.parts.parent.id);
    return parent?.stepNs ?? this.parts.rule.baseStepNs;
  }

  #matching(bucket: Bucket, measurement: string, predicate: TagPredicate | null): Int32Array {
    return this.#withSnapshot(bucket, (snapshot) => snapshot.series(measurement, predicate ?? undefined));
  }

  #withSnapshot<T>(bucket: Bucket, look: (snapshot: Snapshot) => T): T {
    const snapshot = this.#attached().snapshot(bucket.id, true);
    try {
      return look(snapshot);
    } finally {
      snapshot.release();
    }
  }

  #covers(range: TimeRange, window: number): boolean {
    return range.startNs <= this.grid.startNs(window) && range.endNs >= this.grid.endNs(window);
  }

  /** Whether the parent still has all rows of a window that it ever had. */
  #parentHas(window: number, nowNs: bigint): boolean {
    const { durationNs } = this.parts.parent;
    return durationNs === 0n || this.grid.startNs(window) >= nowNs - durationNs;
  }

  /** The first and the last window that the range touches; infinite where it does not end. */
  #windowsIn(range: TimeRange): [first: number, last: number] {
    const first = range.startNs <= MIN_TIME_NS ? -Infinity : this.grid.indexAt(range.startNs);
    return [first, range.endNs > MAX_TIME_NS ? Infinity : this.grid.indexAt(range.endNs - 1n)];
  }

  #floorTime(window: number, timeNs: bigint): bigint {
    return Number.isFinite(window) ? this.grid.startNs(window) : timeNs;
  }

  #ceilTime(window: number, timeNs: bigint): bigint {
    return Number.isFinite(window) ? this.grid.endNs(window) : timeNs;
  }

  #attached(): LinkView {
    if (this.#view === undefined) throw new Error('a link works once its view is open');
    return this.#view;
  }
}
