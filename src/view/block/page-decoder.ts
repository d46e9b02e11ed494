// Decodes the values of one stored page straight into a typed array. The bytes have been checked against their checksum.
import { WeirError } from '../../base/index.ts';
import { joinBytes } from './byte-split.ts';
import { ByteReader, copyBytes, withSlack } from './byte-reader.ts';
import { decodeDelta } from './delta.ts';
import type { DecodedDictionary } from './decoded-dictionary.ts';
import { ENCODING } from './parquet-columns.ts';
import { decodeBits, decodeHybrid } from './rle.ts';
import { type DecodedText, decodeLengths, toStrings } from './text-decoder.ts';

/** Room for one page of indices, grown as pages ask. */
let indices = new Int32Array(8192 + 8);

function decodeIndices(bytes: Uint8Array, count: number): Int32Array {
  if (indices.length < count + 8) indices = new Int32Array(count + 8);
  decodeHybrid(bytes, 1, bytes[0], indices, count);
  return indices;
}

/** Decodes `count` integers as Float64 into `out`. */
export function decodeIntegers(
  encoding: number,
  raw: Uint8Array,
  out: Float64Array,
  count: number,
  dictionary: DecodedDictionary | undefined,
): void {
  const bytes = withSlack(raw);
  switch (encoding) {
    case ENCODING.delta:
      decodeDelta(new ByteReader(bytes), out, count, false);
      return;
    case ENCODING.dictionary:
      lookUp(dictionaryOf(dictionary).integers(), decodeIndices(bytes, count), out, count);
      return;
    case ENCODING.plain: {
      const plain = int64Values(bytes, count);
      for (let i = 0; i < count; i++) out[i] = Number(plain[i]);
      return;
    }
    default:
      throw unknownEncoding(encoding);
  }
}

/** The same where some are not exact as Float64. */
export function decodeWide(
  encoding: number,
  raw: Uint8Array,
  out: BigInt64Array,
  count: number,
  dictionary: DecodedDictionary | undefined,
): void {
  const bytes = withSlack(raw);
  switch (encoding) {
    case ENCODING.delta: {
      const offsets = new Float64Array(count);
      const first = decodeDelta(new ByteReader(bytes), offsets, count, true);
      for (let i = 0; i < count; i++) out[i] = first + BigInt(offsets[i]);
      return;
    }
    case ENCODING.dictionary: {
      const wide = dictionaryOf(dictionary).wide();
      const found = decodeIndices(bytes, count);
      for (let i = 0; i < count; i++) out[i] = wide[found[i]];
      return;
    }
    case ENCODING.plain:
      out.set(int64Values(bytes, count));
      return;
    default:
      throw unknownEncoding(encoding);
  }
}

/** Decodes times as offsets from the base that it returns. `leastNs` is the page's least time. */
export function decodeOffsets(
  encoding: number,
  raw: Uint8Array,
  out: Float64Array,
  leastNs: bigint,
  dictionary: DecodedDictionary | undefined,
): bigint {
  const bytes = withSlack(raw);
  switch (encoding) {
    case ENCODING.delta:
      return decodeDelta(new ByteReader(bytes), out, out.length, true);
    case ENCODING.dictionary: {
      const { offsets, baseNs } = dictionaryOf(dictionary).times();
      lookUp(offsets, decodeIndices(bytes, out.length), out, out.length);
      return baseNs;
    }
    case ENCODING.plain: {
      const plain = int64Values(bytes, out.length);
      for (let i = 0; i < out.length; i++) out[i] = Number(plain[i] - leastNs);
      return leastNs;
    }
    default:
      throw unknownEncoding(encoding);
  }
}

export function decodeFloats(
  encoding: number,
  raw: Uint8Array,
  out: Float64Array,
  count: number,
  dictionary: DecodedDictionary | undefined,
): void {
  switch (encoding) {
    case ENCODING.plain:
      new Uint8Array(out.buffer, 0, 8 * count).set(raw.subarray(0, 8 * count));
      return;
    case ENCODING.byteSplit:
      joinBytes(raw, 0, new Int32Array(out.buffer), count);
      return;
    case ENCODING.dictionary:
      lookUp(dictionaryOf(dictionary).floats(), decodeIndices(withSlack(raw), count), out, count);
      return;
    default:
      throw unknownEncoding(encoding);
  }
}

export function decodeBooleans(encoding: number, raw: Uint8Array, out: Float64Array, count: number): void {
  if (encoding !== ENCODING.rle) throw unknownEncoding(encoding);
  const bits = new Uint8Array(count);
  decodeBits(raw, 4, bits, count);
  out.set(bits);
}

/** One byte a row: 1 = has a value. */
export function decodeLevels(levels: Uint8Array, rows: number): Uint8Array {
  const valid = new Uint8Array(rows);
  decodeBits(levels, 0, valid, rows);
  return valid;
}

/** Entries of strings as text and bounds, value by value. */
export function decodeText(
  encoding: number,
  raw: Uint8Array,
  count: number,
  dictionary: DecodedDictionary | undefined,
): DecodedText {
  if (encoding === ENCODING.deltaLength) return decodeLengths(withSlack(raw), count);
  if (encoding !== ENCODING.dictionary) throw unknownEncoding(encoding);
  const text = dictionaryOf(dictionary).text();
  const found = decodeIndices(withSlack(raw), count);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    starts[i] = text.starts[found[i]];
    ends[i] = text.ends[found[i]];
  }
  return { text: text.text, starts, ends };
}

/** Entries of strings as JavaScript strings; those of a dictionary are shared. */
export function decodeStrings(
  encoding: number,
  raw: Uint8Array,
  count: number,
  dictionary: DecodedDictionary | undefined,
): string[] {
  if (encoding !== ENCODING.dictionary) return toStrings(decodeText(encoding, raw, count, dictionary));
  const entries = dictionaryOf(dictionary).strings();
  const found = decodeIndices(withSlack(raw), count);
  const out: string[] = [];
  for (let i = 0; i < count; i++) out[i] = entries[found[i]];
  return out;
}

function lookUp(entries: Float64Array, found: Int32Array, out: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) out[i] = entries[found[i]];
}

/** A copy at an aligned place, if need be. */
function int64Values(bytes: Uint8Array, count: number): BigInt64Array {
  if (bytes.length < 8 * count) throw new WeirError('corrupt', 'data ends before its last value');
  if (bytes.byteOffset % 8 === 0) return new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
  return new BigInt64Array(copyBytes(bytes.subarray(0, 8 * count)).buffer);
}

function dictionaryOf(dictionary: DecodedDictionary | undefined): DecodedDictionary {
  if (dictionary === undefined) throw new WeirError('corrupt', 'a page refers to a dictionary that is not there');
  return dictionary;
}

function unknownEncoding(encoding: number): WeirError {
  return new WeirError('corrupt', `unknown encoding ${encoding}`);
}
