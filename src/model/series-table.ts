// Series keys to dense ids, and each series to its measurement. One table a bucket.
import { KeyArena } from './key-arena.ts';
import { decodeMeasurement } from './series-key.ts';
import { hashKey } from './key-hash.ts';

const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Ids are 0, 1, 2, … in order of first sight and never change. Keys live in shared memory: workers read the keys of ids
 * that they were told of, while the owner thread adds more.
 */
export class SeriesTable {
  /** Canonical keys; a key's number is its series id. For readers that hash and compare in place. Never add to it. */
  readonly keys = new KeyArena(64 * 1024);
  /** Escaped names; a name's number is its ordinal. */
  readonly #measurementKeys = new KeyArena();
  readonly #measurements: string[] = [];
  /** Ordinal that was found last: keys come in runs of one measurement. */
  #lastMeasurement = -1;
  /** Id -> ordinal of its measurement. */
  #measurementOf: Int32Array = new Int32Array(1024);

  get count(): number {
    return this.keys.count;
  }

  /** What keys and tables take, room to grow included. */
  get memoryBytes(): number {
    return this.keys.memoryBytes + this.#measurementKeys.memoryBytes + this.#measurementOf.byteLength;
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
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.keys.find(words, start, end, hashKey(words, start, end));
  }

  /** The id of a canonical key, which is added if it is new. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.internWords(words, start, end, hashKey(words, start, end));
  }

  /** The same for a key whose `hashKey` is known. */
  internWords(words: DataView, start: number, end: number, hash: number): number {
    const found = this.keys.find(words, start, end, hash);
    if (found >= 0) return found;
    const id = this.keys.add(words, start, end, hash);
    if (id >= this.#measurementOf.length) {
      const grown = new Int32Array(2 * this.#measurementOf.length);
      grown.set(this.#measurementOf);
      this.#measurementOf = grown;
    }
    this.#measurementOf[id] = this.#internMeasurement(words, start, end);
    return id;
  }

  /** The ordinal of the measurement of a canonical key, or -1 when no series of it is here. */
  findMeasurement(words: DataView, start: number, end: number): number {
    const nameEnd = measurementEnd(words, start, end);
    const names = this.#measurementKeys;
    const last = this.#lastMeasurement;
    if (last >= 0 && names.length(last) === nameEnd - start && names.equals(last, words, start)) return last;
    const found = names.find(words, start, nameEnd, hashKey(words, start, nameEnd));
    if (found >= 0) this.#lastMeasurement = found;
    return found;
  }

  /** The canonical key as text. */
  keyText(id: number): string {
    return this.keys.text(id);
  }

  /** The canonical key's bytes: a view that stays valid, as keys never change once written. */
  keyBytes(id: number): Uint8Array {
    return this.keys.bytes(id);
  }

  /**
   * Arena and offsets as they stand: shared memory for workers. Key i is arena[offsets[i] .. offsets[i + 1]) for every
   * i < count, for ever; ids from `count` on need a newer call.
   */
  shared(): { readonly arena: Uint8Array; readonly offsets: Float64Array; readonly count: number } {
    return { arena: this.keys.arena, offsets: this.keys.offsets, count: this.keys.count };
  }

  #internMeasurement(words: DataView, start: number, end: number): number {
    const found = this.findMeasurement(words, start, end);
    if (found >= 0) return found;
    const names = this.#measurementKeys;
    const nameEnd = measurementEnd(words, start, end);
    const ordinal = names.add(words, start, nameEnd, hashKey(words, start, nameEnd));
    this.#measurements.push(decodeMeasurement(names.text(ordinal)));
    return ordinal;
  }
}

/** Where the measurement of the canonical key at [start, end) ends: at the first comma without a backslash before it. */
function measurementEnd(words: DataView, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (words.getUint8(at) === COMMA && (at === start || words.getUint8(at - 1) !== BACKSLASH)) return at;
  }
  return end;
}
