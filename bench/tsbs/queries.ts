// TSBS's query classes for the cpu-only data set, each with the same random choice of hosts and spans for every system.
import { type DataSet, FIELDS } from './generate.ts';
import { randomOf } from './random.ts';

export interface BenchQuery {
  readonly influxql: string;
  /**
   * For DuckDB, on a table `cpu` with columns `time` (TIMESTAMP_NS), tags and fields. The same rows as `influxql`: tags of the
   * group first, then column `t`, the time in nanoseconds.
   */
  readonly sql: string;
  /** For VictoriaMetrics, where the class can be asked in PromQL. */
  readonly promql?: RangeQuery;
}

/** Evaluated a millisecond before the end of each window, so that it looks back on exactly that window. */
export interface RangeQuery {
  readonly query: string;
  readonly fields: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly stepSeconds: number;
  /**
   * The windows that lie wholly in the span asked for. PromQL has no time condition apart from its windows: it counts the rest of
   * the first and the last one in, so only these can be compared.
   */
  readonly wholeFromMs: number;
  readonly wholeToMs: number;
}

export interface QueryClass {
  readonly name: string;
  /** Reads all hosts, or all of the time. */
  readonly heavy: boolean;
  readonly make: (choose: Chooser) => BenchQuery;
}

/** Random hosts and spans within a data set. */
export class Chooser {
  readonly #data: DataSet;
  readonly #random: () => number;

  constructor(data: DataSet, seed: number) {
    this.#data = data;
    this.#random = randomOf(seed);
  }

  hosts(count: number): string[] {
    const chosen = new Set<string>();
    const wanted = Math.min(count, this.#data.hosts);
    while (chosen.size < wanted) chosen.add(`host_${Math.floor(this.#random() * this.#data.hosts)}`);
    return [...chosen];
  }

  /** A span of so many hours (or the whole, if that is shorter), at any second. */
  span(hours: number): Span {
    const total = this.#data.steps * this.#data.stepSeconds;
    const length = Math.min(hours * 3600, total);
    const startSeconds = this.#data.startSeconds + Math.floor(this.#random() * (total - length + 1));
    return { startSeconds, endSeconds: startSeconds + length };
  }
}

export const QUERY_CLASSES: readonly QueryClass[] = [
  singleGroupBy(1, 1, 1),
  singleGroupBy(1, 1, 12),
  singleGroupBy(1, 8, 1),
  singleGroupBy(5, 1, 1),
  singleGroupBy(5, 1, 12),
  singleGroupBy(5, 8, 1),
  cpuMaxAll(1),
  cpuMaxAll(8),
  doubleGroupBy('1', 1),
  doubleGroupBy('5', 5),
  doubleGroupBy('all', FIELDS.length),
  highCpu('1', 1),
  highCpu('all', 0),
  lastPoint(),
  groupByOrderByLimit(),
];

interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

function singleGroupBy(metrics: number, hosts: number, hours: number): QueryClass {
  return {
    name: `single-groupby-${metrics}-${hosts}-${hours}`,
    heavy: false,
    make: (choose) => maxOfHosts(FIELDS.slice(0, metrics), choose.hosts(hosts), choose.span(hours), 60),
  };
}

function cpuMaxAll(hosts: number): QueryClass {
  return {
    name: `cpu-max-all-${hosts}`,
    heavy: false,
    make: (choose) => maxOfHosts(FIELDS, choose.hosts(hosts), choose.span(8), 3600),
  };
}

/** The greatest value of each field in each window, over all the hosts together. */
function maxOfHosts(fields: readonly string[], hosts: readonly string[], span: Span, stepSeconds: number): BenchQuery {
  const calls = fields.map((field) => `max(${field})`).join(', ');
  const anyHost = hosts.map((host) => `hostname = '${host}'`).join(' OR ');
  const hostList = hosts.map((host) => `'${host}'`).join(', ');
  const selector = `${promMetrics(fields)}, hostname=~"${hosts.join('|')}"`;
  return {
    influxql:
      `SELECT ${calls} FROM cpu WHERE (${anyHost}) AND ${influxSpan(span)} ` +
      `GROUP BY time(${stepSeconds}s) FILL(none)`,
    sql:
      `SELECT ${sqlWindow(stepSeconds)} AS t, ${calls} FROM cpu ` +
      `WHERE hostname IN (${hostList}) AND ${sqlSpan(span)} GROUP BY t ORDER BY t`,
    promql: rangeQuery(`max by (__name__) (max_over_time({${selector}}[${stepSeconds}s]))`, fields, span, stepSeconds),
  };
}

function doubleGroupBy(name: string, metrics: number): QueryClass {
  const fields = FIELDS.slice(0, metrics);
  const means = fields.map((field) => `mean(${field})`).join(', ');
  return {
    name: `double-groupby-${name}`,
    heavy: true,
    make: (choose) => {
      const span = choose.span(12);
      return {
        influxql: `SELECT ${means} FROM cpu WHERE ${influxSpan(span)} GROUP BY time(1h), hostname FILL(none)`,
        sql:
          `SELECT hostname, ${sqlWindow(3600)} AS t, ${means} FROM cpu ` +
          `WHERE ${sqlSpan(span)} GROUP BY hostname, t ORDER BY hostname, t`,
        promql: rangeQuery(
          `avg by (__name__, hostname) (avg_over_time({${promMetrics(fields)}}[3600s]))`,
          fields,
          span,
          3600,
        ),
      };
    },
  };
}

function highCpu(name: string, hosts: number): QueryClass {
  return {
    name: `high-cpu-${name}`,
    heavy: hosts === 0,
    make: (choose) => {
      const span = choose.span(12);
      const only = choose
        .hosts(hosts)
        .map((host) => ` AND hostname = '${host}'`)
        .join('');
      const columns = `${FIELDS.join(', ')}, hostname`;
      return {
        influxql: `SELECT ${columns} FROM cpu WHERE usage_user > 90.0 AND ${influxSpan(span)}${only}`,
        sql:
          `SELECT epoch_ns(time) AS t, ${columns} FROM cpu ` +
          `WHERE usage_user > 90 AND ${sqlSpan(span)}${only} ORDER BY t, hostname`,
      };
    },
  };
}

function lastPoint(): QueryClass {
  const newest = FIELDS.map((field) => `arg_max(${field}, time)`).join(', ');
  return {
    name: 'lastpoint',
    heavy: true,
    make: () => ({
      influxql: `SELECT ${FIELDS.join(', ')} FROM cpu GROUP BY hostname ORDER BY time DESC LIMIT 1`,
      sql: `SELECT hostname, epoch_ns(max(time)) AS t, ${newest} FROM cpu GROUP BY hostname ORDER BY hostname`,
    }),
  };
}

function groupByOrderByLimit(): QueryClass {
  return {
    name: 'groupby-orderby-limit',
    heavy: true,
    make: (choose) => {
      const { endSeconds } = choose.span(12);
      return {
        influxql:
          `SELECT max(usage_user) FROM cpu WHERE time < '${rfc3339(endSeconds)}' ` +
          `GROUP BY time(1m) ORDER BY time DESC LIMIT 5`,
        sql:
          `SELECT ${sqlWindow(60)} AS t, max(usage_user) FROM cpu WHERE time < ${sqlTime(endSeconds)} ` +
          `GROUP BY t ORDER BY t DESC LIMIT 5`,
      };
    },
  };
}

function rangeQuery(query: string, fields: readonly string[], span: Span, stepSeconds: number): RangeQuery {
  const stepMs = stepSeconds * 1000;
  const [fromMs, toMs] = [span.startSeconds * 1000, span.endSeconds * 1000];
  return {
    query,
    fields,
    startMs: Math.floor(fromMs / stepMs) * stepMs + stepMs - 1,
    endMs: Math.ceil(toMs / stepMs) * stepMs - 1,
    stepSeconds,
    wholeFromMs: Math.ceil(fromMs / stepMs) * stepMs,
    wholeToMs: Math.floor(toMs / stepMs) * stepMs,
  };
}

function promMetrics(fields: readonly string[]): string {
  return `__name__=~"${fields.map((field) => `cpu_${field}`).join('|')}"`;
}

/** Windows by integer division on ns, which DuckDB does faster than time_bucket. */
function sqlWindow(stepSeconds: number): string {
  return `(epoch_ns(time) // ${stepSeconds}000000000) * ${stepSeconds}000000000`;
}

function influxSpan(span: Span): string {
  return `time >= '${rfc3339(span.startSeconds)}' AND time < '${rfc3339(span.endSeconds)}'`;
}

function sqlSpan(span: Span): string {
  return `time >= ${sqlTime(span.startSeconds)} AND time < ${sqlTime(span.endSeconds)}`;
}

function sqlTime(seconds: number): string {
  return `make_timestamp_ns(${seconds}000000000)`;
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
