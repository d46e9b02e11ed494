// The worker threads' part of an aggregation: shares go out, partial results come back and are merged in the order of the
// shares, so that the same request over the same data always adds in the same order.
import { type WeirError, type WorkerPool, assert } from '../base/index.ts';
import { type PartialResult, mergePartial } from './accumulator.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import type { AggregateTask } from './aggregate-series.ts';
import type { FinishRequest } from './finish/finish.ts';
import type { Rest } from './hand-over.ts';
import type { Acknowledgement, Batch, ExecRequest, ExecResult } from './messages.ts';
import type { Meter } from './meter.ts';
import { shareAggregate } from './partition.ts';
import type { AggregateColumn } from './plan.ts';
import { buffersOf } from './transfer.ts';

export type ExecPool = WorkerPool<ExecRequest, ExecResult, Acknowledgement, Batch>;

/** Adds the rest of the task to `partial`. */
export async function aggregateInWorkers(
  task: AggregateTask,
  rest: Rest,
  partial: PartialResult,
  pool: ExecPool,
  meter: Meter,
  signal: AbortSignal,
): Promise<void> {
  const shares = shareAggregate(task, rest, pool.size);
  const { limits, counters, usage } = meter;
  const jobs = shares.map((share) =>
    pool.start(share.worker, { op: 'aggregate', task: share.task, limits, counters, usage }),
  );
  const results = await untilStopped(jobs, meter, signal);
  for (let index = 0; index < shares.length; index++) {
    const result = results[index];
    assert(result.op === 'aggregate', 'an aggregate job answers in kind');
    mergePartial(partial, result.partial, { groups: shares[index].groups, windowCount: task.plan.windowCount }, meter);
  }
}

/** Finishing many values takes long, so a worker does it. */
export async function finishInWorker(
  worker: number,
  request: FinishRequest,
  plan: AggregatePlan,
  partial: PartialResult,
  pool: ExecPool,
  meter: Meter,
  signal: AbortSignal,
): Promise<readonly AggregateColumn[]> {
  const { limits, counters, usage } = meter;
  const transfer = [...buffersOf(partial)];
  const job = pool.start(worker, { op: 'finish', request, plan, partial, limits, counters, usage }, { transfer });
  const [result] = await untilStopped([job], meter, signal);
  assert(result.op === 'finish', 'a finish job answers in kind');
  return result.columns;
}

interface Stoppable {
  readonly result: Promise<ExecResult>;
  cancel(reason: WeirError): void;
}

/** The results of all jobs. When the execution is stopped or one fails, the others are stopped at once. */
async function untilStopped(jobs: readonly Stoppable[], meter: Meter, signal: AbortSignal): Promise<ExecResult[]> {
  const stop = (): void => {
    try {
      meter.check();
    } catch (reason) {
      for (const job of jobs) job.cancel(reason as WeirError);
    }
  };
  signal.addEventListener('abort', stop, { once: true });
  stop();
  try {
    return await Promise.all(jobs.map((job) => job.result));
  } catch (error) {
    for (const job of jobs) job.cancel(error as WeirError);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
