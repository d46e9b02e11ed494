// base: what every room stands on. No I/O of its own.

export { assert, unreachable } from './assert.ts';
export { WeirError, isWeirError, messageOf } from './error.ts';
export type { ErrorCode } from './error.ts';
export { FaultLog } from './fault-log.ts';
export type { Fault } from './fault-log.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { compileRegex } from './regex.ts';
export type { Regex } from './regex.ts';
export { compareStrings } from './compare.ts';

// Compression
export { decodeSnappy, encodeSnappy } from './snappy.ts';

// Threads
export { WorkerPool, workerModule } from './worker-pool.ts';
export type { PoolJob, StartOptions, WorkerPoolOptions } from './worker-pool.ts';
export { Transferred, serveJobs } from './worker-jobs.ts';
export type { JobHandler, WorkerJob } from './worker-jobs.ts';

// Figures about the server itself
export { Statistics } from './statistics.ts';
export type { Diagnostic, DiagnosticSource, Statistic, StatisticSource, StatisticValue } from './statistics.ts';

// Sums that left 64 bits
export { isWrapped, unwrappedSum } from './wide-sum.ts';

// Quantiles
export {
  addToSketch,
  clearSketch,
  decodeSketch,
  encodeSketch,
  mergeSketch,
  newSketch,
  sketchCount,
  valueOfRank,
} from './quantile-sketch.ts';
export type { Sketch } from './quantile-sketch.ts';
