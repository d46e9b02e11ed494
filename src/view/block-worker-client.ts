// The main thread's side of the block worker: one job at a time, a new worker when the old one dies.
import { Worker } from 'node:worker_threads';
import { type ErrorCode, WeirError } from '../base/index.ts';
import type { StoreLocation } from './view-settings.ts';
import type { WriteBlockJob, WrittenBlock } from './write-block.ts';

export interface BlockWorkerRequest {
  readonly location: StoreLocation;
  readonly job: WriteBlockJob;
}

export type BlockWorkerResponse =
  | { readonly written: WrittenBlock | null }
  | { readonly failure: { readonly code: ErrorCode | undefined; readonly message: string } };

const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './block-worker.ts' : './block-worker.js',
  import.meta.url,
);

export class BlockWorker {
  readonly #location: StoreLocation;
  #worker: Worker | undefined;
  /** Jobs run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(location: StoreLocation) {
    this.#location = location;
  }

  /** Rejects with the worker's error; `unavailable` when the worker itself died. */
  write(job: WriteBlockJob): Promise<WrittenBlock | null> {
    const result = this.#last.then(() => this.#run(job));
    this.#last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#worker?.terminate();
  }

  #run(job: WriteBlockJob): Promise<WrittenBlock | null> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        // An idle worker does not keep the process alive; a busy one does.
        worker.unref();
        act();
      };
      const onMessage = (response: BlockWorkerResponse): void =>
        settle(() => {
          if ('written' in response) resolve(response.written);
          else reject(new WeirError(response.failure.code ?? 'unavailable', response.failure.message));
        });
      const died = (cause: unknown): void =>
        settle(() => {
          this.#worker = undefined;
          reject(new WeirError('unavailable', `the block worker died while it wrote ${job.key}`, cause));
        });
      const onError = (error: Error): void => died(error);
      const onExit = (code: number): void => died(new Error(`exit code ${code}`));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      const request: BlockWorkerRequest = { location: this.#location, job };
      worker.ref();
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    return new Worker(workerFile, { name: 'weir-blocks' });
  }
}
