// Threads that run jobs: the side of the thread that asks. A job goes to a worker of the caller's choice, may exchange
// messages while it runs, and can be stopped through shared memory, so that even a worker in a tight loop notices.
// The other side is `worker-jobs.ts`; both speak the messages below.
//
//     main                                        worker
//      start {job, request, control} ──────────►  handler(request, job)
//      message {job, body} ◄───────────────────►  job.post / job.next
//      control[0] = 1 ┄┄┄┄┄ shared memory ┄┄┄┄┄►  job.canceled()
//      cancel {job} ──────────────────────────►  wakes job.next
//                               ◄───────────────  done {job, result} | failed {job, code, text}
import { type Transferable, Worker } from 'node:worker_threads';
import { assert } from './assert.ts';
import { type ErrorCode, WeirError, messageOf } from './error.ts';

export type ToWorker<Request, Down> =
  | { readonly kind: 'start'; readonly job: number; readonly request: Request; readonly control: SharedArrayBuffer }
  | { readonly kind: 'message'; readonly job: number; readonly body: Down }
  | { readonly kind: 'cancel'; readonly job: number };

export type FromWorker<Result, Up> =
  | { readonly kind: 'message'; readonly job: number; readonly body: Up }
  | { readonly kind: 'done'; readonly job: number; readonly result: Result }
  | {
      readonly kind: 'failed';
      readonly job: number;
      /** null: not a WeirError, thus a bug of ours; then `stack` says where. */
      readonly code: ErrorCode | null;
      readonly text: string;
      readonly stack: string | undefined;
    };

export interface WorkerPoolOptions {
  /** Names the threads in error texts: `exec`, `flush`. */
  readonly name: string;
  /** How many threads; each starts with its first job. */
  readonly size: number;
  /** A module that calls `serveJobs`. See `workerModule`. */
  readonly module: URL;
  /** Reaches the module as `workerData`. */
  readonly data?: unknown;
}

export interface StartOptions<Up> {
  readonly transfer?: readonly Transferable[] | undefined;
  /** Called with each message of the worker, never after the result has settled. */
  readonly onMessage?: ((body: Up) => void) | undefined;
}

export interface PoolJob<Result, Down> {
  /** Rejects with the handler's error, with the reason of `cancel`, or with `unavailable` when the worker crashed. */
  readonly result: Promise<Result>;
  post(body: Down, transfer?: readonly Transferable[]): void;
  /** Rejects the result at once; the worker stops when it next looks. */
  cancel(reason: WeirError): void;
}

interface RunningJob<Result, Up> {
  readonly control: Int32Array;
  readonly onMessage: ((body: Up) => void) | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** The URL of a module that lies beside the caller's (`import.meta.url`), in the source tree as in `dist/`. */
export function workerModule(besideUrl: string, name: string): URL {
  return new URL(`./${name}${besideUrl.endsWith('.ts') ? '.ts' : '.js'}`, besideUrl);
}

/** A worker that crashes rejects its jobs; the next job for it starts a new one. Idle workers do not keep the process alive. */
export class WorkerPool<Request, Result, Down = never, Up = never> {
  readonly #options: WorkerPoolOptions;
  readonly #slots: PoolSlot<Request, Result, Down, Up>[];
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    assert(options.size > 0, 'a pool needs at least one worker');
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => new PoolSlot(options));
  }

  get size(): number {
    return this.#slots.length;
  }

  /** Runs a request on worker `index` (0 .. size - 1). A request that cannot be cloned rejects the job. */
  start(index: number, request: Request, options: StartOptions<Up> = {}): PoolJob<Result, Down> {
    if (this.#closed) throw new WeirError('unavailable', `worker pool "${this.#options.name}" is closed`);
    return this.#slots[index].start(request, options);
  }

  /** Starts every thread now, so that the first job need not wait for it. */
  warm(): void {
    for (const slot of this.#slots) slot.warm();
  }

  /** Rejects what still runs with `unavailable` and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }
}

class PoolSlot<Request, Result, Down, Up> {
  readonly #options: WorkerPoolOptions;
  readonly #jobs = new Map<number, RunningJob<Result, Up>>();
  #worker: Worker | undefined;
  #nextJob = 1;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  start(request: Request, options: StartOptions<Up>): PoolJob<Result, Down> {
    const worker = this.warm();
    const job = this.#nextJob++;
    const control = new SharedArrayBuffer(4);
    const flag = new Int32Array(control);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#jobs.set(job, { control: flag, onMessage: options.onMessage, resolve, reject });
    worker.ref();
    const send = (message: ToWorker<Request, Down>, transfer: readonly Transferable[] = []): void => {
      try {
        worker.postMessage(message, transfer);
      } catch (error) {
        this.#settle(job)?.reject(error);
      }
    };
    send({ kind: 'start', job, request, control }, options.transfer);
    return {
      result: promise,
      post: (body, transfer) => send({ kind: 'message', job, body }, transfer),
      cancel: (reason) => {
        Atomics.store(flag, 0, 1);
        send({ kind: 'cancel', job });
        this.#settle(job)?.reject(reason);
      },
    };
  }

  warm(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#options.module, { workerData: this.#options.data, name: this.#options.name });
    this.#worker = worker;
    worker.unref();
    let cause: unknown;
    worker.on('message', (message: FromWorker<Result, Up>) => this.#receive(message));
    worker.on('messageerror', (error) => this.#fail(worker, error));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => this.#fail(worker, cause ?? `exit code ${code}`));
    return worker;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#rejectAll(new WeirError('unavailable', `worker pool "${this.#options.name}" is closed`));
    this.#worker = undefined;
    await worker?.terminate();
  }

  #receive(message: FromWorker<Result, Up>): void {
    switch (message.kind) {
      case 'message':
        this.#jobs.get(message.job)?.onMessage?.(message.body);
        break;
      case 'done':
        this.#settle(message.job)?.resolve(message.result);
        break;
      case 'failed':
        this.#settle(message.job)?.reject(errorOf(message.code, message.text, message.stack));
        break;
    }
  }

  /** Takes a job off the list; its caller tells the outcome. */
  #settle(id: number): RunningJob<Result, Up> | undefined {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#jobs.delete(id);
    if (this.#jobs.size === 0) this.#worker?.unref();
    return job;
  }

  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#rejectAll(new WeirError('unavailable', `worker "${this.#options.name}" stopped: ${messageOf(cause)}`, cause));
  }

  #rejectAll(error: WeirError): void {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) job.reject(error);
  }
}

function errorOf(code: ErrorCode | null, text: string, stack: string | undefined): Error {
  if (code !== null) return new WeirError(code, text);
  const error = new Error(text);
  if (stack !== undefined) error.stack = stack;
  return error;
}
