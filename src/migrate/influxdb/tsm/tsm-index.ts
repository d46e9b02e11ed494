// The index of a TSM file, read from front to back: one key after the other, each with the places of its blocks.
//
//     ┌────────────┬─────┬─────────┬───────────┬──────────┬──────────┬────────────┬──────────┬───┐
//     │ length u16 │ key │ type u8 │ count u16 │ min i64  │ max i64  │ offset i64 │ size u32 │ … │
//     └────────────┴─────┴─────────┴───────────┴──────────┴──────────┴────────────┴──────────┴───┘
import type { FieldType } from '../../../model/index.ts';
import { BLOCK_TYPES } from '../block/block.ts';
import { damagedAt } from '../damage.ts';
import { FileWindow } from '../file-window.ts';
import type { BlockPlace, TsmFile } from './tsm-file.ts';

const PLACE_BYTES = 28;
/** Type and count. */
const HEAD_BYTES = 3;

export interface IndexKey {
  /** Series key, `#!~#`, name of the field. */
  readonly key: Uint8Array;
  readonly type: FieldType;
  /** In order of time. */
  readonly places: readonly BlockPlace[];
}

export class TsmIndex {
  readonly #file: TsmFile;
  readonly #window: FileWindow;
  readonly #end: number;
  #at: number;
  #lastKey: Uint8Array = new Uint8Array(0);

  /** With `end`, what stands from there on in the file is left out: it is known to be damaged. */
  constructor(file: TsmFile, windowBytes: number, end = file.indexEnd) {
    this.#file = file;
    this.#window = new FileWindow(file.path, windowBytes);
    this.#at = file.indexStart;
    this.#end = end;
  }

  /** Where the next key begins in the file. */
  get offset(): number {
    return this.#at;
  }

  close(): void {
    this.#window.close();
  }

  /** The next key, or undefined behind the last one. Throws `corrupt`, and does so again when called again. */
  next(): IndexKey | undefined {
    if (this.#at >= this.#end) return undefined;
    const key = this.#readKey();
    const headAt = this.#at + 2 + key.length;
    const at = this.#seek(headAt, HEAD_BYTES);
    const type = BLOCK_TYPES.at(this.#window.view.getUint8(at));
    if (type === undefined) throw this.#damaged(headAt, `unknown block type ${this.#window.view.getUint8(at)}`);
    const count = this.#window.view.getUint16(at + 1);
    if (count === 0) throw this.#damaged(headAt, 'a key without blocks');
    const placesAt = headAt + HEAD_BYTES;
    const places = this.#readPlaces(placesAt, count);
    this.#at = placesAt + PLACE_BYTES * count;
    this.#lastKey = key;
    return { key, type, places };
  }

  #readKey(): Uint8Array {
    const lengthAt = this.#seek(this.#at, 2);
    const length = this.#window.view.getUint16(lengthAt);
    const at = this.#seek(this.#at + 2, length);
    const key = this.#window.bytes.slice(at, at + length);
    if (length === 0 || Buffer.compare(key, this.#lastKey) <= 0) throw this.#damaged(this.#at, 'keys do not ascend');
    return key;
  }

  #readPlaces(placesAt: number, count: number): BlockPlace[] {
    const at = this.#seek(placesAt, PLACE_BYTES * count);
    const { view } = this.#window;
    const places: BlockPlace[] = [];
    for (let index = 0; index < count; index++) {
      const placeAt = at + PLACE_BYTES * index;
      const place = {
        minNs: view.getBigInt64(placeAt),
        maxNs: view.getBigInt64(placeAt + 8),
        // Beyond 2^53 it is not exact, and beyond every file too.
        offset: Number(view.getBigInt64(placeAt + 16)),
        sizeBytes: view.getUint32(placeAt + 24),
      };
      this.#file.checkPlace(place, placesAt + PLACE_BYTES * index);
      places.push(place);
    }
    return places;
  }

  #seek(offset: number, length: number): number {
    if (offset + length > this.#end) throw this.#damaged(offset, 'the index ends within a key');
    return this.#window.seek(offset, length);
  }

  #damaged(offset: number, reason: string): Error {
    return damagedAt(this.#file.path, offset, reason);
  }
}
