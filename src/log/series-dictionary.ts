// A segment says once which key a series id stands for: in the first frame that uses the id. The writer keeps one bit an
// id, "already said in this segment"; the reader an array from the writer's ids to its own.
import { assert } from '../base/index.ts';
import type { SeriesTable } from '../model/index.ts';
import type { SeriesTables } from './log.ts';

/** The writer's side. Belongs to one segment at a time. */
export class DefinedSeries {
  /** Bucket id -> bit `id & 31` of word `id >>> 5`. */
  readonly #words = new Map<string, Int32Array>();
  /** Ids found by `collect`, in order; `freshCount` of them. */
  fresh: Int32Array = new Int32Array(1024);
  freshCount = 0;

  /** Nothing is defined: a new segment begins, or what was written may not have arrived. */
  forget(): void {
    this.#words.clear();
  }

  /** Adds to `fresh` the ids among ids[0 .. count) that the segment does not define yet, and marks them as defined. */
  collect(bucketId: string, table: SeriesTable, ids: Int32Array, count: number): void {
    const words = this.#wordsFor(bucketId, table.count);
    if (this.freshCount + count > this.fresh.length) {
      const grown = new Int32Array(2 * (this.freshCount + count));
      grown.set(this.fresh.subarray(0, this.freshCount));
      this.fresh = grown;
    }
    const after = collectUndefined(words, ids, count, table.count, this.fresh, this.freshCount);
    assert(after >= 0, `a batch for bucket ${bucketId} has a series id that is not in its series table`);
    this.freshCount = after;
  }

  #wordsFor(bucketId: string, idCount: number): Int32Array {
    const words = this.#words.get(bucketId);
    const needed = (idCount + 31) >>> 5;
    if (words !== undefined && words.length >= needed) return words;
    const grown = new Int32Array(Math.max(32, 2 * needed));
    if (words !== undefined) grown.set(words);
    this.#words.set(bucketId, grown);
    return grown;
  }
}

/** Returns the count of `fresh` afterwards, or -1 when an id is not in [0, idCount). */
function collectUndefined(
  words: Int32Array,
  ids: Int32Array,
  count: number,
  idCount: number,
  fresh: Int32Array,
  freshCount: number,
): number {
  let found = freshCount;
  for (let i = 0; i < count; i++) {
    const id = ids[i];
    if (id >>> 0 >= idCount) return -1;
    const word = words[id >>> 5];
    const bit = 1 << (id & 31);
    if ((word & bit) === 0) {
      words[id >>> 5] = word | bit;
      fresh[found++] = id;
    }
  }
  return found;
}

/** The reader's side: one for each segment, or for several of one run, in which ids mean the same. */
export class SeriesRemap {
  readonly #tables: SeriesTables;
  /** Bucket id -> writer's id -> own id + 1; 0 = not defined. */
  readonly #ids = new Map<string, Int32Array>();

  constructor(tables: SeriesTables) {
    this.#tables = tables;
  }

  table(bucketId: string): SeriesTable {
    return this.#tables(bucketId);
  }

  /** The array for the bucket, long enough for `id`. */
  idsUpTo(bucketId: string, id: number): Int32Array {
    const ids = this.#ids.get(bucketId);
    if (ids !== undefined && id < ids.length) return ids;
    const grown = new Int32Array(Math.max(1024, 2 * (id + 1)));
    if (ids !== undefined) grown.set(ids);
    this.#ids.set(bucketId, grown);
    return grown;
  }
}

/** Replaces the writer's ids, as doubles, by the reader's. False when one of them is not defined. */
export function remapIds(remap: Int32Array, from: Float64Array, count: number, to: Int32Array): boolean {
  let least = 1;
  for (let i = 0; i < count; i++) {
    const id = from[i] | 0;
    const own = id >>> 0 < remap.length ? remap[id] : 0;
    if (own < least) least = own;
    to[i] = own - 1;
  }
  return least > 0;
}
