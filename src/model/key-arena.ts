// Byte strings to dense numbers: an open-addressing hash table over one arena of bytes, so that looking up a key that
// stands in a request's bytes costs no object.
//
//     slots      … | number + 1, hash | 0, – | number + 1, hash | …     linear probing, at most half full
//     offsets    0     17        31          48                         key n is arena[offsets[n] .. offsets[n + 1])
//     arena      cpu,host=a,rack=1mem,host=a…                           keys never move and never change
//
// Arena and offsets are shared memory: workers read the keys of numbers that they were told of, while the owner thread
// adds more. Growing copies them, so what a worker holds stays valid for the numbers that it knows.

const INITIAL_SLOTS = 256;
const INITIAL_KEYS = 128;
/** Beyond this the arena grows by a quarter instead of doubling, to bound what stands empty. */
const DOUBLING_LIMIT_BYTES = 64 * 1024 * 1024;

export class KeyArena {
  #count = 0;
  /** Slot s holds [2s] number + 1 (0 = empty) and [2s + 1] the key's hash. */
  #slots = new Int32Array(2 * INITIAL_SLOTS);
  #arena: Uint8Array;
  #words: DataView;
  #offsets: Float64Array;
  readonly #initialBytes: number;

  constructor(initialBytes = 4096) {
    this.#initialBytes = initialBytes;
    this.#arena = sharedBytes(initialBytes);
    this.#words = wordsOf(this.#arena);
    this.#offsets = sharedOffsets(INITIAL_KEYS + 1);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of all keys together. */
  get sizeBytes(): number {
    return this.#offsets[this.#count];
  }

  /** What the arena and its table take, room to grow included. */
  get memoryBytes(): number {
    return this.#slots.byteLength + this.#arena.byteLength + this.#offsets.byteLength;
  }

  get arena(): Uint8Array {
    return this.#arena;
  }

  get offsets(): Float64Array {
    return this.#offsets;
  }

  /** The number of the key at [start, end) of `words`, whose `hashKey` is `hash`, or -1. */
  find(words: DataView, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    const length = end - start;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[2 * slot];
      if (entry === 0) return -1;
      if (slots[2 * slot + 1] === hash && this.length(entry - 1) === length && this.equals(entry - 1, words, start)) {
        return entry - 1;
      }
    }
  }

  /** Adds a key that is not there yet. Returns its number. */
  add(words: DataView, start: number, end: number, hash: number): number {
    const number = this.#count;
    const length = end - start;
    const offset = this.#offsets[number];
    this.#reserve(number + 1, offset + length);
    copyBytes(words, start, this.#words, offset, length);
    this.#offsets[number + 1] = offset + length;
    this.#count = number + 1;
    if (4 * this.#count > this.#slots.length) this.#growSlots();
    place(this.#slots, number + 1, hash);
    return number;
  }

  length(number: number): number {
    return this.#offsets[number + 1] - this.#offsets[number];
  }

  /** Whether the key stands at `start` of `words`, which must reach that far. What follows it there is not looked at. */
  equals(number: number, words: DataView, start: number): boolean {
    const offset = this.#offsets[number];
    return equalBytes(this.#words, offset, words, start, this.#offsets[number + 1] - offset);
  }

  /** A view of the key's bytes that stays valid. */
  bytes(number: number): Uint8Array {
    return this.#arena.subarray(this.#offsets[number], this.#offsets[number + 1]);
  }

  /** UTF-8 of the key as text. */
  text(number: number): string {
    const offset = this.#offsets[number];
    return Buffer.from(this.#arena.buffer, offset, this.#offsets[number + 1] - offset).toString('utf8');
  }

  /** Forgets every key. Views handed out earlier are no longer valid. */
  clear(): void {
    this.#count = 0;
    this.#slots = new Int32Array(2 * INITIAL_SLOTS);
    this.#arena = sharedBytes(this.#initialBytes);
    this.#words = wordsOf(this.#arena);
    this.#offsets = sharedOffsets(INITIAL_KEYS + 1);
  }

  #growSlots(): void {
    const old = this.#slots;
    const grown = new Int32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) if (old[at] !== 0) place(grown, old[at], old[at + 1]);
    this.#slots = grown;
  }

  #reserve(keys: number, bytes: number): void {
    if (bytes > this.#arena.length) {
      const size = this.#arena.length;
      const step = size < DOUBLING_LIMIT_BYTES ? size : Math.ceil(size / 4);
      const grown = sharedBytes(Math.max(bytes, size + step));
      grown.set(this.#arena);
      this.#arena = grown;
      this.#words = wordsOf(grown);
    }
    if (keys + 1 > this.#offsets.length) {
      const grown = sharedOffsets(2 * this.#offsets.length);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
  }
}

/** Whether `length` bytes at `start` of `a` and at `other` of `b` are the same. Both must reach that far. */
export function equalBytes(a: DataView, start: number, b: DataView, other: number, length: number): boolean {
  if (length >= 8) {
    // 64-bit loads that are only compared make no BigInt object in optimized code.
    const last = length - 8;
    for (let at = 0; at < last; at += 8) {
      if (a.getBigUint64(start + at, true) !== b.getBigUint64(other + at, true)) return false;
    }
    return a.getBigUint64(start + last, true) === b.getBigUint64(other + last, true);
  }
  for (let at = 0; at < length; at++) if (a.getUint8(start + at) !== b.getUint8(other + at)) return false;
  return true;
}

function copyBytes(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let offset = 0;
  for (; offset + 4 <= length; offset += 4) to.setInt32(at + offset, from.getInt32(start + offset, true), true);
  for (; offset < length; offset++) to.setUint8(at + offset, from.getUint8(start + offset));
}

function place(slots: Int32Array, entry: number, hash: number): void {
  const mask = slots.length / 2 - 1;
  let slot = hash & mask;
  while (slots[2 * slot] !== 0) slot = (slot + 1) & mask;
  slots[2 * slot] = entry;
  slots[2 * slot + 1] = hash;
}

function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sharedBytes(size: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(size));
}

function sharedOffsets(size: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * size));
}
