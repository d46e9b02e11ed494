// The module that runs in the executor's worker threads.
import { workerData } from 'node:worker_threads';
import { Transferred, WeirError, type WorkerJob, serveJobs } from '../base/index.ts';
import type { OpenTableReader } from '../view/index.ts';
import { type PartialResult, newPartial } from './accumulator.ts';
import { type AggregateTask, type ExecutionTools, aggregateSeries } from './aggregate-series.ts';
import { finishColumns } from './finish/finish.ts';
import {
  type Acknowledgement,
  BATCH_BYTES,
  type Batch,
  type ExecRequest,
  type ExecResult,
  MAX_BATCHES_WAITING,
  type ReaderModule,
} from './messages.ts';
import { Meter } from './meter.ts';
import { Pacer } from './pacer.ts';
import { type Piece, type ScanTask, scanSeries } from './scan-series.ts';
import { TableSet } from './table-set.ts';
import { buffersOf, detachedChunk } from './transfer.ts';

type Job = WorkerJob<Acknowledgement, Batch>;

const { url, exportName, prepare } = workerData as ReaderModule;
const readerModule = (await import(url)) as Record<string, unknown>;
const openReader = readerModule[exportName] as OpenTableReader;
if (prepare !== undefined) (readerModule[prepare.exportName] as (argument: unknown) => void)(prepare.argument);

serveJobs<ExecRequest, ExecResult, Acknowledgement, Batch>(async (request, job) => {
  const stopped = (): WeirError | null => (job.canceled() ? new WeirError('canceled', 'query interrupted') : null);
  const meter = new Meter(request.limits, stopped, request.usage, request.counters);
  const pacer = new Pacer(meter);
  switch (request.op) {
    case 'aggregate': {
      const partial = await aggregate(request.task, meter, pacer);
      return new Transferred({ op: 'aggregate', partial }, [...buffersOf(partial)]);
    }
    case 'finish': {
      const columns = await finishColumns(request.request, request.plan, request.partial, meter, pacer);
      return { op: 'finish', columns };
    }
    case 'scan':
      await scan(request.task, meter, pacer, job);
      return { op: 'scan' };
  }
});

function toolsFor(task: AggregateTask | ScanTask, meter: Meter, pacer: Pacer): ExecutionTools {
  const { tables, range } = task.request;
  return { tables: new TableSet(tables, range, openReader, meter.usage), meter, pacer, random: Math.random };
}

async function aggregate(task: AggregateTask, meter: Meter, pacer: Pacer): Promise<PartialResult> {
  const tools = toolsFor(task, meter, pacer);
  try {
    const partial = newPartial(task.plan, task.request.groupCount, meter);
    await aggregateSeries(task, partial, tools, null);
    return partial;
  } finally {
    tools.tables.close();
  }
}

async function scan(task: ScanTask, meter: Meter, pacer: Pacer, job: Job): Promise<void> {
  const tools = toolsFor(task, meter, pacer);
  const sender = new BatchSender(meter, job);
  try {
    for await (const piece of scanSeries(task, tools, null)) await sender.add(piece);
    await sender.flush();
  } finally {
    tools.tables.close();
  }
}

/** Sends pieces in batches, never more than the reader has room for. */
class BatchSender {
  readonly #meter: Meter;
  readonly #job: Job;
  #pieces: Piece[] = [];
  #bytes = 0;
  #waiting = 0;

  constructor(meter: Meter, job: Job) {
    this.#meter = meter;
    this.#job = job;
  }

  async add(piece: Piece): Promise<void> {
    this.#meter.reserve(piece.bytes);
    this.#pieces.push({ ...piece, chunks: piece.chunks.map(detachedChunk) });
    this.#bytes += piece.bytes;
    if (this.#bytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#pieces.length === 0) return;
    while (this.#waiting >= MAX_BATCHES_WAITING) {
      await this.#job.next();
      this.#waiting--;
    }
    const batch: Batch = { pieces: this.#pieces, bytes: this.#bytes };
    this.#pieces = [];
    this.#bytes = 0;
    this.#waiting++;
    this.#job.post(batch, [...buffersOf(batch)]);
  }
}
