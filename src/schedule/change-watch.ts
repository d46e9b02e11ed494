// Follows the changes of the view and finds the windows that they make stale: a point, an overwrite or a delete in a window
// that a query has computed already. It runs within every write, so that it must cost next to nothing: for each table of a
// batch one look-up and one pass over its times, and nothing more unless some of them are late.
import type { Clock } from '../base/index.ts';
import type { MeasurementBatch, TimeRange } from '../model/index.ts';
import type { AppliedChange } from '../view/index.ts';
import type { QueryState } from './query-state.ts';
import { type Place, type ScheduledQuery, matchesName } from './scheduled-query.ts';
import { windowEnd, windowStart } from './windows.ts';

/** A query that may have to be told of changes. */
export interface WatchedQuery {
  readonly query: ScheduledQuery;
  readonly state: QueryState;
  /** Place in the flow of data: what a query writes concerns only queries of a higher one. */
  readonly rank: number;
}

export interface WatchOptions {
  readonly clock: Clock;
  /** Windows that ended longer ago before the query's present ones are not computed again; 0 = none is. */
  readonly reachNs: bigint;
  /** How long late windows wait for more late points. */
  readonly delayNs: bigint;
}

/** Names of measurements whose readers are remembered. */
const MAX_KNOWN_NAMES = 100_000;

export class ChangeWatch {
  readonly #options: WatchOptions;
  #byBucket = new Map<string, BucketReaders>();
  /** The query whose run is under way. */
  #writer: WatchedQuery | null = null;
  #firstSeq: number | null = null;
  #lastSeq = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The first change that was told of since the start. */
  get firstSeq(): number | null {
    return this.#firstSeq;
  }

  /** Every change up to this one has been told of. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** From now on only these are told. */
  follow(queries: readonly WatchedQuery[]): void {
    this.#byBucket = new Map();
    if (this.#options.reachNs === 0n) return;
    for (const watched of queries) {
      for (const { bucket, measurements } of watched.query.reads) {
        const readers: BucketReaders = this.#byBucket.get(bucket.id) ?? { readers: [], byName: new Map() };
        readers.readers.push({ watched, measurements });
        this.#byBucket.set(bucket.id, readers);
      }
    }
  }

  /** While a query runs, what is written to its target is taken for its own. */
  startRun(query: WatchedQuery): void {
    this.#writer = query;
  }

  endRun(): void {
    this.#writer = null;
  }

  /** `alreadyCounted`: changes up to this seq are part of the progress that was restored. */
  note({ seq, change, replayed }: AppliedChange, alreadyCounted: number): void {
    this.#firstSeq ??= seq;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    if (change.op === 'barrier' || change.op === 'drop-bucket' || (replayed && seq <= alreadyCounted)) return;
    const bucket = this.#byBucket.get(change.bucketId);
    if (bucket === undefined) return;
    if (change.op === 'write') {
      for (const table of change.tables) this.#noteTable(bucket, change.bucketId, table, replayed);
    } else {
      const names = change.measurements;
      for (const { watched, measurements } of bucket.readers) {
        if (names === null || names.some((name) => matchesName(measurements, name))) {
          this.#noteRange(watched, change.range, replayed);
        }
      }
    }
  }

  #noteTable(bucket: BucketReaders, bucketId: string, table: MeasurementBatch, replayed: boolean): void {
    const readers = readersOf(bucket, table.measurement);
    if (readers.length === 0) return;
    const earliest = leastTime(table);
    for (const reader of readers) {
      const { settledNs } = reader.state;
      if (settledNs === null || earliest >= Number(settledNs - table.baseNs)) continue;
      if (this.#isOwn(reader, bucketId, table.measurement)) continue;
      if (this.#noteRows(reader, settledNs, table)) this.#awaitMore(reader, replayed);
    }
  }

  /** Whether some window became late. */
  #noteRows({ query, state }: WatchedQuery, settledNs: bigint, { baseNs, times, rowCount }: MeasurementBatch): boolean {
    const settled = Number(settledNs - baseNs);
    let marked = false;
    // Rows come in runs of one window; offsets of the window of the row before.
    let [start, end, inReach] = [0, 0, false];
    for (let row = 0; row < rowCount; row++) {
      const time = times[row];
      if (time >= settled) continue;
      if (time < start || time >= end) {
        const startNs = windowStart(query, baseNs + BigInt(time));
        const endNs = windowEnd(query, startNs);
        [start, end] = [Number(startNs - baseNs), Number(endNs - baseNs)];
        inReach = endNs > settledNs - this.#options.reachNs;
        if (inReach && !state.due.has(startNs)) {
          markLate(query, state, startNs, endNs);
          marked = true;
        }
      }
      if (!inReach) state.totals.ignoredPoints++;
    }
    return marked;
  }

  #noteRange(reader: WatchedQuery, range: TimeRange, replayed: boolean): void {
    const { query, state } = reader;
    if (state.settledNs === null) return;
    const oldestNs = state.settledNs - this.#options.reachNs;
    const fromNs = range.startNs > oldestNs ? range.startNs : oldestNs;
    const toNs = range.endNs < state.settledNs ? range.endNs : state.settledNs;
    if (fromNs >= toNs) return;
    markLate(query, state, windowStart(query, fromNs), windowEnd(query, windowStart(query, toNs - 1n)));
    this.#awaitMore(reader, replayed);
  }

  /** Late windows wait a moment for what else may come; those of our own runs and of a replay do not. */
  #awaitMore({ state }: WatchedQuery, replayed: boolean): void {
    const { clock, delayNs } = this.#options;
    const atNs = this.#writer === null && !replayed ? clock.nowNs() + delayNs : 0n;
    if (state.lateAtNs === null || atNs < state.lateAtNs) state.lateAtNs = atNs;
  }

  /** What a query writes does not concern itself, nor those before it in a circle: that would never end. */
  #isOwn({ rank }: WatchedQuery, bucketId: string, measurement: string): boolean {
    const writer = this.#writer;
    if (writer === null || rank > writer.rank) return false;
    return writer.query.writes.some(
      ({ bucket, measurements }) => bucket.id === bucketId && matchesName(measurements, measurement),
    );
  }
}

/** With the windows that look back on them, as far as they are settled. */
function markLate(query: ScheduledQuery, state: QueryState, startNs: bigint, endNs: bigint): void {
  const reachedNs = endNs + BigInt(query.lookBackWindows) * query.intervalNs;
  const settledNs = state.settledNs ?? endNs;
  const lastNs =
    query.lookBackWindows === 0 || settledNs < endNs ? endNs : reachedNs < settledNs ? reachedNs : settledNs;
  state.late.add({ startNs, endNs: lastNs });
}

interface BucketReaders {
  readonly readers: { readonly watched: WatchedQuery; readonly measurements: Place['measurements'] }[];
  readonly byName: Map<string, readonly WatchedQuery[]>;
}

function readersOf({ readers, byName }: BucketReaders, measurement: string): readonly WatchedQuery[] {
  let found = byName.get(measurement);
  if (found === undefined) {
    const matching = readers.filter(({ measurements }) => matchesName(measurements, measurement));
    found = [...new Set(matching.map(({ watched }) => watched))];
    if (byName.size >= MAX_KNOWN_NAMES) byName.clear();
    byName.set(measurement, found);
  }
  return found;
}

function leastTime({ times, rowCount }: MeasurementBatch): number {
  let least = Infinity;
  for (let row = 0; row < rowCount; row++) if (times[row] < least) least = times[row];
  return least;
}
