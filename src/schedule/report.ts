// What continuous queries tell of themselves: the statistics `cq`, and the section `continuous_queries` of SHOW DIAGNOSTICS.
import type { Diagnostic, Statistic, StatisticValue } from '../base/index.ts';
import { SECOND } from '../model/index.ts';
import type { ContinuousQueries, Scheduled } from './continuous-queries.ts';
import { computedUpTo, hasBacklog } from './next-step.ts';

export function cqStatistics(service: ContinuousQueries): readonly Statistic[] {
  const { runs, failedRuns, windows, lateWindows, skippedWindows, pointsWritten, ignoredPoints } = service.totals;
  const values = {
    queryOk: runs,
    queryFail: failedRuns,
    windows,
    lateWindows,
    skippedWindows,
    pointsWritten,
    latePointsIgnored: ignoredPoints,
  };
  return [{ name: 'cq', tags: {}, values }];
}

const COLUMNS = [
  'database',
  'name',
  'last_run',
  'lag_s',
  'windows',
  'late_windows',
  'skipped_windows',
  'points_written',
  'last_duration_ms',
  'failed_runs',
  'last_error',
] as const;

/** To the millisecond, in UTC. */
export function timeText(timeNs: bigint): string {
  return new Date(Number(timeNs / 1_000_000n)).toISOString();
}

/** Nothing while there are no queries. */
export function cqDiagnostics(service: ContinuousQueries, nowNs: bigint): readonly Diagnostic[] {
  const rows = service.queries.map((scheduled) => rowOf(scheduled, nowNs));
  for (const { database, name, problem } of service.broken) {
    rows.push([database, name, null, null, 0, 0, 0, 0, 0, 0, problem]);
  }
  return rows.length === 0 ? [] : [{ name: 'continuous_queries', columns: COLUMNS, rows }];
}

/** The lag is how far behind its last boundary a query is: 0 when nothing waits. */
function rowOf({ query, state }: Scheduled, nowNs: bigint): (StatisticValue | null)[] {
  const { lastRunNs, totals, lastDurationMs, lastError } = state;
  const behindNs = hasBacklog(query, state, nowNs) ? nowNs - computedUpTo(state) : 0n;
  return [
    query.database,
    query.name,
    lastRunNs === null ? null : timeText(lastRunNs),
    Number(behindNs / SECOND),
    totals.windows,
    totals.lateWindows,
    totals.skippedWindows,
    totals.pointsWritten,
    Math.round(lastDurationMs * 10) / 10,
    totals.failedRuns,
    lastError,
  ];
}
