// The file that HTTP requests are logged to. It is opened for each portion, so that it can be moved away at any time.
import { appendFile } from 'node:fs/promises';
import { messageOf } from '../base/index.ts';
import type { Logger } from '../http/index.ts';

const FLUSH_MS = 100;
/** Lines that may wait while the disk is slow. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export class AccessLogFile {
  readonly #path: string;
  readonly #logger: Logger;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Since the last line that was written; they are told of by the next one. */
  #lost = 0;
  #failing = false;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  write(line: string): void {
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#append());
  }

  async #append(): Promise<void> {
    const lines = this.#waiting.splice(0);
    this.#waitingBytes = 0;
    if (lines.length === 0) return;
    try {
      await appendFile(this.#path, `${lines.join('\n')}\n`);
    } catch (error) {
      this.#lost += lines.length;
      if (!this.#failing) {
        this.#failing = true;
        this.#logger.error({ path: this.#path, error: messageOf(error) }, 'requests cannot be logged');
      }
      return;
    }
    if (this.#lost > 0)
      this.#logger.warn({ path: this.#path, lines: this.#lost }, 'requests are logged again; some were not');
    this.#lost = 0;
    this.#failing = false;
  }
}
