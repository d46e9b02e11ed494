// Reads the rows of a stored measurement, group by group and merged by time, without ever holding much of a long answer.
//
//     small groups      one scan over many groups; the series of each are merged once all of them came
//     one long series   passed on piece by piece
//     large groups      cut into slices of time, each merged by itself; slices grow and shrink with what they bring
import { type TimeRange, intersectRange } from '../../model/index.ts';
import type { SeriesRows } from '../../exec/index.ts';
import type { Reference } from '../language/ast.ts';
import { castColumn } from './column-math.ts';
import { type Formula, literalColumn, rowsWhere, toFormula } from './evaluate.ts';
import { mergeRuns } from './merge.ts';
import type { QueryEnv } from './query-env.ts';
import { type Column, type Group, type GroupRows, type Rows, gatherRows, isValid, reverseRows } from './rows.ts';
import { type ColumnSource, type StoredInput, columnSource } from './stored-input.ts';
import { type SeriesClass, referencesIn } from './where.ts';

/** Rows that a slice should bring. */
const SLICE_ROWS = 200_000;
/** A merge of more rows than this is given up and tried again with a shorter slice. */
const MAX_MERGE_ROWS = 4 * SLICE_ROWS;
/** A guess at what a row costs in a block, to begin with. */
const BLOCK_BYTES_PER_ROW = 4;

export interface ReadOptions {
  readonly ascending: boolean;
  /** Rows of each group that will be read at most; undefined = all. */
  readonly limit?: number | undefined;
}

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
    yield { group: groups[group], ordinal: position, rows };
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
  for (let first = 0; first < groups.length; ) {
    const behind = endOfRun(starts, first, groups.length, perSeries);
    if (behind > first) {
      yield* readSmallGroups(reader, first, behind);
      first = behind;
    } else {
      yield* readInSlices(reader, first, perSeries * (starts[first + 1] - starts[first]));
      first++;
    }
  }
}

/** Behind the last of the groups from `first` on that one scan can read. */
function endOfRun(starts: Int32Array, first: number, groupCount: number, rowsPerSeries: number): number {
  let group = first;
  while (group < groupCount) {
    const series = starts[group + 1] - starts[group];
    if (series > 1 && series * rowsPerSeries > SLICE_ROWS) break;
    group++;
  }
  return group;
}

function estimateRows(input: StoredInput, limit: number | undefined): number {
  let rows = 0;
  for (const table of input.tables) {
    for (const source of table.sources) {
      rows += source.kind === 'memtable' ? source.rowCount : source.sizeBytes / BLOCK_BYTES_PER_ROW;
    }
  }
  return limit === undefined ? rows : Math.min(rows, limit * input.groups.seriesIds.length);
}

/** Groups [first, behind) from one scan. A group that turns out to be large is read in slices after all. */
async function* readSmallGroups(reader: SeriesReader, first: number, behind: number): AsyncGenerator<GroupRows> {
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
        yield { group: groups[streaming], rows };
        continue;
      }
      if (position !== lastPosition) runs.push([]);
      lastPosition = position;
      runs[runs.length - 1].push(rows);
      rowCount += rows.rowCount;
      if (rowCount > MAX_MERGE_ROWS) {
        tooLarge = true;
        break;
      }
    }
    if (tooLarge) {
      runs = [];
      yield* readInSlices(reader, streaming, 10 * rowCount);
      group = streaming + 1;
    } else {
      yield* merged(reader, streaming, runs);
      group = behind;
    }
  }
}

function* merged(reader: SeriesReader, group: number, runs: readonly (readonly Rows[])[]): Generator<GroupRows> {
  for (const rows of mergeRuns(runs, reader.columnCount, reader.ascending)) {
    yield { group: reader.input.groups.groups[group], rows };
  }
}

/** One group, slice of time by slice of time, in reading order. */
async function* readInSlices(reader: SeriesReader, group: number, expectedRows: number): AsyncGenerator<GroupRows> {
  const { starts } = reader.input.groups;
  let wanted = reader.limit ?? Infinity;
  const shards = reader.input.tables
    .map((table) => intersectRange(table.shard, reader.input.range))
    .filter((range) => range !== undefined);
  if (!reader.ascending) shards.reverse();
  const expectedPerShard = Math.max(1, expectedRows / Math.max(1, shards.length));
  let width: bigint | undefined;
  for (const shard of shards) {
    const span = shard.endNs - shard.startNs;
    width ??= max(1n, (span * BigInt(SLICE_ROWS)) / BigInt(Math.ceil(Math.max(expectedPerShard, SLICE_ROWS))));
    for (let left: TimeRange | undefined = shard; left !== undefined; ) {
      const slice = headOf(left, width, reader.ascending);
      const runs = await reader.collect(starts[group], starts[group + 1], slice);
      if (runs === undefined) {
        width = max(1n, (slice.endNs - slice.startNs) / 8n);
        continue;
      }
      const found = countRows(runs);
      yield* merged(reader, group, runs);
      wanted -= found;
      if (wanted <= 0) return;
      width = nextWidth(width, found);
      left = restOf(left, slice, reader.ascending);
    }
  }
}

function nextWidth(width: bigint, rowCount: number): bigint {
  if (rowCount === 0) return width * 8n;
  if (rowCount < SLICE_ROWS / 2) return width * 2n;
  return rowCount > 2 * SLICE_ROWS ? max(1n, width / 2n) : width;
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

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** A piece of a series: its place in the input's arrangement and its rows in reading order. */
interface PlacedRows {
  readonly position: number;
  readonly rows: Rows;
}

/** Turns the executor's series into rows with the columns that were asked for. */
class SeriesReader {
  readonly input: StoredInput;
  readonly ascending: boolean;
  readonly columnCount: number;
  readonly #sources: readonly ColumnSource[];
  readonly #fields: readonly string[];
  readonly limit: number | undefined;
  readonly #env: QueryEnv;
  readonly #classes: readonly ReadClass[];

  constructor(input: StoredInput, references: readonly Reference[], options: ReadOptions, env: QueryEnv) {
    this.input = input;
    this.ascending = options.ascending;
    this.columnCount = references.length;
    this.limit = options.limit;
    this.#env = env;
    this.#sources = references.map((reference) => columnSource(reference, input.schema));
    this.#fields = fieldNames(this.#sources);
    this.#classes = input.classes.map((one) => prepareClass(one, this.#sources, input));
  }

  /** Without a field there is nothing that could be a row. */
  get hasFields(): boolean {
    return this.#fields.length > 0;
  }

  /** Rows of the series at positions [from, to), series after series; with several classes each class' series. */
  async *scan(from: number, to: number, range: TimeRange): AsyncGenerator<PlacedRows> {
    if (this.#classes.length === 1) {
      yield* this.#scanClass(this.#classes[0], from, to, range);
      return;
    }
    const pieces: PlacedRows[] = [];
    let rowCount = 0;
    for (const one of this.#classes) {
      for await (const piece of this.#scanClass(one, from, to, range)) {
        pieces.push(piece);
        rowCount += piece.rows.rowCount;
        this.#env.checkMemory(rowCount * 9 * (this.columnCount + 1));
      }
    }
    yield* pieces.sort((a, b) => a.position - b.position);
  }

  /** Runs of the series at positions [from, to), or undefined when they have too many rows to be merged at once. */
  async collect(from: number, to: number, range: TimeRange): Promise<Rows[][] | undefined> {
    const runs: Rows[][] = [];
    let lastPosition = -1;
    let rowCount = 0;
    for await (const { position, rows } of this.scan(from, to, range)) {
      if (position !== lastPosition) runs.push([]);
      lastPosition = position;
      runs[runs.length - 1].push(rows);
      rowCount += rows.rowCount;
      if (rowCount > MAX_MERGE_ROWS && range.endNs - range.startNs > 1n) return undefined;
    }
    return runs;
  }

  async *#scanClass(one: ReadClass, from: number, to: number, range: TimeRange): AsyncGenerator<PlacedRows> {
    const { seriesIds } = this.input.groups;
    const chosen = seriesIds.subarray(from, to);
    const ids = one.members === null ? chosen : chosen.filter((id) => one.members?.has(id));
    if (ids.length === 0) return;
    const tables = this.input.tables.filter((table) => intersectRange(table.shard, range) !== undefined);
    const tagColumns = one.tags.map((tag) => this.input.snapshot.tagValues(ids, tag));
    let at = 0;
    let position = from;
    const request = {
      tables,
      seriesIds: ids,
      range,
      fields: one.fields,
      filter: one.source.filter,
      limit: one.residual === null ? this.limit : undefined,
      descending: !this.ascending,
    };
    for await (const series of this.#env.executor.scan(request, this.#env.execContext())) {
      while (ids[at] !== series.seriesId) at++;
      while (seriesIds[position] !== series.seriesId) position++;
      const tags = tagColumns.map((values) => values[at]);
      for (const rows of this.#rowsOf(series, one, tags)) yield { position, rows };
    }
  }

  *#rowsOf(series: SeriesRows, one: ReadClass, tags: readonly string[]): Generator<Rows> {
    for (const chunk of series.chunks) {
      this.#env.countPoints(chunk.rowCount);
      const columns = one.columns.map((source): Column | null => {
        if (source.kind === 'nothing') return null;
        if (source.kind === 'field') {
          return castColumn(chunk.columns[one.fields.indexOf(source.name)], source.type, chunk.rowCount);
        }
        const value = tags[one.tags.indexOf(source.name)];
        return value === '' ? null : literalColumn('string', value, chunk.rowCount);
      });
      const rows = keepRows({ rowCount: chunk.rowCount, baseNs: chunk.baseNs, times: chunk.times, columns }, one);
      if (rows.rowCount > 0) yield this.ascending ? rows : reverseRows(rows);
    }
  }
}

/** How the series of one class are read. */
interface ReadClass {
  readonly source: SeriesClass;
  /** null = all of the input's series. */
  readonly members: ReadonlySet<number> | null;
  /** The requested columns, then those that only the residual condition needs. */
  readonly columns: readonly ColumnSource[];
  readonly requested: number;
  readonly fields: readonly string[];
  readonly tags: readonly string[];
  readonly residual: Formula | null;
}

function prepareClass(source: SeriesClass, requested: readonly ColumnSource[], input: StoredInput): ReadClass {
  const conditionFields = referencesIn(source.residual);
  const columns = [...requested, ...conditionFields.map((reference) => columnSource(reference, input.schema))];
  const residual =
    source.residual === null
      ? null
      : toFormula(source.residual, (expr) => {
          if (expr.kind !== 'reference') return undefined;
          const index = conditionFields.findIndex(({ name, type }) => name === expr.name && type === expr.type);
          return index < 0 ? undefined : requested.length + index;
        });
  return {
    source,
    members: input.classes.length === 1 ? null : new Set(source.seriesIds),
    columns,
    requested: requested.length,
    fields: fieldNames(columns),
    tags: [...new Set(columns.flatMap((column) => (column.kind === 'tag' ? [column.name] : [])))],
    residual,
  };
}

function fieldNames(sources: readonly ColumnSource[]): string[] {
  return [...new Set(sources.flatMap((source) => (source.kind === 'field' ? [source.name] : [])))];
}

/** Rows that satisfy the residual condition and have one of the requested fields; only the requested columns. */
function keepRows(rows: Rows, one: ReadClass): Rows {
  const columns = rows.columns.slice(0, one.requested);
  if (one.residual === null) return { ...rows, columns };
  const order = rowsWhere(one.residual, rows.columns, rows.rowCount);
  const passed = order === null ? { ...rows, columns } : gatherRows({ ...rows, columns }, order);
  const fields = passed.columns.filter((_column, index) => one.columns[index].kind === 'field');
  const present: number[] = [];
  for (let row = 0; row < passed.rowCount; row++) if (fields.some((field) => isValid(field, row))) present.push(row);
  return present.length === passed.rowCount ? passed : gatherRows(passed, Int32Array.from(present));
}
