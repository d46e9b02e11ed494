// All ladders of a server at work: hears every change of the view, feeds the links, closes windows when they are over, repairs
// what is dirty, finest first, and remembers how far it got.
//
//     view.onChange ─► hear ─► links of the bucket
//     every quarter second     closeDue of each link
//     in the background        repair of the finest link that has something to do
//     every few seconds        a checkpoint: position in the log, and of each link what is not in its tier yet
import { type Clock, WeirError, isWeirError, messageOf } from '../base/index.ts';
import type { Bucket, Ladder, LadderRule, LadderTier, MeasurementBatch, TimeRange } from '../model/index.ts';
import { ALL_TIME, MAX_TIME_NS } from '../model/index.ts';
import type { AppliedChange, ViewDoor } from '../view/index.ts';
import { type LinkFigures, Link, type SavedLink } from './link.ts';
import { Pace } from './pace.ts';
import { parentOf } from './parents.ts';
import { markPointsAhead } from './points-ahead.ts';
import { matchesName } from './state-columns.ts';

/** A ladder with the bucket of its base. */
export interface PlacedLadder {
  readonly database: string;
  readonly ladder: Ladder;
  readonly base: Bucket;
}

/** What is kept between starts; plain JSON. */
export interface SavedLadders {
  /** Changes of the log up to here are in the tiers, or in what the links have saved. */
  readonly position: number;
  readonly links: Readonly<Record<string, SavedLink>>;
}

export type LadderEvent =
  | { readonly kind: 'failed'; readonly what: 'repair' | 'delete' | 'checkpoint'; readonly message: string }
  | { readonly kind: 'recovered' };

export interface LaddersParts {
  readonly clock: Clock;
  /** All ladders there are, as of the call. */
  readonly ladders: () => readonly PlacedLadder[];
  readonly saved: SavedLadders | undefined;
  readonly save: (state: SavedLadders) => Promise<void>;
  readonly onEvent?: ((event: LadderEvent) => void) | undefined;
  /** Share of this thread's time that repairs and backfills may take. */
  readonly repairShare?: number | undefined;
}

export interface TierStatus {
  readonly database: string;
  readonly ladder: string;
  readonly rule: LadderRule;
  /** Of the rule in its ladder. */
  readonly ruleIndex: number;
  readonly tier: LadderTier;
  readonly parent: Bucket;
  /** The policy that shows the parent. */
  readonly parentPolicy: string;
  /** Windows that end by this time are complete but for the dirty ones. */
  readonly doneThroughNs: bigint;
  /** Windows that are over and wait to be computed anew, or late points to be merged into them. */
  readonly dirtyWindows: number;
  /** Windows that a backfill still has to look at, and had when it began, or when this process did. */
  readonly backfillLeft: number;
  readonly backfillWindows: number;
  readonly figures: LinkFigures;
}

/** Where a tier's rows can be relied on for one measurement: before `doneThroughNs`, outside of `dirty`. */
export interface Coverage {
  readonly doneThroughNs: bigint;
  readonly dirty: readonly TimeRange[];
}

type DeleteChange = Extract<AppliedChange['change'], { op: 'delete' }>;

interface PlacedLink {
  readonly key: string;
  readonly placed: PlacedLadder;
  readonly ruleIndex: number;
  readonly link: Link;
}

const TICK_MS = 250;
const IDLE_MS = 500;
const CHECKPOINT_MS = 5000;
const DEFAULT_REPAIR_SHARE = 0.5;

export class Ladders {
  readonly #parts: LaddersParts;
  readonly #pace: Pace;
  /** Finest first within a rule. */
  #links: readonly PlacedLink[] = [];
  #byParent: ReadonlyMap<string, readonly PlacedLink[]> = new Map();
  /** By late bucket. */
  #byLate: ReadonlyMap<string, readonly PlacedLink[]> = new Map();
  /** Links that are gone from the definitions may still be in `saved`. */
  #saved: Readonly<Record<string, SavedLink>>;
  #heardSeq: number;
  #keptSeq: number;
  #view: ViewDoor | undefined;
  /** Deletes that are not in the tiers yet: seq by task. */
  readonly #deletes = new Map<Promise<void>, number>();
  /** Deletes follow one another, the first once the view is open. */
  #lastDelete: Promise<void>;
  readonly #opened = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  #tick: Promise<void> | undefined;
  #repairs: Promise<void> | undefined;
  #checkpoint: Promise<void> | undefined;
  #checkpointDueMs = 0;
  /** End the rests of repairs and deletes. */
  readonly #wakes = new Set<() => void>();
  #closed = false;
  #failing = false;

  constructor(parts: LaddersParts) {
    this.#parts = parts;
    this.#pace = new Pace(this.repairShare);
    this.#saved = parts.saved?.links ?? {};
    this.#heardSeq = parts.saved?.position ?? 0;
    this.#keptSeq = parts.saved?.position ?? 0;
    this.#lastDelete = this.#opened.promise;
    this.#place();
  }

  /** Share of this thread's time that repairs and backfills get at most. */
  get repairShare(): number {
    return this.#parts.repairShare ?? DEFAULT_REPAIR_SHARE;
  }

  /** The log must keep what comes after this. */
  heldAfter(): number {
    return this.#links.length === 0 ? Number.MAX_SAFE_INTEGER : this.#keptSeq;
  }

  /** Whether no window is still to be computed from a shard of this bucket. */
  mayExpire(bucketId: string, shard: TimeRange): boolean {
    return !(this.#byParent.get(bucketId) ?? []).some(({ link }) => link.needs(shard));
  }

  hear({ seq, change }: AppliedChange): void {
    if (seq > this.#heardSeq) this.#heardSeq = seq;
    if (!('bucketId' in change)) return;
    const late = this.#byLate.get(change.bucketId);
    if (late !== undefined) this.#hearLate(late, change);
    const links = this.#byParent.get(change.bucketId);
    if (links === undefined) return;
    if (change.op === 'write') {
      for (const batch of change.tables) for (const placed of links) if (hears(placed, batch)) placed.link.hear(batch);
      return;
    }
    if (change.op === 'delete') this.#startDelete(links, change, seq);
  }

  #startDelete(links: readonly PlacedLink[], change: DeleteChange, seq: number): void {
    const pending = links.map(({ link }) => ({ link, own: link.beginDelete(change.measurements, change.range) }));
    const task = this.#lastDelete.then(() => this.#deleteUntilDone(links, change));
    this.#deletes.set(task, seq);
    // What a close has left undone stays among those that the checkpoint must not pass.
    this.#lastDelete = task.then(
      () => {
        for (const { link, own } of pending) link.endDelete(own);
        this.#deletes.delete(task);
      },
      () => {},
    );
  }

  /** Rejects when this closes before the tiers could take the delete. */
  async #deleteUntilDone(links: readonly PlacedLink[], change: DeleteChange): Promise<void> {
    for (;;) {
      try {
        if (this.#view === undefined) throw new WeirError('unavailable', 'closed before the view was open');
        for (const placed of links) await this.#hearDelete(placed, change);
        await this.#deleteLate(links, change);
        return;
      } catch (error) {
        this.#fail('delete', error);
        if (this.#closed) throw error;
        await this.#rest();
      }
    }
  }

  /** The view is open: from here on windows are written. */
  attach(view: ViewDoor): void {
    this.#view = view;
    for (const { link } of this.#links) link.attach(view);
    for (const placed of this.#links) this.#fillFrom(placed);
    this.#opened.resolve();
    this.#timer = setInterval(() => this.#startTick(), TICK_MS);
    this.#repairs = this.#repairLoop();
  }

  /** To be called when ladders have come, gone or changed. Resolves once that is durable. */
  async refresh(): Promise<void> {
    const known = new Set(this.#links.map(({ key }) => key));
    this.#place();
    const view = this.#view;
    if (view === undefined) return;
    for (const placed of this.#links) {
      if (known.has(placed.key)) continue;
      placed.link.attach(view);
      this.#fillFrom(placed);
    }
    await this.checkpoint();
  }

  status(): readonly TierStatus[] {
    const nowNs = this.#parts.clock.nowNs();
    const doneThrough = new Map<string, bigint>();
    return this.#links.map(({ placed, ruleIndex, link }) => {
      const { left, peak } = link.dirty.spanSize;
      const { rule, tier, parent } = link.parts;
      // A tier is no further than its parent, which comes before it.
      const keyOf = (bucketId: string): string => `${placed.database} ${placed.ladder.name} ${ruleIndex} ${bucketId}`;
      const ofParent = doneThrough.get(keyOf(parent.id)) ?? link.doneThroughNs;
      const doneThroughNs = ofParent < link.doneThroughNs ? link.grid.floorNs(ofParent) : link.doneThroughNs;
      doneThrough.set(keyOf(tier.bucket.id), doneThroughNs);
      return {
        database: placed.database,
        ladder: placed.ladder.name,
        rule,
        ruleIndex,
        tier,
        parent,
        parentPolicy: rule.tiers.find(({ bucket }) => bucket.id === parent.id)?.policy ?? placed.ladder.base,
        doneThroughNs,
        dirtyWindows: link.dirtyWindows(nowNs),
        backfillLeft: left,
        backfillWindows: peak,
        figures: link.figures,
      };
    });
  }

  /** undefined when no ladder feeds this tier with the measurement. */
  coverage(tierBucketId: string, measurement: string): Coverage | undefined {
    const placed = this.#links.find(
      (candidate) => candidate.link.parts.tier.bucket.id === tierBucketId && hears(candidate, { measurement }),
    );
    if (placed === undefined) return undefined;
    const { link } = placed;
    const own = { doneThroughNs: link.doneThroughNs, dirty: link.missing(measurement) };
    const parent = this.coverage(link.parts.parent.id, measurement);
    if (parent === undefined) return { ...own, dirty: mergeRanges(own.dirty) };
    // What is to be repaired in the parent will be so here.
    const { grid } = link;
    const inherited = parent.dirty.map(({ startNs, endNs }) =>
      grid.rangeOf(grid.indexAt(startNs), grid.indexAt(endNs - 1n)),
    );
    return {
      doneThroughNs: parent.doneThroughNs < own.doneThroughNs ? parent.doneThroughNs : own.doneThroughNs,
      dirty: mergeRanges([...own.dirty, ...inherited]),
    };
  }

  /** Resolves once nothing that is over by now is missing from any tier. */
  async settle(): Promise<void> {
    const nowNs = this.#parts.clock.nowNs();
    for (;;) {
      await this.#lastDelete;
      for (const { link } of this.#links) {
        while (link.closeDue(nowNs)) await this.#pace.giveWay();
        await link.settle();
      }
      if (this.#deletes.size === 0 && this.#links.every(({ link }) => link.isDone(nowNs))) return;
      this.#wake();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Keeps what the links have not brought into the tiers, and lets the log go up to there. */
  checkpoint(): Promise<void> {
    this.#checkpoint ??= this.#save().finally(() => {
      this.#checkpoint = undefined;
    });
    return this.#checkpoint;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#opened.resolve();
    clearInterval(this.#timer);
    this.#wake();
    await this.#tick;
    await this.#repairs;
    await this.#lastDelete;
    for (const { link } of this.#links) await link.settle();
    await this.checkpoint().catch((error: unknown) => this.#fail('checkpoint', error));
  }

  #place(): void {
    const nowNs = this.#parts.clock.nowNs();
    const known = new Map(this.#links.map((placed) => [placed.key, placed]));
    const links: PlacedLink[] = [];
    for (const placed of this.#parts.ladders()) {
      for (const [ruleIndex, rule] of placed.ladder.rules.entries()) {
        for (const [at, tier] of rule.tiers.entries()) {
          const parent = parentOf(rule, at);
          const parentBucket = parent === undefined ? placed.base : parent.bucket;
          const key = linkKey(placed, ruleIndex, tier, parentBucket);
          const old = known.get(key);
          const parts = {
            rule,
            parent: parentBucket,
            kind: parent === undefined ? ('points' as const) : ('states' as const),
            tier,
            late: placed.ladder.lateBucket,
            latenessNs: placed.ladder.latenessNs,
            nowNs: () => this.#parts.clock.nowNs(),
            giveWay: this.#pace.giveWay,
          };
          const link = old?.link ?? new Link(parts, this.#saved[key], nowNs);
          links.push({ key, placed, ruleIndex, link });
        }
      }
    }
    this.#links = links;
    const byParent = new Map<string, PlacedLink[]>();
    for (const placed of links) {
      const id = placed.link.parts.parent.id;
      byParent.set(id, [...(byParent.get(id) ?? []), placed]);
    }
    this.#byParent = byParent;
    for (const { link } of links)
      link.feeds((byParent.get(link.parts.tier.bucket.id) ?? []).map((child) => child.link));
    const byLate = new Map<string, PlacedLink[]>();
    for (const placed of links) {
      const id = placed.link.parts.late?.id;
      if (id !== undefined) byLate.set(id, [...(byLate.get(id) ?? []), placed]);
    }
    this.#byLate = byLate;
  }

  /** A new link has everything to do that its base holds. */
  #fillFrom(placed: PlacedLink): void {
    if (this.#saved[placed.key] !== undefined || this.#view === undefined) return;
    const { link } = placed;
    const snapshot = this.#view.snapshot(placed.placed.base.id, true);
    for (const measurement of snapshot.measurements()) {
      if (!hears(placed, { measurement })) continue;
      const [oldest] = snapshot.tables(measurement, ALL_TIME);
      if (oldest === undefined) continue;
      const first = link.grid.indexAt(oldest.shard.startNs);
      link.fill(measurement, first, this.#parts.clock.nowNs());
      // Coarser tiers hear of these when finer ones have them.
      if (link.parts.kind === 'points') markPointsAhead(snapshot, measurement, link.doneThroughNs, link);
    }
    snapshot.release();
    this.#saved = { ...this.#saved, [placed.key]: link.save() };
  }

  async #hearDelete({ placed, ruleIndex, link }: PlacedLink, change: DeleteChange): Promise<void> {
    const measurements = change.measurements ?? link.measurements();
    const nowNs = this.#parts.clock.nowNs();
    for (const measurement of measurements) {
      if (!hears({ placed, ruleIndex }, { measurement })) continue;
      await link.hearDelete(measurement, change.predicate, change.range, nowNs);
    }
  }

  #hearLate(links: readonly PlacedLink[], change: Extract<AppliedChange['change'], { bucketId: string }>): void {
    const nowNs = this.#parts.clock.nowNs();
    if (change.op === 'write') {
      for (const batch of change.tables)
        for (const placed of links) if (hears(placed, batch)) placed.link.hearLate(batch, nowNs);
    } else if (change.op === 'delete') {
      // Once the view is open, as what the tiers have is looked at.
      void this.#opened.promise.then(() => {
        for (const placed of links)
          for (const measurement of change.measurements ?? placed.link.measurements())
            if (hears(placed, { measurement })) placed.link.hearLateDelete(measurement, change.range);
      });
    }
  }

  /** What is deleted from a base is deleted from its late points, too. */
  async #deleteLate(
    links: readonly PlacedLink[],
    { bucketId, measurements, predicate, range }: DeleteChange,
  ): Promise<void> {
    const late = new Set(
      links.flatMap(({ placed }) => (placed.base.id === bucketId ? [placed.ladder.lateBucket?.id] : [])),
    );
    for (const id of late) if (id !== undefined) await this.#view?.delete(id, { measurements, predicate, range });
  }

  #startTick(): void {
    this.#tick ??= this.#runTick()
      .catch((error: unknown) => this.#fail('repair', error))
      .finally(() => {
        this.#tick = undefined;
      });
  }

  async #runTick(): Promise<void> {
    const nowNs = this.#parts.clock.nowNs();
    this.#pace.begin();
    for (const { link } of this.#links) while (link.closeDue(nowNs) && !this.#closed) await this.#pace.giveWay();
    if (Date.now() < this.#checkpointDueMs) return;
    this.#checkpointDueMs = Date.now() + CHECKPOINT_MS;
    try {
      await this.checkpoint();
    } catch (error) {
      this.#fail('checkpoint', error);
    }
  }

  async #repairLoop(): Promise<void> {
    while (!this.#closed) {
      this.#pace.begin();
      let worked = false;
      try {
        worked = await this.#repairOne();
        if (worked && this.#failing) this.#recover();
      } catch (error) {
        this.#fail('repair', error);
      }
      if (worked) await this.#pace.giveWay();
      else await this.#rest();
    }
  }

  /** The finest first: coarser windows are made of finer ones. */
  async #repairOne(): Promise<boolean> {
    const nowNs = this.#parts.clock.nowNs();
    await this.#lastDelete;
    for (const { link } of this.#links) {
      if (this.#closed) return false;
      if (await link.repair(nowNs)) return true;
    }
    return false;
  }

  async #rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, IDLE_MS);
    this.#wakes.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#wakes.delete(resolve);
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  async #save(): Promise<void> {
    if (this.#links.length === 0 && Object.keys(this.#saved).length === 0) return;
    const pending = [...this.#deletes.values()];
    const position = Math.min(this.#heardSeq, ...pending.map((seq) => seq - 1));
    const links: Record<string, SavedLink> = {};
    for (const { key, link } of this.#links) links[key] = link.save();
    await this.#parts.save({ position, links });
    this.#saved = links;
    this.#keptSeq = position;
  }

  #fail(what: 'repair' | 'delete' | 'checkpoint', error: unknown): void {
    if (!this.#closed || !isWeirError(error, 'unavailable'))
      this.#parts.onEvent?.({ kind: 'failed', what, message: messageOf(error) });
    this.#failing = true;
  }

  #recover(): void {
    this.#failing = false;
    this.#parts.onEvent?.({ kind: 'recovered' });
  }
}

/** Whether the measurement falls to the link's rule: the first that it matches. */
function hears(
  { placed, ruleIndex }: Pick<PlacedLink, 'placed' | 'ruleIndex'>,
  { measurement }: Pick<MeasurementBatch, 'measurement'>,
): boolean {
  const { rules } = placed.ladder;
  for (let index = 0; index <= ruleIndex; index++)
    if (matchesName(rules[index].measurements, measurement)) return index === ruleIndex;
  return false;
}

/** Links with the same key do the same; another key means that all is to be computed anew. */
function linkKey({ ladder }: PlacedLadder, ruleIndex: number, tier: LadderTier, parent: Bucket): string {
  const patterns = ladder.rules.slice(0, ruleIndex + 1).map((rule) => rule.measurements);
  const { states } = ladder.rules[ruleIndex];
  return JSON.stringify([parent.id, tier.bucket.id, String(tier.stepNs), tier.timeZone, patterns, states]);
}

/** Ascending, disjoint. */
function mergeRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const merged: TimeRange[] = [];
  for (const range of [...ranges].sort((a, b) => (a.startNs < b.startNs ? -1 : 1))) {
    const last = merged.at(-1);
    if (last === undefined || range.startNs > last.endNs) merged.push(range);
    else if (range.endNs > last.endNs) merged[merged.length - 1] = { startNs: last.startNs, endNs: range.endNs };
  }
  return merged.map(({ startNs, endNs }) => ({ startNs, endNs: endNs > MAX_TIME_NS ? MAX_TIME_NS + 1n : endNs }));
}
