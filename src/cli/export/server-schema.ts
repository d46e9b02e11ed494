// What is on a server, asked for in InfluxQL, so that a real InfluxDB can be exported as well.
import { WeirError, assert } from '../../base/index.ts';
import { parseTimeText } from '../../influxql/index.ts';
import type { StoredPart } from '../../ladder/index.ts';
import { type TimeRange, parseDuration } from '../../model/index.ts';
import { type QuerySource, ask, columnTexts, quoteName } from '../influx/ask.ts';
import type { RequestParameters } from '../influx/influx-client.ts';

export interface PolicyFacts {
  readonly name: string;
  /** 0 = for ever. */
  readonly durationNs: bigint;
  readonly shardDurationNs: bigint;
  readonly replication: number;
  readonly isDefault: boolean;
}

export type LineType = 'float' | 'integer' | 'unsigned' | 'string' | 'boolean';

export interface MeasurementFacts {
  readonly name: string;
  /** More than one type where shards differ. */
  readonly fields: ReadonlyMap<string, readonly LineType[]>;
}

export async function readDatabases(source: QuerySource): Promise<readonly string[]> {
  const series = await ask(source, 'SHOW DATABASES');
  return series.flatMap((each) => columnTexts(each, 'name')).toSorted();
}

/** In the order of their creation. */
export async function readPolicies(source: QuerySource, database: string): Promise<readonly PolicyFacts[]> {
  const series = await ask(source, `SHOW RETENTION POLICIES ON ${quoteName(database)}`, database);
  return series.flatMap((each) => {
    const cells = (name: string): readonly string[] => columnTexts(each, name);
    const durations = cells('duration');
    const shardDurations = cells('shardGroupDuration');
    const replications = cells('replicaN');
    const defaults = cells('default');
    return cells('name').map((name, row) => ({
      name,
      durationNs: parseDuration(durations[row]),
      shardDurationNs: parseDuration(shardDurations[row]),
      replication: Number(replications[row]),
      isDefault: defaults[row] === 'true',
    }));
  });
}

/** The statements that would make the continuous queries again. */
export async function readContinuousQueries(source: QuerySource, database: string): Promise<readonly string[]> {
  const series = await ask(source, 'SHOW CONTINUOUS QUERIES', database);
  return series.filter(({ name }) => name === database).flatMap((each) => columnTexts(each, 'query'));
}

/** What has points in (this part of) the policy, in order of names. */
export async function readMeasurements(
  source: QuerySource,
  database: string,
  policy: string,
  stored: StoredPart | null,
): Promise<readonly MeasurementFacts[]> {
  const series = await ask(
    source,
    `SHOW FIELD KEYS ON ${quoteName(database)} FROM ${quoteName(policy)}./.*/`,
    database,
    storedParameter(stored),
  );
  const measurements = new Map<string, Map<string, LineType[]>>();
  for (const each of series) {
    const fields = measurements.get(each.name) ?? new Map<string, LineType[]>();
    measurements.set(each.name, fields);
    const types = columnTexts(each, 'fieldType');
    for (const [row, field] of columnTexts(each, 'fieldKey').entries()) {
      fields.set(field, [...(fields.get(field) ?? []), lineType(types[row])]);
    }
  }
  return [...measurements].map(([name, fields]) => ({ name, fields })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of requests that are for a part of what a policy holds, as it is stored. */
export function storedParameter(stored: StoredPart | null): RequestParameters {
  return stored === null ? {} : { stored };
}

/** Where field types can change: the shards of the policy, in order of time; in parts where several are of one time. */
export async function readShardRanges(
  source: QuerySource,
  database: string,
  policy: string,
): Promise<readonly TimeRange[]> {
  const ranges: TimeRange[] = [];
  for (const series of await ask(source, 'SHOW SHARDS', database)) {
    if (series.name !== database) continue;
    const starts = columnTexts(series, 'start_time');
    const ends = columnTexts(series, 'end_time');
    for (const [row, name] of columnTexts(series, 'retention_policy').entries()) {
      if (name === policy) ranges.push({ startNs: timeNs(starts[row]), endNs: timeNs(ends[row]) });
    }
  }
  return disjoint(ranges);
}

/** Ends at every time at which one of them begins or ends. */
function disjoint(ranges: readonly TimeRange[]): readonly TimeRange[] {
  const borders = new Set(ranges.flatMap(({ startNs, endNs }) => [startNs, endNs]));
  const times = [...borders].toSorted((a, b) => (a < b ? -1 : 1));
  return times
    .slice(1)
    .map((endNs, at) => ({ startNs: times[at], endNs }))
    .filter((part) => ranges.some(({ startNs, endNs }) => startNs <= part.startNs && part.endNs <= endNs));
}

function lineType(text: string): LineType {
  switch (text) {
    case 'float':
    case 'integer':
    case 'unsigned':
    case 'string':
    case 'boolean':
      return text;
    default:
      throw new WeirError('not implemented', `fields of type ${text} cannot be exported`);
  }
}

function timeNs(text: string): bigint {
  const ns = parseTimeText(text, 'UTC');
  assert(ns !== undefined, `the server says ${text} where a time should stand`);
  return ns;
}
