// The rows of all of a statement's sources that have one measurement's name, in the statement's groups: merged by time for
// raw rows and transformations, or series by series for aggregates, which need no order.
import type { TimeRange } from '../../model/index.ts';
import type { Reference } from '../language/ast.ts';
import { rangeOf } from './levels.ts';
import { mergeRuns } from './merge.ts';
import type { QueryEnv } from './query-env.ts';
import { type SeriesPiece, readRows, readSeries } from './read-rows.ts';
import type { Group, GroupRows, Rows } from './rows.ts';
import { compareTags } from './series-groups.ts';
import { type StoredInput, openStored } from './stored-input.ts';
import { innerDimensions, mapInnerRows } from './subquery.ts';
import type { StoredSource, TypedSelect, TypedSource } from './typed-select.ts';

/** One statement on one measurement's name, with what its surroundings ask of it. */
export interface SelectJob {
  readonly select: TypedSelect;
  readonly name: string;
  /** Tags to group by, in the order in which they decide the order of groups. */
  readonly dimensions: readonly string[];
  /** So many of the dimensions, from the first one on, make the groups that SLIMIT counts; the others split them further. */
  readonly countedDimensions: number;
  /** What the whole query may read: a subquery looks back no further. */
  readonly readable: TimeRange;
  readonly env: QueryEnv;
  /** Runs a job: how the rows of subqueries are had. */
  readonly run: (job: SelectJob) => AsyncIterable<GroupRows>;
}

/** Names of the measurements that the rows of a statement can have, in byte order, each once. */
export function measurementNames(select: TypedSelect): Set<string> {
  const names = new Set<string>();
  for (const source of select.sources) {
    const found = source.kind === 'stored' ? source.measurements : measurementNames(source);
    for (const name of found) names.add(name);
  }
  return names;
}

/** The sources that have rows of the job's measurement. */
export function sourcesOf({ select, name }: SelectJob): TypedSource[] {
  return select.sources.filter((source) =>
    source.kind === 'stored' ? source.measurements.includes(name) : measurementNames(source).has(name),
  );
}

/** Opens a stored source for a job. `range` may reach further than the statement's own. */
export function openInput(
  job: SelectJob,
  source: StoredSource,
  range: TimeRange,
  ordered: boolean,
): StoredInput | undefined {
  const { select, name, dimensions, countedDimensions, env } = job;
  const { condition, ascending, slimit, soffset } = select;
  const groups = { dimensions, countedDimensions, ascending, ordered, slimit, soffset };
  return openStored(source.snapshot, name, { condition, range, ...groups }, env);
}

/** Rows of each group in reading order. `limit`: so many rows of a group are enough. */
export async function* sourceRows(
  job: SelectJob,
  references: readonly Reference[],
  range: TimeRange,
  limit?: number,
): AsyncGenerator<GroupRows> {
  const sources = sourcesOf(job);
  if (sources.length === 1 && sources[0].kind === 'stored') {
    const input = openInput(job, sources[0], range, true);
    if (input !== undefined) yield* readRows(input, references, { ascending: job.select.ascending, limit }, job.env);
    return;
  }
  yield* mergeSeries(job, sourceSeries(job, references, range, true), references.length);
}

/** Rows series by series; groups in reading order. `readingOrder`: rows of a series, too, else they always ascend. */
export async function* sourceSeries(
  job: SelectJob,
  references: readonly Reference[],
  range: TimeRange,
  readingOrder: boolean,
): AsyncGenerator<SeriesPiece> {
  const sources = sourcesOf(job);
  if (sources.length === 1) {
    yield* seriesOf(job, sources[0], references, range, readingOrder);
    return;
  }
  const groups = new Map<string, { group: Group; pieces: SeriesPiece[] }>();
  let rowCount = 0;
  for (const [index, source] of sources.entries()) {
    for await (const piece of seriesOf(job, source, references, range, readingOrder)) {
      const key = piece.group.tags.join('\u0000');
      let known = groups.get(key);
      if (known === undefined) groups.set(key, (known = { group: piece.group, pieces: [] }));
      // Series of different sources are different, whatever their places.
      known.pieces.push({ ...piece, group: known.group, ordinal: piece.ordinal * sources.length + index });
      rowCount += piece.rows.rowCount;
      job.env.checkMemory(rowCount * 9 * (references.length + 1));
    }
  }
  const direction = job.select.ascending ? 1 : -1;
  const ordered = [...groups.values()].sort((a, b) => direction * compareTags(a.group.tags, b.group.tags));
  for (const { pieces } of ordered) yield* pieces;
}

async function* seriesOf(
  job: SelectJob,
  source: TypedSource,
  references: readonly Reference[],
  range: TimeRange,
  readingOrder: boolean,
): AsyncGenerator<SeriesPiece> {
  const { select, env } = job;
  if (source.kind === 'stored') {
    const input = openInput(job, source, range, true);
    const ascending = select.ascending || !readingOrder;
    if (input !== undefined) yield* readSeries(input, references, { ascending }, env);
    return;
  }
  yield* limitGroups(
    job,
    mapInnerRows(innerRows(job, source, range), source, select.condition, references, job.dimensions),
  );
}

/** The rows of a subquery, read as far as the outer query needs. */
function innerRows(job: SelectJob, inner: TypedSelect, range: TimeRange): AsyncIterable<GroupRows> {
  const select = widenBounds(inner, rangeOf(job.select), range);
  const dimensions = innerDimensions(inner, job.dimensions);
  return job.run({ ...job, select, dimensions, countedDimensions: dimensions.length });
}

/** Where an inner query took its bounds from the outer one, it takes the wider ones that a look back needs. */
function widenBounds(select: TypedSelect, from: TimeRange, to: TimeRange): TypedSelect {
  if (from.startNs === to.startNs && from.endNs === to.endNs) return select;
  return {
    ...select,
    startNs: select.startNs === from.startNs ? to.startNs : select.startNs,
    endNs: select.endNs === from.endNs - 1n ? to.endNs - 1n : select.endNs,
    sources: select.sources.map((source) => (source.kind === 'select' ? widenBounds(source, from, to) : source)),
  };
}

/** SLIMIT and SOFFSET over the groups of a subquery's rows. */
async function* limitGroups(
  { select: { slimit, soffset }, countedDimensions }: SelectJob,
  pieces: AsyncIterable<SeriesPiece>,
): AsyncGenerator<SeriesPiece> {
  let group: Group | undefined;
  let count = 0;
  for await (const piece of pieces) {
    if (group === undefined || !sameGroup(piece.group, group, countedDimensions)) count++;
    group = piece.group;
    if (count <= soffset) continue;
    if (slimit > 0 && count > soffset + slimit) return;
    yield piece;
  }
}

function sameGroup(a: Group, b: Group, dimensionCount: number): boolean {
  if (a === b) return true;
  return compareTags(a.tags.slice(0, dimensionCount), b.tags.slice(0, dimensionCount)) === 0;
}

/** Merges the series of each group by time. A group of one series passes as it comes. */
async function* mergeSeries(
  { select, env }: SelectJob,
  pieces: AsyncIterable<SeriesPiece>,
  columnCount: number,
): AsyncGenerator<GroupRows> {
  let group: Group | undefined;
  let runs: { ordinal: number; batches: Rows[] }[] = [];
  let rowCount = 0;
  const flush = function* (): Generator<GroupRows> {
    if (group === undefined) return;
    const batches = runs.map((run) => run.batches);
    for (const rows of mergeRuns(batches, columnCount, select.ascending)) yield { group, rows };
  };
  for await (const { group: next, ordinal, rows } of pieces) {
    if (next !== group) {
      yield* flush();
      group = next;
      runs = [];
      rowCount = 0;
    }
    const run = runs.at(-1);
    if (run !== undefined && run.ordinal === ordinal) run.batches.push(rows);
    else runs.push({ ordinal, batches: [rows] });
    rowCount += rows.rowCount;
    env.checkMemory(rowCount * 9 * (columnCount + 1));
  }
  yield* flush();
}
