// A store that keeps the lines of each batch as text, or fails as it is told.
import type { Fault } from '../../base/index.ts';
import { parseLineProtocol } from '../../line-protocol/index.ts';
import { SeriesTable } from '../../model/index.ts';
import type { Lines, ListenerParts, StoreOutcome } from '../listener.ts';

export class LineStore {
  /** One text a batch; each of its parts ends in a newline. */
  readonly batches: string[] = [];
  readonly faults: Fault[] = [];
  /** Called before each batch is stored; throws to fail, waits to be slow. */
  before: () => Promise<void> = () => Promise.resolve();
  #waiting: (() => void)[] = [];

  /** The lines of all batches, in order. */
  get lines(): readonly string[] {
    return this.batches.flatMap((batch) => batch.split('\n')).filter((line) => line !== '');
  }

  readonly parts: ListenerParts = {
    store: (lines) => this.#store(lines),
    onFault: (fault) => this.faults.push(fault),
    nowNs: () => 1_500_000_000_123_456_789n,
  };

  /** Resolves when so many lines are there. */
  async has(lineCount: number): Promise<void> {
    while (this.lines.length < lineCount) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #store({ bytes, parts, precision }: Lines): Promise<StoreOutcome> {
    await this.before();
    const options = { series: new SeriesTable(), precision, defaultTimeNs: 0n, parts, unsigned: false };
    const parsed = parseLineProtocol(bytes, options);
    const texts = parts.map(({ endByte }, index) => bytes.subarray(parts[index - 1]?.endByte ?? 0, endByte));
    this.batches.push(texts.map((text) => `${Buffer.from(text).toString().replace(/\n$/, '')}\n`).join(''));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
    return {
      written: parsed.rowCount,
      badLineCount: parsed.errorCount,
      badLine: parsed.errors[0]?.text,
      droppedCount: parsed.droppedCount,
      dropped: parsed.dropped[0]?.reason,
    };
  }
}
