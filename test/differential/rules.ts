// Disagreements that are known and meant. Each rule is narrow, has a name, and says which row of docs/deviations.md it stands for;
// how often each was needed is counted, so that rules that are not needed any more show.
import type { Database } from './schema.ts';
import { type Query, type Select, printQuery } from './select.ts';
import type { Answer } from './servers.ts';

export interface Disagreement {
  readonly query: Query;
  readonly text: string;
  readonly database: Database;
  readonly weir: Answer;
  readonly influxdb: Answer;
  /** The version of InfluxDB. */
  readonly version: string;
}

export interface Rule {
  readonly name: string;
  /** How the row of docs/deviations.md begins; for what only old versions do, `before 1.8`. */
  readonly row: string;
  readonly explains: (disagreement: Disagreement) => boolean;
}

/** In place of a row: what only versions before the reference do. */
export const BEFORE_1_8 = 'before 1.8';

export const RULES: readonly Rule[] = [
  {
    name: 'look back without a start',
    row: '`derivative`, `moving_average`, … with `GROUP BY time` or an offset, without a start of time',
    explains: ({ query }) =>
      selectsOf(query).some((select) => LOOKS_BACK.test(ownText(select))) && hasWindows(query) && !hasStart(query),
  },
  {
    name: 'limits of series and of subqueries',
    row: '`SLIMIT`, `SOFFSET`, and `LIMIT` inside a subquery',
    explains: ({ query, database, influxdb, weir }) =>
      selectsOf(query).some((select, depth) =>
        select.limits.some(
          (limit) =>
            depth > 0 ||
            (limit.startsWith('S') &&
              (select.sources.length > 1 || isMany(select.sources[0]) || hasShards(database))) ||
            (limit.startsWith('SO') && isEmpty(influxdb) && weir.body.includes('"error"')),
        ),
      ),
  },
  {
    name: 'SOFFSET alone',
    row: '`SLIMIT`, `SOFFSET`, and `LIMIT` inside a subquery',
    explains: ({ query }) =>
      selectsOf(query).some(
        ({ limits }) => limits.length > 0 && /SOFFSET/.test(limits.join()) && !/SLIMIT/.test(limits.join()),
      ),
  },
  {
    name: 'windows with an offset without a start',
    row: '`derivative`, `moving_average`, … with `GROUP BY time` or an offset, without a start of time',
    explains: ({ query }) => /time\([^)]*, /.test(printQuery(query)) && !hasStart(query),
  },
  {
    name: 'count(distinct) before 1970',
    row: '`count(distinct())` of a range that ends before 1970',
    explains: ({ query, database }) => database.firstNs < 0n && /count\(distinct/.test(printQuery(query)),
  },
  {
    name: 'windows of a subquery before the range',
    row: 'an aggregate over a subquery whose windows begin before the range',
    explains: ({ query, influxdb, weir }) =>
      selectsOf(query)
        .slice(1)
        .some(({ groupBy }) => groupBy.some((group) => group.startsWith('time('))) &&
      hasStart(query) &&
      influxdb.body.length < weir.body.length,
  },
  {
    name: 'series that stay after a delete',
    row: '`DELETE` of all points of a series by time',
    explains: ({ query, text, influxdb, weir }) =>
      query.kind === 'plain' && /^DELETE.*\btime\b/.test(text) && influxdb.body.length > weir.body.length,
  },
  {
    name: 'series while the default policy is empty',
    row: '`SHOW SERIES` while the default policy is empty',
    explains: ({ query, text, database, influxdb, weir }) =>
      query.kind === 'plain' &&
      /^SHOW SERIES|^DELETE|^DROP/.test(text) &&
      database.policies.length > 0 &&
      influxdb.body.length < weir.body.length,
  },
  {
    name: 'regex in the wrong place',
    row: 'spellings',
    explains: ({ influxdb, weir }) => weir.status === 400 && influxdb.body.includes('expected regex'),
  },
  {
    name: 'words next to quotes',
    row: 'spellings',
    explains: ({ text, influxdb, weir }) => weir.status === 400 && influxdb.status === 400 && /"\w[^"]*"\w/.test(text),
  },
  {
    name: 'fill in a grouped subquery',
    row: '`fill` in a grouped subquery',
    explains: ({ query }) =>
      selectsOf(query)
        .slice(1)
        .some(({ fill, groupBy }) => fill !== null && fill !== 'none' && groupBy.length > 0),
  },
  {
    name: 'math functions in a subquery',
    row: 'math functions of integers in a subquery',
    explains: ({ query }) =>
      selectsOf(query)
        .slice(1)
        .some((select) =>
          /\b(sin|cos|tan|asin|acos|atan|atan2|exp|ln|log|log2|log10|sqrt|pow)\(/.test(ownText(select)),
        ),
  },
  {
    name: 'types without points',
    row: 'a function of values that it cannot take, over a range without points',
    explains: ({ influxdb, weir }) => / iterator type: /.test(influxdb.body) && isEmpty(weir),
  },
  {
    name: 'DISTINCT in a subquery',
    row: '`DISTINCT x` in a subquery',
    explains: ({ query }) =>
      selectsOf(query)
        .slice(1)
        .some(({ fields }) => fields.some((field) => field.startsWith('DISTINCT '))),
  },
  {
    name: 'the hour that comes twice',
    row: 'windows that begin in the hour that comes twice',
    explains: ({ query, influxdb, weir }) =>
      selectsOf(query).some(({ timeZone }) => timeZone !== null) && hasWindows(query) && sameButTimes(influxdb, weir),
  },
  {
    name: 'OFFSET alone',
    row: '`OFFSET` without `LIMIT` on points',
    explains: ({ query }) =>
      selectsOf(query).some(
        ({ limits }) => limits.some((limit) => limit.startsWith('O')) && !limits.some((limit) => limit.startsWith('L')),
      ),
  },
  {
    name: 'top of the first points',
    row: '`top`, `bottom` with `LIMIT`',
    explains: ({ query }) =>
      selectsOf(query).some((select) => select.limits.length > 0 && /\b(top|bottom)\(/.test(ownText(select))),
  },
  {
    name: 'tags of other policies',
    row: '`*` and regexes over tags',
    explains: ({ query, database }) =>
      database.policies.length > 0 &&
      selectsOf(query).some((select) => /[*/]/.test([...select.groupBy, ...select.fields].join(' '))),
  },
  {
    name: 'integral of several series',
    row: 'the last window of `integral`, several series',
    explains: ({ query }) =>
      selectsOf(query).some((select) => select.groupBy.length > 0 && /\bintegral\(/.test(ownText(select))),
  },
  {
    name: 'order of points at one time',
    row: 'points of several series at one time',
    explains: ({ database, query, influxdb, weir }) =>
      mayShareTimes(database, query) && (sameInAnyOrder(influxdb, weir) || ORDER_MATTERS.test(printQuery(query))),
  },
  {
    name: 'order of databases',
    row: '`SHOW DATABASES`',
    explains: ({ text, influxdb, weir }) => text === 'SHOW DATABASES' && sameInAnyOrder(influxdb, weir),
  },
  {
    name: 'order of chosen points backwards in 1.6',
    row: BEFORE_1_8,
    explains: ({ query, influxdb, weir, version }) =>
      version.startsWith('1.6') &&
      selectsOf(query).some(
        (select) =>
          select.descending &&
          /top|bottom|distinct|sample/i.test(ownText(select)) &&
          (sameInAnyOrder(influxdb, weir) || select.limits.length > 0 || select.into !== null),
      ),
  },
  {
    name: 'deletes in 1.6',
    row: BEFORE_1_8,
    explains: ({ query, version }) => version.startsWith('1.6') && query.kind === 'plain' && query.changes,
  },
  {
    name: 'abs() of negative integers in 1.6',
    row: BEFORE_1_8,
    explains: ({ text, version }) => version.startsWith('1.6') && text.includes('abs('),
  },
  {
    name: 'which of several errors',
    row: 'several calls that each fail',
    explains: ({ influxdb, weir }) => [influxdb, weir].every(({ body }) => / iterator type: /.test(body)),
  },
  {
    name: 'percentile ends the answer',
    row: '`percentile`, `holt_winters` with a window or group that gives nothing',
    explains: ({ text }) => /percentile\([^()]*, (0|10|33)\)|holt_winters/.test(text),
  },
  {
    name: 'mode of equally frequent values',
    row: '`percentile` of several equal values, `mode` of several equally frequent values',
    explains: ({ text }) => /\bmode\(/.test(text),
  },
  {
    name: 'integral of a lone point',
    row: '`integral` of a lone point',
    explains: ({ query, influxdb, weir }) =>
      selectsOf(query).some((select) => /integral/.test(ownText(select))) &&
      (influxdb.body.includes('9223372036854775807') || sameButTimes(influxdb, weir)),
  },
  {
    name: 'percentile of equal values',
    row: '`percentile` of several equal values, `mode` of several equally frequent values',
    explains: ({ query, influxdb, weir }) =>
      selectsOf(query).some(
        (select) => /percentile/.test(ownText(select)) && (select.fields.length > 1 || sameButTimes(influxdb, weir)),
      ),
  },
  {
    name: 'fill(number) beside strings',
    row: '`fill(number)` beside strings',
    explains: ({ query }) =>
      selectsOf(query).some(({ fill }) => fill !== null && /\d/.test(fill)) && hasOtherTypes(query),
  },
];

const LOOKS_BACK = /derivative|difference|moving_average|elapsed|_index|_ratio|_oscillator/;
const ORDER_MATTERS =
  /derivative|difference|average|elapsed|_index|_ratio|_oscillator|cumulative|integral|mode|top|bottom|distinct|LIMIT|OFFSET|INTO|sample|percentile|spread|stddev|sum/;

/** A query and those within it, outermost first. */
function selectsOf(query: Query): Select[] {
  if (query.kind === 'plain') return [];
  return [query, ...query.sources.flatMap((source) => (typeof source === 'string' ? [] : selectsOf(source)))];
}

/** Fields and conditions, without those of subqueries. */
function ownText(select: Select): string {
  return printQuery({ ...select, sources: ['m'] });
}

function hasWindows(query: Query): boolean {
  return printQuery(query).includes('time(');
}

function hasStart(query: Query): boolean {
  return /\btime >/.test(printQuery(query));
}

function isMany(source: string | Select): boolean {
  return typeof source !== 'string' || source.startsWith('/');
}

/** Weeks begin on Mondays; the other policy's shards are hours. */
function hasShards({ firstNs, lastNs, policies }: Database): boolean {
  const shardNs = policies.length > 0 ? 3_600_000_000_000n : 604_800_000_000_000n;
  const mondayNs = 4n * 86_400_000_000_000n;
  return (firstNs - mondayNs) / shardNs !== (lastNs - mondayNs) / shardNs || firstNs < 0n;
}

function isEmpty({ body }: Answer): boolean {
  const [first] = body.split('\n', 1);
  return !first.includes('"series"') && !first.includes('"error"');
}

/** Several sources have points of one time, too. */
function mayShareTimes(database: Database, query: Query): boolean {
  return database.sharesTimes || selectsOf(query).some(({ sources }) => sources.length > 1 || isMany(sources[0]));
}

function sameInAnyOrder(a: Answer, b: Answer): boolean {
  const rows = ({ body }: Answer): string =>
    (body.replace(/-?\d+\.\d{10,}(e[-+]\d+)?/g, rounded).match(/\[[^[\]]*\]/g) ?? []).toSorted().join('\n');
  return rows(a) === rows(b);
}

function rounded(number: string): string {
  return Number(number).toPrecision(12);
}

function sameButTimes(a: Answer, b: Answer): boolean {
  const withoutTimes = ({ body }: Answer): string => body.replace(/\[-?\d+,/g, '[');
  return withoutTimes(a) === withoutTimes(b);
}

function hasOtherTypes(query: Query): boolean {
  return query.kind === 'select';
}

export function ruleFor(disagreement: Disagreement): Rule | undefined {
  return RULES.find((rule) => rule.explains(disagreement));
}
