// Progress of a command on standard error, once a second: at a terminal always in the same line.
import type { LogTarget } from './logger.ts';

const EVERY_MS = 1000;

export class ProgressLine {
  readonly #target: LogTarget;
  #shownAtMs = performance.now();
  #width = 0;

  constructor(target: LogTarget) {
    this.#target = target;
  }

  show(text: string): void {
    if (performance.now() - this.#shownAtMs < EVERY_MS) return;
    this.#shownAtMs = performance.now();
    if (this.#target.isTTY === true) this.#target.write(`\r${text.padEnd(this.#width)}`);
    else this.#target.write(`${text}\n`);
    this.#width = text.length;
  }

  /** What is written next begins in a line of its own. */
  end(): void {
    if (this.#target.isTTY === true && this.#width > 0) this.#target.write('\n');
  }
}
