// Writes one column chunk: dictionary page, data pages with their headers, checksums and bounds. Keeps what the footer, the
// page index and Weir's column table have to say about them.
import { ByteWriter } from './byte-writer.ts';
import { PAGE_COMPRESSED, PAGE_WIDE, type StoredDictionary, type StoredPage } from './column-table.ts';
import { compress, compressIfWorth, crc32 } from './compression.ts';
import type { Output } from './output.ts';
import type { PageEncoder } from './page-encoder.ts';
import { ENCODING, type ParquetColumn } from './parquet-columns.ts';
import {
  type ChunkMeta,
  type PageBounds,
  type PageLocation,
  writeDataPageHeader,
  writeDictionaryPageHeader,
} from './parquet-thrift.ts';
import { encodeHybrid } from './rle.ts';

/**
 * A page is worth decompressing when it shrinks to this share of its bytes, and saves this many of them a value. Packed values
 * that are decoded again and again (the sampled ones) must save more.
 */
const WORTH = { 'each page': 0.85, 'any smaller': 0.97, sampled: 0.7 } as const;
const WORTH_BYTES_PER_VALUE = 0.125;
/** Of the pages that are tried only now and then. */
const SAMPLE_EVERY = 8;

const values = new ByteWriter(64 * 1024);
const levels = new ByteWriter(4 * 1024);
const header = new ByteWriter(128);

/** The rows of one data page and the dense values in them. */
export interface PageRows {
  readonly firstRow: number;
  readonly rows: number;
  /** Dense values [start, start + count). */
  readonly start: number;
  readonly count: number;
}

export class ChunkWriter {
  readonly #out: Output;
  readonly #column: ParquetColumn;
  readonly #encoder: PageEncoder;
  readonly #start: number;
  readonly #pages: PageLocation[] = [];
  readonly #encodings = new Set<number>([ENCODING.rle]);
  #dictionaryOffset: number | undefined;
  #rawBytes = 0;
  #rows = 0;
  #nulls = 0;
  #anyCompressed = false;
  /** Pages to write before zstd is tried again; below 0 = compress them meanwhile. */
  #untried = 0;
  #compressMeanwhile = true;

  constructor(out: Output, column: ParquetColumn, encoder: PageEncoder) {
    this.#out = out;
    this.#column = column;
    this.#encoder = encoder;
    this.#start = out.offset;
  }

  /** Call first, where the encoder has a dictionary. */
  dictionary(group: number): StoredDictionary | undefined {
    const { dictionary } = this.#encoder;
    if (dictionary === null) return undefined;
    const stored = compress(dictionary.bytes);
    const { entries } = dictionary;
    const rawLength = dictionary.bytes.length;
    const crc = crc32(stored);
    header.clear();
    writeDictionaryPageHeader(header, { entries, rawLength, storedLength: stored.length, crc });
    this.#dictionaryOffset = this.#out.offset;
    this.#anyCompressed = true;
    this.#encodings.add(ENCODING.plain);
    this.#rawBytes += header.length + rawLength;
    this.#out.write(header.written());
    const { offset } = this.#out;
    this.#out.write(stored);
    return { group, offset, length: stored.length, crc, rawLength, entries };
  }

  /**
   * Writes one page. `valid` is the group's (null = all rows of the page have a value); levels are written for optional
   * columns only. Returns the page's place for the column table, but for pages without any value.
   */
  page(
    page: number,
    rows: PageRows,
    valid: Uint8Array | null,
    bounds: PageBounds | null,
    wide: boolean,
  ): StoredPage | undefined {
    levels.clear();
    values.clear();
    if (this.#column.optional) encodeLevels(levels, rows, valid);
    const encoding = rows.count === 0 ? ENCODING.plain : this.#encoder.encode(values, rows.start, rows.count);
    const raw = values.written();
    const packed = rows.count === 0 ? undefined : this.#compressed(raw, rows.count);
    return this.#put(page, rows, raw.length, packed ?? raw, packed !== undefined, encoding, bounds, wide);
  }

  #put(
    page: number,
    { firstRow, rows, count }: PageRows,
    rawLength: number,
    body: Uint8Array,
    compressed: boolean,
    encoding: number,
    bounds: PageBounds | null,
    wide: boolean,
  ): StoredPage | undefined {
    const levelsLength = levels.length;
    levels.append(body);
    const crc = crc32(levels.written());
    const nulls = rows - count;
    const storedLength = levels.length;
    header.clear();
    writeDataPageHeader(header, { rows, nulls, encoding, levelsLength, rawLength, storedLength, compressed, crc });
    const { offset } = this.#out;
    this.#pages.push({ offset, length: header.length + storedLength, firstRow, nulls, allNull: count === 0, bounds });
    this.#out.write(header.written());
    this.#out.write(levels.written());
    this.#encodings.add(encoding);
    this.#rawBytes += header.length + levelsLength + rawLength;
    this.#rows += rows;
    this.#nulls += nulls;
    if (compressed) this.#anyCompressed = true;
    if (count === 0) return undefined;
    const flags = (compressed ? PAGE_COMPRESSED : 0) | (wide ? PAGE_WIDE : 0);
    const bodyOffset = offset + header.length;
    return {
      page,
      offset: bodyOffset,
      length: storedLength,
      crc,
      levelsLength,
      rawLength,
      values: count,
      encoding,
      flags,
    };
  }

  #compressed(raw: Uint8Array, count: number): Uint8Array | undefined {
    const { compression, effort } = this.#encoder;
    if (compression === 'never') return undefined;
    const sampled = compression === 'sampled';
    if (sampled && this.#untried > 0) {
      this.#untried--;
      if (!this.#compressMeanwhile) return undefined;
    } else this.#untried = SAMPLE_EVERY - 1;
    const worth = Math.min(WORTH[compression], 1 - (WORTH_BYTES_PER_VALUE * count) / Math.max(1, raw.length));
    const packed = worth <= 0 ? undefined : compressIfWorth(raw, worth, effort);
    this.#compressMeanwhile = packed !== undefined;
    return packed;
  }

  finish(bounds: PageBounds | null): ChunkMeta {
    return {
      column: this.#column,
      rows: this.#rows,
      nulls: this.#nulls,
      encodings: this.#encodings,
      compressed: this.#anyCompressed,
      dictionaryOffset: this.#dictionaryOffset,
      dataOffset: this.#pages[0].offset,
      rawBytes: this.#rawBytes,
      storedBytes: this.#out.offset - this.#start,
      bounds,
      pages: this.#pages,
    };
  }
}

/** Definition levels: 1 = the row has a value. */
function encodeLevels(out: ByteWriter, { firstRow, rows, count }: PageRows, valid: Uint8Array | null): void {
  if (count === rows || count === 0) {
    out.varint(rows * 2);
    out.byte(count === 0 ? 0 : 1);
  } else if (valid !== null) encodeHybrid(out, valid, firstRow, rows, 1);
}
