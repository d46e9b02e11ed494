// mode, distinct, count(distinct): how often each value occurs in each cell, and when first and last in reading direction.
//
//     entry   cells[e]  codes[e]  counts[e]  first[e]  last[e]  ordinals[e]
//     slots   open-addressing hash table of (cell, code) -> entry + 1
//
// A code is the number itself; strings and 64-bit integers are numbered by a dictionary and their code is that number.
import type { ChunkColumn, FieldType } from '../../model/index.ts';
import type { Meter } from '../meter.ts';
import { type Times, compareTime, compareTimes, copyTime, highWord, lowWord, newTimes, setTime } from '../time64.ts';
import type { Value } from '../values.ts';
import { type CellMap, type Slice, mapCell } from './slice.ts';

export interface TallyState {
  readonly kind: 'tally';
  readonly type: FieldType;
  /** Reading direction: "first" is the latest time when descending. */
  readonly descending: boolean;
  entryCount: number;
  cells: Int32Array<ArrayBuffer>;
  codes: Float64Array<ArrayBuffer>;
  counts: Float64Array<ArrayBuffer>;
  first: Times;
  last: Times;
  /** Series of the first point. */
  ordinals: Int32Array<ArrayBuffer>;
  slots: Int32Array<ArrayBuffer>;
  /** Code -> value; null while codes are the numbers themselves. */
  dictionary: Map<Value, number> | null;
}

const FIRST_ENTRIES = 64;
const BYTES_PER_ENTRY = 48;
const BYTES_PER_WORD_OF_DICTIONARY = 80;

const scratch = new Float64Array(1);
const scratchWords = new Int32Array(scratch.buffer);

export function newTallyState(type: FieldType, descending: boolean): TallyState {
  return {
    kind: 'tally',
    type,
    descending,
    entryCount: 0,
    cells: new Int32Array(FIRST_ENTRIES),
    codes: new Float64Array(FIRST_ENTRIES),
    counts: new Float64Array(FIRST_ENTRIES),
    first: newTimes(FIRST_ENTRIES),
    last: newTimes(FIRST_ENTRIES),
    ordinals: new Int32Array(FIRST_ENTRIES),
    slots: new Int32Array(2 * FIRST_ENTRIES),
    dictionary: type === 'string' ? new Map() : null,
  };
}

/** The values by their code; null while codes are the numbers themselves. */
export function tallyWords(state: TallyState): readonly Value[] | null {
  return state.dictionary === null ? null : [...state.dictionary.keys()];
}

export function addTally(
  state: TallyState,
  column: ChunkColumn,
  valid: Uint8Array | null,
  slice: Slice,
  meter: Meter,
): void {
  const { values } = column;
  const { runs, cellBase, times, high, low, ordinal } = slice;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) needDictionary(state, meter);
  for (let run = 0; run < runs.count; run++) {
    const cell = cellBase + runs.windows[run];
    const end = runs.ends[run];
    for (let row = runs.starts[run]; row < end; row++) {
      if (valid !== null && valid[row] === 0) continue;
      const code = codeOf(state, values[row], meter);
      const entry = entryOf(state, cell, code, meter);
      const timeHigh = highWord(high, low, times[row]);
      const timeLow = lowWord(low, times[row]);
      count(state, entry, timeHigh, timeLow, ordinal);
    }
  }
}

function count(state: TallyState, entry: number, high: number, low: number, ordinal: number): void {
  const { first, last } = state;
  if (state.counts[entry]++ === 0) {
    state.ordinals[entry] = ordinal;
    setTime(first.words, entry, high, low);
    setTime(last.words, entry, high, low);
    return;
  }
  const direction = state.descending ? -1 : 1;
  const toFirst = compareTime(first.words, entry, high, low) * direction;
  // At one time the series that was read first stays; they are read in the order of the request.
  if (toFirst > 0) {
    state.ordinals[entry] = ordinal;
    setTime(first.words, entry, high, low);
  }
  if (compareTime(last.words, entry, high, low) * direction < 0) setTime(last.words, entry, high, low);
}

function codeOf(state: TallyState, value: Value, meter: Meter): number {
  const { dictionary } = state;
  // Adding 0 makes one of the two zeros.
  if (dictionary === null) return (value as number) + 0;
  const key = typeof value === 'number' ? BigInt(value) : value;
  let code = dictionary.get(key);
  if (code === undefined) {
    code = dictionary.size;
    meter.reserve(BYTES_PER_WORD_OF_DICTIONARY + (typeof key === 'string' ? 2 * key.length : 0));
    dictionary.set(key, code);
  }
  return code;
}

/** Turns codes that are integers themselves into words of a dictionary. */
function needDictionary(state: TallyState, meter: Meter): void {
  if (state.dictionary !== null) return;
  state.dictionary = new Map();
  for (let entry = 0; entry < state.entryCount; entry++) {
    state.codes[entry] = codeOf(state, BigInt(state.codes[entry]), meter);
  }
  rehash(state);
}

function entryOf(state: TallyState, cell: number, code: number, meter: Meter): number {
  const { cells, codes, slots } = state;
  const mask = slots.length - 1;
  for (let slot = hash(cell, code) & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot] - 1;
    if (entry < 0) {
      if (state.entryCount === cells.length) {
        grow(state, meter);
        return entryOf(state, cell, code, meter);
      }
      const added = state.entryCount++;
      slots[slot] = added + 1;
      cells[added] = cell;
      codes[added] = code;
      return added;
    }
    if (cells[entry] === cell && codes[entry] === code) return entry;
  }
}

function hash(cell: number, code: number): number {
  scratch[0] = code;
  let mixed = Math.imul(
    scratchWords[0] ^ Math.imul(scratchWords[1], 0x9e3779b1) ^ Math.imul(cell, 0x85ebca6b),
    0xc2b2ae35,
  );
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x27d4eb2f) ^ (mixed >>> 13);
}

function grow(state: TallyState, meter: Meter): void {
  const size = 2 * state.cells.length;
  meter.reserve((size / 2) * BYTES_PER_ENTRY);
  state.cells = longer(state.cells, new Int32Array(size));
  state.codes = longer(state.codes, new Float64Array(size));
  state.counts = longer(state.counts, new Float64Array(size));
  state.ordinals = longer(state.ordinals, new Int32Array(size));
  state.first = longerTimes(state.first, size);
  state.last = longerTimes(state.last, size);
  state.slots = new Int32Array(2 * size);
  rehash(state);
}

function rehash(state: TallyState): void {
  const { cells, codes, slots } = state;
  slots.fill(0);
  const mask = slots.length - 1;
  for (let entry = 0; entry < state.entryCount; entry++) {
    let slot = hash(cells[entry], codes[entry]) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  }
}

function longer<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function longerTimes(from: Times, size: number): Times {
  const times = newTimes(size);
  times.ns.set(from.ns);
  return times;
}

export function mergeTally(into: TallyState, from: TallyState, map: CellMap, meter: Meter): void {
  const words = tallyWords(from);
  if (words !== null) needDictionary(into, meter);
  const direction = into.descending ? -1 : 1;
  for (let source = 0; source < from.entryCount; source++) {
    const value = words === null ? from.codes[source] : words[from.codes[source]];
    const entry = entryOf(into, mapCell(map, from.cells[source]), codeOf(into, value, meter), meter);
    const fresh = into.counts[entry] === 0;
    into.counts[entry] += from.counts[source];
    const toFirst = compareTimes(from.first.words, source, into.first.words, entry) * direction;
    if (fresh || toFirst < 0 || (toFirst === 0 && from.ordinals[source] < into.ordinals[entry])) {
      into.ordinals[entry] = from.ordinals[source];
      copyTime(from.first.words, source, into.first.words, entry);
    }
    if (fresh || compareTimes(from.last.words, source, into.last.words, entry) * direction > 0) {
      copyTime(from.last.words, source, into.last.words, entry);
    }
  }
}
