// Test support: a ladder of continuous queries over points that are made up, and what each level must hold by brute force.
//
//     raw 1s ──► 10s ──► 30s ──► 2m
//                         └────► 5m ──► 15m ──► 1h          2m does not divide 5m
import { SECOND } from '../../model/index.ts';
import type { AnswerSeries, ScheduleNode } from './schedule-node.ts';

export interface Level {
  readonly name: string;
  readonly stepS: number;
  /** The index of the level that it reads; -1 = the raw points. */
  readonly from: number;
  readonly keep: string;
}

export const LEVELS: readonly Level[] = [
  { name: '10s_for_8d', stepS: 10, from: -1, keep: '8d' },
  { name: '30s_for_15d', stepS: 30, from: 0, keep: '15d' },
  { name: '2m_for_45d', stepS: 120, from: 1, keep: '45d' },
  { name: '5m_for_120d', stepS: 300, from: 1, keep: '120d' },
  { name: '15m_for_220d', stepS: 900, from: 3, keep: '220d' },
  { name: '1h_for_800d', stepS: 3600, from: 4, keep: '800d' },
];

export const RAW = '1s_for_60h';

/** The statements that make the ladder; `order` gives the levels in the order in which their queries are created. */
export function ladderScript(order: readonly number[] = LEVELS.keys().toArray()): string {
  const policies = LEVELS.map(
    ({ name, keep }) => `CREATE RETENTION POLICY "${name}" ON collectd DURATION ${keep} REPLICATION 1`,
  );
  const queries = order.map((index) => {
    const { name, stepS, from } = LEVELS[index];
    const source = from < 0 ? '/.*/' : `collectd."${LEVELS[from].name}"./.*/`;
    return (
      `CREATE CONTINUOUS QUERY "cq_${name}" ON "collectd" BEGIN SELECT mean(*) INTO "collectd"."${name}".:MEASUREMENT ` +
      `FROM ${source} GROUP BY time(${stepS}s),* END`
    );
  });
  return [
    'CREATE DATABASE collectd',
    `CREATE RETENTION POLICY "${RAW}" ON collectd DURATION 60h REPLICATION 1 DEFAULT`,
    ...policies,
    ...queries,
  ].join('\n');
}

/** Points in memory: series -> field -> second -> value. Seconds count from `startNs`. */
export class Points {
  readonly startNs: bigint;
  readonly #points = new Map<string, Map<string, Map<number, number>>>();

  constructor(startNs: bigint) {
    this.startNs = startNs;
  }

  /** Notes a point and returns its line. */
  line(series: string, second: number, fields: Readonly<Record<string, number>>): string {
    const own = this.#points.get(series) ?? new Map<string, Map<number, number>>();
    this.#points.set(series, own);
    for (const [field, value] of Object.entries(fields)) {
      const values = own.get(field) ?? new Map<number, number>();
      own.set(field, values.set(second, value));
    }
    const text = Object.entries(fields).map(([field, value]) => `${field}=${value}`);
    return `${series} ${text.join(',')} ${this.startNs + BigInt(second) * SECOND}`;
  }

  remove(series: string, fromS: number, toS: number): void {
    for (const values of this.#points.get(series)?.values() ?? []) {
      for (const second of values.keys()) if (second >= fromS && second < toS) values.delete(second);
    }
  }

  /** What a level must hold of all windows that ended by `untilS`: `cpu,host=a mean_value 120 0.5`, ascending. */
  expected(level: number, untilS: number): string[] {
    return this.#means(level, untilS)
      .map(({ series, field, second, value }) => [series, field, second, round(value)].join(' '))
      .sort();
  }

  #means(level: number, untilS: number): Mean[] {
    const rows = level < 0 ? this.#raw() : this.#means(LEVELS[level].from, untilS);
    if (level < 0) return rows;
    const { stepS } = LEVELS[level];
    const sums = new Map<string, { series: string; field: string; second: number; sum: number; count: number }>();
    for (const { series, field, second, value } of rows) {
      const start = Math.floor(second / stepS) * stepS;
      if (start + stepS > untilS) continue;
      const key = `${series} ${field} ${start}`;
      const sum = sums.get(key) ?? { series, field: `mean_${field}`, second: start, sum: 0, count: 0 };
      sum.sum += value;
      sum.count++;
      sums.set(key, sum);
    }
    return Array.from(sums.values(), ({ sum, count, ...rest }) => ({ ...rest, value: sum / count }));
  }

  #raw(): Mean[] {
    const rows: Mean[] = [];
    for (const [series, fields] of this.#points) {
      for (const [field, values] of fields) {
        for (const [second, value] of values) rows.push({ series, field, second, value });
      }
    }
    return rows;
  }
}

interface Mean {
  readonly series: string;
  readonly field: string;
  readonly second: number;
  readonly value: number;
}

/** What a level holds, in the words of `Points.expected`. */
export async function stored(node: ScheduleNode, level: number, startNs: bigint): Promise<string[]> {
  const { series } = await node.query(`SELECT * FROM collectd."${LEVELS[level].name}"./.*/ GROUP BY *`);
  return series.flatMap((one) => printSeries(one, startNs)).sort();
}

function printSeries({ name, tags, columns, rows }: AnswerSeries, startNs: bigint): string[] {
  const labels = Object.entries(tags).flatMap(([key, value]) => (value === '' ? [] : [`,${key}=${value}`]));
  return rows.flatMap(([time, ...cells]) =>
    cells.flatMap((cell, index) => {
      if (cell === null) return [];
      const second = Number((BigInt(time as bigint) - startNs) / SECOND);
      return [[name + labels.join(''), columns[index + 1], second, round(Number(cell))].join(' ')];
    }),
  );
}

/** Sums in another order differ in their last bits. */
function round(value: number): string {
  return value.toPrecision(10);
}
