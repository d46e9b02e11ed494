// The series index as bytes: sections, each packed, compressed and checksummed on its own so that opening a block decodes only
// what everybody needs; then a head that names them; then a fixed trailer in front of Parquet's footer.
//
//     … pages │ page index │ section 0 │ section 1 │ … │ head │ trailer │ Parquet footer │ length │ PAR1
//                                                               32 bytes
//     sections: 0 series   1 pages and row groups   then one table a column   then statistics by (row group, field)
import { WeirError } from '../../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { compressIfWorth, crc32, decompress } from './compression.ts';
import { packNumbers, unpackNumbers } from './packed-numbers.ts';

export const TRAILER_BYTES = 32;
const MAGIC = Buffer.from('WEIRIDX1');

/** The part of a block's head that is small: plain JSON, so that a human can read it too. */
export interface HeadText {
  readonly rows: number;
  readonly series: number;
  readonly pages: number;
  readonly groups: number;
  /** int64 as text. */
  readonly minTime: string;
  readonly maxTime: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly versions: boolean;
  readonly fields: ReadonlyArray<readonly [name: string, type: string]>;
  /** Names with the index of their first series. */
  readonly measurements: ReadonlyArray<readonly [name: string, firstSeries: number]>;
}

/** Collects sections in file order. */
export class SectionWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #start: number;
  #offset: number;
  readonly #lengths: number[] = [];
  readonly #rawLengths: number[] = [];
  readonly #crcs: number[] = [];

  constructor(offset: number, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#start = offset;
    this.#offset = offset;
  }

  add(raw: Uint8Array): void {
    const stored = compressIfWorth(raw, 0.95) ?? raw;
    this.#lengths.push(stored.length);
    this.#rawLengths.push(raw.length);
    this.#crcs.push(crc32(stored));
    this.#put(stored);
  }

  /** Head and trailer. */
  finish(text: HeadText): void {
    const raw = new ByteWriter();
    const json = Buffer.from(JSON.stringify(text));
    raw.varint(json.length);
    raw.append(json);
    raw.varint(this.#start);
    raw.varint(this.#lengths.length);
    for (const numbers of [this.#lengths, this.#rawLengths, this.#crcs]) packNumbers(raw, Float64Array.from(numbers));
    const stored = compressIfWorth(raw.written(), 0.95) ?? raw.written();
    const offset = this.#offset;
    const trailer = new ByteWriter(TRAILER_BYTES);
    trailer.append(MAGIC);
    trailer.uint32(offset % 2 ** 32);
    trailer.uint32(Math.floor(offset / 2 ** 32));
    for (const value of [stored.length, raw.length, crc32(stored)]) trailer.uint32(value);
    trailer.uint32(crc32(trailer.written()));
    this.#put(stored);
    this.#put(trailer.written());
  }

  #put(bytes: Uint8Array): void {
    this.#offset += bytes.length;
    this.#write(bytes);
  }
}

/** Positioned reads that were checked against a checksum; errors name the place. */
export type CheckedRead = (offset: number, length: number, crc: number) => Uint8Array;

interface Section {
  readonly offset: number;
  readonly length: number;
  readonly rawLength: number;
  readonly crc: number;
}

export class SectionReader {
  readonly text: HeadText;
  readonly #read: CheckedRead;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #rawLengths: Float64Array;
  readonly #crcs: Float64Array;

  constructor(trailer: Section, read: CheckedRead) {
    this.#read = read;
    const reader = new ByteReader(this.#load(trailer));
    this.text = JSON.parse(Buffer.from(reader.take(reader.varint())).toString()) as HeadText;
    let offset = reader.varint();
    const count = reader.varint();
    [this.#lengths, this.#rawLengths, this.#crcs] = [0, 1, 2].map(() => unpackNumbers(reader, count));
    this.#offsets = this.#lengths.map((length) => {
      offset += length;
      return offset - length;
    });
  }

  get count(): number {
    return this.#lengths.length;
  }

  /** The unpacked bytes of a section; empty sections are ''. */
  section(index: number): Uint8Array {
    return this.#load({
      offset: this.#offsets[index],
      length: this.#lengths[index],
      rawLength: this.#rawLengths[index],
      crc: this.#crcs[index],
    });
  }

  #load({ offset, length, rawLength, crc }: Section): Uint8Array {
    const stored = this.#read(offset, length, crc);
    return length === rawLength ? stored : decompress(stored, rawLength);
  }
}

/** Reads the trailer that ends where Parquet's footer begins. */
export function parseTrailer(bytes: Uint8Array): Section {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length !== TRAILER_BYTES || MAGIC.compare(bytes, 0, MAGIC.length) !== 0) {
    throw new WeirError('corrupt', 'no series index where one was expected');
  }
  if (crc32(bytes.subarray(0, TRAILER_BYTES - 4)) !== view.getUint32(TRAILER_BYTES - 4, true)) {
    throw new WeirError('corrupt', 'checksum of the trailer does not match');
  }
  return {
    offset: view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32,
    length: view.getUint32(16, true),
    rawLength: view.getUint32(20, true),
    crc: view.getUint32(24, true),
  };
}
