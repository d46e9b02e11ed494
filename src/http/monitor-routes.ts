// /metrics for Prometheus, and /debug/vars in the shape that Telegraf's influxdb input reads.
import type { NodeState } from './engine.ts';
import { send } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { Route } from './router.ts';

export interface MonitorParts {
  readonly state: () => NodeState;
  readonly metrics: Metrics;
  readonly activeQueries: () => number;
  /** `HOST:PORT`, part of the key of this room's statistic. */
  readonly bind: () => string;
}

export function monitorRoutes(parts: MonitorParts): readonly Route[] {
  return [
    {
      name: 'metrics',
      path: '/metrics',
      methods: ['GET'],
      handle: async (exchange) => send(exchange, 200, parts.metrics.contentType, await parts.metrics.text()),
    },
    {
      name: 'debug',
      path: '/debug/vars',
      methods: ['GET'],
      handle: (exchange) => send(exchange, 200, 'application/json; charset=utf-8', debugVars(parts)),
    },
  ];
}

interface Statistic {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
}

/** One member a line, as InfluxDB prints it. */
function debugVars(parts: MonitorParts): string {
  const uptimeSeconds = process.uptime();
  const members: readonly (readonly [string, unknown])[] = [
    [
      'system',
      {
        currentTime: new Date().toISOString(),
        started: new Date(Date.now() - uptimeSeconds * 1000).toISOString(),
        uptime: Math.floor(uptimeSeconds),
      },
    ],
    ['cmdline', ['weir']],
    ['memstats', memoryStatistics()],
    ...statistics(parts),
  ];
  return `{\n${members.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n')}\n}\n`;
}

/** Node's figures under the names of Go's that mean about the same. */
function memoryStatistics(): Readonly<Record<string, number>> {
  const memory = process.memoryUsage();
  return {
    Alloc: memory.heapUsed + memory.external,
    Sys: memory.rss,
    HeapAlloc: memory.heapUsed,
    HeapSys: memory.heapTotal,
    HeapInuse: memory.heapUsed,
  };
}

function statistics(parts: MonitorParts): readonly (readonly [string, Statistic])[] {
  const { totals } = parts.metrics;
  const bind = parts.bind();
  const httpd: Statistic = {
    name: 'httpd',
    tags: { bind },
    values: {
      req: totals.requests,
      queryReq: totals.queries,
      queryReqDurationNs: Math.round(totals.querySeconds * 1e9),
      queryRespBytes: totals.answerBytes,
      writeReq: totals.writes,
      writeReqBytes: totals.bodyBytes,
      pointsWrittenOK: totals.pointsWritten,
      pointsWrittenDropped: totals.pointsDropped,
      clientError: totals.clientErrors,
      serverError: totals.serverErrors,
    },
  };
  const queryExecutor: Statistic = {
    name: 'queryExecutor',
    tags: {},
    values: {
      queriesActive: parts.activeQueries(),
      queriesExecuted: totals.queries,
      queryDurationNs: Math.round(totals.querySeconds * 1e9),
    },
  };
  const entries: [string, Statistic][] = [
    [`httpd:${bind}`, httpd],
    ['queryExecutor', queryExecutor],
  ];
  const state = parts.state();
  if (state.phase === 'ready') {
    const status = state.engine.status();
    const values = {
      memtableRows: status.memtableRows,
      memBytes: status.memtableBytes,
      blocks: status.blocks,
      diskBytes: status.blockBytes,
      logBytes: status.logBytes,
      numSeries: status.seriesCount,
    };
    entries.push(['weir_view', { name: 'weir_view', tags: {}, values }]);
  }
  return entries;
}
