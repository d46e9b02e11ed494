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
  Windows,
} from './plan.ts';
