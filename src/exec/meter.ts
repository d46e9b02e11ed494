// What one execution has used so far, held against its limits. The counters lie in shared memory: the main thread and all
// workers of the execution count into the same two cells.
import { WeirError } from '../base/index.ts';
import type { UsageCounters } from './read-usage.ts';

/** counters[0] = points read, counters[1] = bytes held. */
export type MeterCounters = BigInt64Array<SharedArrayBuffer>;

export interface MeterLimits {
  /** 0 = none. */
  readonly maxPoints: number;
  readonly memoryBudgetBytes: number;
}

const POINTS = 0;
const BYTES = 1;

export function newCounters(): MeterCounters {
  return new BigInt64Array(new SharedArrayBuffer(16));
}

export class Meter {
  readonly limits: MeterLimits;
  readonly counters: MeterCounters;
  /** Where what is read is counted; null = nobody asks. */
  readonly usage: UsageCounters | null;
  readonly #stopped: () => WeirError | null;

  /** `stopped` says why the execution must end, or null while it may go on; it is asked often. */
  constructor(
    limits: MeterLimits,
    stopped: () => WeirError | null,
    usage: UsageCounters | null = null,
    counters: MeterCounters = newCounters(),
  ) {
    this.limits = limits;
    this.counters = counters;
    this.usage = usage;
    this.#stopped = stopped;
  }

  /** Throws when the execution was canceled or ran out of time. */
  check(): void {
    const reason = this.#stopped();
    if (reason !== null) throw reason;
  }

  /** Counts points that were read. Throws `limit`, in the words of InfluxDB (its spelling included). */
  addPoints(count: number): void {
    const total = Number(Atomics.add(this.counters, POINTS, BigInt(count))) + count;
    const max = this.limits.maxPoints;
    if (max > 0 && total > max) throw new WeirError('limit', `max-select-point limit exceeed: (${total}/${max})`);
  }

  get points(): number {
    return Number(Atomics.load(this.counters, POINTS));
  }

  /** Takes note of memory before it is allocated. Throws `limit` when the execution may not have it. */
  reserve(bytes: number): void {
    const whole = Math.ceil(bytes);
    const total = Number(Atomics.add(this.counters, BYTES, BigInt(whole))) + whole;
    const budget = this.limits.memoryBudgetBytes;
    if (budget > 0 && total > budget) {
      throw new WeirError(
        'limit',
        `query needs more memory than it may use: ${megabytes(total)} MB of ${megabytes(budget)} MB; ` +
          'ask for a shorter time range, fewer series or wider time intervals',
      );
    }
  }

  release(bytes: number): void {
    Atomics.sub(this.counters, BYTES, BigInt(Math.ceil(bytes)));
  }
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
