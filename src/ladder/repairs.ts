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
  expiredBeforeNs,
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
  /** Windows to be computed from rows finer than the parent's, which no longer takes them: by bucket of those rows. */
  readonly #skipping = new Map<string, DirtyWindows>();
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
    return this.#backlogs().reduce((sum, backlog) => sum + backlog.countUpTo(window), inWork);
  }

  isDone(through: number): boolean {
    return this.#inWork === undefined && !this.#backlogs().some((backlog) => backlog.hasUpTo(through));
  }

  /** Resolves once what is in work is done, or is put back. */
  async settle(): Promise<void> {
    await this.#last;
  }

  /** Windows to be computed from the parent's rows; of one measurement or of all. */
  dirtyRanges(measurement?: string): Iterable<DirtyRange> {
    return this.#rangesOf(this.dirty, measurement);
  }

  lateRanges(measurement?: string): Iterable<DirtyRange> {
    return this.#rangesOf(this.late, measurement);
  }

  /** Windows to be computed from the rows of a bucket that is finer than the parent, by the id of that bucket. */
  skippingRanges(measurement?: string): readonly (readonly [bucketId: string, ranges: readonly DirtyRange[]])[] {
    return [...this.#skipping].map(([id, backlog]) => [id, [...this.#rangesOf(backlog, measurement)]]);
  }

  /** To be computed from the rows of that bucket. */
  skipTo(bucketId: string, range: DirtyRange): void {
    let backlog = this.#skipping.get(bucketId);
    if (backlog === undefined) this.#skipping.set(bucketId, (backlog = new DirtyWindows()));
    backlog.addRange(range);
  }

  *#rangesOf(backlog: DirtyWindows, measurement: string | undefined): Generator<DirtyRange> {
    yield* backlog.ranges(measurement);
    if (this.#inWork?.from !== backlog) return;
    const { range } = this.#inWork;
    if (measurement === undefined || range.measurement === measurement) yield range;
  }

  #backlogs(): readonly DirtyWindows[] {
    return [this.dirty, ...this.#skipping.values(), this.late];
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
    const take = (backlog: DirtyWindows): DirtyRange | undefined =>
      backlog.take(through, (measurement) => this.#windowsPerTurn(measurement));
    const range = take(this.dirty);
    if (range !== undefined) {
      await this.#work(this.dirty, range, () => this.#computeAnew(range, { bucket: link.parent, kind: link.kind }));
      return true;
    }
    for (const [bucketId, backlog] of this.#skipping) {
      const skipping = take(backlog);
      const source = rowsIn(link, bucketId);
      if (skipping === undefined || source === undefined) this.#skipping.delete(bucketId);
      else {
        await this.#work(backlog, skipping, () => this.#computeAnew(skipping, source));
        return true;
      }
    }
    const late = take(this.late);
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

  /** Of windows that the source has begun to forget only what came late can still change. */
  async #computeAnew(whole: DirtyRange, source: Source): Promise<void> {
    const { figures, link, arrivals } = this.#parts;
    const nowNs = link.nowNs();
    const [, known] = this.#splitAt(whole, this.#forgottenNs(source.bucket, nowNs));
    // The source has refused late points of windows past its period, forgotten or not: they are merged from their own bucket again.
    const [refused] = this.#splitAt(whole, expiredBeforeNs(source.bucket, nowNs));
    if (refused !== null) this.late.addRange(refused);
    const range = known === null ? null : this.#passOnRefused(known, source);
    if (range === null) return;
    await this.#recompute(source, range, sameName, async (rows) => {
      figures.windowsRecomputed += rows.rowCount;
      await arrivals.write(rows);
    });
    // Time has gone on.
    this.#passOnRefused(range, source);
  }

  /** What the tier refuses, as it is past its period by now, does not come to its children by it; the rest is returned. */
  #passOnRefused(range: DirtyRange, source: Source): DirtyRange | null {
    const [refused, rest] = this.#splitAt(range, this.#refusedBeforeNs());
    if (refused !== null)
      for (const child of this.#children) child.skipTo(source.bucket.id, child.#ownWindows(refused, this.#parts.grid));
    return rest;
  }

  /** Late points of a window are merged as one: those that are no more leave states that count nothing. */
  async #mergeLate(whole: DirtyRange): Promise<void> {
    const { late } = this.#parts.link;
    const [, range] = this.#splitAt(whole, this.#refusedBeforeNs());
    if (late !== undefined && range !== null) await this.#mergeLateInto(late, range);
    const [refused] = this.#splitAt(whole, this.#refusedBeforeNs());
    if (refused !== null)
      for (const child of this.#children) child.late.addRange(child.#ownWindows(refused, this.#parts.grid));
  }

  /** The tier takes no rows of windows that begin before this; null = it takes all. */
  #refusedBeforeNs(): bigint | null {
    const { tier, nowNs } = this.#parts.link;
    return expiredBeforeNs(tier.bucket, nowNs());
  }

  async #mergeLateInto(late: Bucket, range: DirtyRange): Promise<void> {
    const { figures, link, arrivals, grid } = this.#parts;
    const written = new LateRows();
    await this.#recompute({ bucket: late, kind: 'points' }, range, lateField, async (rows) => {
      figures.windowsMergedLate += rows.rowCount;
      written.note(rows);
      await arrivals.write(rows);
    });
    const gone = withSnapshot(this.#attached(), link.tier.bucket, (snapshot) =>
      staleLateRows(snapshot, range, grid, written),
    );
    if (gone.rowCount > 0) await arrivals.write(gone);
  }

  /** Windows that begin before this may have lost rows of the bucket; null = none may. */
  #forgottenNs(bucket: Bucket, nowNs: bigint): bigint | null {
    const oldest = this.#attached().oldestShardNs(bucket.id);
    const expiredNs = expiredBeforeNs(bucket, nowNs);
    if (expiredNs === null || oldest === undefined) return null;
    return oldest < expiredNs ? oldest : expiredNs;
  }

  /** The windows of this tier that finer ones lie in. */
  #ownWindows({ measurement, first, last, seriesIds }: DirtyRange, finer: WindowGrid): DirtyRange {
    const [ownFirst, ownLast] = this.#parts.grid.windowsIn(finer.rangeOf(first, last));
    return { measurement, first: ownFirst, last: ownLast, seriesIds };
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
    { bucket, kind }: Source,
    range: DirtyRange,
    nameOf: (field: string) => string,
    take: (rows: RowBuilder) => Promise<void>,
  ): Promise<void> {
    const { figures, grid, link } = this.#parts;
    const kept = (field: string): ReturnType<typeof keptOf> => keptOf(field, link.rule.states);
    const snapshot = this.#attached().snapshot(bucket.id, true);
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

/** Rows to compute windows from. */
interface Source {
  readonly bucket: Bucket;
  readonly kind: ParentKind;
}

/** undefined when the bucket is none of the ladder any more. */
function rowsIn({ base, rule }: LinkParts, bucketId: string): Source | undefined {
  if (bucketId === base.id) return { bucket: base, kind: 'points' };
  const tier = rule.tiers.find(({ bucket }) => bucket.id === bucketId);
  return tier && { bucket: tier.bucket, kind: 'states' };
}

const sameName = (field: string): string => field;
