// Turns what the executor scans into rows with the columns that were asked for: fields with their casts, tags, and only rows
// that satisfy what the executor could not check.
//
// Tags are not copied about with the rows: while series are merged a row carries the position of its series, and the strings
// are put in when the rows leave.
import type { ScanRequest, SeriesRows } from '../../exec/index.ts';
import { type TimeRange, intersectRange } from '../../model/index.ts';
import type { Reference } from '../language/ast.ts';
import { IN_STORED_WHERE, castColumn } from './column-math.ts';
import { type Formula, literalColumn, rowsWhere, toFormula } from './evaluate.ts';
import type { QueryEnv } from './query-env.ts';
import { type Column, type Rows, gatherRows, isValid, reverseRows } from './rows.ts';
import { type ColumnSource, type StoredInput, columnSource } from './stored-input.ts';
import { type SeriesClass, referencesIn } from './where.ts';

export interface ReadOptions {
  readonly ascending: boolean;
  /** Rows of each group that will be read at most; undefined = all. */
  readonly limit?: number | undefined;
}

/** A piece of a series: its place in the input's arrangement and its rows in reading order, columns of tags still empty. */
export interface PlacedRows {
  readonly position: number;
  readonly rows: Rows;
}

export class SeriesReader {
  readonly input: StoredInput;
  readonly ascending: boolean;
  readonly limit: number | undefined;
  readonly #env: QueryEnv;
  readonly #sources: readonly ColumnSource[];
  readonly #hasTags: boolean;
  readonly #classes: readonly ReadClass[];
  /** For each column of a tag, its values by position; filled when first needed. */
  #tagValues: (readonly string[] | null)[] | undefined;

  constructor(input: StoredInput, references: readonly Reference[], options: ReadOptions, env: QueryEnv) {
    this.input = input;
    this.ascending = options.ascending;
    this.limit = options.limit;
    this.#env = env;
    this.#sources = references.map((reference) => columnSource(reference, input.schema));
    this.#hasTags = this.#sources.some(({ kind }) => kind === 'tag');
    this.#classes = input.classes.map((one) => prepareClass(one, this.#sources, input));
  }

  /** Without a field there is nothing that could be a row. */
  get hasFields(): boolean {
    return this.#sources.some(({ kind }) => kind === 'field');
  }

  /** Columns of rows that are merged: those asked for, and the position if it is needed. */
  get mergedColumns(): number {
    return this.#sources.length + (this.#hasTags ? 1 : 0);
  }

  /** Rows of the series at positions [from, to), series after series. */
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
        this.#env.checkMemory(rowCount * 9 * (this.mergedColumns + 1));
      }
    }
    yield* pieces.sort((a, b) => a.position - b.position);
  }

  /** Runs of the series at positions [from, to) to be merged; undefined when they have more than `most` rows. */
  async collect(from: number, to: number, range: TimeRange, most: number): Promise<Rows[][] | undefined> {
    const runs: Rows[][] = [];
    let lastPosition = -1;
    let rowCount = 0;
    for await (const { position, rows } of this.scan(from, to, range)) {
      if (position !== lastPosition) runs.push([]);
      lastPosition = position;
      runs[runs.length - 1].push(this.withPosition(rows, position));
      rowCount += rows.rowCount;
      if (rowCount > most && range.endNs - range.startNs > 1n) return undefined;
    }
    return runs;
  }

  /** The rows with a column more that says which series they are of. */
  withPosition(rows: Rows, position: number): Rows {
    if (!this.#hasTags) return rows;
    const positions: Column = { type: 'float', values: new Float64Array(rows.rowCount).fill(position), valid: null };
    return { ...rows, columns: [...rows.columns, positions] };
  }

  /** Rows of one series with their tags. */
  withTags(rows: Rows, position: number): Rows {
    if (!this.#hasTags) return rows;
    const values = this.#valuesOfTags();
    const columns = rows.columns.map((column, index) => {
      const tag = values[index];
      if (tag === null) return column;
      return tag[position] === '' ? null : literalColumn('string', tag[position], rows.rowCount);
    });
    return { ...rows, columns };
  }

  /** Merged rows, whose last column is their position, with their tags in its place. */
  withTagsOfRows(rows: Rows): Rows {
    if (!this.#hasTags) return rows;
    const positions = rows.columns[this.#sources.length]?.values as Float64Array;
    const columns = this.#valuesOfTags().map((tag, index) =>
      tag === null ? rows.columns[index] : tagColumn(tag, positions, rows.rowCount),
    );
    return { ...rows, columns };
  }

  #valuesOfTags(): (readonly string[] | null)[] {
    const { snapshot, groups } = this.input;
    this.#tagValues ??= this.#sources.map((source) =>
      source.kind === 'tag' ? snapshot.tagValues(groups.seriesIds, source.name) : null,
    );
    return this.#tagValues;
  }

  async *#scanClass(one: ReadClass, from: number, to: number, range: TimeRange): AsyncGenerator<PlacedRows> {
    const { seriesIds } = this.input.groups;
    const chosen = seriesIds.subarray(from, to);
    const ids = one.members === null ? chosen : chosen.filter((id) => one.members?.has(id));
    if (ids.length === 0) return;
    const request: ScanRequest = {
      tables: this.input.tables.filter((table) => intersectRange(table.shard, range) !== undefined),
      seriesIds: ids,
      range,
      fields: one.fields,
      filter: one.source.filter,
      limit: one.residual === null ? this.limit : undefined,
      descending: !this.ascending,
    };
    let position = from;
    for await (const series of this.#env.executor.scan(request, this.#env.execContext())) {
      while (seriesIds[position] !== series.seriesId) position++;
      for (const rows of this.#rowsOf(series, one)) yield { position, rows };
    }
  }

  *#rowsOf(series: SeriesRows, one: ReadClass): Generator<Rows> {
    for (const chunk of series.chunks) {
      const { rowCount, baseNs, times } = chunk;
      this.#env.countPoints(rowCount);
      const columns = one.columns.map((source, index) =>
        source.kind === 'field' ? castColumn(chunk.columns[one.fieldIndexes[index]], source.type, rowCount) : null,
      );
      const rows = keepRows({ rowCount, baseNs, times, columns }, one);
      if (rows.rowCount > 0) yield this.ascending ? rows : reverseRows(rows);
    }
  }
}

function tagColumn(values: readonly string[], positions: Float64Array, rowCount: number): Column {
  const strings = Array<string>(rowCount);
  let empty = false;
  for (let row = 0; row < rowCount; row++) {
    strings[row] = values[positions[row]];
    if (strings[row] === '') empty = true;
  }
  return {
    type: 'string',
    values: strings,
    valid: empty ? Uint8Array.from(strings, (value) => +(value !== '')) : null,
  };
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
  /** For each column, where in `fields` it is; -1 for tags and nothing. */
  readonly fieldIndexes: readonly number[];
  readonly residual: Formula | null;
}

function prepareClass(source: SeriesClass, requested: readonly ColumnSource[], input: StoredInput): ReadClass {
  const conditionFields = referencesIn(source.residual);
  const columns = [...requested, ...conditionFields.map((reference) => columnSource(reference, input.schema))];
  const fields = [...new Set(columns.flatMap((column) => (column.kind === 'field' ? [column.name] : [])))];
  const columnOf = (name: string, type: Reference['type']): number =>
    requested.length + conditionFields.findIndex((field) => field.name === name && field.type === type);
  return {
    source,
    members: input.classes.length === 1 ? null : new Set(source.seriesIds),
    columns,
    requested: requested.length,
    fields,
    fieldIndexes: columns.map((column) => (column.kind === 'field' ? fields.indexOf(column.name) : -1)),
    residual:
      source.residual &&
      toFormula(source.residual, (expr) => (expr.kind === 'reference' ? columnOf(expr.name, expr.type) : undefined)),
  };
}

/** Rows that satisfy the residual condition and have one of the requested fields; only the requested columns. */
function keepRows(rows: Rows, one: ReadClass): Rows {
  if (one.residual === null) return rows;
  const columns = rows.columns.slice(0, one.requested);
  const order = rowsWhere(one.residual, rows.columns, rows.rowCount, IN_STORED_WHERE);
  const passed = order === null ? { ...rows, columns } : gatherRows({ ...rows, columns }, order);
  const fields = passed.columns.filter((_column, index) => one.columns[index].kind === 'field');
  const present: number[] = [];
  for (let row = 0; row < passed.rowCount; row++) if (fields.some((field) => isValid(field, row))) present.push(row);
  return present.length === passed.rowCount ? passed : gatherRows(passed, Int32Array.from(present));
}
