// What the HTTP room counts, under InfluxDB's names.
import type { Statistic } from '../base/index.ts';
import type { Totals } from './metrics.ts';

/** What is under way at present. */
export interface HttpActivity {
  readonly requests: number;
  readonly writes: number;
}

/** `bind` is `HOST:PORT`. */
export function httpdStatistic(bind: string, totals: Totals, active: HttpActivity): Statistic {
  const routes = totals.byRoute;
  return {
    name: 'httpd',
    tags: { bind },
    values: {
      authFail: totals.authFailures,
      clientError: totals.clientErrors,
      pingReq: routes.get('ping')?.count ?? 0,
      pointsWrittenDropped: totals.pointsDropped,
      pointsWrittenFail: totals.pointsFailed,
      pointsWrittenOK: totals.pointsWritten,
      promReadReq: routes.get('prom-read')?.count ?? 0,
      promWriteReq: routes.get('prom-write')?.count ?? 0,
      queryReq: routes.get('query')?.count ?? 0,
      queryReqDurationNs: ns(routes.get('query')?.seconds ?? 0),
      queryRespBytes: totals.answerBytes,
      recoveredPanics: totals.bugs,
      req: totals.requests,
      reqActive: active.requests,
      reqDurationNs: ns(totals.requestSeconds),
      serverError: totals.serverErrors,
      statusReq: routes.get('status')?.count ?? 0,
      writeReq: routes.get('write')?.count ?? 0,
      writeReqActive: active.writes,
      writeReqBytes: totals.bodyBytes,
      writeReqDurationNs: ns(routes.get('write')?.seconds ?? 0),
    },
  };
}

function ns(seconds: number): number {
  return Math.round(seconds * 1e9);
}
