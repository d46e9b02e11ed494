// Which queries run, how many may, and for how long.
import { WeirError } from '../base/index.ts';

export interface QuerySlotLimits {
  /** 0 = no limit. */
  readonly maxConcurrent: number;
  /** 0 = no limit. */
  readonly timeoutMs: number;
}

/** The right to run one query. */
export interface QuerySlot {
  /** Aborted by the time limit, `cancel` or the server's closing; its reason is the WeirError to report. */
  readonly signal: AbortSignal;
  cancel(reason: WeirError): void;
  /** Why the query may not run; null = it may. */
  readonly refused: WeirError | null;
  /** Frees the slot. Call it exactly once. */
  release(): void;
}

export class QuerySlots {
  readonly #limits: QuerySlotLimits;
  readonly #running = new Set<AbortController>();

  constructor(limits: QuerySlotLimits) {
    this.#limits = limits;
  }

  get active(): number {
    return this.#running.size;
  }

  /** Beyond the limit the slot is a refusal, with InfluxDB's text. */
  acquire(): QuerySlot {
    const { timeoutMs } = this.#limits;
    const refused = this.#refusal();
    const controller = new AbortController();
    const onTimeout = (): void => controller.abort(new WeirError('timeout', 'query-timeout limit exceeded'));
    const timer = timeoutMs > 0 ? setTimeout(onTimeout, timeoutMs) : undefined;
    if (refused === null) this.#running.add(controller);
    return {
      signal: controller.signal,
      refused,
      cancel: (reason) => controller.abort(reason),
      release: () => {
        clearTimeout(timer);
        this.#running.delete(controller);
      },
    };
  }

  #refusal(): WeirError | null {
    const { maxConcurrent } = this.#limits;
    const active = this.#running.size;
    if (maxConcurrent === 0 || active < maxConcurrent) return null;
    return new WeirError('limit', `max-concurrent-queries limit exceeded(${active}, ${maxConcurrent})`);
  }

  /** Stops every query that runs. */
  cancelAll(reason: WeirError): void {
    for (const controller of this.#running) controller.abort(reason);
  }
}
