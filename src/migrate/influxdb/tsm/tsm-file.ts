// A TSM file: blocks of values, and behind them an index of all its keys.
//
//     0                5                                     indexStart                        sizeBytes - 8
//     ┌───────┬────────┬───────────┬───────┬───────────┬─────┬────────────────────────────────┬────────────────┐
//     │ magic │version │ CRC-32 u32│ block │ CRC-32 u32│  …  │ index: see tsm-index.ts        │ indexStart u64 │
//     └───────┴────────┴───────────┴───────┴───────────┴─────┴────────────────────────────────┴────────────────┘
//
// Numbers are big-endian. A key is a series key, `#!~#`, and the name of a field; keys ascend.
import { crc32 } from 'node:zlib';
import { type Block, READ_AHEAD_BYTES, countBlock, decodeBlock } from '../block/block.ts';
import { damagedAt, located } from '../damage.ts';
import { FileWindow } from '../file-window.ts';

const MAGIC = 0x16d116d1;
const VERSION = 1;
const HEADER_BYTES = 5;
const FOOTER_BYTES = 8;
const CRC_BYTES = 4;

/** Where a block lies, CRC included, and which times are in it (both included). */
export interface BlockPlace {
  readonly minNs: bigint;
  readonly maxNs: bigint;
  readonly offset: number;
  readonly sizeBytes: number;
}

export class TsmFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** The index is at [indexStart, indexEnd). */
  readonly indexStart: number;
  readonly indexEnd: number;
  readonly #blocks: FileWindow;

  /** Throws `corrupt` for what is no TSM file, and for one that was cut short. */
  constructor(path: string, windowBytes: number) {
    this.path = path;
    this.#blocks = new FileWindow(path, windowBytes);
    this.sizeBytes = this.#blocks.sizeBytes;
    this.indexEnd = this.sizeBytes - FOOTER_BYTES;
    try {
      this.#checkHeader();
      this.indexStart = this.#readIndexStart();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#blocks.close();
  }

  /** Throws `corrupt` when a place cannot be one of this file. */
  checkPlace(place: BlockPlace, entryOffset: number): void {
    const { offset, sizeBytes, minNs, maxNs } = place;
    if (offset < HEADER_BYTES || sizeBytes <= CRC_BYTES || offset + sizeBytes > this.indexStart) {
      throw damagedAt(this.path, entryOffset, `a block of ${sizeBytes} bytes at ${offset}, where there is none`);
    }
    if (minNs > maxNs) throw damagedAt(this.path, entryOffset, `a block of times from ${minNs} to ${maxNs}`);
  }

  /** Compares the block with its checksum. Returns how many values it has, or throws `corrupt`. */
  verifyBlock(place: BlockPlace): number {
    const at = this.#blocks.seek(place.offset, place.sizeBytes);
    const { bytes, view } = this.#blocks;
    const end = at + place.sizeBytes;
    if (crc32(bytes.subarray(at + CRC_BYTES, end)) !== view.getUint32(at)) {
      throw damagedAt(this.path, place.offset, `the checksum of a block of ${place.sizeBytes} bytes is wrong`);
    }
    return located(this.path, place.offset, () => countBlock(view, at + CRC_BYTES, end));
  }

  /** Throws `corrupt`. */
  readBlock(place: BlockPlace): Block {
    const at = this.#blocks.seek(place.offset, place.sizeBytes, READ_AHEAD_BYTES);
    const { view } = this.#blocks;
    const end = at + place.sizeBytes;
    const block = located(this.path, place.offset, () => decodeBlock(view, at + CRC_BYTES, end));
    const { firstNs, lastNs } = block.times;
    if (firstNs < place.minNs || lastNs > place.maxNs) {
      const said = `the index says ${place.minNs} to ${place.maxNs}`;
      throw damagedAt(this.path, place.offset, `times from ${firstNs} to ${lastNs}, where ${said}`);
    }
    return block;
  }

  #checkHeader(): void {
    if (this.sizeBytes < HEADER_BYTES + FOOTER_BYTES) {
      throw damagedAt(this.path, 0, `a TSM file of ${this.sizeBytes} bytes`);
    }
    const at = this.#blocks.seek(0, HEADER_BYTES);
    const { view } = this.#blocks;
    if (view.getUint32(at) !== MAGIC) throw damagedAt(this.path, 0, 'not a TSM file: its first bytes are others');
    const version = view.getUint8(at + 4);
    if (version !== VERSION) throw damagedAt(this.path, 4, `TSM version ${version}, only ${VERSION} is known`);
  }

  #readIndexStart(): number {
    const at = this.#blocks.seek(this.indexEnd, FOOTER_BYTES);
    const start = this.#blocks.view.getBigUint64(at);
    if (start < HEADER_BYTES || start >= this.indexEnd) {
      throw damagedAt(this.path, this.indexEnd, `the index is said to start at ${start}: was the file cut short?`);
    }
    return Number(start);
  }
}
