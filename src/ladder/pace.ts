// Keeps background work in the background: it works in short turns, and rests between them for as long as it has worked.
import { setImmediate, setTimeout as delay } from 'node:timers/promises';

/** After so much work others get their turn. */
const TURN_MS = 4;
/** After so much work in all comes a rest. */
const STRETCH_MS = 20;

export class Pace {
  /** Share of this thread's time that the work may take. */
  readonly #share: number;
  #turnStart = performance.now();
  #workedMs = 0;

  constructor(share: number) {
    this.#share = share;
  }

  /** A new piece of work begins. */
  begin(): void {
    this.#turnStart = performance.now();
  }

  readonly giveWay = async (): Promise<void> => {
    const workedMs = performance.now() - this.#turnStart;
    if (workedMs < TURN_MS) return;
    this.#workedMs += workedMs;
    if (this.#workedMs >= STRETCH_MS) {
      await delay(this.#workedMs * (1 / this.#share - 1));
      this.#workedMs = 0;
    } else await setImmediate();
    this.#turnStart = performance.now();
  };
}
