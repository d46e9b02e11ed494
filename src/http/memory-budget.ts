// How many bytes of request bodies may be held at once, over all requests: what keeps a crowd of writers from filling memory.
import { WeirError } from '../base/index.ts';

export class MemoryBudget {
  readonly limitBytes: number;
  #usedBytes = 0;

  /** 0 = no limit. */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Throws `unavailable` and takes nothing when the bytes are not there. */
  reserve(bytes: number): void {
    if (this.limitBytes > 0 && this.#usedBytes + bytes > this.limitBytes) {
      throw new WeirError(
        'unavailable',
        `too many request bodies at once: ${this.#usedBytes} of ${this.limitBytes} bytes in use, try again later`,
      );
    }
    this.#usedBytes += bytes;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
