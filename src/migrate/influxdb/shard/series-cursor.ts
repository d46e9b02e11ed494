// All series of a shard's TSM files, in the order of their keys: each with its fields and where their blocks lie. The indexes
// of the files are read side by side, so that memory holds one series at a time.
import type { FieldType, TimeRange } from '../../../model/index.ts';
import { type DeletedSpan, Tombstones } from '../tsm/tombstones.ts';
import type { BlockPlace, TsmFile } from '../tsm/tsm-file.ts';
import type { IndexKey, TsmIndex } from '../tsm/tsm-index.ts';
import { fieldName, seriesEnd } from '../composite-key.ts';

/** A TSM file of a shard, open. */
export interface OpenTsm {
  readonly file: TsmFile;
  readonly index: TsmIndex;
  readonly tombstones: Tombstones;
  /** Offsets of blocks that are known to be damaged and are left out. */
  readonly damagedBlocks: ReadonlySet<number>;
}

export interface BlockRef {
  readonly file: TsmFile;
  readonly place: BlockPlace;
  /** The number of its file: where two blocks have the same time, the value of the higher one counts. */
  readonly rank: number;
  /** What of its values was deleted. */
  readonly deleted: readonly DeletedSpan[];
}

export interface FieldBlocks {
  readonly name: string;
  readonly type: FieldType;
  readonly blocks: readonly BlockRef[];
}

export interface SeriesBlocks {
  /** As it stands in the files. */
  readonly key: Uint8Array;
  /** At least one. Damaged shards may have a field twice, in two types. */
  readonly fields: readonly FieldBlocks[];
}

interface Head {
  readonly rank: number;
  readonly source: OpenTsm;
  current: IndexKey;
}

export class SeriesCursor {
  /** Ascending by key, then by rank. */
  readonly #heads: Head[] = [];
  readonly #range: TimeRange;

  /** `files` in the order in which InfluxDB wrote them. Blocks without a time in `range` are left out. */
  constructor(files: readonly OpenTsm[], range: TimeRange) {
    this.#range = range;
    files.forEach((source, rank) => {
      const first = source.index.next();
      if (first !== undefined) this.#insert({ rank, source, current: first });
    });
  }

  /** The next series that has blocks, or undefined behind the last one. Throws `corrupt`. */
  next(): SeriesBlocks | undefined {
    while (this.#heads.length > 0) {
      const key = this.#heads[0].current.key;
      const keyEnd = seriesEnd(key);
      const seriesKey = key.subarray(0, keyEnd);
      const fields = this.#takeFields(seriesKey);
      if (fields.length > 0) return { key: seriesKey, fields };
    }
    return undefined;
  }

  #takeFields(seriesKey: Uint8Array): FieldBlocks[] {
    const fields = new Map<string, { name: string; type: FieldType; blocks: BlockRef[] }>();
    for (let head = this.#heads.at(0); head !== undefined; head = this.#heads.at(0)) {
      const { key, type } = head.current;
      if (!isKeyOf(seriesKey, key)) break;
      const name = fieldName(key, seriesKey.length);
      const id = `${type} ${name}`;
      const field = fields.get(id) ?? { name, type, blocks: [] };
      fields.set(id, field);
      this.#collect(head, field.blocks);
      this.#advance(head);
    }
    return [...fields.values()].filter((field) => field.blocks.length > 0);
  }

  #collect({ rank, source, current }: Head, blocks: BlockRef[]): void {
    const { startNs, endNs } = this.#range;
    const spans = source.tombstones.of(current.key);
    for (const place of current.places) {
      if (place.maxNs < startNs || place.minNs >= endNs || source.damagedBlocks.has(place.offset)) continue;
      const deleted = spans.filter((span) => span.minNs <= place.maxNs && span.maxNs >= place.minNs);
      if (deleted.some((span) => span.minNs <= place.minNs && span.maxNs >= place.maxNs)) continue;
      blocks.push({ file: source.file, place, rank, deleted });
    }
  }

  /** Moves the first head on to its next key. */
  #advance(head: Head): void {
    this.#heads.shift();
    const next = head.source.index.next();
    if (next === undefined) return;
    head.current = next;
    this.#insert(head);
  }

  #insert(head: Head): void {
    const heads = this.#heads;
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = Buffer.compare(heads[middle].current.key, head.current.key) || heads[middle].rank - head.rank;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, head);
  }
}

/** Whether a key is a field of the series. */
function isKeyOf(seriesKey: Uint8Array, key: Uint8Array): boolean {
  if (key.length < seriesKey.length || seriesEnd(key) !== seriesKey.length) return false;
  return Buffer.compare(key.subarray(0, seriesKey.length), seriesKey) === 0;
}
