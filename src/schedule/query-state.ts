// What a running scheduler knows of one query: how far it has come, which windows wait, and how its runs went.
//
//     settled windows │ windows that come with the next run
//     ────────────────┼────────────────────────────────────►
//       late ▒   due ▓│
//            ▒      ▓▓│ ◄ lastRunNs
//
// All windows before `settledNs` hold what all changes so far make of them, except those in `due` and `late`.
import { messageOf } from '../base/index.ts';
import type { TimeRange } from '../model/index.ts';
import { settledBefore, type Timing } from './due-run.ts';
import { WindowRanges } from './window-ranges.ts';

/** Windows that one run computes at first; it doubles while runs are quick. */
const FIRST_CHUNK = 100;

/** What survives a restart. */
export interface Progress {
  readonly lastRunNs: bigint | null;
  readonly due: readonly TimeRange[];
  readonly late: readonly TimeRange[];
}

export interface RunTotals {
  runs: number;
  failedRuns: number;
  /** Windows computed, those without points included. */
  windows: number;
  lateWindows: number;
  /** Windows that were given up: their run failed for good, or their source had expired. */
  skippedWindows: number;
  pointsWritten: number;
  /** Points that came too late for the reach. */
  ignoredPoints: number;
}

export function newTotals(): RunTotals {
  return {
    runs: 0,
    failedRuns: 0,
    windows: 0,
    lateWindows: 0,
    skippedWindows: 0,
    pointsWritten: 0,
    ignoredPoints: 0,
  };
}

export function addTotals(sum: RunTotals, totals: RunTotals): void {
  for (const name of Object.keys(totals) as (keyof RunTotals)[]) sum[name] += totals[name];
}

export class QueryState {
  readonly #timing: Timing;
  #lastRunNs: bigint | null = null;
  #settledNs: bigint | null = null;
  /** Windows whose time has come, and that were not computed yet. */
  readonly due: WindowRanges;
  /** Windows that were computed, and changed since. */
  readonly late: WindowRanges;
  /** When the late windows are to be computed; null = there are none. */
  lateAtNs: bigint | null = null;
  /** Windows that the next run may take. */
  chunkWindows = FIRST_CHUNK;
  /** Not before this time is a failed run tried again. */
  retryAtNs = 0n;
  /** Runs that failed since the last that did not. */
  failures = 0;
  lastError: string | null = null;
  /** The last error without its numbers. */
  #errorKind: string | null = null;
  lastDurationMs = 0;
  readonly totals = newTotals();

  constructor(timing: Timing, progress: Progress = { lastRunNs: null, due: [], late: [] }) {
    this.#timing = timing;
    this.due = new WindowRanges(progress.due);
    this.late = new WindowRanges(progress.late);
    this.lateAtNs = this.late.isEmpty ? null : 0n;
    this.lastRunNs = progress.lastRunNs;
  }

  /** As `DueRun`; null = the query has never run. */
  get lastRunNs(): bigint | null {
    return this.#lastRunNs;
  }

  set lastRunNs(value: bigint | null) {
    this.#lastRunNs = value;
    this.#settledNs = value === null ? null : settledBefore(this.#timing, value);
  }

  /** Windows before this were computed or wait for it; a change to them has to be told. null = there are none. */
  get settledNs(): bigint | null {
    return this.#settledNs;
  }

  /** Notes how a run ended; `true` when that is news: another kind of failure than before, or none any more. */
  noteError(error: unknown): boolean {
    const kind = error === null ? null : messageOf(error).replaceAll(/\d+/g, '0');
    const isNews = kind !== this.#errorKind;
    this.#errorKind = kind;
    return isNews;
  }

  /** As if the query had only just come. */
  forget(): void {
    this.lastRunNs = null;
    this.due.clear();
  }

  progress(): Progress {
    return { lastRunNs: this.#lastRunNs, due: this.due.toArray(), late: this.late.toArray() };
  }
}
