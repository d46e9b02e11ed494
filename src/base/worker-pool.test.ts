// The pool against real threads. This file is both sides: imported in a worker it serves the jobs below.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import { WeirError, isWeirError } from './error.ts';
import { Transferred, serveJobs } from './worker-jobs.ts';
import { WorkerPool } from './worker-pool.ts';

type Request =
  | { readonly op: 'echo'; readonly text: string }
  | { readonly op: 'fail' | 'bug' | 'spin' | 'crash' | 'data' | 'wait' }
  | { readonly op: 'ask'; readonly rounds: number }
  | { readonly op: 'bytes'; readonly bytes: Uint8Array };

if (isMainThread) tests();
else {
  serveJobs<Request, unknown, number, number>(async (request, job) => {
    switch (request.op) {
      case 'echo':
        return request.text;
      case 'fail':
        throw new WeirError('limit', 'over the limit');
      case 'bug':
        throw new TypeError('not what we wanted');
      case 'spin':
        job.post(0);
        while (!job.canceled());
        return 'stopped';
      case 'crash':
        process.exit(7);
        break;
      case 'data':
        return workerData;
      case 'wait':
        return job.next();
      case 'ask': {
        let sum = 0;
        for (let round = 0; round < request.rounds; round++) {
          job.post(round);
          sum += await job.next();
        }
        return sum;
      }
      case 'bytes':
        return new Transferred(request.bytes, [request.bytes.buffer as ArrayBuffer]);
    }
  });
}

function tests(): void {
  type Pool = WorkerPool<Request, unknown, number, number>;

  const withPool = async (size: number, use: (pool: Pool) => Promise<void>): Promise<void> => {
    const pool: Pool = new WorkerPool({ name: 'test', size, module: new URL(import.meta.url), data: { answer: 42 } });
    try {
      await use(pool);
    } finally {
      await pool.close();
    }
  };

  const hasCode = (code: string, text: RegExp) => (error: unknown) =>
    isWeirError(error) && error.code === code && text.test(error.message);

  test('runs jobs on the worker that was asked for, several at a time', () =>
    withPool(2, async (pool) => {
      const texts = Array.from({ length: 20 }, (_, index) => `job ${index}`);
      const jobs = texts.map((text, index) => pool.start(index % 2, { op: 'echo', text }));
      assert.deepEqual(await Promise.all(jobs.map((job) => job.result)), texts);
      assert.deepEqual(await pool.start(1, { op: 'data' }).result, { answer: 42 });
    }));

  test('exchanges messages with a running job', () =>
    withPool(1, async (pool) => {
      const job = pool.start(0, { op: 'ask', rounds: 5 }, { onMessage: (round) => job.post(round * 10) });
      assert.equal(await job.result, 100);
    }));

  test('transfers buffers both ways', () =>
    withPool(1, async (pool) => {
      const bytes = new Uint8Array([1, 2, 3]);
      const job = pool.start(0, { op: 'bytes', bytes }, { transfer: [bytes.buffer] });
      assert.equal(bytes.length, 0);
      assert.deepEqual(await job.result, new Uint8Array([1, 2, 3]));
    }));

  test('errors keep their code; bugs stay plain errors', () =>
    withPool(1, async (pool) => {
      await assert.rejects(pool.start(0, { op: 'fail' }).result, hasCode('limit', /^over the limit$/));
      await assert.rejects(
        pool.start(0, { op: 'bug' }).result,
        (error: Error) => !isWeirError(error) && error.message === 'not what we wanted',
      );
      const unclonable = { op: 'echo', text: (() => 'x') as unknown as string } as const;
      await assert.rejects(pool.start(0, unclonable).result, /could not be cloned/);
    }));

  test('cancel rejects at once and stops a tight loop and a waiting job', () =>
    withPool(1, async (pool) => {
      const started = Promise.withResolvers<void>();
      const spin = pool.start(0, { op: 'spin' }, { onMessage: () => started.resolve() });
      await started.promise;
      spin.cancel(new WeirError('timeout', 'too slow'));
      await assert.rejects(spin.result, hasCode('timeout', /too slow/));
      const wait = pool.start(0, { op: 'wait' });
      wait.cancel(new WeirError('canceled', 'gone'));
      await assert.rejects(wait.result, hasCode('canceled', /gone/));
      assert.equal(await pool.start(0, { op: 'echo', text: 'free again' }).result, 'free again');
    }));

  test('a crash rejects the jobs of that worker only, and the next job finds a new one', () =>
    withPool(2, async (pool) => {
      const bystander = pool.start(1, { op: 'wait' });
      const waiting = pool.start(0, { op: 'wait' });
      const crash = pool.start(0, { op: 'crash' });
      const stopped = hasCode('unavailable', /worker "test" stopped: exit code 7/);
      await Promise.all([assert.rejects(waiting.result, stopped), assert.rejects(crash.result, stopped)]);
      bystander.post(5);
      assert.equal(await bystander.result, 5);
      assert.equal(await pool.start(0, { op: 'echo', text: 'again' }).result, 'again');
    }));

  test('close rejects what runs and refuses more', () =>
    withPool(1, async (pool) => {
      const rejected = assert.rejects(pool.start(0, { op: 'wait' }).result, hasCode('unavailable', /closed/));
      await pool.close();
      await rejected;
      assert.throws(() => pool.start(0, { op: 'data' }), hasCode('unavailable', /closed/));
    }));
}
