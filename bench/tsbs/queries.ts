// TSBS's query classes for the cpu-only data set, each with the same random choice of hosts and spans for every system.
import { type DataSet, FIELDS, randomOf } from './generate.ts';

export interface BenchQuery {
  readonly influxql: string;
  /** For DuckDB, on a table `cpu` with columns `time` (TIMESTAMP_NS), tags and fields. Same rows as `influxql`, with the groups' tags first. */
  readonly sql: string;
  /** A PromQL range query with the same values, where the class has one. */
  readonly promql?: { readonly query: string; readonly startMs: number; readonly endMs: number; readonly stepSeconds: number };
}

export interface QueryClass {
  readonly name: string;
  /** Fewer repetitions of the ones that read everything. */
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

  get endSeconds(): number {
    return this.#data.startSeconds + this.#data.steps * this.#data.stepSeconds;
  }

  hosts(count: number): string[] {
    const chosen = new Set<string>();
    const wanted = Math.min(count, this.#data.hosts);
    while (chosen.size < wanted) chosen.add(`host_${Math.floor(this.#random() * this.#data.hosts)}`);
    return [...chosen];
  }

  /** A span of so many hours (or the whole, if that is shorter), at any second. */
  span(hours: number): { startSeconds: number; endSeconds: number } {
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
    make: (choose) => windowed('max', FIELDS.slice(0, metrics), choose.hosts(hosts), choose.span(hours), 60),
  };
}

function cpuMaxAll(hosts: number): QueryClass {
  return {
    name: `cpu-max-all-${hosts}`,
    heavy: false,
    make: (choose) => windowed('max', FIELDS, choose.hosts(hosts), choose.span(8), 3600),
  };
}

/** One aggregate of each field over windows, all the hosts in one group. */
function windowed(call: 'max', fields: readonly string[], hosts: readonly string[], span: Span, stepSeconds: number): BenchQuery {
  const where = `(${hosts.map((host) => `hostname = '${host}'`).join(' OR ')}) AND ${influxSpan(span)}`;
  const influxql = `SELECT ${fields.map((field) => `${call}(${field})`).join(', ')} FROM cpu WHERE ${where} GROUP BY time(${stepSeconds}s) FILL(none)`;
  const sql =
    `SELECT ${bucket(stepSeconds)} AS t, ${fields.map((field) => `${call}(${field})`).join(', ')} FROM cpu ` +
    `WHERE hostname IN (${hosts.map((host) => `'${host}'`).join(', ')}) AND ${sqlSpan(span)} GROUP BY t ORDER BY t`;
  return { influxql, sql };
}

function doubleGroupBy(name: string, metrics: number): QueryClass {
  const fields = FIELDS.slice(0, metrics);
  return {
    name: `double-groupby-${name}`,
    heavy: true,
    make: (choose) => {
      const span = choose.span(12);
      const means = fields.map((field) => `mean(${field})`).join(', ');
      return {
        influxql: `SELECT ${means} FROM cpu WHERE ${influxSpan(span)} GROUP BY time(1h), hostname FILL(none)`,
        sql: `SELECT hostname, ${bucket(3600)} AS t, ${means} FROM cpu WHERE ${sqlSpan(span)} GROUP BY hostname, t ORDER BY hostname, t`,
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
      const host = hosts === 0 ? undefined : choose.hosts(1)[0];
      const only = host === undefined ? '' : ` AND hostname = '${host}'`;
      const columns = FIELDS.join(', ');
      return {
        influxql: `SELECT ${columns}, hostname FROM cpu WHERE usage_user > 90.0 AND ${influxSpan(span)}${only}`,
        sql: `SELECT epoch_ns(time) AS t, ${columns}, hostname FROM cpu WHERE usage_user > 90 AND ${sqlSpan(span)}${only} ORDER BY t, hostname`,
      };
    },
  };
}

function lastPoint(): QueryClass {
  return {
    name: 'lastpoint',
    heavy: true,
    make: () => ({
      influxql: `SELECT ${FIELDS.join(', ')} FROM cpu GROUP BY hostname ORDER BY time DESC LIMIT 1`,
      sql:
        `SELECT hostname, epoch_ns(time) AS t, ${FIELDS.join(', ')} FROM cpu ` +
        `QUALIFY row_number() OVER (PARTITION BY hostname ORDER BY time DESC) = 1 ORDER BY hostname`,
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
        influxql: `SELECT max(usage_user) FROM cpu WHERE time < '${rfc3339(endSeconds)}' GROUP BY time(1m) ORDER BY time DESC LIMIT 5`,
        sql: `SELECT ${bucket(60)} AS t, max(usage_user) FROM cpu WHERE epoch_ns(time) < ${endSeconds}000000000 GROUP BY t ORDER BY t DESC LIMIT 5`,
      };
    },
  };
}

/** Windows by integer division on ns, which DuckDB does faster than time_bucket. */
function bucket(stepSeconds: number): string {
  return `(epoch_ns(time) // ${stepSeconds}000000000) * ${stepSeconds}000000000`;
}

function influxSpan(span: Span): string {
  return `time >= '${rfc3339(span.startSeconds)}' AND time < '${rfc3339(span.endSeconds)}'`;
}

function sqlSpan(span: Span): string {
  return `time >= make_timestamp_ns(${span.startSeconds}000000000) AND time < make_timestamp_ns(${span.endSeconds}000000000)`;
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
