// What the main thread and the executor's workers say to each other.
import type { PartialResult } from './accumulator.ts';
import type { AggregatePlan } from './aggregate-plan.ts';
import type { AggregateTask } from './aggregate-series.ts';
import type { FinishRequest } from './finish/finish.ts';
import type { MeterCounters, MeterLimits } from './meter.ts';
import type { AggregateColumn } from './plan.ts';
import type { UsageCounters } from './read-usage.ts';
import type { Piece, ScanTask } from './scan-series.ts';

/** Where workers find the function that opens tables. */
export interface ReaderModule {
  /** URL of a module. */
  readonly url: string;
  /** Name of an export of type OpenTableReader. */
  readonly exportName: string;
  /** A function of the module that each worker calls first, such as one that sets the size of a cache. */
  readonly prepare?: { readonly exportName: string; readonly argument: unknown } | undefined;
}

interface Metered {
  readonly limits: MeterLimits;
  readonly counters: MeterCounters;
  readonly usage: UsageCounters | null;
}

export type ExecRequest = Metered &
  (
    | { readonly op: 'aggregate'; readonly task: AggregateTask }
    | {
        readonly op: 'finish';
        readonly request: FinishRequest;
        readonly plan: AggregatePlan;
        readonly partial: PartialResult;
      }
    /** Answers with batches of pieces, each to be acknowledged. */
    | { readonly op: 'scan'; readonly task: ScanTask }
  );

export type ExecResult =
  | { readonly op: 'aggregate'; readonly partial: PartialResult }
  | { readonly op: 'finish'; readonly columns: readonly AggregateColumn[] }
  | { readonly op: 'scan' };

/** A worker sends on only while fewer than this many batches wait to be acknowledged. */
export const MAX_BATCHES_WAITING = 2;
export const BATCH_BYTES = 1024 * 1024;

export interface Batch {
  readonly pieces: readonly Piece[];
  /** Reserved by the worker, to be released by whoever takes the batch. */
  readonly bytes: number;
}

/** One batch was taken. */
export type Acknowledgement = 'taken';
