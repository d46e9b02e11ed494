// The pieces of one worker's share of a scan, as they come; batches are acknowledged when their last piece is taken.
import { type PoolJob, WeirError } from '../base/index.ts';
import type { Acknowledgement, Batch, ExecResult } from './messages.ts';
import type { Meter } from './meter.ts';
import type { ExecPool } from './parallel-aggregate.ts';
import type { ScanShare } from './partition.ts';
import type { Piece } from './scan-series.ts';

export class PieceStream {
  readonly #job: PoolJob<ExecResult, Acknowledgement>;
  readonly #meter: Meter;
  readonly #batches: Batch[] = [];
  /** The next piece of the first batch. */
  #position = 0;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(share: ScanShare, pool: ExecPool, meter: Meter) {
    const { limits, counters, usage } = meter;
    this.#meter = meter;
    const onMessage = (batch: Batch): void => {
      this.#batches.push(batch);
      this.#wake?.();
    };
    this.#job = pool.start(share.worker, { op: 'scan', task: share.task, limits, counters, usage }, { onMessage });
    this.#job.result.then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error),
    );
  }

  /** The next piece, or null at the end. What it took from the budget is given back when the batch is used up. */
  async next(): Promise<Piece | null> {
    for (;;) {
      const batch = this.#batches[0];
      if (batch !== undefined && this.#position < batch.pieces.length) return batch.pieces[this.#position++];
      if (batch !== undefined) {
        this.#batches.shift();
        this.#position = 0;
        this.#meter.release(batch.bytes);
        this.#job.post('taken');
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Stops the worker; whoever waits is told the reason. */
  cancel(reason: WeirError): void {
    if (!this.#ended) this.#job.cancel(reason);
  }

  /** Nobody will ask for more. */
  abandon(): void {
    this.cancel(new WeirError('canceled', 'query interrupted'));
    this.#batches.length = 0;
  }

  #end(failure: unknown): void {
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }
}
