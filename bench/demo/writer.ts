// A thread that writes what a machine reported over a long time, in the order of time, as fast as the server takes it. With each
// acknowledgement it moves the clock, which it shares with the server, to the last time that is written.
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { HttpConnection, accepted } from '../lib/http-connection.ts';
import { MEASUREMENTS, hostLines } from './host-lines.ts';

/** Times from `startSeconds` to before `endSeconds`. */
export interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

export interface WriterOrder {
  readonly port: number;
  readonly path: string;
  /** One after the other. */
  readonly stretches: readonly Stretch[];
  /** Element 0: the time in nanoseconds. */
  readonly clock: BigInt64Array;
}

/** After each acknowledgement. */
export interface WriterProgress {
  readonly rows: number;
  readonly seconds: number;
}

const STEPS_PER_REQUEST = 3600;
const SECONDS_PER_REQUEST = 43_200;
/**
 * Time passes no faster than that, in days a second. The server looks for windows that are over four times a second: what became
 * of them must not be past the period of a tier when it gets there, and the shortest is a week.
 */
const MAX_SPEED = 16;
const MS_PER_SECOND = 1000 / (MAX_SPEED * 86_400);

async function write({ port, path, stretches, clock }: WriterOrder): Promise<void> {
  const connection = await HttpConnection.open(port);
  const host = hostLines('office', 1);
  let rows = 0;
  for (const { startSeconds, endSeconds, stepSeconds } of stretches) {
    for (let seconds = startSeconds; seconds < endSeconds; ) {
      const startedAt = performance.now();
      const first = seconds;
      const lines: string[] = [];
      const end = Math.min(endSeconds, seconds + Math.min(SECONDS_PER_REQUEST, STEPS_PER_REQUEST * stepSeconds));
      let last = seconds;
      for (; seconds < end; seconds += stepSeconds) {
        lines.push(host.at(seconds));
        last = seconds;
      }
      accepted(await connection.request('POST', path, Buffer.from(lines.join(''), 'latin1')), path);
      Atomics.store(clock, 0, BigInt(last) * 1_000_000_000n);
      rows += lines.length * MEASUREMENTS.length;
      parentPort?.postMessage({ rows, seconds: last } satisfies WriterProgress);
      // From one acknowledgement to the next, as a server that was held up must not be made to hurry.
      await sleep(Math.max(0, (seconds - first) * MS_PER_SECOND - (performance.now() - startedAt)));
    }
  }
  connection.close();
}

await write(workerData as WriterOrder);
