// What of a tier is to be computed anew, and how: from the parent's rows where they are there, from the late bucket where they
// are not any more.
import { messageOf } from '../base/index.ts';
import type { Bucket, MeasurementBatch, TimeRange } from '../model/index.ts';
import type { Arrivals } from './arrivals.ts';
import { type DirtyRange, DirtyWindows } from './dirty-windows.ts';
import type { ParentKind } from './input-rows.ts';
import { LateRows, staleLateRows } from './late-rows.ts';
import {
  type LinkFigures,
  type LinkParts,
  type LinkView,
  dueThrough,
  matchingSeries,
  parentHas,
  withSnapshot,
} from './link-parts.ts';
import { recompute } from './recompute.ts';
import type { RowBuilder } from './row-builder.ts';
import { keptOf, lateField } from './state-columns.ts';
import type { WindowGrid } from './window-grid.ts';

/** Rows of a parent that one turn of a backfill should read, about. */
const ROWS_PER_TURN = 262_144;

export interface RepairsParts {
  readonly link: LinkParts;
  readonly grid: WindowGrid;
  readonly arrivals: Arrivals;
  readonly figures: LinkFigures;
  /** What was filled by writes must be sent before what is computed is. */
  readonly sendClosed: (measurement: string) => void;
}

export class Repairs {
  readonly dirty = new DirtyWindows();
  /** Windows whose late points are to be merged anew. */
  readonly late = new DirtyWindows();
  readonly #parts: RepairsParts;
  #view: LinkView | undefined;
  /** Of the links whose parent is this one's tier. */
  #children: readonly Repairs[] = [];
  /** Being computed at present: dirty still, should this process end. */
  #inWork: { readonly from: DirtyWindows; readonly range: DirtyRange } | undefined;
  #last: Promise<boolean> = Promise.resolve(false);

  constructor(parts: RepairsParts) {
    this.#parts = parts;
  }

  attach(view: LinkView): void {
    this.#view = view;
  }

  feeds(children: readonly Repairs[]): void {
    this.#children = children;
  }

  /** Points that the base no longer takes. */
  hearLate({ measurement, baseNs, times, rowCount, seriesIds }: MeasurementBatch, nowNs: bigint): void {
    const { link, grid } = this.#parts;
    for (let row = 0; row < rowCount; row++) {
      const window = grid.indexAt(baseNs + BigInt(times[row]));
      if (!parentHas(link, grid, window, nowNs)) this.late.add(measurement, seriesIds[row], window);
    }
  }

  /** The late bucket has lost points. */
  hearLateDelete(measurement: string, range: TimeRange): void {
    const { link, grid } = this.#parts;
    const tables = withSnapshot(this.#attached(), link.tier.bucket, (snapshot) => snapshot.tables(measurement, range));
    if (tables.length === 0) return;
    const startNs = range.startNs > tables[0].shard.startNs ? range.startNs : tables[0].shard.startNs;
    const shardEndNs = tables[tables.length - 1].shard.endNs;
    const endNs = range.endNs < shardEndNs ? range.endNs : shardEndNs;
    const [first, last] = [grid.indexAt(startNs), grid.indexAt(endNs - 1n)];
    if (first <= last) this.late.addRange({ measurement, first, last, seriesIds: null });
  }

  /** Windows up to this one that wait, or are in work. */
  countUpTo(window: number): number {
    const range = this.#inWork?.range;
    const inWork = range === undefined ? 0 : range.last - range.first + 1;
    return this.dirty.countUpTo(window) + this.late.countUpTo(window) + inWork;
  }

  isDone(through: number): boolean {
    return this.#inWork === undefined && !this.dirty.hasUpTo(through) && !this.late.hasUpTo(through);
  }

  /** Resolves once what is in work is done, or is put back. */
  async settle(): Promise<void> {
    await this.#last;
  }

  /** Windows to be computed from the parent's rows; of one measurement or of all. */
  *dirtyRanges(measurement?: string): Generator<DirtyRange> {
    yield* this.dirty.ranges(measurement);
    if (this.#inWork?.from === this.dirty && isOf(this.#inWork.range, measurement)) yield this.#inWork.range;
  }

  *lateRanges(measurement?: string): Generator<DirtyRange> {
    yield* this.late.ranges(measurement);
    if (this.#inWork?.from === this.late && isOf(this.#inWork.range, measurement)) yield this.#inWork.range;
  }

  /** Computes one range of windows that are over; false when there is none. One call at a time. */
  repair(nowNs: bigint): Promise<boolean> {
    const repair = this.#repairOne(nowNs);
    this.#last = repair.catch(() => false);
    return repair;
  }

  async #repairOne(nowNs: bigint): Promise<boolean> {
    const { link, grid } = this.#parts;
    const through = dueThrough(link, grid, nowNs);
    const range = this.dirty.take(through, (measurement) => this.#windowsPerTurn(measurement));
    if (range !== undefined) {
      await this.#work(this.dirty, range, () => this.#computeAnew(range, nowNs));
      return true;
    }
    const late = this.late.take(through, (measurement) => this.#windowsPerTurn(measurement));
    if (late === undefined) return false;
    await this.#work(this.late, late, () => this.#mergeLate(late));
    return true;
  }

  /** Works on a range that was taken out; after a failure it is put back. */
  async #work(from: DirtyWindows, range: DirtyRange, work: () => Promise<void>): Promise<void> {
    const { figures, sendClosed } = this.#parts;
    this.#inWork = { from, range };
    sendClosed(range.measurement);
    try {
      await work();
      figures.failure = '';
    } catch (error) {
      from.addRange(range);
      figures.failure = messageOf(error);
      throw error;
    } finally {
      this.#inWork = undefined;
    }
  }

  /** Of windows that the parent has begun to forget only what came late can still change. */
  async #computeAnew(whole: DirtyRange, nowNs: bigint): Promise<void> {
    const { figures, link, arrivals } = this.#parts;
    const [lost, range] = this.#splitAt(whole, this.#parentForgotNs(nowNs));
    // The parent has refused late points of windows past its period: here they are merged from their own bucket again.
    const { durationNs } = link.parent;
    const [refused] = this.#splitAt(whole, durationNs === 0n ? null : nowNs - durationNs);
    for (const part of [lost, refused]) if (part !== null) this.late.addRange(part);
    if (range === null) return;
    await this.#recompute(
      link.parent,
      link.kind,
      range,
      (field) => field,
      async (rows) => {
        figures.windowsRecomputed += rows.rowCount;
        await arrivals.write(rows);
      },
    );
  }

  /** Late points of a window are merged as one: those that are no more leave states that count nothing. */
  async #mergeLate(whole: DirtyRange): Promise<void> {
    const { late } = this.#parts.link;
    const [, range] = this.#splitAt(whole, this.#refusedBeforeNs());
    if (late !== undefined && range !== null) await this.#mergeLateInto(late, range);
    // What this tier refuses, as it is past its period by now, no longer comes to its children by it.
    const [refused] = this.#splitAt(whole, this.#refusedBeforeNs());
    if (refused !== null) for (const child of this.#children) child.#inheritLate(refused, this.#parts.grid);
  }

  /** The tier takes no rows of windows that begin before this; null = it takes all. */
  #refusedBeforeNs(): bigint | null {
    const { tier, nowNs } = this.#parts.link;
    return tier.bucket.durationNs === 0n ? null : nowNs() - tier.bucket.durationNs;
  }

  async #mergeLateInto(late: Bucket, range: DirtyRange): Promise<void> {
    const { figures, link, arrivals, grid } = this.#parts;
    const written = new LateRows();
    await this.#recompute(late, 'points', range, lateField, async (rows) => {
      figures.windowsMergedLate += rows.rowCount;
      written.note(rows);
      await arrivals.write(rows);
    });
    const gone = withSnapshot(this.#attached(), link.tier.bucket, (snapshot) =>
      staleLateRows(snapshot, range, grid, written),
    );
    if (gone.rowCount > 0) await arrivals.write(gone);
  }

  /** Windows that begin before this may have lost rows of the parent; null = none may. */
  #parentForgotNs(nowNs: bigint): bigint | null {
    const { id, durationNs } = this.#parts.link.parent;
    const oldest = this.#attached().oldestShardNs(id);
    if (durationNs === 0n || oldest === undefined) return null;
    const expiredNs = nowNs - durationNs;
    return oldest < expiredNs ? oldest : expiredNs;
  }

  #inheritLate({ measurement, first, last, seriesIds }: DirtyRange, parentGrid: WindowGrid): void {
    const [ownFirst, ownLast] = this.#parts.grid.windowsIn(parentGrid.rangeOf(first, last));
    this.late.addRange({ measurement, first: ownFirst, last: ownLast, seriesIds });
  }

  /** The windows that begin before a time, and the others. */
  #splitAt(range: DirtyRange, timeNs: bigint | null): [before: DirtyRange | null, rest: DirtyRange | null] {
    const { grid } = this.#parts;
    if (timeNs === null || grid.startNs(range.first) >= timeNs) return [null, range];
    if (grid.startNs(range.last) < timeNs) return [range, null];
    const border = grid.indexAt(timeNs - 1n);
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
    const { figures, grid, link } = this.#parts;
    const kept = (field: string): ReturnType<typeof keptOf> => keptOf(field, link.rule.states);
    const snapshot = this.#attached().snapshot(source.id, true);
    try {
      const parts = { kind, grid, keptOf: kept, nameOf, giveWay: link.giveWay };
      figures.rowsRead += await recompute(snapshot, range, parts, take);
    } finally {
      snapshot.release();
    }
  }

  #windowsPerTurn(measurement: string): number {
    const { rule, parent, tier } = this.#parts.link;
    const series = Math.max(1, matchingSeries(this.#attached(), parent, measurement, null).length);
    const parentStepNs = rule.tiers.find(({ bucket }) => bucket.id === parent.id)?.stepNs ?? rule.baseStepNs;
    const rowsPerWindow = Math.max(1, Number(tier.stepNs / parentStepNs));
    return Math.max(1, Math.floor(ROWS_PER_TURN / (series * rowsPerWindow)));
  }

  #attached(): LinkView {
    if (this.#view === undefined) throw new Error('a link works once its view is open');
    return this.#view;
  }
}

function isOf(range: DirtyRange, measurement: string | undefined): boolean {
  return measurement === undefined || range.measurement === measurement;
}
