// Answers a query of Prometheus' remote read by InfluxQL: the measurement is the label `__name__`, other labels are tags, and the
// values are those of field `value`.
//
//     {__name__="up", job=~"a|b"}     SELECT "value"::float FROM "up" WHERE "job"::tag =~ /^(?:a|b)$/ AND time … GROUP BY *
import { WeirError, compileRegex } from '../base/index.ts';
import type { LabelMatcher, PrometheusQuery, ReadResponse } from '../ingest/index.ts';
import {
  type BoundParameters,
  type Query,
  type ResultBatch,
  type ResultColumn,
  parseQuery,
} from '../influxql/index.ts';
import type { Engine, QueryRequest } from './engine.ts';

const NAME = '__name__';
/** What 1.x's storage calls measurement and field: never labels. */
const SYSTEM_TAGS: readonly string[] = ['_measurement', '_field'];

/** Adds what the query finds to the response. Throws what the query throws, and `too large`. */
export async function answerPrometheusQuery(
  engine: Engine,
  { startMs, endMs, matchers }: PrometheusQuery,
  request: QueryRequest,
  response: ReadResponse,
): Promise<void> {
  if (matchers.length === 0) throw new WeirError('invalid', 'expected matcher');
  response.beginQuery();
  const measurements = await measurementsOf(engine, matchers, request);
  if (measurements.length === 0) return;
  const query = selectQuery(measurements, matchers, startMs, endMs);
  let open: ResultBatch['series'] | null = null;
  for await (const batch of rowsOf(engine, query, request)) {
    if (batch.series !== open) {
      if (open !== null) response.endSeries();
      open = batch.series;
      response.beginSeries((open.tags ?? []).filter(([key]) => !SYSTEM_TAGS.includes(key)));
    }
    addSamples(batch, response);
  }
  if (open !== null) response.endSeries();
}

/** Measurements whose name passes: the one that is named, or those of the database. */
async function measurementsOf(
  engine: Engine,
  matchers: readonly LabelMatcher[],
  request: QueryRequest,
): Promise<readonly string[]> {
  const named = matchers.filter(({ name }) => name === NAME);
  const exact = named.find(({ type }) => type === '=');
  const passes = named.map(matcherTest);
  const names = exact === undefined ? await allMeasurements(engine, request) : [exact.value];
  return names.filter((name) => name !== '' && passes.every((test) => test(name)));
}

async function allMeasurements(engine: Engine, request: QueryRequest): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { columns } of rowsOf(engine, parseQuery('SHOW MEASUREMENTS', new Map()), request)) {
    const [column] = columns;
    if (column.kind === 'strings') names.push(...column.values);
    else if (column.kind === 'cells') names.push(...column.values.map(String));
  }
  return names;
}

function matcherTest({ type, value }: LabelMatcher): (text: string) => boolean {
  if (type === '=') return (text) => text === value;
  if (type === '!=') return (text) => text !== value;
  const regex = compileRegex(anchored(value));
  return (text) => regex.test(text) === (type === '=~');
}

/** Prometheus' expressions stand for the whole value. */
function anchored(source: string): string {
  return `^(?:${source})$`;
}

/** Names and values are bound, so that nothing in them can be read as InfluxQL. */
function selectQuery(
  measurements: readonly string[],
  matchers: readonly LabelMatcher[],
  startMs: number,
  endMs: number,
): Query {
  const bound = new Map<string, unknown>();
  const bind = (value: unknown): string => {
    const name = `p${bound.size}`;
    bound.set(name, value);
    return `$${name}`;
  };
  const sources = measurements.map((identifier) => bind({ identifier }));
  const conditions = matchers
    .filter(({ name }) => name !== NAME)
    .map(({ type, name, value }) => {
      const wanted = type === '=' || type === '!=' ? value : { regex: anchored(value) };
      return `${bind({ identifier: name })}::tag ${type} ${bind(wanted)}`;
    });
  // As in InfluxDB, times up to 0 stand for no bound.
  if (startMs > 0) conditions.push(`time >= ${startMs}ms`);
  if (endMs > 0) conditions.push(`time <= ${endMs}ms`);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return parse(`SELECT "value"::float FROM ${sources.join(', ')}${where} GROUP BY *`, bound);
}

function parse(text: string, bound: BoundParameters): Query {
  return parseQuery(text, bound);
}

/** The rows of a query of one statement. */
async function* rowsOf(engine: Engine, query: Query, request: QueryRequest): AsyncGenerator<ResultBatch, void> {
  for await (const { error, batches } of engine.execute(query, request)) {
    if (error !== null) throw new WeirError('invalid', error);
    yield* batches;
  }
}

const NS_PER_MS = 1_000_000n;

function addSamples({ rowCount, columns }: ResultBatch, response: ReadResponse): void {
  const [times, values] = columns;
  if (times.kind !== 'times') return;
  for (let row = 0; row < rowCount; row++) {
    const value = numberAt(values, row);
    if (value === null) continue;
    const timeNs = times.baseNs + BigInt(times.offsets[row]);
    response.sample(value, Number(timeNs / NS_PER_MS));
  }
}

/** null for what is no number. */
function numberAt(column: ResultColumn, row: number): number | null {
  if (column.kind === 'numbers') return column.valid === null || column.valid[row] === 1 ? column.values[row] : null;
  if (column.kind !== 'cells') return null;
  const cell = column.values[row];
  return typeof cell === 'number' ? cell : null;
}
