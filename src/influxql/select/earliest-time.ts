// Where the windows of a range without a start begin: with the first point. Shards give a bound at once; when windows are so
// short that it would make too many of them, the points themselves are asked.
import { MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import { walkExpr } from '../language/ast.ts';
import { isBounded, rangeOf } from './levels.ts';
import { type SelectJob, openInput, sourcesOf } from './source-rows.ts';
import type { StoredSource, TypedSelect } from './typed-select.ts';
import { windowStart } from './windows.ts';

/** Windows without any point that are worth less than a look at the points. */
const MAX_EMPTY_WINDOWS = 10_000n;

/** `by points`: asks the points when the bound that shards give would make many windows. */
export type Precision = 'by shards' | 'by points';

/** No row of the job is before this time; undefined when it has none. */
export async function earliestTime(
  job: SelectJob,
  range: TimeRange,
  precision: Precision,
): Promise<bigint | undefined> {
  const rough = await earliestOf(job, range, 'by shards');
  const { interval } = job.select;
  if (rough === undefined || interval === null || isBounded(job.select) || precision === 'by shards') return rough;
  const windows = (range.endNs - rough) / interval.everyNs;
  return windows > MAX_EMPTY_WINDOWS ? earliestOf(job, range, precision) : rough;
}

async function earliestOf(job: SelectJob, range: TimeRange, precision: Precision): Promise<bigint | undefined> {
  let earliest: bigint | undefined;
  for (const source of sourcesOf(job)) {
    const time =
      source.kind === 'select'
        ? await earliestInner({ ...job, select: source }, precision)
        : precision === 'by points'
          ? await firstPoint(job, source, range)
          : earliestShard(source, job.name, range);
    if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time;
  }
  return earliest;
}

function earliestShard(source: StoredSource, name: string, range: TimeRange): bigint | undefined {
  const [first] = source.snapshot.tables(name, range);
  if (first === undefined) return undefined;
  return first.shard.startNs > range.startNs ? first.shard.startNs : range.startNs;
}

/** The rows of an inner query may have times of their own: the starts of its windows, or of its range. */
async function earliestInner(job: SelectJob, precision: Precision): Promise<bigint | undefined> {
  const { select } = job;
  const earliest = await earliestOf(job, rangeOf(select), precision);
  if (earliest === undefined || !select.hasCalls) return earliest;
  if (select.interval !== null) return windowStart(select.interval, select.timeZone, earliest);
  return select.startNs > MIN_TIME_NS ? select.startNs : earliest < 0n ? earliest : 0n;
}

/** The first point of any field that the statement names, of all series that its tags leave. */
async function firstPoint(job: SelectJob, source: StoredSource, range: TimeRange): Promise<bigint | undefined> {
  const input = openInput(job, source, range, false);
  if (input === undefined) return undefined;
  const fields = fieldsOf(job.select).filter((field) => input.schema.fields.has(field));
  if (fields.length === 0) return undefined;
  const { seriesIds } = input.groups;
  const result = await job.env.executor.aggregate(
    {
      tables: input.tables,
      seriesIds,
      range,
      fields,
      filter: null,
      descending: false,
      windows: { kind: 'all' },
      groups: new Int32Array(seriesIds.length),
      groupCount: 1,
      calls: fields.map((_field, field) => ({ kind: 'first', field })),
    },
    job.env.execContext(),
  );
  return result.extents[0]?.startNs;
}

function fieldsOf(select: TypedSelect): string[] {
  const names = new Set<string>();
  for (const { expr } of select.fields) {
    walkExpr(expr, (node) => {
      if (node.kind === 'reference' && node.type !== 'tag') names.add(node.name);
    });
  }
  return [...names];
}
