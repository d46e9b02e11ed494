// One encoder a column chunk: it has looked at the chunk's values and chosen how its pages are encoded.
import type { ByteWriter } from './byte-writer.ts';
import type { Effort } from './compression.ts';
import { encodeHybrid } from './rle.ts';

export interface PageEncoder {
  readonly dictionary: EncodedDictionary | null;
  /** How often to try whether zstd pays: for every page (or whether it makes it any smaller), for one in eight, or never. */
  readonly compression: 'each page' | 'any smaller' | 'sampled' | 'never';
  /** Of zstd; fast by default. */
  readonly effort?: Effort;
  /** Appends the dense values [start, start + count), count > 0. Returns Parquet's code of the encoding used. */
  encode(out: ByteWriter, start: number, count: number): number;
}

export interface EncodedDictionary {
  /** Entries in Parquet's plain encoding. */
  readonly bytes: Uint8Array;
  readonly entries: number;
}

/** A page of the chunk by which encodings are tried: dense values [start, start + count). */
export interface TrialPage {
  readonly start: number;
  readonly count: number;
}

/** Indices of the chunk that is being encoded: one chunk at a time. */
let indexScratch = new Int32Array(0);

export function reserveIndices(count: number): Int32Array {
  if (indexScratch.length < count) indexScratch = new Int32Array(count);
  return indexScratch;
}

/** A page of dictionary indices: one byte of width, then the hybrid. Widths of whole bytes take more, but zstd packs them well. */
export function encodeIndices(out: ByteWriter, indices: Int32Array, start: number, count: number, width: number): void {
  out.byte(width);
  encodeHybrid(out, indices, start, count, width);
}
