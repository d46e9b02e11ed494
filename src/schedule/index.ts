// schedule: what runs by the clock: the continuous queries of InfluxQL.

export { ContinuousQueries } from './continuous-queries.ts';
export type { ContinuousQueryEngine, ContinuousQueryOptions, QueryRun } from './continuous-queries.ts';
export type { RunRequest } from './query-run.ts';
export { cqDiagnostics, cqStatistics } from './report.ts';
export { startTicker } from './ticker.ts';
export type { Ticker } from './ticker.ts';
