// /metrics for Prometheus; /debug/vars in the shape that Telegraf's influxdb input reads; /debug/requests.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Statistic, type Statistics, WeirError } from '../base/index.ts';
import { formatDuration, parseDuration } from '../model/index.ts';
import { type Exchange, send } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import { prometheusText } from './prometheus-text.ts';
import type { RequestTracker } from './request-tracker.ts';
import type { Route } from './router.ts';

const DEFAULT_TRACKING_SECONDS = 10;
const MAX_TRACKING_NS = parseDuration('6h');

export interface MonitorParts {
  readonly metrics: Metrics;
  readonly statistics: Statistics;
  readonly tracker: RequestTracker;
}

export function monitorRoutes({ metrics, statistics, tracker }: MonitorParts): readonly Route[] {
  return [
    {
      name: 'metrics',
      path: '/metrics',
      methods: ['GET'],
      access: 'ping',
      handle: async (exchange) => {
        const text = (await metrics.text()) + prometheusText(statistics.statistics());
        send(exchange, 200, metrics.contentType, text);
      },
    },
    {
      name: 'debug',
      path: '/debug/vars',
      methods: ['GET'],
      access: 'debug',
      handle: (exchange) => sendMembers(exchange, debugVars(statistics.statistics())),
    },
    {
      name: 'debug',
      path: '/debug/requests',
      methods: ['GET'],
      access: 'debug',
      handle: (exchange) => trackRequests(tracker, exchange),
    },
  ];
}

type Member = readonly [name: string, value: unknown];

/** One member a line, as InfluxDB prints it. */
function sendMembers(exchange: Exchange, members: readonly Member[]): void {
  const lines = members.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value, exactNumbers)}`);
  send(exchange, 200, 'application/json; charset=utf-8', `{\n${lines.join(',\n')}\n}\n`);
}

/** 64-bit counters as numbers; beyond 2^53 they lose their last digits, as in every reader of JSON. */
function exactNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function debugVars(statistics: readonly Statistic[]): readonly Member[] {
  const uptimeSeconds = process.uptime();
  const nowMs = Date.now();
  const system = {
    currentTime: new Date(nowMs).toISOString(),
    started: new Date(nowMs - uptimeSeconds * 1000).toISOString(),
    uptime: Math.floor(uptimeSeconds),
  };
  // Arguments may hold secrets.
  return [
    ['system', system],
    ['cmdline', ['weir']],
    ['memstats', memoryStatistics()],
    ...statistics.map((statistic): Member => [memberName(statistic), statistic]),
  ];
}

/** `httpd:127.0.0.1:8086`, `shard:PATH:7`, `database:d`: InfluxDB's way to tell statistics of one name apart. */
function memberName({ name, tags }: Statistic): string {
  if (tags.path !== undefined) return [name, tags.path, ...present(tags.id)].join(':');
  if (tags.bind !== undefined) return [name, ...present(tags.proto), tags.bind].join(':');
  if (tags.database === undefined) return name;
  const policy = tags.retention_policy;
  const place = policy === undefined ? [] : [policy, ...present(tags.name), ...present(tags.destination)];
  return [name, tags.database, ...place].join(':');
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

/** Node's figures under the names of Go's that mean about the same. */
function memoryStatistics(): Readonly<Record<string, number>> {
  const memory = process.memoryUsage();
  return {
    Alloc: memory.heapUsed + memory.external,
    Sys: memory.rss,
    HeapAlloc: memory.heapUsed,
    HeapSys: memory.heapTotal,
    HeapIdle: memory.heapTotal - memory.heapUsed,
    HeapInuse: memory.heapUsed,
  };
}

/** Answers after `seconds` with who sent how many writes and queries meanwhile. */
async function trackRequests(tracker: RequestTracker, exchange: Exchange): Promise<void> {
  const delayMs = trackingMs(exchange.parameters.get('seconds') ?? '');
  const profile = tracker.start();
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  exchange.response.on('close', onClose);
  try {
    await sleep(delayMs, undefined, { signal: gone.signal });
    sendMembers(exchange, [...profile.stop()]);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    profile.stop();
    exchange.response.off('close', onClose);
  }
}

function trackingMs(text: string): number {
  if (text === '') return DEFAULT_TRACKING_SECONDS * 1000;
  if (!/^[+-]?\d{1,18}$/.test(text)) {
    throw new WeirError('invalid', `seconds: expected a whole number, found ${JSON.stringify(text)}`);
  }
  const ns = BigInt(text) * 1_000_000_000n;
  if (ns > MAX_TRACKING_NS) {
    const [asked, most] = [ns, MAX_TRACKING_NS].map(formatDuration);
    throw new WeirError('invalid', `exceeded maximum interval time: ${asked} > ${most}`);
  }
  return Math.max(0, Number(ns / 1_000_000n));
}
