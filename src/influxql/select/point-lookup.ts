// Fetches other fields and tags of points that a selector chose: `SELECT max(v), host, w`.
import type { FieldType, SeriesChunk } from '../../model/index.ts';
import type { PointLookUp } from './cells.ts';
import { castColumn, narrowed } from './column-math.ts';
import type { QueryEnv } from './query-env.ts';
import { type Column, allocateValues, isValid, isWide } from './rows.ts';
import { type ColumnSource, type StoredInput, columnSource } from './stored-input.ts';

/** Up to so many different times are fetched by a scan each; more by one scan over all that lies between. */
const MAX_POINT_SCANS = 64;

/** Reads the points of a stored measurement again. */
export function storedLookUp(input: StoredInput, env: QueryEnv): PointLookUp {
  return async (timesNs, seriesIds, references) => {
    const sources = references.map((reference) => columnSource(reference, input.schema));
    const fields = [...new Set(sources.flatMap((source) => (source.kind === 'field' ? [source.name] : [])))];
    const found = fields.map(() => new FoundValues(timesNs.length));
    if (fields.length > 0) await findFields(input, fields, timesNs, seriesIds, found, env);
    return sources.map((source) => lookedUp(source, fields, found, input, seriesIds));
  };
}

function lookedUp(
  source: ColumnSource,
  fields: readonly string[],
  found: readonly FoundValues[],
  input: StoredInput,
  seriesIds: Int32Array,
): Column | null {
  switch (source.kind) {
    case 'field':
      return castColumn(found[fields.indexOf(source.name)].finish(), source.type, seriesIds.length);
    case 'tag':
      return tagColumn(input.snapshot.tagValues(seriesIds, source.name));
    case 'nothing':
      return null;
  }
}

/** A tag that a series lacks is no value. */
function tagColumn(values: readonly string[]): Column {
  const valid = Uint8Array.from(values, (value) => (value === '' ? 0 : 1));
  return { type: 'string', values, valid };
}

async function findFields(
  input: StoredInput,
  fields: readonly string[],
  timesNs: BigInt64Array,
  seriesIds: Int32Array,
  found: readonly FoundValues[],
  env: QueryEnv,
): Promise<void> {
  const byTime = new Map<bigint, number[]>();
  for (let at = 0; at < timesNs.length; at++) {
    const same = byTime.get(timesNs[at]);
    if (same === undefined) byTime.set(timesNs[at], [at]);
    else same.push(at);
  }
  const times = [...byTime.keys()].sort((a, b) => (a < b ? -1 : 1));
  const spans =
    times.length <= MAX_POINT_SCANS ? times.map((time) => [time, time]) : [[times[0], times[times.length - 1]]];
  for (const [first, last] of spans) {
    const wanted = first === last ? (byTime.get(first) ?? []) : timesNs.keys().toArray();
    const places = placesBySeries(wanted, timesNs, seriesIds);
    const ids = Int32Array.from(places.keys()).sort();
    const range = { startNs: first, endNs: last + 1n };
    const request = {
      tables: input.snapshot.tables(input.name, range),
      seriesIds: ids,
      range,
      fields,
      filter: null,
      descending: false,
    };
    for await (const { seriesId, chunks } of env.executor.scan(request, env.execContext())) {
      for (const chunk of chunks) takeChunk(chunk, places.get(seriesId), found);
    }
  }
}

/** Series -> time -> places in the list of points. */
type Places = Map<number, Map<bigint, number[]>>;

function placesBySeries(wanted: readonly number[], timesNs: BigInt64Array, seriesIds: Int32Array): Places {
  const places: Places = new Map();
  for (const at of wanted) {
    let times = places.get(seriesIds[at]);
    if (times === undefined) places.set(seriesIds[at], (times = new Map()));
    const same = times.get(timesNs[at]);
    if (same === undefined) times.set(timesNs[at], [at]);
    else same.push(at);
  }
  return places;
}

function takeChunk(chunk: SeriesChunk, places: Map<bigint, number[]> | undefined, found: readonly FoundValues[]): void {
  if (places === undefined) return;
  for (const [timeNs, list] of places) {
    const row = rowAt(chunk, timeNs);
    if (row < 0) continue;
    for (let field = 0; field < found.length; field++) {
      for (const at of list) found[field].set(at, chunk.columns[field], row);
    }
  }
}

function rowAt(chunk: SeriesChunk, timeNs: bigint): number {
  const offset = Number(timeNs - chunk.baseNs);
  let low = 0;
  let high = chunk.rowCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk.times[middle] < offset) low = middle + 1;
    else high = middle;
  }
  return low < chunk.rowCount && chunk.times[low] === offset ? low : -1;
}

/** A column whose rows arrive in any order. */
export class FoundValues {
  readonly #cells: (number | bigint | string)[] = [];
  readonly #valid: Uint8Array;
  #type: FieldType | undefined;

  constructor(count: number) {
    this.#valid = new Uint8Array(count);
  }

  set(at: number, column: Column | null, row: number): void {
    if (column === null || !isValid(column, row)) return;
    this.#type ??= column.type;
    this.#cells[at] = column.values[row];
    this.#valid[at] = 1;
  }

  finish(): Column | null {
    if (this.#type === undefined) return null;
    const count = this.#valid.length;
    const wide = this.#cells.some((cell) => typeof cell === 'bigint');
    const values = allocateValues(this.#type, count, wide) as (number | bigint | string)[] & Column['values'];
    for (let at = 0; at < count; at++) {
      if (this.#valid[at] !== 0) values[at] = wide ? BigInt(this.#cells[at]) : this.#cells[at];
    }
    return { type: this.#type, values: isWide(values) ? narrowed(values) : values, valid: this.#valid };
  }
}
