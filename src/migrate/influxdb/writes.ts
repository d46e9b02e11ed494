// Batches on their way to a sink: some at a time, so that reading and writing overlap, and memory stays bounded.
import type { PointBatch } from '../../model/index.ts';
import type { PointSink } from './import-target.ts';

export class Writes {
  readonly #sink: PointSink;
  /** In order of their start. */
  readonly #underWay: Promise<void>[] = [];
  /** Why points were refused -> how many. */
  readonly refused = new Map<string, number>();

  constructor(sink: PointSink) {
    this.#sink = sink;
  }

  start(batch: PointBatch): void {
    const write = this.#write(batch);
    // It is awaited later on, by `settle`.
    write.catch(() => {});
    this.#underWay.push(write);
  }

  /** Resolves when at most `count` are under way. Rejects as the first of them that fails. */
  async settle(count: number): Promise<void> {
    while (this.#underWay.length > count) await this.#underWay.shift();
  }

  async #write(batch: PointBatch): Promise<void> {
    for (const { count, reason } of await this.#sink.write(batch)) {
      this.refused.set(reason, (this.refused.get(reason) ?? 0) + count);
    }
  }
}
