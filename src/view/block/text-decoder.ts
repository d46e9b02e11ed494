// Strings from bytes: whole pages are turned into one JavaScript string where they are ASCII, which costs a tenth of
// decoding them one by one.
import { ByteReader, copyBytes } from './byte-reader.ts';
import { decodeDelta } from './delta.ts';
import type { StringColumn } from '../../model/index.ts';

export type DecodedText = StringColumn;

/** DELTA_LENGTH_BYTE_ARRAY: lengths as differences, then the bytes. */
export function decodeLengths(bytes: Uint8Array, count: number): DecodedText {
  const lengths = new Float64Array(count);
  const reader = new ByteReader(bytes);
  decodeDelta(reader, lengths, count, false);
  return bounded(copyBytes(bytes.subarray(reader.offset)), lengths);
}

function bounded(text: Uint8Array, lengths: Float64Array): DecodedText {
  const starts = new Uint32Array(lengths.length);
  const ends = new Uint32Array(lengths.length);
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    starts[i] = at;
    at += lengths[i];
    ends[i] = at;
  }
  return { text, starts, ends };
}

/** A dictionary page: each entry behind its length in 4 bytes. */
export function decodeEntries(bytes: Uint8Array, count: number): DecodedText {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    starts[i] = at + 4;
    at += 4 + view.getUint32(at, true);
    ends[i] = at;
  }
  return { text: bytes, starts, ends };
}

/** JavaScript strings; invalid UTF-8 becomes U+FFFD. */
export function toStrings({ text, starts, ends }: DecodedText): string[] {
  const count = starts.length;
  const out: string[] = [];
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.length);
  if (isAscii(text)) {
    const all = buffer.toString('latin1');
    for (let i = 0; i < count; i++) out[i] = all.substring(starts[i], ends[i]);
  } else for (let i = 0; i < count; i++) out[i] = buffer.toString('utf8', starts[i], ends[i]);
  return out;
}

function isAscii(bytes: Uint8Array): boolean {
  let bits = 0;
  for (let i = 0; i < bytes.length; i++) bits |= bytes[i];
  return bits < 128;
}
