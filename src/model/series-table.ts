// Series keys to dense ids: an open-addressing hash table over one byte arena, so that looking up a key that stands in a
// request's bytes costs no object. One table a bucket.
import { parseSeriesKey } from './series-key.ts';

const INITIAL_SLOTS = 1024;

/**
 * Ids are 0, 1, 2, … in order of first sight and never change. The arena is shared memory: workers read keys of ids that
 * they were told of, while the owner thread adds more.
 */
export class SeriesTable {
  #count = 0;
  /** Slot -> id + 1; 0 = empty. Linear probing, at most half full. */
  #slots: Int32Array = new Int32Array(INITIAL_SLOTS);
  #hashes: Int32Array = new Int32Array(INITIAL_SLOTS);
  #arena: Uint8Array = sharedBytes(64 * 1024);
  /** Key of id i is arena[offsets[i] .. offsets[i + 1]). */
  #offsets: Float64Array = new Float64Array(new SharedArrayBuffer(8 * 1025));
  /** Id -> ordinal of its measurement. */
  #measurementOf: Int32Array = new Int32Array(1024);
  readonly #measurements: string[] = [];
  readonly #measurementOrdinals = new Map<string, number>();

  get count(): number {
    return this.#count;
  }

  /** Names of measurements by ordinal, in order of first sight. */
  get measurements(): readonly string[] {
    return this.#measurements;
  }

  measurementOf(id: number): number {
    return this.#measurementOf[id];
  }

  /** The id of a canonical key that stands at bytes[start .. end), or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(bytes, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot];
      if (entry === 0) return -1;
      const id = entry - 1;
      if (this.#hashes[id] === hash && this.#equals(id, bytes, start, end)) return id;
    }
  }

  /** The id of a canonical key, which is added if it is new. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const found = this.find(bytes, start, end);
    if (found >= 0) return found;
    const id = this.#count;
    const length = end - start;
    const offset = this.#offsets[id];
    this.#reserve(id + 1, offset + length);
    this.#arena.set(bytes.subarray(start, end), offset);
    this.#offsets[id + 1] = offset + length;
    const hash = hashBytes(bytes, start, end);
    this.#hashes[id] = hash;
    this.#measurementOf[id] = this.#internMeasurement(this.keyText(id));
    this.#count = id + 1;
    this.#insert(id, hash);
    return id;
  }

  /** The canonical key as text. */
  keyText(id: number): string {
    return Buffer.from(this.#arena.buffer, this.#offsets[id], this.#offsets[id + 1] - this.#offsets[id]).toString(
      'utf8',
    );
  }

  /** The canonical key's bytes: a view that stays valid, as keys never move once written (growth copies the arena). */
  keyBytes(id: number): Uint8Array {
    return this.#arena.subarray(this.#offsets[id], this.#offsets[id + 1]);
  }

  /** The arena and offsets as they stand: shared memory for workers. */
  shared(): { readonly arena: Uint8Array; readonly offsets: Float64Array; readonly count: number } {
    return { arena: this.#arena, offsets: this.#offsets, count: this.#count };
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const offset = this.#offsets[id];
    if (this.#offsets[id + 1] - offset !== end - start) return false;
    const arena = this.#arena;
    for (let at = start, own = offset; at < end; at++, own++) if (arena[own] !== bytes[at]) return false;
    return true;
  }

  #internMeasurement(key: string): number {
    const name = parseSeriesKey(key).measurement;
    let ordinal = this.#measurementOrdinals.get(name);
    if (ordinal === undefined) {
      ordinal = this.#measurements.push(name) - 1;
      this.#measurementOrdinals.set(name, ordinal);
    }
    return ordinal;
  }

  #insert(id: number, hash: number): void {
    if (2 * this.#count > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let other = 0; other < this.#count; other++) this.#place(other, this.#hashes[other]);
    } else this.#place(id, hash);
  }

  #place(id: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id + 1;
  }

  #reserve(ids: number, bytes: number): void {
    if (bytes > this.#arena.length) {
      const grown = sharedBytes(Math.max(bytes, 2 * this.#arena.length));
      grown.set(this.#arena);
      this.#arena = grown;
    }
    if (ids + 1 > this.#offsets.length) {
      const grown = new Float64Array(new SharedArrayBuffer(8 * 2 * this.#offsets.length));
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    if (ids > this.#measurementOf.length) {
      this.#measurementOf = grownInts(this.#measurementOf);
    }
    if (ids > this.#hashes.length) this.#hashes = grownInts(this.#hashes);
  }
}

function sharedBytes(size: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(size));
}

function grownInts(array: Int32Array): Int32Array {
  const grown = new Int32Array(2 * array.length);
  grown.set(array);
  return grown;
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash ^ (hash >>> 15);
}
