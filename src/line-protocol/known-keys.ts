// Which series a key in a body names, without taking the key apart. Beside the canonical keys of the series table this
// remembers keys as clients write them (tags in another order), and which key came after which.
//
// A key ref is 2 × series id for a canonical key and 2 × alias + 1 for a remembered spelling of one.
import { KeyArena, type SeriesTable, hashKey } from '../model/index.ts';

/** Spellings take no more room than this. */
const ALIAS_LIMIT_BYTES = 64 * 1024 * 1024;
/** Full, they make room for others only after so many misses for each of them: else a long cycle of keys would only churn. */
const MISSES_BEFORE_RESET = 4;

export const NO_KEY = -1;

export class KnownKeys {
  readonly #series: KeyArena;
  readonly #aliases = new KeyArena();
  /** Alias -> series id. */
  #aliasIds: Int32Array = new Int32Array(64);
  /** Series id and alias -> 1 + the ref of the key that came next last time; 0 = unknown. */
  #nextOfSeries: Int32Array = new Int32Array(64);
  #nextOfAlias: Int32Array = new Int32Array(64);
  readonly #aliasLimitBytes: number;
  #missesWhileFull = 0;
  /** The ref of the last line's key. */
  last = NO_KEY;

  constructor(table: SeriesTable, aliasLimitBytes = ALIAS_LIMIT_BYTES) {
    this.#series = table.keys;
    this.#aliasLimitBytes = aliasLimitBytes;
  }

  seriesId(ref: number): number {
    return (ref & 1) === 0 ? ref >> 1 : this.#aliasIds[ref >> 1];
  }

  /** The key that came after `ref` last time, or NO_KEY. */
  predict(ref: number): number {
    if (ref < 0) return NO_KEY;
    const next = (ref & 1) === 0 ? this.#nextOfSeries : this.#nextOfAlias;
    const at = ref >> 1;
    return at < next.length ? next[at] - 1 : NO_KEY;
  }

  /** Remembers that `ref` came after `previous`. */
  follow(previous: number, ref: number): void {
    if (previous < 0) return;
    const at = previous >> 1;
    if ((previous & 1) === 0) {
      if (at >= this.#nextOfSeries.length) this.#nextOfSeries = grownTo(this.#nextOfSeries, at + 1);
      this.#nextOfSeries[at] = ref + 1;
    } else this.#nextOfAlias[at] = ref + 1;
  }

  length(ref: number): number {
    return (ref & 1) === 0 ? this.#series.length(ref >> 1) : this.#aliases.length(ref >> 1);
  }

  /** Whether the key stands at `start` of `words`, which must reach that far. */
  equals(ref: number, words: DataView, start: number): boolean {
    return (ref & 1) === 0 ? this.#series.equals(ref >> 1, words, start) : this.#aliases.equals(ref >> 1, words, start);
  }

  /** The ref of the key at [start, end), or NO_KEY. */
  find(words: DataView, start: number, end: number): number {
    const hash = hashKey(words, start, end);
    const alias = this.#aliases.find(words, start, end, hash);
    if (alias >= 0) return 2 * alias + 1;
    const id = this.#series.find(words, start, end, hash);
    return id >= 0 ? 2 * id : NO_KEY;
  }

  /** Remembers a spelling, which is not yet known, of the series' key. Returns its ref, or NO_KEY if there is no room. */
  addAlias(words: DataView, start: number, end: number, id: number): number {
    if (this.#aliases.sizeBytes + (end - start) > this.#aliasLimitBytes && !this.#makeRoom()) return NO_KEY;
    const alias = this.#aliases.add(words, start, end, hashKey(words, start, end));
    if (alias >= this.#aliasIds.length) {
      this.#aliasIds = grownTo(this.#aliasIds, alias + 1);
      this.#nextOfAlias = grownTo(this.#nextOfAlias, alias + 1);
    }
    this.#aliasIds[alias] = id;
    this.#nextOfAlias[alias] = 0;
    return 2 * alias + 1;
  }

  #makeRoom(): boolean {
    this.#missesWhileFull++;
    if (this.#missesWhileFull < MISSES_BEFORE_RESET * this.#aliases.count) return false;
    this.#missesWhileFull = 0;
    this.#aliases.clear();
    this.#nextOfSeries.fill(0);
    this.#nextOfAlias.fill(0);
    this.last = NO_KEY;
    return true;
  }
}

function grownTo(array: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(Math.max(length, 2 * array.length));
  grown.set(array);
  return grown;
}
