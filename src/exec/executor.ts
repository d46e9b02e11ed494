// Runs requests: begins on this thread, in short turns, and hands over to the worker threads what turns out to be long.
import { availableParallelism } from 'node:os';
import { WorkerPool, workerModule } from '../base/index.ts';
import { type TimeRange, intersectRange } from '../model/index.ts';
import type { OpenTableReader } from '../view/index.ts';
import { type PartialResult, extentsOf, newPartial } from './accumulator.ts';
import { planAggregate } from './aggregate-plan.ts';
import { type AggregateTask, type ExecutionTools, aggregateSeries, wantsEdges } from './aggregate-series.ts';
import { finishColumns, finishingCost } from './finish/finish.ts';
import { HandOver } from './hand-over.ts';
import type { ReaderModule } from './messages.ts';
import { Meter } from './meter.ts';
import { Pacer } from './pacer.ts';
import { type ExecPool, aggregateInWorkers, finishInWorker } from './parallel-aggregate.ts';
import { scanInWorkers } from './parallel-scan.ts';
import type { AggregateRequest, AggregateResult, ExecContext, Executor, ScanRequest, SeriesRows } from './plan.ts';
import { planScan } from './scan-plan.ts';
import { type ScanRest, type ScanTask, scanSeries } from './scan-series.ts';
import { stopReason } from './stop-reason.ts';
import { TableSet } from './table-set.ts';
import { windowsHull } from './windows.ts';

export interface ExecutorOptions {
  readonly openReader: OpenTableReader;
  /** Threads for long requests; null = everything runs on this thread. */
  readonly workers: WorkerOptions | null;
  /** Points still to be read that are worth handing over; a million by default. */
  readonly handOverPoints?: number | undefined;
  /** For sample(): uniform in [0, 1). */
  readonly random?: (() => number) | undefined;
}

export interface WorkerOptions {
  /** Where a worker finds `openReader`. */
  readonly reader: ReaderModule;
  /** How many; by default one a core. */
  readonly count?: number | undefined;
}

/** Some milliseconds of work on decoded pages, some tens on others: below that the trip costs more than it saves. */
const HAND_OVER_POINTS = 1_000_000;
/** A first() or last() of more series goes to the workers at once. */
const MANY_SERIES = 20_000;
/** States with more values are finished by a worker, if there is one. */
const LONG_FINISH = 100_000;

export function createExecutor(options: ExecutorOptions): Executor {
  return new ThreadedExecutor(options);
}

class ThreadedExecutor implements Executor {
  readonly #options: ExecutorOptions;
  readonly #pool: ExecPool | null;
  /** Counts up: the workers take turns at finishing. */
  #finisher = 0;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    const { workers } = options;
    const size = workers?.count ?? availableParallelism();
    this.#pool =
      workers === null || size < 1
        ? null
        : new WorkerPool({ name: 'exec', size, module: workerModule(import.meta.url, 'worker'), data: workers.reader });
  }

  async aggregate(request: AggregateRequest, context: ExecContext): Promise<AggregateResult> {
    const meter = new Meter(context, () => stopReason(context.signal), context.usage);
    meter.check();
    // Threads take their time to start: the first request of all has them ready for the first long one.
    this.#pool?.warm();
    const plan = planAggregate(request);
    const range = aggregatedRange(request);
    const task: AggregateTask = { request: { ...request, range }, plan, ordinals: null };
    const partial = newPartial(plan, request.groupCount, meter);
    const tools = this.#tools(request, range, meter);
    try {
      const whole = wantsEdges(plan) && request.seriesIds.length > MANY_SERIES && this.#pool !== null;
      const rest = whole
        ? { series: 0, range: null }
        : await aggregateSeries(task, partial, tools, this.#handOver(request, range, tools.tables));
      if (rest !== null && this.#pool !== null) {
        await aggregateInWorkers(task, rest, partial, this.#pool, meter, context.signal);
      }
    } finally {
      tools.tables.close();
    }
    return this.#finish(request, task, partial, tools, context.signal);
  }

  async #finish(
    request: AggregateRequest,
    task: AggregateTask,
    partial: PartialResult,
    { meter, pacer }: ExecutionTools,
    signal: AbortSignal,
  ): Promise<AggregateResult> {
    const { calls, windows, range, descending, seriesIds } = request;
    const finish = { calls, windows, range, descending, seriesIds };
    const extents = extentsOf(partial);
    const columns =
      this.#pool !== null && finishingCost(partial) > LONG_FINISH
        ? await finishInWorker(
            this.#finisher++ % this.#pool.size,
            finish,
            task.plan,
            partial,
            this.#pool,
            meter,
            signal,
          )
        : await finishColumns(finish, task.plan, partial, meter, pacer);
    meter.check();
    return { windowCount: task.plan.windowCount, columns, extents, pointsScanned: meter.points };
  }

  async *scan(request: ScanRequest, context: ExecContext): AsyncGenerator<SeriesRows, void> {
    const meter = new Meter(context, () => stopReason(context.signal), context.usage);
    meter.check();
    this.#pool?.warm();
    const { seriesIds } = request;
    const task: ScanTask = { request, plan: planScan(request), ordinals: null, firstRange: null, rowsGiven: 0 };
    const rest = yield* this.#scanHere(task, meter);
    if (rest === null || this.#pool === null) return;
    for await (const { ordinal, chunks } of scanInWorkers(task, rest, this.#pool, meter, context.signal)) {
      yield { seriesId: seriesIds[ordinal], chunks };
    }
  }

  async *#scanHere(task: ScanTask, meter: Meter): AsyncGenerator<SeriesRows, ScanRest | null> {
    const { request } = task;
    const tools = this.#tools(request, request.range, meter);
    try {
      const pieces = scanSeries(task, tools, this.#handOver(request, request.range, tools.tables));
      for (;;) {
        const next = await pieces.next();
        if (next.done === true) return next.value;
        const { ordinal, chunks, bytes } = next.value;
        meter.reserve(bytes);
        yield { seriesId: request.seriesIds[ordinal], chunks };
        meter.release(bytes);
        meter.check();
      }
    } finally {
      tools.tables.close();
    }
  }

  #tools(request: ScanRequest, range: TimeRange, meter: Meter): ExecutionTools {
    return {
      tables: new TableSet(request.tables, range, this.#options.openReader, meter.usage),
      meter,
      pacer: new Pacer(meter),
      random: this.#options.random ?? Math.random,
    };
  }

  #handOver(request: ScanRequest, range: TimeRange, tables: TableSet): HandOver | null {
    if (this.#pool === null) return null;
    const threshold = this.#options.handOverPoints ?? HAND_OVER_POINTS;
    const descending = request.descending && !('calls' in request);
    return new HandOver(request.seriesIds.length, range, tables, threshold, descending);
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }
}

/** Rows outside of all windows need not be read. */
function aggregatedRange(request: AggregateRequest): TimeRange {
  const hull = windowsHull(request.windows);
  if (hull === null) return request.range;
  return intersectRange(request.range, hull) ?? { startNs: request.range.startNs, endNs: request.range.startNs };
}
