// What /metrics tells: counters of this room, gauges of the view, and Node's own process metrics. The same counters as
// plain totals, for the statistic `httpd`.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { AcceptOutcome } from './accept.ts';
import type { ViewStatus } from '../view/index.ts';

const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const NEWLINE = 0x0a;

/** Plain totals since the start. */
export interface Totals {
  requests: number;
  requestSeconds: number;
  /** Requests that have ended, and how long they took together. */
  readonly byRoute: Map<string, { count: number; seconds: number }>;
  clientErrors: number;
  serverErrors: number;
  authFailures: number;
  /** Failures that are bugs of ours. */
  bugs: number;
  bodyBytes: number;
  pointsWritten: number;
  pointsDropped: number;
  /** Lines of requests that failed as a whole. */
  pointsFailed: number;
  answerBytes: number;
}

export interface MetricsParts {
  /** undefined while the view is not open. */
  readonly status: () => ViewStatus | undefined;
  readonly activeQueries: () => number;
  readonly activeWrites: () => number;
  readonly waitingWrites: () => number;
  readonly heldBodyBytes: () => number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter('weir_http_requests_total', 'HTTP requests', ['route', 'status']);
  readonly #latency = new Histogram({
    name: 'weir_http_request_duration_seconds',
    help: 'Time from the request line to the last byte of the answer',
    labelNames: ['route'],
    buckets: LATENCY_SECONDS,
    registers: [this.#registry],
  });
  readonly #points = this.#counter('weir_points_total', 'Points received, by what became of them', ['outcome']);
  readonly #lines = this.#counter('weir_lines_refused_total', 'Lines that are not line protocol', []);
  readonly #bodyBytes = this.#counter('weir_write_body_bytes_total', 'Bytes of line protocol received', []);
  readonly #queries = this.#counter('weir_queries_total', 'Queries, by outcome', ['outcome']);
  readonly #queryLatency = new Histogram({
    name: 'weir_query_duration_seconds',
    help: 'Time from the parsed query to the last byte of its answer',
    buckets: LATENCY_SECONDS,
    registers: [this.#registry],
  });
  readonly totals: Totals = {
    requests: 0,
    requestSeconds: 0,
    byRoute: new Map(),
    clientErrors: 0,
    serverErrors: 0,
    authFailures: 0,
    bugs: 0,
    bodyBytes: 0,
    pointsWritten: 0,
    pointsDropped: 0,
    pointsFailed: 0,
    answerBytes: 0,
  };

  constructor(parts: MetricsParts) {
    collectDefaultMetrics({ register: this.#registry });
    const gauges: readonly (readonly [string, string, (status: ViewStatus) => number])[] = [
      ['weir_memtable_rows', 'Rows in memory, not yet in blocks', (status) => status.memtableRows],
      ['weir_memtable_bytes', 'Bytes of the memtable', (status) => status.memtableBytes],
      ['weir_blocks', 'Blocks in the store', (status) => status.blocks],
      ['weir_block_bytes', 'Bytes of blocks', (status) => status.blockBytes],
      ['weir_log_bytes', 'Bytes of the log', (status) => status.logBytes],
      ['weir_log_last_seq', 'Sequence number of the last durable change', (status) => status.lastSeq],
      ['weir_series', 'Series known', (status) => status.seriesCount],
      ['weir_failures', 'Reasons why writes or flushes fail at present', (status) => status.failures.length],
    ];
    for (const [name, help, value] of gauges) {
      this.#gauge(name, help, () => {
        const status = parts.status();
        return status === undefined ? undefined : value(status);
      });
    }
    this.#gauge('weir_active_queries', 'Queries that run now', parts.activeQueries);
    this.#gauge('weir_active_writes', 'Writes that are worked on now', parts.activeWrites);
    this.#gauge('weir_waiting_writes', 'Writes that wait in line', parts.waitingWrites);
    this.#gauge('weir_held_body_bytes', 'Bytes of request bodies in memory', parts.heldBodyBytes);
  }

  request(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status });
    this.#latency.observe({ route }, seconds);
    const { totals } = this;
    totals.requests++;
    totals.requestSeconds += seconds;
    const ofRoute = totals.byRoute.get(route) ?? { count: 0, seconds: 0 };
    totals.byRoute.set(route, { count: ofRoute.count + 1, seconds: ofRoute.seconds + seconds });
    if (status === 401) totals.authFailures++;
    if (status >= 500) totals.serverErrors++;
    else if (status >= 400) totals.clientErrors++;
  }

  points(outcome: AcceptOutcome): void {
    let dropped = 0;
    for (const { count } of outcome.dropped) dropped += count;
    this.#points.inc({ outcome: 'written' }, outcome.written);
    this.#points.inc({ outcome: 'dropped' }, dropped);
    this.#lines.inc(outcome.lineErrorCount);
    this.totals.pointsWritten += outcome.written;
    this.totals.pointsDropped += dropped;
  }

  /** Nothing of these lines of line protocol could be stored. */
  linesFailed(lines: Uint8Array): void {
    let count = 0;
    for (let at = 0; at >= 0 && at < lines.length; count++) {
      const end = lines.indexOf(NEWLINE, at);
      at = end < 0 ? -1 : end + 1;
    }
    this.totals.pointsFailed += count;
  }

  /** A request failed by a bug of ours. */
  bug(): void {
    this.totals.bugs++;
  }

  bodyBytes(count: number): void {
    this.#bodyBytes.inc(count);
    this.totals.bodyBytes += count;
  }

  query(outcome: 'ok' | 'error' | 'canceled', seconds: number, answerBytes: number): void {
    this.#queries.inc({ outcome });
    this.#queryLatency.observe(seconds);
    this.totals.answerBytes += answerBytes;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The Prometheus text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number | undefined): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      },
    });
  }
}
