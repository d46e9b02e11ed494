// What all parts of one running SELECT share: the limits and the means to stop, counted over all that it reads.
import { setImmediate } from 'node:timers/promises';
import { WeirError, isWeirError } from '../../base/index.ts';
import type { ExecContext, Executor } from '../../exec/index.ts';
import type { QueryContext, QueryLimits } from '../result.ts';

const TURN_MS = 8;

export class QueryEnv {
  readonly executor: Executor;
  readonly limits: QueryLimits;
  readonly signal: AbortSignal;
  /** What the request asks for; see `gap-rule.ts`. */
  readonly knownShare: number | undefined;
  #pointsRead = 0;
  #turnEnd = 0;

  constructor(context: Pick<QueryContext, 'executor' | 'limits' | 'signal' | 'knownShare'>) {
    this.executor = context.executor;
    this.limits = context.limits;
    this.signal = context.signal;
    this.knownShare = context.knownShare;
  }

  /** Limits for the next request: what is left of the query's. */
  execContext(): ExecContext {
    this.checkpoint();
    const { maxSelectPoints, memoryBudgetBytes } = this.limits;
    const left = maxSelectPoints === 0 ? 0 : Math.max(1, maxSelectPoints - this.#pointsRead);
    return { signal: this.signal, maxPoints: left, memoryBudgetBytes };
  }

  /**
   * Lets the event loop turn when this query has held it for some 10 ms; a loop that may run long without waiting for
   * anything calls it, as writes, timers and the request to stop would wait for ever.
   */
  async giveWay(): Promise<void> {
    if (performance.now() < this.#turnEnd) return;
    await setImmediate();
    this.#turnEnd = performance.now() + TURN_MS;
    this.checkpoint();
  }

  /** Throws the caller's reason once the query was told to stop. */
  checkpoint(): void {
    if (!this.signal.aborted) return;
    const { reason } = this.signal;
    throw isWeirError(reason) ? reason : new WeirError('canceled', 'query interrupted', reason);
  }

  /** Throws `limit` when the query has read more points than it may. */
  countPoints(count: number): void {
    this.#pointsRead += count;
    const { maxSelectPoints } = this.limits;
    if (maxSelectPoints === 0 || this.#pointsRead <= maxSelectPoints) return;
    throw new WeirError('limit', `max-select-point limit exceeed: (${this.#pointsRead}/${maxSelectPoints})`);
  }

  /** Throws `limit` when so many series are selected that a measurement has more than it may. */
  checkSeriesCount(count: number): void {
    const { maxSelectSeries } = this.limits;
    if (maxSelectSeries === 0 || count <= maxSelectSeries) return;
    throw new WeirError('limit', `max-select-series limit exceeded: (${maxSelectSeries + 1}/${maxSelectSeries})`);
  }

  /** Throws `limit` when GROUP BY time makes more windows than it may. */
  checkBucketCount(count: number): void {
    const { maxSelectBuckets } = this.limits;
    if (maxSelectBuckets === 0 || count <= maxSelectBuckets) return;
    throw new WeirError('limit', `max-select-buckets limit exceeded: (${count}/${maxSelectBuckets})`);
  }

  /** Throws `limit` when intermediate results grow beyond the memory that a query may hold. */
  checkMemory(bytes: number): void {
    const { memoryBudgetBytes } = this.limits;
    if (memoryBudgetBytes === 0 || bytes <= memoryBudgetBytes) return;
    const limit = `${Math.round(memoryBudgetBytes / 2 ** 20)} MiB`;
    throw new WeirError('limit', `query needs more memory for intermediate results than the limit of ${limit}`);
  }
}
