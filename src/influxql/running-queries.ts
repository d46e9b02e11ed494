// The queries that run now: who asks for them by SHOW QUERIES, ends one by KILL QUERY, and how many there may be, for how long.
// Whoever runs a query (HTTP, continuous queries) has it entered here first.
import { WeirError } from '../base/index.ts';

export interface RunningQueryLimits {
  /** Queries that run at once; 0 = no limit. */
  readonly maxConcurrent: number;
  /** How long one may run; 0 = no limit. */
  readonly timeoutMs: number;
  /** A query that runs longer is told to `onSlow`; 0 = none is. */
  readonly slowAfterMs: number;
}

export interface SlowQuery {
  readonly id: number;
  readonly text: string;
  readonly database: string;
  readonly thresholdMs: number;
}

/** The right to run one query. */
export interface RunningQuery {
  /** Counts from 1; 0 = refused. */
  readonly id: number;
  /** Aborted by the time limit, a kill, `cancel` or the server's closing; its reason is the WeirError to report. */
  readonly signal: AbortSignal;
  cancel(reason: WeirError): void;
  /** Why the query may not run, in InfluxDB's words; null = it may. */
  readonly refused: WeirError | null;
  /** The query has ended, or was refused. Call it exactly once. */
  release(): void;
}

/** A query as SHOW QUERIES lists it. */
export interface QueryInfo {
  readonly id: number;
  /** Printed anew: without passwords. */
  readonly text: string;
  readonly database: string;
  readonly durationMs: number;
  readonly status: 'running' | 'killed';
}

/** Totals since the start. */
export interface QueryTotals {
  readonly executed: number;
  readonly finished: number;
  readonly durationMs: number;
}

interface Entry {
  /** Prints the query when somebody asks. */
  readonly text: () => string;
  readonly database: string;
  readonly startMs: number;
  readonly controller: AbortController;
}

export class RunningQueries {
  readonly #limits: RunningQueryLimits;
  readonly #onSlow: (query: SlowQuery) => void;
  /** By id. */
  readonly #entries = new Map<number, Entry>();
  #lastId = 0;
  #executed = 0;
  #finished = 0;
  #durationMs = 0;

  constructor(limits: RunningQueryLimits, onSlow: (query: SlowQuery) => void = () => {}) {
    this.#limits = limits;
    this.#onSlow = onSlow;
  }

  get active(): number {
    return this.#entries.size;
  }

  get totals(): QueryTotals {
    return { executed: this.#executed, finished: this.#finished, durationMs: this.#durationMs };
  }

  /** Beyond the limit it is a refusal. `text` must give a text without passwords. */
  start(text: () => string, database: string): RunningQuery {
    const refused = this.#refusal();
    const id = refused === null ? ++this.#lastId : 0;
    const controller = new AbortController();
    const startMs = performance.now();
    const timers = refused === null ? this.#enter(id, { text, database, startMs, controller }) : [];
    this.#executed++;
    return {
      id,
      signal: controller.signal,
      refused,
      cancel: (reason) => controller.abort(reason),
      release: () => {
        for (const timer of timers) clearTimeout(timer);
        this.#entries.delete(id);
        this.#finished++;
        this.#durationMs += performance.now() - startMs;
      },
    };
  }

  #enter(id: number, entry: Entry): (NodeJS.Timeout | undefined)[] {
    const { timeoutMs, slowAfterMs } = this.#limits;
    const { text, database, controller } = entry;
    this.#entries.set(id, entry);
    return [
      after(timeoutMs, () => controller.abort(new WeirError('timeout', 'query-timeout limit exceeded'))),
      after(slowAfterMs, () => this.#onSlow({ id, text: text(), database, thresholdMs: slowAfterMs })),
    ];
  }

  #refusal(): WeirError | null {
    const { maxConcurrent } = this.#limits;
    const active = this.#entries.size;
    if (maxConcurrent === 0 || active < maxConcurrent) return null;
    return new WeirError('limit', `max-concurrent-queries limit exceeded(${active}, ${maxConcurrent})`);
  }

  /** Oldest first. */
  list(): readonly QueryInfo[] {
    const nowMs = performance.now();
    return Array.from(this.#entries, ([id, { text, database, startMs, controller }]) => ({
      id,
      text: text(),
      database,
      durationMs: nowMs - startMs,
      status: controller.signal.aborted ? 'killed' : 'running',
    }));
  }

  /** Throws `not found` for a query that does not run, `conflict` for one that is ending already. */
  kill(id: bigint): void {
    const entry = this.#entries.get(Number(id));
    if (entry === undefined) throw new WeirError('not found', `no such query id: ${id}`);
    if (entry.controller.signal.aborted) throw new WeirError('conflict', 'already killed');
    entry.controller.abort(new WeirError('canceled', 'query interrupted'));
  }

  /** Stops every query that runs. */
  cancelAll(reason: WeirError): void {
    for (const { controller } of this.#entries.values()) controller.abort(reason);
  }
}

function after(delayMs: number, run: () => void): NodeJS.Timeout | undefined {
  return delayMs > 0 ? setTimeout(run, delayMs) : undefined;
}
