// schedule: what runs by the clock: the continuous queries of InfluxQL.

export { ContinuousQueries } from './continuous-queries.ts';
export type { ContinuousQueryEngine, ContinuousQueryOptions, QueryRun } from './continuous-queries.ts';
export { cqDiagnostics, cqStatistics, timeText } from './report.ts';
export { startTicker } from './ticker.ts';
export type { Ticker } from './ticker.ts';
