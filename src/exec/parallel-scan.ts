// The worker threads' part of a scan. Every worker sends its series in the order of the request; taking each time the piece with
// the lowest position puts them together. A worker that is ahead waits: two batches at most lie here untaken.
//
//     worker 0   series 0 | series 2 | series 3 …      ─┐
//     worker 1   series 1 | series 4 …                 ─┴─►  0 1 2 3 4 …
import type { WeirError } from '../base/index.ts';
import type { Meter } from './meter.ts';
import type { ExecPool } from './parallel-aggregate.ts';
import { shareScan } from './partition.ts';
import { PieceStream } from './piece-stream.ts';
import type { Piece, ScanRest, ScanTask } from './scan-series.ts';

export async function* scanInWorkers(
  task: ScanTask,
  rest: ScanRest,
  pool: ExecPool,
  meter: Meter,
  signal: AbortSignal,
): AsyncGenerator<Piece, void> {
  const streams = shareScan(task, rest, pool.size).map((share) => new PieceStream(share, pool, meter));
  const stop = (): void => {
    try {
      meter.check();
    } catch (reason) {
      for (const stream of streams) stream.cancel(reason as WeirError);
    }
  };
  signal.addEventListener('abort', stop, { once: true });
  stop();
  try {
    const heads = await Promise.all(streams.map((stream) => stream.next()));
    for (;;) {
      let first = -1;
      for (let index = 0; index < heads.length; index++) {
        const head = heads[index];
        if (head !== null && (first < 0 || head.ordinal < (heads[first] as Piece).ordinal)) first = index;
      }
      if (first < 0) return;
      yield heads[first] as Piece;
      meter.check();
      heads[first] = await streams[first].next();
    }
  } catch (error) {
    for (const stream of streams) stream.cancel(error as WeirError);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    for (const stream of streams) stream.abandon();
  }
}
