// Which shards rest: their time is over, and for a while nothing has been flushed into them. What is merged there is merged for
// good; a shard that is being filled with old points is not taken for one that rests.
import type { BlockMeta } from './manifest.ts';

type Shard = Pick<BlockMeta, 'bucketId' | 'shardStart'>;

export class RestingShards {
  readonly #restMs: number;
  readonly #startedMs: number;
  /** When something came last, by shard; older than `restMs` is as good as never. */
  readonly #flushedMs = new Map<string, number>();

  /** Nothing is known of the time before `startedMs`: no shard rests until `restMs` later. */
  constructor(restMs: number, startedMs: number) {
    this.#restMs = restMs;
    this.#startedMs = startedMs;
  }

  noteFlush(blocks: readonly Shard[], nowMs: number): void {
    for (const [shard, flushedMs] of this.#flushedMs) {
      if (nowMs - flushedMs >= this.#restMs) this.#flushedMs.delete(shard);
    }
    for (const block of blocks) this.#flushedMs.set(nameOf(block), nowMs);
  }

  /** `nowNs`: the time that points go by; `nowMs`: one that only goes forward. */
  rests(block: Shard & Pick<BlockMeta, 'shardEnd'>, nowNs: bigint, nowMs: number): boolean {
    const sinceMs = this.#flushedMs.get(nameOf(block)) ?? this.#startedMs;
    return BigInt(block.shardEnd) <= nowNs && nowMs - sinceMs >= this.#restMs;
  }
}

function nameOf({ bucketId, shardStart }: Shard): string {
  return `${bucketId} ${shardStart}`;
}
