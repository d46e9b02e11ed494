// The service that runs continuous queries. Each tick goes once through the queries in the order of the flow of data; each
// takes one step over windows that are due and one over late ones.
//
//     change ──► watch ──► late ─┐
//     clock ───► due ────────────┴─► step ──► SELECT INTO ──► change ──► watch of the next query, in the same tick
//
// Opened before the view, as the view tells of changes while it opens; started once queries can run.
import { type Clock, assert } from '../base/index.ts';
import type { Catalog, Database } from '../catalog/index.ts';
import { MILLISECOND } from '../model/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { AppliedChange, ViewDoor } from '../view/index.ts';
import { ChangeWatch, type WatchedQuery } from './change-watch.ts';
import { planFlow } from './data-flow.ts';
import { dataStart } from './data-start.ts';
import { stepOf } from './due-run.ts';
import {
  type Step,
  type StepRules,
  becomeDue,
  computedUpTo,
  hasBacklog,
  isLateReady,
  takeDue,
  takeLate,
} from './next-step.ts';
import { ProgressLog, type SavedProgress } from './progress-log.ts';
import { type RunOutcome, type RunParts, runStep } from './query-run.ts';
import { type Progress, QueryState, type RunTotals, addTotals, newTotals } from './query-state.ts';
import { type BrokenQuery, type ScheduledQuery, identityOf, scheduledQueries } from './scheduled-query.ts';
import { windowStart } from './windows.ts';

export interface ContinuousQueryOptions {
  /** false = in order of creation, whatever feeds what, as InfluxDB. */
  readonly finestFirst: boolean;
  /** false = windows that were missed, or whose run failed, stay so, as in InfluxDB. */
  readonly catchUp: boolean;
  /** How far back changed windows are computed again; 0 = not at all, as in InfluxDB. */
  readonly lateReachMs: number;
  /** How long changed windows wait for more changes. */
  readonly lateDelayMs: number;
}

export interface ContinuousQueryParts {
  readonly catalog: Catalog;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly options: ContinuousQueryOptions;
}

/** What queries run on. */
export interface ContinuousQueryEngine extends Pick<RunParts, 'queries' | 'contextOf'> {
  readonly view: ViewDoor;
  /** Told of each run once it has ended. */
  readonly onRun?: ((run: QueryRun) => void) | undefined;
  /** Told once of each query that can never run. */
  readonly onBroken?: ((query: BrokenQuery) => void) | undefined;
}

export interface QueryRun {
  readonly query: ScheduledQuery;
  readonly step: Step;
  readonly outcome: RunOutcome;
  /** It failed in another way than the time before, or works again. */
  readonly news: boolean;
}

/** Progress is saved this often while there is any. */
const SAVE_MS = 10_000;

export interface Scheduled extends WatchedQuery {
  /** Place in the order of creation. */
  readonly index: number;
  /** Queries that it reads from, and that come before it. */
  readonly feeders: readonly Scheduled[];
}

export class ContinuousQueries {
  readonly #parts: ContinuousQueryParts;
  readonly #watch: ChangeWatch;
  readonly #progress: ProgressLog;
  readonly #rules: StepRules;
  #saved: SavedProgress = { seq: 0, queries: [] };
  #savedAtNs: bigint | null = null;
  /** The view's last change at the start: all up to it are in the states. */
  #startSeq = 0;
  #planned: readonly Database[] | null = null;
  #queries: readonly Scheduled[] = [];
  #broken: readonly BrokenQuery[] = [];
  readonly #goneTotals = newTotals();
  #engine: ContinuousQueryEngine | null = null;
  readonly #stop = new AbortController();

  /** Rejects with `corrupt` when the saved progress is damaged. */
  static async open(parts: ContinuousQueryParts): Promise<ContinuousQueries> {
    const service = new ContinuousQueries(parts);
    service.#saved = (await service.#progress.load()) ?? service.#saved;
    service.#plan();
    return service;
  }

  private constructor(parts: ContinuousQueryParts) {
    const { clock, options } = parts;
    this.#parts = parts;
    this.#watch = new ChangeWatch({
      clock,
      reachNs: BigInt(options.lateReachMs) * MILLISECOND,
      delayNs: BigInt(options.lateDelayMs) * MILLISECOND,
    });
    this.#progress = new ProgressLog(parts.store);
    this.#rules = {
      catchUp: options.catchUp,
      dataStart: (query, range) => (this.#engine === null ? null : dataStart(this.#engine.view, query, range)),
    };
  }

  /** In the order in which they run. */
  get queries(): readonly Scheduled[] {
    return this.#queries;
  }

  get broken(): readonly BrokenQuery[] {
    return this.#broken;
  }

  /** All queries together, those that are gone included. */
  get totals(): RunTotals {
    const totals = { ...this.#goneTotals };
    for (const { state } of this.#queries) addTotals(totals, state.totals);
    return totals;
  }

  /** Changes after this one must be told of again after a restart; infinite = none need be. */
  get heldAfter(): number {
    const isNeeded = this.#queries.length > 0 && this.#parts.options.lateReachMs > 0;
    return isNeeded ? this.#saved.seq : Number.MAX_SAFE_INTEGER;
  }

  /** To be told of every change of the view, from its replay on. */
  onChange(applied: AppliedChange): void {
    this.#watch.note(applied, this.#saved.seq);
  }

  /** Once the view is open. */
  start(engine: ContinuousQueryEngine): void {
    this.#engine = engine;
    for (const broken of this.#broken) engine.onBroken?.(broken);
    const { lastSeq } = engine.view.status();
    if (this.#missedChanges(lastSeq)) this.#recomputeWithinReach();
    this.#startSeq = lastSeq;
  }

  /** Runs what is due now, one step a query; resolves with whether there is more to do at once. */
  async tick(): Promise<boolean> {
    const isNew = this.#plan();
    for (const scheduled of this.#queries) {
      if (this.#stop.signal.aborted) return false;
      await this.#advance(scheduled);
    }
    const nowNs = this.#parts.clock.nowNs();
    const isTime = this.#savedAtNs === null || nowNs - this.#savedAtNs >= BigInt(SAVE_MS) * MILLISECOND;
    if (isNew || isTime) await this.save();
    return this.#queries.some(
      ({ query, state }) => nowNs >= state.retryAtNs && (hasBacklog(query, state, nowNs) || isLateReady(state, nowNs)),
    );
  }

  /** Ends the run under way; its windows wait. */
  stop(): void {
    this.#stop.abort();
  }

  /** Keeps how far all queries have come. Not while a tick is under way. */
  async save(): Promise<void> {
    if (this.#engine === null) return;
    const seq = Math.max(this.#watch.lastSeq, this.#startSeq);
    const queries = this.#queries.map(({ query: { database, name, text }, state }) => ({
      database,
      name,
      text,
      ...state.progress(),
    }));
    if (queries.length === 0 && this.#saved.queries.length === 0) return;
    const progress = { seq, queries };
    await this.#progress.save(progress);
    this.#saved = progress;
    this.#savedAtNs = this.#parts.clock.nowNs();
  }

  /** Takes over what the catalog says now; `true` when that has changed. */
  #plan(): boolean {
    const databases = this.#parts.catalog.databases();
    if (databases === this.#planned) return false;
    const isFirst = this.#planned === null;
    this.#planned = databases;
    const { queries, broken } = scheduledQueries(this.#parts.catalog);
    const known = new Map(this.#queries.map(({ query, state }) => [identityOf(query), state]));
    const saved = new Map(isFirst ? this.#saved.queries.map((query) => [identityOf(query), query]) : []);
    const { steps } = planFlow(queries);
    const scheduled: Scheduled[] = [];
    for (const [rank, { query: index, after }] of steps.entries()) {
      const query = queries[index];
      const identity = identityOf(query);
      const state = known.get(identity) ?? new QueryState(query, this.#restored(saved.get(identity)));
      scheduled.push({ query, state, rank, index, feeders: after.map((position) => scheduled[position]) });
    }
    const kept = new Set(scheduled.map(({ state }) => state));
    for (const { state } of this.#queries) if (!kept.has(state)) addTotals(this.#goneTotals, state.totals);
    if (!this.#parts.options.finestFirst) scheduled.sort((a, b) => a.index - b.index);
    this.#queries = scheduled;
    const alreadyBroken = new Set(this.#broken.map(identityOf));
    this.#broken = broken;
    for (const query of broken) if (!alreadyBroken.has(identityOf(query))) this.#engine?.onBroken?.(query);
    this.#watch.follow(scheduled);
    return true;
  }

  /** Without catching up a start is as if every query were new. */
  #restored(saved: Progress | undefined): Progress | undefined {
    if (saved === undefined || this.#parts.options.catchUp) return saved;
    return { lastRunNs: null, due: [], late: saved.late };
  }

  async #advance(scheduled: Scheduled): Promise<void> {
    const { query, state, feeders } = scheduled;
    const nowNs = this.#parts.clock.nowNs();
    forgetTheFuture(query, state, nowNs);
    const waitedFor = this.#parts.options.finestFirst ? feeders.filter((feeder) => feeder.state.failures === 0) : [];
    const dueNs = state.lastRunNs === null ? nowNs : computedBy(waitedFor, nowNs);
    // Changed windows of a short interval need not wait for more changes than one interval brings.
    if (becomeDue(query, state, dueNs, this.#rules) && !state.late.isEmpty) state.lateAtNs = 0n;
    if (nowNs < state.retryAtNs) return;
    const due = takeDue(query, state, nowNs);
    if (due !== null) await this.#run(scheduled, due);
    if (!isLateReady(state, nowNs) || waitedFor.some((feeder) => isLateReady(feeder.state, nowNs))) return;
    const late = takeLate(query, state, nowNs);
    if (late !== null) await this.#run(scheduled, late);
  }

  async #run(scheduled: Scheduled, step: Step): Promise<void> {
    const engine = this.#engine;
    assert(engine !== null, 'continuous queries run before their start');
    const { clock, options } = this.#parts;
    const { query, state } = scheduled;
    this.#watch.startRun(scheduled);
    const parts = { ...engine, clock, catchUp: options.catchUp };
    const outcome = await runStep(query, state, step, parts, this.#stop.signal);
    this.#watch.endRun();
    if (outcome.error !== null && this.#stop.signal.aborted) return;
    engine.onRun?.({ query, step, outcome, news: state.noteError(outcome.error) });
  }

  /** Whether the view holds changes that nobody was told of after the progress was saved. */
  #missedChanges(lastSeq: number): boolean {
    const { seq, queries } = this.#saved;
    if (queries.length === 0) return false;
    const { firstSeq } = this.#watch;
    return seq > lastSeq || (firstSeq === null ? lastSeq > seq : firstSeq > seq + 1);
  }

  #recomputeWithinReach(): void {
    const reachNs = BigInt(this.#parts.options.lateReachMs) * MILLISECOND;
    for (const { query, state } of this.#queries) {
      const { settledNs } = state;
      if (settledNs === null || reachNs === 0n) continue;
      state.late.add({ startNs: windowStart(query, settledNs - reachNs), endNs: settledNs });
      state.lateAtNs = 0n;
    }
  }
}

/** A clock that was set back: what was computed for times to come is computed again when they come. */
function forgetTheFuture(query: ScheduledQuery, state: QueryState, nowNs: bigint): void {
  if (state.lastRunNs !== null && state.lastRunNs > nowNs + stepOf(query)) state.forget();
}

/** The time up to which all of the queries have come. */
function computedBy(feeders: readonly Scheduled[], nowNs: bigint): bigint {
  let leastNs = nowNs;
  for (const { query, state } of feeders) {
    if (!hasBacklog(query, state, nowNs)) continue;
    const upToNs = computedUpTo(state);
    if (upToNs < leastNs) leastNs = upToNs;
  }
  return leastNs;
}
