// Reads the rows of a stored measurement, group by group and merged by time, without ever holding much of a long answer.
//
//     small groups      one scan over many groups; the series of each are merged once all of them came
//     one long series   passed on piece by piece
//     large groups      cut into slices of time, each merged by itself; slices grow and shrink with what they bring
import { type TimeRange, intersectRange } from '../../model/index.ts';
import type { Reference } from '../language/ast.ts';
import { mergeRuns } from './merge.ts';
import type { QueryEnv } from './query-env.ts';
import { BATCH_ROWS, type Group, type GroupRows, type Rows, sliceRows } from './rows.ts';
import { type ReadOptions, SeriesReader } from './series-reader.ts';
import type { StoredInput } from './stored-input.ts';

/** What the rows of a slice should take, and at most of the query's memory: they are held about three times over. */
const SLICE_BYTES = 64 * 2 ** 20;
const SLICE_SHARE = 1 / 12;
const BYTES_PER_VALUE = 9;
/** A merge of so many times more rows than a slice should have is given up and tried again with a shorter slice. */
const MAX_OVERRUN = 3;
/** How many times longer than the last a slice may become, or shorter. */
const MAX_STEP = 8;

/** A piece of one series of a group. Pieces of a group follow one another, and so do those of a series. */
export interface SeriesPiece {
  readonly group: Group;
  /** Names the series: its place in the input's arrangement. */
  readonly ordinal: number;
  readonly rows: Rows;
}

/** As `readRows`, but series by series and not merged. */
export async function* readSeries(
  input: StoredInput,
  references: readonly Reference[],
  options: ReadOptions,
  env: QueryEnv,
): AsyncGenerator<SeriesPiece> {
  const reader = new SeriesReader(input, references, options, env);
  if (!reader.hasFields) return;
  const { groups, starts } = input.groups;
  let group = 0;
  for await (const { position, rows } of reader.scan(0, starts[groups.length], input.range)) {
    while (position >= starts[group + 1]) group++;
    yield { group: groups[group], ordinal: position, rows: reader.withTags(rows, position) };
  }
}

/** Rows in which at least one of the references has a value in a field. Columns are those of the references. */
export async function* readRows(
  input: StoredInput,
  references: readonly Reference[],
  options: ReadOptions,
  env: QueryEnv,
): AsyncGenerator<GroupRows> {
  const reader = new SeriesReader(input, references, options, env);
  if (!reader.hasFields) return;
  const { groups, starts } = input.groups;
  const perSeries = estimateRows(input, options.limit) / Math.max(1, starts[groups.length]);
  const sliceSize = rowsOfSlice(reader.mergedColumns, env);
  for (let first = 0; first < groups.length; ) {
    const behind = endOfRun(starts, first, groups.length, perSeries, sliceSize);
    if (behind > first) {
      yield* readSmallGroups(reader, first, behind, sliceSize);
      first = behind;
    } else {
      yield* readInSlices(reader, first, perSeries * (starts[first + 1] - starts[first]), sliceSize);
      first++;
    }
  }
}

function rowsOfSlice(columns: number, env: QueryEnv): number {
  const { memoryBudgetBytes } = env.limits;
  const bytes = memoryBudgetBytes === 0 ? SLICE_BYTES : Math.min(SLICE_BYTES, memoryBudgetBytes * SLICE_SHARE);
  return Math.max(BATCH_ROWS, Math.floor(bytes / (BYTES_PER_VALUE * (columns + 2))));
}

/** Behind the last of the groups from `first` on that one scan can read. */
function endOfRun(
  starts: Int32Array,
  first: number,
  groupCount: number,
  rowsPerSeries: number,
  sliceSize: number,
): number {
  let group = first;
  while (group < groupCount) {
    const series = starts[group + 1] - starts[group];
    if (series > 1 && series * rowsPerSeries > sliceSize) break;
    group++;
  }
  return group;
}

function estimateRows(input: StoredInput, limit: number | undefined): number {
  let rows = 0;
  for (const table of input.tables) {
    for (const source of table.sources) {
      // A value takes a byte or more in a block.
      rows += source.kind === 'memtable' ? source.rowCount : source.sizeBytes / (table.fields.size + 1);
    }
  }
  return limit === undefined ? rows : Math.min(rows, limit * input.groups.seriesIds.length);
}

/** Groups [first, behind) from one scan. A group that turns out to be large is read in slices after all. */
async function* readSmallGroups(
  reader: SeriesReader,
  first: number,
  behind: number,
  sliceSize: number,
): AsyncGenerator<GroupRows> {
  const { groups, starts } = reader.input.groups;
  let group = first;
  while (group < behind) {
    let runs: Rows[][] = [];
    let rowCount = 0;
    let lastPosition = -1;
    let tooLarge = false;
    let streaming = group;
    for await (const { position, rows } of reader.scan(starts[group], starts[behind], reader.input.range)) {
      while (position >= starts[streaming + 1]) {
        yield* merged(reader, streaming, runs);
        runs = [];
        rowCount = 0;
        streaming++;
      }
      if (starts[streaming + 1] - starts[streaming] === 1) {
        yield { group: groups[streaming], rows: reader.withTags(rows, position) };
        continue;
      }
      if (position !== lastPosition) runs.push([]);
      lastPosition = position;
      runs[runs.length - 1].push(reader.withPosition(rows, position));
      rowCount += rows.rowCount;
      if (rowCount > MAX_OVERRUN * sliceSize) {
        tooLarge = true;
        break;
      }
    }
    if (tooLarge) {
      runs = [];
      yield* readInSlices(reader, streaming, 10 * rowCount, sliceSize);
      group = streaming + 1;
    } else {
      yield* merged(reader, streaming, runs);
      group = behind;
    }
  }
}

/** Merges the series of a group. Tags are put in last, a batch at a time: so many strings are made only where they go out. */
function* merged(reader: SeriesReader, group: number, runs: readonly (readonly Rows[])[]): Generator<GroupRows> {
  for (const all of mergeRuns(runs, reader.mergedColumns, reader.ascending)) {
    for (let from = 0; from < all.rowCount; from += BATCH_ROWS) {
      const rows = sliceRows(all, from, Math.min(all.rowCount, from + BATCH_ROWS));
      yield { group: reader.input.groups.groups[group], rows: reader.withTagsOfRows(rows) };
    }
  }
}

/** One group, slice of time by slice of time, in reading order. */
async function* readInSlices(
  reader: SeriesReader,
  group: number,
  expectedRows: number,
  sliceSize: number,
): AsyncGenerator<GroupRows> {
  const { starts } = reader.input.groups;
  let wanted = reader.limit ?? Infinity;
  const shards = reader.input.tables
    .map((table) => intersectRange(table.shard, reader.input.range))
    .filter((range) => range !== undefined);
  if (!reader.ascending) shards.reverse();
  const expectedPerShard = expectedRows / Math.max(1, shards.length);
  let width: bigint | undefined;
  for (const shard of shards) {
    width ??= scaled(shard.endNs - shard.startNs, Math.min(1, sliceSize / expectedPerShard));
    for (let left: TimeRange | undefined = shard; left !== undefined; ) {
      const slice = headOf(left, width, reader.ascending);
      const length = slice.endNs - slice.startNs;
      const runs = await reader.collect(starts[group], starts[group + 1], slice, MAX_OVERRUN * sliceSize);
      if (runs === undefined) {
        width = scaled(length, 1 / MAX_STEP);
        continue;
      }
      const found = countRows(runs);
      yield* merged(reader, group, runs);
      wanted -= found;
      if (wanted <= 0) return;
      width = scaled(length, Math.min(MAX_STEP, Math.max(1 / MAX_STEP, sliceSize / Math.max(1, found))));
      left = restOf(left, slice, reader.ascending);
    }
  }
}

function scaled(width: bigint, factor: number): bigint {
  const next = BigInt(Math.floor(Number(width) * factor));
  return next > 1n ? next : 1n;
}

function headOf(range: TimeRange, width: bigint, ascending: boolean): TimeRange {
  if (range.endNs - range.startNs <= width) return range;
  return ascending
    ? { startNs: range.startNs, endNs: range.startNs + width }
    : { startNs: range.endNs - width, endNs: range.endNs };
}

function restOf(range: TimeRange, head: TimeRange, ascending: boolean): TimeRange | undefined {
  const rest = ascending
    ? { startNs: head.endNs, endNs: range.endNs }
    : { startNs: range.startNs, endNs: head.startNs };
  return rest.startNs < rest.endNs ? rest : undefined;
}

function countRows(runs: readonly (readonly Rows[])[]): number {
  return runs.flat().reduce((sum, rows) => sum + rows.rowCount, 0);
}
