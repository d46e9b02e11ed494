// exec: reads a snapshot and aggregates it: scans, filters, window kernels, worker threads.

export type {
  AggregateCall,
  AggregateColumn,
  AggregateKind,
  AggregateRequest,
  AggregateResult,
  ExecContext,
  Executor,
  FieldOperand,
  FieldPredicate,
  ScanRequest,
  SelectedPoint,
  SeriesRows,
  StateField,
  Windows,
} from './plan.ts';
export { createExecutor } from './executor.ts';
export type { ExecutorOptions, WorkerOptions } from './executor.ts';
export type { ReaderModule } from './messages.ts';
export { newUsage, usageOf } from './read-usage.ts';
export type { TableUsage, UsageCounters } from './read-usage.ts';
export { openRowAggregation } from './row-aggregation.ts';
export { newSkipped, skip, skippedBytes } from './skipped.ts';
export type { SkippedWindows } from './skipped.ts';
export type { AggregatedRows, RowAggregateRequest, RowAggregation } from './row-aggregation.ts';
