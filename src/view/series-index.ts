// Which series have which tags. For each measurement the series are numbered 0, 1, 2, … (ordinals), and each tag key is a
// column of value ids over the ordinals; the inverse (value -> ordinals) is built for a tag when a query first asks.
//
//     cpu   ordinal      0      1      2
//           series id    4      9     12
//           host         1      2      1         values: ["", "a", "b"]     "a" -> [0, 2]   "b" -> [1]
//           region       0      1      1         values: ["", "eu"]         0 = the series lacks the tag
import { compareStrings } from '../base/index.ts';
import { type SeriesTable, type Tag, type TagPredicate, matchesTagValue, parseSeriesKey } from '../model/index.ts';

export class SeriesIndex {
  readonly table: SeriesTable;
  /** Ids below this have been indexed. */
  #indexed = 0;
  readonly #measurements = new Map<string, MeasurementSeries>();
  #ordinals: Int32Array = new Int32Array(1024);

  constructor(table: SeriesTable) {
    this.table = table;
  }

  /** About what the index takes. */
  get memoryBytes(): number {
    return this.#measurements.values().reduce((sum, series) => sum + series.memoryBytes, this.#ordinals.byteLength);
  }

  /** Takes in the series that the table has got since the last call. */
  update(): void {
    for (; this.#indexed < this.table.count; this.#indexed++) this.#add(this.#indexed);
  }

  measurement(name: string): MeasurementSeries | undefined {
    return this.#measurements.get(name);
  }

  measurements(): Iterable<MeasurementSeries> {
    return this.#measurements.values();
  }

  /** The series of an indexed id, and its ordinal there. */
  measurementOf(id: number): MeasurementSeries {
    return this.#measurements.get(this.table.measurements[this.table.measurementOf(id)]) as MeasurementSeries;
  }

  ordinalOf(id: number): number {
    return this.#ordinals[id];
  }

  tags(id: number): readonly Tag[] {
    return this.measurementOf(id).tags(this.#ordinals[id]);
  }

  #add(id: number): void {
    const key = parseSeriesKey(this.table.keyText(id));
    let series = this.#measurements.get(key.measurement);
    if (series === undefined) {
      series = new MeasurementSeries(key.measurement);
      this.#measurements.set(key.measurement, series);
    }
    if (id >= this.#ordinals.length) this.#ordinals = larger(this.#ordinals);
    this.#ordinals[id] = series.add(id, key.tags);
  }
}

/** The series of one measurement. */
export class MeasurementSeries {
  readonly name: string;
  #count = 0;
  #ids: Int32Array = new Int32Array(16);
  readonly #tags = new Map<string, TagColumn>();

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.#count;
  }

  get memoryBytes(): number {
    return this.#tags.values().reduce((sum, column) => sum + column.memoryBytes, this.#ids.byteLength);
  }

  /** Series id of an ordinal. Ascending. */
  id(ordinal: number): number {
    return this.#ids[ordinal];
  }

  /** Ascending. */
  tagKeys(): string[] {
    return [...this.#tags.keys()].sort(compareStrings);
  }

  /** "" where the series lacks the tag. */
  tagValue(ordinal: number, tag: string): string {
    return this.#tags.get(tag)?.value(ordinal) ?? '';
  }

  /** How many values the tag has had, the empty one aside. */
  valueCount(tag: string): number {
    return this.#tags.get(tag)?.valueCount ?? 0;
  }

  hasValue(tag: string, value: string): boolean {
    return this.#tags.get(tag)?.hasValue(value) ?? value === '';
  }

  /** The first ordinal that has the tag and is accepted, or -1. */
  findWithTag(tag: string, accept: (ordinal: number) => boolean): number {
    for (let ordinal = 0; ordinal < this.#count; ordinal++) {
      if (this.tagValue(ordinal, tag) !== '' && accept(ordinal)) return ordinal;
    }
    return -1;
  }

  tags(ordinal: number): Tag[] {
    const tags: Tag[] = [];
    for (const key of this.tagKeys()) {
      const value = this.tagValue(ordinal, key);
      if (value !== '') tags.push({ key, value });
    }
    return tags;
  }

  add(id: number, tags: readonly Tag[]): number {
    const ordinal = this.#count++;
    if (ordinal >= this.#ids.length) this.#ids = larger(this.#ids);
    this.#ids[ordinal] = id;
    for (const tag of tags) {
      let column = this.#tags.get(tag.key);
      if (column === undefined) {
        column = new TagColumn();
        this.#tags.set(tag.key, column);
      }
      column.set(ordinal, tag.value);
    }
    return ordinal;
  }

  /** Ascending ordinals of the series that satisfy the predicate; of `candidates` only, when given. */
  match(predicate: TagPredicate, candidates?: Int32Array): Int32Array {
    switch (predicate.op) {
      case 'const':
        return predicate.value ? (candidates ?? this.#all()) : new Int32Array(0);
      case 'and': {
        let left = candidates;
        for (const term of cheapestFirst(predicate.terms)) left = this.match(term, left);
        return left ?? this.#all();
      }
      case 'or':
        return union(predicate.terms.map((term) => this.match(term, candidates)));
      default: {
        const column = this.#tags.get(predicate.tag);
        if (column === undefined) {
          return matchesTagValue(predicate, '') ? (candidates ?? this.#all()) : new Int32Array(0);
        }
        if (predicate.op === '=' && predicate.value !== '' && candidates === undefined) {
          return column.ordinalsOf(predicate.value, this.#count);
        }
        const accepted = column.accepted((value) => matchesTagValue(predicate, value));
        return column.filter(accepted, candidates ?? this.#all());
      }
    }
  }

  #all(): Int32Array {
    return Int32Array.from({ length: this.#count }, (_, ordinal) => ordinal);
  }
}

/** A guess for what a distinct value takes in its list and its map, text aside. */
const BYTES_PER_VALUE = 80;

/** One tag's values by ordinal. */
class TagColumn {
  readonly #values: string[] = [''];
  readonly #valueIds = new Map<string, number>([['', 0]]);
  /** Ordinal -> value id; ordinals beyond the end have 0. */
  #ids: Int32Array = new Int32Array(16);
  #end = 0;
  /** Ordinals below `#invertedEnd`, grouped by value id: those of value v are [#starts[v], #starts[v + 1]). */
  #inverted: Int32Array = new Int32Array(0);
  #starts: Int32Array = new Int32Array(1);
  #invertedEnd = 0;
  #textBytes = 0;

  get memoryBytes(): number {
    const arrays = this.#ids.byteLength + this.#inverted.byteLength + this.#starts.byteLength;
    return arrays + this.#textBytes + BYTES_PER_VALUE * this.#values.length;
  }

  get valueCount(): number {
    return this.#values.length - 1;
  }

  hasValue(value: string): boolean {
    return this.#valueIds.has(value);
  }

  set(ordinal: number, value: string): void {
    let id = this.#valueIds.get(value);
    if (id === undefined) {
      id = this.#values.push(value) - 1;
      this.#textBytes += value.length;
      this.#valueIds.set(value, id);
    }
    while (ordinal >= this.#ids.length) this.#ids = larger(this.#ids);
    this.#ids[ordinal] = id;
    this.#end = ordinal + 1;
  }

  value(ordinal: number): string {
    return ordinal < this.#end ? this.#values[this.#ids[ordinal]] : '';
  }

  /** By value id: 1 where the value is accepted. */
  accepted(test: (value: string) => boolean): Uint8Array {
    return Uint8Array.from(this.#values, (value) => (test(value) ? 1 : 0));
  }

  filter(accepted: Uint8Array, ordinals: Int32Array): Int32Array {
    const kept = new Int32Array(ordinals.length);
    let count = 0;
    for (let at = 0; at < ordinals.length; at++) {
      const ordinal = ordinals[at];
      const id = ordinal < this.#end ? this.#ids[ordinal] : 0;
      if (accepted[id] !== 0) kept[count++] = ordinal;
    }
    return kept.slice(0, count);
  }

  /** Ascending ordinals with the value, of the first `count` series. */
  ordinalsOf(value: string, count: number): Int32Array {
    const id = this.#valueIds.get(value);
    if (id === undefined) return new Int32Array(0);
    // The inverse is made anew once a quarter of the series are not in it; the rest is looked through.
    if (this.#end > 64 && this.#end > 1.25 * this.#invertedEnd) this.#invert();
    const known = id + 1 < this.#starts.length ? this.#inverted.subarray(this.#starts[id], this.#starts[id + 1]) : [];
    const found: number[] = [];
    for (let at = this.#invertedEnd; at < Math.min(this.#end, count); at++) if (this.#ids[at] === id) found.push(at);
    const all = new Int32Array(known.length + found.length);
    all.set(known);
    all.set(found, known.length);
    return all;
  }

  #invert(): void {
    const starts = new Int32Array(this.#values.length + 1);
    for (let at = 0; at < this.#end; at++) starts[this.#ids[at] + 1]++;
    for (let id = 0; id < this.#values.length; id++) starts[id + 1] += starts[id];
    const next = starts.slice();
    const inverted = new Int32Array(this.#end);
    for (let at = 0; at < this.#end; at++) inverted[next[this.#ids[at]]++] = at;
    this.#inverted = inverted;
    this.#starts = starts;
    this.#invertedEnd = this.#end;
  }
}

/** Equalities narrow the most at the least cost; what has terms of its own comes last. */
function cheapestFirst(terms: readonly TagPredicate[]): TagPredicate[] {
  const cost = (term: TagPredicate): number => (term.op === '=' ? 0 : 'tag' in term ? 1 : 2);
  return [...terms].sort((a, b) => cost(a) - cost(b));
}

/** The ascending union of ascending lists. */
export function union(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 1) return lists[0];
  let total = 0;
  for (const list of lists) total += list.length;
  const all = new Int32Array(total);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  let count = 0;
  for (let next = 0; next < total; next++) if (next === 0 || all[next] !== all[next - 1]) all[count++] = all[next];
  return all.slice(0, count);
}

function larger(array: Int32Array): Int32Array {
  const copy = new Int32Array(2 * array.length);
  copy.set(array);
  return copy;
}
