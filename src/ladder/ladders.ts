// All ladders of a server at work: hears every change of the view, feeds the links, closes windows when they are over, repairs
// what is dirty, finest first, and remembers how far it got.
//
//     view.onChange ─► hear ─► links of the bucket
//     every quarter second     closeDue of each link
//     in the background        repair of the finest link that has something to do
//     every few seconds        a checkpoint: position in the log, and of each link what is not in its tier yet
import { type Clock, isWeirError, messageOf } from '../base/index.ts';
import { ALL_TIME, type TimeRange } from '../model/index.ts';
import type { AppliedChange, ViewDoor } from '../view/index.ts';
import { DeleteRelay } from './delete-relay.ts';
import { Link, type SavedLink } from './link.ts';
import { Pace } from './pace.ts';
import type { PlacedLadder } from './placed-ladder.ts';
import { type PlacedLink, PlacedLinks, hears, placeLinks } from './placed-links.ts';
import { markPointsAhead } from './points-ahead.ts';
import { type Coverage, type TierStatus, coverageOf, statusOf } from './progress.ts';

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

const TICK_MS = 250;
const IDLE_MS = 500;
const CHECKPOINT_MS = 5000;
const DEFAULT_REPAIR_SHARE = 0.5;

export class Ladders {
  readonly #parts: LaddersParts;
  readonly #pace: Pace;
  readonly #deletes: DeleteRelay;
  #links = new PlacedLinks([]);
  /** Links that are gone from the definitions may still be in `saved`. */
  #saved: Readonly<Record<string, SavedLink>>;
  #heardSeq: number;
  #keptSeq: number;
  #view: ViewDoor | undefined;
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
    this.#deletes = new DeleteRelay({
      nowNs: () => parts.clock.nowNs(),
      onFailure: (error) => this.#fail('delete', error),
      rest: () => this.#rest(),
    });
    this.#place();
  }

  /** Share of this thread's time that repairs and backfills get at most. */
  get repairShare(): number {
    return this.#parts.repairShare ?? DEFAULT_REPAIR_SHARE;
  }

  /** The log must keep what comes after this. */
  heldAfter(): number {
    return this.#links.all.length === 0 ? Number.MAX_SAFE_INTEGER : this.#keptSeq;
  }

  /** Whether no window is still to be computed from a shard of this bucket. */
  mayExpire(bucketId: string, shard: TimeRange): boolean {
    return !this.#links.need(bucketId, shard);
  }

  hear({ seq, change }: AppliedChange): void {
    if (seq > this.#heardSeq) this.#heardSeq = seq;
    if (!('bucketId' in change)) return;
    this.#hearLate(this.#links.ofLate(change.bucketId), change);
    const links = this.#links.ofParent(change.bucketId);
    if (links.length === 0) return;
    if (change.op === 'delete') this.#deletes.hear(links, change, seq);
    else if (change.op === 'write')
      for (const batch of change.tables)
        for (const placed of links) if (hears(placed, batch.measurement)) placed.link.hear(batch);
  }

  /** The view is open: from here on windows are written. */
  attach(view: ViewDoor): void {
    this.#view = view;
    for (const { link } of this.#links.all) link.attach(view);
    for (const placed of this.#links.all) this.#fillFrom(placed);
    this.#deletes.open(view);
    this.#timer = setInterval(() => this.#startTick(), TICK_MS);
    this.#repairs = this.#repairLoop();
  }

  /** To be called when ladders have come, gone or changed. Resolves once that is durable. */
  async refresh(): Promise<void> {
    const known = new Set(this.#links.all.map(({ key }) => key));
    this.#place();
    const view = this.#view;
    if (view === undefined) return;
    for (const placed of this.#links.all) {
      if (known.has(placed.key)) continue;
      placed.link.attach(view);
      this.#fillFrom(placed);
    }
    await this.checkpoint();
  }

  status(): readonly TierStatus[] {
    return statusOf(this.#links, this.#parts.clock.nowNs());
  }

  /** undefined when no ladder feeds this tier with the measurement. */
  coverage(tierBucketId: string, measurement: string): Coverage | undefined {
    return coverageOf(this.#links, tierBucketId, measurement);
  }

  /** Resolves once nothing that is over by now is missing from any tier. */
  async settle(): Promise<void> {
    const nowNs = this.#parts.clock.nowNs();
    for (;;) {
      await this.#deletes.settle();
      for (const { link } of this.#links.all) {
        while (link.closeDue(nowNs)) await this.#pace.giveWay();
        await link.settle();
      }
      if (this.#deletes.isIdle && this.#links.all.every(({ link }) => link.isDone(nowNs))) return;
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
    clearInterval(this.#timer);
    this.#wake();
    await this.#tick;
    await this.#deletes.close();
    await this.#repairs;
    for (const { link } of this.#links.all) await link.settle();
    await this.checkpoint().catch((error: unknown) => this.#fail('checkpoint', error));
  }

  #place(): void {
    const { clock, ladders } = this.#parts;
    const common = { nowNs: () => clock.nowNs(), giveWay: this.#pace.giveWay };
    const nowNs = clock.nowNs();
    this.#links = placeLinks(ladders(), this.#links, common, (parts, key) => new Link(parts, this.#saved[key], nowNs));
  }

  /** A new link has everything to do that its base holds, or its parent, which may reach further back. */
  #fillFrom(placed: PlacedLink): void {
    const view = this.#view;
    if (this.#saved[placed.key] !== undefined || view === undefined) return;
    const { link } = placed;
    const { parent } = link.parts;
    for (const bucket of new Set([placed.placed.base.id, parent.id])) {
      const snapshot = view.snapshot(bucket, true);
      for (const measurement of snapshot.measurements()) {
        if (!hears(placed, measurement)) continue;
        const [oldest] = snapshot.tables(measurement, ALL_TIME);
        if (oldest === undefined) continue;
        link.fill(measurement, link.grid.indexAt(oldest.shard.startNs), this.#parts.clock.nowNs());
        // Of what a parent does not have yet this link hears once it does.
        if (bucket === parent.id)
          markPointsAhead(snapshot, measurement, link.doneThroughNs, link.grid, link.repairs.dirty);
      }
      snapshot.release();
    }
    this.#saved = { ...this.#saved, [placed.key]: link.save() };
  }

  #hearLate(links: readonly PlacedLink[], change: Extract<AppliedChange['change'], { bucketId: string }>): void {
    const nowNs = this.#parts.clock.nowNs();
    if (change.op === 'write') {
      for (const batch of change.tables)
        for (const placed of links) if (hears(placed, batch.measurement)) placed.link.repairs.hearLate(batch, nowNs);
    } else if (change.op === 'delete') {
      // Once the view is open, as what the tiers have is looked at.
      void this.#deletes.opened.then(() => {
        if (this.#view === undefined) return;
        for (const placed of links)
          for (const measurement of change.measurements ?? placed.link.measurements())
            if (hears(placed, measurement)) placed.link.repairs.hearLateDelete(measurement, change.range);
      });
    }
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
    for (const { link } of this.#links.all) while (link.closeDue(nowNs) && !this.#closed) await this.#pace.giveWay();
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
    await this.#deletes.settle();
    for (const { link } of this.#links.all) {
      if (this.#closed) return false;
      if (await link.repairs.repair(nowNs)) return true;
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
    if (this.#links.all.length === 0 && Object.keys(this.#saved).length === 0) return;
    const position = this.#deletes.doneThrough(this.#heardSeq);
    const links: Record<string, SavedLink> = {};
    for (const { key, link } of this.#links.all) links[key] = link.save();
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
