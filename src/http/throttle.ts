// Admits a fixed number of requests at a time and lets some more wait in line, with InfluxDB's texts for those it turns away.
import { WeirError } from '../base/index.ts';

export interface ThrottleLimits {
  /** Requests at a time; 0 = no limit. */
  readonly concurrent: number;
  /** Requests that may wait. */
  readonly waiting: number;
  /** How long one may wait; 0 = for ever. */
  readonly waitMs: number;
}

interface Waiter {
  readonly admit: () => void;
  readonly timer: NodeJS.Timeout | undefined;
}

export class Throttle {
  readonly #limits: ThrottleLimits;
  #running = 0;
  readonly #line = new Set<Waiter>();

  constructor(limits: ThrottleLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /** Runs the task when it is its turn. Throws `unavailable` when the line is full or the wait too long. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const { concurrent } = this.#limits;
    if (concurrent > 0 && this.#running >= concurrent) await this.#wait();
    else this.#running++;
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  /** Resolves with the place of one that left, which so never becomes free for a later comer. */
  #wait(): Promise<void> {
    const { waiting, waitMs } = this.#limits;
    if (this.#line.size >= waiting) throw new WeirError('unavailable', 'request throttled, queue full');
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#line.delete(waiter);
        reject(new WeirError('unavailable', 'request throttled, exceeds timeout'));
      };
      const waiter: Waiter = { admit: resolve, timer: waitMs > 0 ? setTimeout(giveUp, waitMs) : undefined };
      this.#line.add(waiter);
    });
  }

  #leave(): void {
    const [next] = this.#line;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#line.delete(next);
    clearTimeout(next.timer);
    next.admit();
  }
}
