// A snapshot over several tiers and the base, as one: each span of time is read from the source that was chosen for it, and
// points look like states where states are asked for. Series have the same ids everywhere, so that nothing is translated.
import { compareStrings } from '../base/index.ts';
import {
  ALL_TIME,
  type FieldType,
  type OptionalState,
  type Tag,
  type TagPredicate,
  type TimeRange,
  dominantType,
  intersectRange,
  isNumeric,
} from '../model/index.ts';
import {
  type DerivedColumn,
  type ExpectedPoints,
  type Snapshot,
  type StateColumns,
  type StateFields,
  type TableSnapshot,
  type WholeColumn,
  derivedType,
} from '../view/index.ts';
import { columnsOfStates } from './answers.ts';
import {
  JOINED_STATES,
  fieldOfLate,
  isLateField,
  lateField,
  parseStateColumn,
  stateColumn,
  stateType,
  statesOf,
} from './state-columns.ts';

export interface StitchedSource {
  readonly kind: 'points' | 'states';
  readonly snapshot: Snapshot;
  /** Of windows; of points 0. */
  readonly stepNs: bigint;
}

export interface StitchedSpan {
  readonly source: StitchedSource;
  readonly range: TimeRange;
}

export interface StitchedParts {
  /** The base's or the tier's own first: it says which tags a series has. */
  readonly sources: readonly StitchedSource[];
  /** Ascending, disjoint. Asked for once a measurement. */
  readonly spansOf: (measurement: string) => readonly StitchedSpan[];
  /** What is kept of a field besides the states that always are. */
  readonly keptOf: (measurement: string, field: string) => ReadonlySet<OptionalState>;
  /** The step that points are expected at, and the share of a window that must be known. */
  readonly expects: (measurement: string) => ExpectedPoints | undefined;
  /** Rows are asked for, and not functions of them: a number is its mean then. */
  readonly wantsRows: boolean;
  /** Of a window, the share that must be known for its row to have a value; undefined = what is expected says. */
  readonly knownShare?: number | undefined;
}

const EVERY_STATE: ReadonlySet<OptionalState> = new Set(['first', 'last', 'stddev', 'percentile', 'counter']);

export class StitchedSnapshot implements Snapshot {
  readonly bucketId: string;
  readonly #parts: StitchedParts;
  readonly #spans = new Map<string, readonly StitchedSpan[]>();

  constructor(parts: StitchedParts) {
    this.#parts = parts;
    this.bucketId = parts.sources[0].snapshot.bucketId;
  }

  measurements(): readonly string[] {
    const names = new Set(this.#parts.sources.flatMap(({ snapshot }) => snapshot.measurements()));
    return [...names].sort(compareStrings);
  }

  fields(measurement: string, range: TimeRange = ALL_TIME): ReadonlyMap<string, FieldType> {
    const fields = new Map<string, FieldType>();
    for (const { source, range: span } of this.#spansOf(measurement)) {
      const part = intersectRange(span, range);
      if (part === undefined) continue;
      for (const [name, type] of logicalFields(source, measurement, part)) {
        const shown = source.kind === 'states' && this.#parts.wantsRows && isNumeric(type) ? 'float' : type;
        fields.set(name, dominantType(fields.get(name) ?? shown, shown));
      }
    }
    return fields;
  }

  tagKeys(measurement: string): readonly string[] {
    const keys = new Set(this.#parts.sources.flatMap(({ snapshot }) => snapshot.tagKeys(measurement)));
    return [...keys].sort(compareStrings);
  }

  series(measurement: string, predicate?: TagPredicate): Int32Array {
    return union(this.#parts.sources.map(({ snapshot }) => snapshot.series(measurement, predicate)));
  }

  seriesInRange(ids: Int32Array, measurement: string, range: TimeRange): Int32Array {
    const found: Int32Array[] = [];
    for (const { source, range: span } of this.#spansOf(measurement)) {
      const part = intersectRange(span, range);
      if (part !== undefined) found.push(source.snapshot.seriesInRange(ids, measurement, part));
    }
    const present = new Set(found.flatMap((own) => [...own]));
    return ids.filter((id) => present.has(id));
  }

  tagValues(ids: Int32Array, tag: string): readonly string[] {
    return this.#parts.sources[0].snapshot.tagValues(ids, tag);
  }

  tags(id: number): readonly Tag[] {
    return this.#parts.sources[0].snapshot.tags(id);
  }

  seriesKey(id: number): string {
    return this.#parts.sources[0].snapshot.seriesKey(id);
  }

  tables(measurement: string, range: TimeRange): readonly TableSnapshot[] {
    const spans = this.#spansOf(measurement);
    const plain = spans.every(({ source }) => source.kind === 'points');
    const expected = this.#parts.wantsRows ? this.expects(measurement) : undefined;
    return spans.flatMap(({ source, range: span }) => {
      const part = intersectRange(span, range);
      if (part === undefined) return [];
      return source.snapshot.tables(measurement, part).map((table) => {
        const cut = { ...table, span: intersectRange(table.shard, part) };
        if (plain) return cut;
        const least = expected === undefined ? 0 : this.#leastCount(source, expected);
        return { ...cut, ...(source.kind === 'points' ? pointsAsStates(table) : statesAsFields(table, least)) };
      });
    });
  }

  states(measurement: string, field: string): StateColumns | undefined {
    if (this.#parts.wantsRows) return undefined;
    const spans = this.#spansOf(measurement);
    if (spans.every(({ source }) => source.kind === 'points')) return undefined;
    const type = this.fields(measurement).get(field);
    return type === undefined ? undefined : columnsOfStates(field, type, this.#parts.keptOf(measurement, field));
  }

  expects(measurement: string): ExpectedPoints | undefined {
    return this.#parts.expects(measurement);
  }

  /** The points that a row needs. */
  #leastCount({ stepNs }: StitchedSource, expected: ExpectedPoints): number {
    const share = this.#parts.knownShare ?? expected.knownShare;
    // Nine points of ten are 0.9, whichever way that was rounded.
    return (Number(stepNs) / Number(expected.stepNs)) * share * (1 - 1e-9);
  }

  release(): void {
    for (const { snapshot } of this.#parts.sources) snapshot.release();
  }

  #spansOf(measurement: string): readonly StitchedSpan[] {
    let spans = this.#spans.get(measurement);
    if (spans === undefined) this.#spans.set(measurement, (spans = this.#parts.spansOf(measurement)));
    return spans;
  }
}

/** The fields that a query knows: those of the base, also where only their states are stored. */
function logicalFields(source: StitchedSource, measurement: string, range: TimeRange): ReadonlyMap<string, FieldType> {
  const stored = source.snapshot.fields(measurement, range);
  return source.kind === 'points' ? stored : fieldsOfStates(stored);
}

function fieldsOfStates(stored: ReadonlyMap<string, FieldType>): Map<string, FieldType> {
  const fields = new Map<string, FieldType>();
  for (const [name, type] of stored) {
    const column = parseStateColumn(name);
    if (column?.state !== 'sum' && column?.state !== 'last') continue;
    const field = isLateField(column.field) ? fieldOfLate(column.field) : column.field;
    fields.set(field, dominantType(fields.get(field) ?? type, type));
  }
  return fields;
}

function pointsAsStates(table: TableSnapshot): Pick<TableSnapshot, 'fields' | 'derived'> {
  const fields = new Map(table.fields);
  const derived = new Map<string, DerivedColumn>();
  for (const [field, type] of table.fields) {
    derived.set(field, { kind: 'value', field });
    for (const state of statesOf(type, EVERY_STATE)) {
      const kind =
        state === 'count' ? 'presence' : state === 'm2' ? 'square' : state === 'sketch' ? 'sketch' : ('value' as const);
      if (state === 'increase' || state === 'true') continue;
      derived.set(stateColumn(field, state), { kind, field });
      fields.set(stateColumn(field, state), stateType(state, type));
    }
  }
  return { fields, derived };
}

/**
 * Stored states under their own names, and each field as what stands for it, its mean or the last value, where there are
 * `least` points of it.
 */
function statesAsFields(table: TableSnapshot, least: number): Pick<TableSnapshot, 'fields' | 'derived'> {
  const fields = new Map(table.fields);
  const derived = new Map<string, DerivedColumn>();
  for (const name of table.fields.keys()) derived.set(name, { kind: 'value', field: name });
  for (const [field, type] of fieldsOfStates(table.fields)) {
    const hasLate = table.fields.has(stateColumn(lateField(field), 'count'));
    if (hasLate) joinLate(field, type, fields, derived);
    const column = hasLate ? joinedValue(table, field, type) : valueOfStates(table, field, type);
    derived.set(field, least > 0 ? { kind: 'known', column, counts: countsOf(field, hasLate), least } : column);
    fields.set(field, derivedType(column, type));
  }
  return { fields, derived };
}

function countsOf(field: string, hasLate: boolean): readonly string[] {
  const own = stateColumn(field, 'count');
  return hasLate ? [own, stateColumn(lateField(field), 'count')] : [own];
}

/** What stands for a field: the mean of a number; the last of anything else, and of a counter. */
function valueOfStates(table: TableSnapshot, field: string, type: FieldType): WholeColumn {
  if (!isNumeric(type) || isCounter(table, field)) return { kind: 'value', field: stateColumn(field, 'last') };
  return { kind: 'ratio', sum: stateColumn(field, 'sum'), count: stateColumn(field, 'count') };
}

function joinedValue(table: TableSnapshot, field: string, type: FieldType): WholeColumn {
  const both = { own: stateFields(field), others: stateFields(lateField(field)) };
  if (!isNumeric(type) || isCounter(table, field)) return { kind: 'joined', state: 'last', ...both };
  return { kind: 'ratio-joined', ...both };
}

function isCounter({ fields }: TableSnapshot, field: string): boolean {
  return fields.has(stateColumn(field, 'increase'));
}

/** The states of a field over what came in time and what came late. */
function joinLate(
  field: string,
  type: FieldType,
  fields: Map<string, FieldType>,
  derived: Map<string, DerivedColumn>,
): void {
  const both = { own: stateFields(field), others: stateFields(lateField(field)) };
  for (const state of JOINED_STATES) {
    const name = stateColumn(field, state);
    // The sum of both may leave 64 bits where neither did.
    const kept = state === 'mean' ? 'm2' : state;
    if (state === 'mean' && type === 'float') continue;
    if (!fields.has(stateColumn(field, kept)) && !fields.has(stateColumn(lateField(field), kept))) continue;
    derived.set(name, { kind: 'joined', state, ...both });
    fields.set(name, stateType(state, type));
    if (fields.has(stateColumn(lateField(field), state)))
      fields.set(stateColumn(lateField(field), state), stateType(state, type));
  }
}

function stateFields(field: string): StateFields {
  return Object.fromEntries(JOINED_STATES.map((state) => [state, stateColumn(field, state)]));
}

function union(lists: readonly Int32Array[]): Int32Array {
  const [first, ...others] = lists.filter((list) => list.length > 0);
  if (first === undefined) return new Int32Array(0);
  if (others.length === 0) return first;
  return Int32Array.from(new Set(lists.flatMap((list) => [...list]))).sort();
}
