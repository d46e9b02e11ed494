// Reads fields that are computed from stored ones: a tier's mean out of its sum and count, or points as the states that a
// tier would have of them, so that one request can read both alike.
import { assert, addToSketch, encodeSketch, newSketch } from '../base/index.ts';
import type { ChunkColumn, FieldType, SeriesChunk, TimeRange } from '../model/index.ts';
import type { SeriesFieldStats, TableReader } from './table-reader.ts';
import { joinedRatio, joinedState } from './joined-states.ts';
import type { DerivedColumn, JoinedState, StateFields } from './table-snapshot.ts';

/** How to make the fields of one request out of what is read for them. */
interface Recipe {
  readonly fields: readonly string[];
  /** Stored fields, each once. */
  readonly stored: readonly string[];
  /** For each field: how, and the places among the stored ones of what it takes; undefined = there is no such field. */
  readonly steps: readonly ({ readonly column: DerivedColumn; readonly places: readonly number[] } | undefined)[];
}

export class DerivedReader implements TableReader {
  readonly #inner: TableReader;
  readonly #columns: ReadonlyMap<string, DerivedColumn>;
  /** Of the list that was asked for last: callers ask for the same one again and again. */
  #recipe: Recipe | undefined;

  constructor(inner: TableReader, columns: ReadonlyMap<string, DerivedColumn>) {
    this.#inner = inner;
    this.#columns = columns;
  }

  get figures(): TableReader['figures'] {
    return this.#inner.figures;
  }

  read(seriesId: number, fields: readonly string[], range: TimeRange): readonly SeriesChunk[] {
    const recipe = this.#recipeFor(fields);
    return this.#inner.read(seriesId, recipe.stored, range).map((chunk) => ({
      rowCount: chunk.rowCount,
      baseNs: chunk.baseNs,
      times: chunk.times,
      columns: recipe.steps.map((step) => {
        if (step === undefined) return null;
        const sources = step.places.map((place) => chunk.columns[place]);
        return derive(step.column, sources, chunk.rowCount);
      }),
    }));
  }

  extent(seriesId: number): TimeRange | undefined {
    return this.#inner.extent(seriesId);
  }

  stats(seriesId: number, field: string, range: TimeRange): SeriesFieldStats | undefined {
    const column = this.#columns.get(field);
    if (column === undefined || (column.kind !== 'value' && column.kind !== 'presence')) return undefined;
    const stats = this.#inner.stats(seriesId, column.field, range);
    if (stats === undefined || column.kind === 'value') return stats;
    return { ...stats, sum: stats.count, min: 1, max: 1, first: 1, last: 1 };
  }

  close(): void {
    this.#inner.close();
  }

  #recipeFor(fields: readonly string[]): Recipe {
    if (this.#recipe?.fields === fields) return this.#recipe;
    const stored: string[] = [];
    const placeOf = (field: string): number => {
      const at = stored.indexOf(field);
      return at >= 0 ? at : stored.push(field) - 1;
    };
    const steps = fields.map((field) => {
      const column = this.#columns.get(field);
      return column && { column, places: sourcesOf(column).map(placeOf) };
    });
    this.#recipe = { fields, stored, steps };
    return this.#recipe;
  }
}

/** The type of a derived column, by that of what it is made of. */
export function derivedType(column: DerivedColumn, stored: FieldType): FieldType {
  switch (column.kind) {
    case 'value':
      return stored;
    case 'presence':
      return 'integer';
    case 'sketch':
      return 'string';
    case 'square':
    case 'ratio':
    case 'ratio-joined':
      return 'float';
    case 'joined':
      return stored;
    case 'known':
      return derivedType(column.column, stored);
  }
}

/** The stored fields that a column is made of, in the order in which `derive` takes them. */
function sourcesOf(column: DerivedColumn): readonly string[] {
  switch (column.kind) {
    case 'ratio':
      return [column.sum, column.count];
    case 'ratio-joined':
      return statesFor(column.own, column.others, ['sum', 'count']);
    case 'joined':
      return statesFor(
        column.own,
        column.others,
        column.state === 'm2' || column.state === 'mean'
          ? [column.state, 'count', 'sum', 'mean']
          : [column.state, 'count'],
      );
    case 'known':
      return [...sourcesOf(column.column), ...column.counts];
    default:
      return [column.field];
  }
}

/** First the own ones, then the others'; '' for a state that is not kept. */
function statesFor(own: StateFields, others: StateFields, states: readonly JoinedState[]): readonly string[] {
  return [own, others].flatMap((fields) => states.map((state) => fields[state] ?? ''));
}

function derive(column: DerivedColumn, sources: readonly (ChunkColumn | null)[], rowCount: number): ChunkColumn | null {
  const [source] = sources;
  switch (column.kind) {
    case 'ratio':
      return ratio(source, sources[1], rowCount);
    case 'ratio-joined':
      return joinedRatio(sources, rowCount);
    case 'joined':
      return joinedState(column.state, sources, rowCount);
    case 'known': {
      const counts = sources.slice(sources.length - column.counts.length);
      const whole = derive(column.column, sources.slice(0, -column.counts.length), rowCount);
      return whole && onlyKnown(whole, counts, column.least, rowCount);
    }
    default:
  }
  if (source === null) return null;
  switch (column.kind) {
    case 'value':
      return source;
    case 'presence':
      return { type: 'integer', values: new Float64Array(rowCount).fill(1), valid: source.valid };
    case 'square':
      return { type: 'float', values: new Float64Array(rowCount), valid: source.valid };
    case 'sketch':
      return { type: 'string', values: Array.from(source.values, sketchOfOne), valid: source.valid };
  }
}

function sketchOfOne(value: number | bigint | string): string {
  const sketch = newSketch();
  addToSketch(sketch, Number(value));
  return encodeSketch(sketch);
}

function ratio(sums: ChunkColumn | null, counts: ChunkColumn | null, rowCount: number): ChunkColumn | null {
  if (sums === null || counts === null) return null;
  assert(counts.type === 'integer', 'a ratio divides by a count');
  const values = new Float64Array(rowCount);
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const count = isIn(counts, row) ? Number(counts.values[row]) : 0;
    if (count === 0 || !isIn(sums, row)) continue;
    values[row] = Number(sums.values[row]) / count;
    valid[row] = 1;
  }
  return { type: 'float', values, valid: valid.includes(0) ? valid : null };
}

function onlyKnown(
  column: ChunkColumn,
  counts: readonly (ChunkColumn | null)[],
  least: number,
  rowCount: number,
): ChunkColumn {
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (column.valid !== null && column.valid[row] === 0) continue;
    let count = 0;
    for (const own of counts) if (isIn(own, row)) count += Number(own.values[row]);
    if (count >= least) valid[row] = 1;
  }
  return { ...column, valid };
}

function isIn(column: ChunkColumn | null, row: number): column is ChunkColumn {
  return column !== null && (column.valid === null || column.valid[row] !== 0);
}
