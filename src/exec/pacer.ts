// Long work in short turns: after some 10 ms the event loop gets its chance, so that writes, timers and other queries on
// this thread are not held up, and so that a request to stop is seen.
import type { Meter } from './meter.ts';

const TURN_MS = 8;

export class Pacer {
  readonly #meter: Meter;
  #turnEnd: number;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#turnEnd = performance.now() + TURN_MS;
  }

  /** True when the turn is over: the caller should `await giveWay()` at its next convenience. */
  get due(): boolean {
    return performance.now() >= this.#turnEnd;
  }

  /** Lets the event loop turn once. Throws when the execution was stopped meanwhile. */
  async giveWay(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#turnEnd = performance.now() + TURN_MS;
    this.#meter.check();
  }
}
