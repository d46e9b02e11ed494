// The worker's side of `worker-pool.ts`: runs a handler for each job that arrives. Several jobs run at a time: a handler
// that loops for long should give way (`await`) now and then, and look at `canceled()` in between.
import { type Transferable, parentPort } from 'node:worker_threads';
import { assert } from './assert.ts';
import { WeirError, isWeirError, messageOf } from './error.ts';
import type { FromWorker, ToWorker } from './worker-pool.ts';

export interface WorkerJob<Down = never, Up = never> {
  /** The caller no longer waits for this job. Cheap: one load from shared memory. */
  canceled(): boolean;
  post(body: Up, transfer?: readonly Transferable[]): void;
  /** The next message of the caller. Rejects with `canceled` once the job is. */
  next(): Promise<Down>;
}

/** A result whose buffers move to the caller instead of being copied. */
export class Transferred<Result> {
  readonly result: Result;
  readonly transfer: readonly Transferable[];

  constructor(result: Result, transfer: readonly Transferable[]) {
    this.result = result;
    this.transfer = transfer;
  }
}

export type JobHandler<Request, Result, Down = never, Up = never> = (
  request: Request,
  job: WorkerJob<Down, Up>,
) => Promise<Result | Transferred<Result>> | Result | Transferred<Result>;

interface Inbox<Down> {
  readonly control: Int32Array;
  readonly waiting: Down[];
  reader: PromiseWithResolvers<Down> | undefined;
}

/** Call once, at the top of a worker's module. What a handler throws reaches the caller with its WeirError code. */
export function serveJobs<Request, Result, Down = never, Up = never>(
  handler: JobHandler<Request, Result, Down, Up>,
): void {
  const port = parentPort;
  assert(port !== null, 'serveJobs runs in a worker thread');
  const inboxes = new Map<number, Inbox<Down>>();
  const send = (message: FromWorker<Result, Up>, transfer: readonly Transferable[] = []): void =>
    port.postMessage(message, transfer);

  const run = async (id: number, request: Request, inbox: Inbox<Down>): Promise<void> => {
    const job: WorkerJob<Down, Up> = {
      canceled: () => Atomics.load(inbox.control, 0) !== 0,
      post: (body, transfer) => send({ kind: 'message', job: id, body }, transfer),
      next: () => receive(inbox),
    };
    try {
      const outcome = await handler(request, job);
      if (outcome instanceof Transferred) send({ kind: 'done', job: id, result: outcome.result }, outcome.transfer);
      else send({ kind: 'done', job: id, result: outcome });
    } catch (error) {
      const code = isWeirError(error) ? error.code : null;
      const stack = error instanceof Error ? error.stack : undefined;
      send({ kind: 'failed', job: id, code, text: messageOf(error), stack });
    } finally {
      inboxes.delete(id);
    }
  };

  port.on('message', (message: ToWorker<Request, Down>) => {
    if (message.kind === 'start') {
      const inbox: Inbox<Down> = { control: new Int32Array(message.control), waiting: [], reader: undefined };
      inboxes.set(message.job, inbox);
      void run(message.job, message.request, inbox);
      return;
    }
    const inbox = inboxes.get(message.job);
    if (inbox === undefined) return;
    const reader = inbox.reader;
    inbox.reader = undefined;
    if (message.kind === 'cancel') reader?.reject(canceled());
    else if (reader === undefined) inbox.waiting.push(message.body);
    else reader.resolve(message.body);
  });
}

function receive<Down>(inbox: Inbox<Down>): Promise<Down> {
  if (Atomics.load(inbox.control, 0) !== 0) return Promise.reject(canceled());
  if (inbox.waiting.length > 0) return Promise.resolve(inbox.waiting.shift() as Down);
  assert(inbox.reader === undefined, 'one reader waits for messages at a time');
  inbox.reader = Promise.withResolvers<Down>();
  return inbox.reader.promise;
}

function canceled(): WeirError {
  return new WeirError('canceled', 'the job was canceled');
}
