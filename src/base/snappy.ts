// Snappy's block format (github.com/google/snappy, format_description.txt): InfluxDB's files and Prometheus' requests use it.
//
//     length of the plain bytes (varint), then elements of two kinds, told by the low two bits of their first byte:
//
//     00  literal   length - 1 in the upper six bits, or 60..63 = in the next 1..4 bytes; then so many plain bytes
//     01  copy      length - 4 in 3 bits, distance in 3 + 8 bits          a copy repeats `length` bytes from `distance` back in
//     10  copy      length - 1 in 6 bits, distance in the next 2 bytes    the output, where it may run into what it writes
//     11  copy      length - 1 in 6 bits, distance in the next 4 bytes
import { WeirError } from './error.ts';

/** No element makes more than 64 bytes of three, so that a longer claim is no honest header. */
const MAX_EXPANSION = 32;
const MIN_MATCH = 4;
/** Copies are sought within such a piece, so that their distance fits two bytes. */
const PIECE_BYTES = 1 << 16;
const HASH_BITS = 13;

/** Throws `corrupt` for what is no Snappy block, and `too large` when it would be longer than `maxBytes`. */
export function decodeSnappy(bytes: Uint8Array, maxBytes = 0xffff_ffff): Uint8Array {
  const header = readLength(bytes);
  if (header.length > maxBytes) {
    throw new WeirError('too large', `a snappy block of ${header.length} bytes, at most ${maxBytes} are taken`);
  }
  if (header.length > MAX_EXPANSION * bytes.length) throw damaged('its length is beyond what it can hold');
  const out = new Uint8Array(header.length);
  let from = header.end;
  let to = 0;
  while (from < bytes.length) {
    const tag = bytes[from++];
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    let distance = 0;
    if (kind === 0) {
      const extra = length > 60 ? length - 60 : 0;
      if (extra > 0) length = littleEndian(bytes, from, extra) + 1;
      from += extra;
      if (from + length > bytes.length) throw damaged('a literal runs over its end');
      if (to + length > out.length) throw damaged('more bytes than it announces');
      out.set(bytes.subarray(from, from + length), to);
      from += length;
      to += length;
      continue;
    }
    if (kind === 1) {
      length = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | littleEndian(bytes, from, 1);
      from += 1;
    } else {
      const size = kind === 2 ? 2 : 4;
      distance = littleEndian(bytes, from, size);
      from += size;
    }
    if (distance === 0 || distance > to) throw damaged('a copy from before its start');
    if (to + length > out.length) throw damaged('more bytes than it announces');
    for (const end = to + length; to < end; to++) out[to] = out[to - distance];
  }
  if (to !== out.length) throw damaged(`${out.length} bytes are announced, ${to} are there`);
  return out;
}

/** Compresses quickly rather than well: one try for a match at each place, none where tries keep failing. */
export function encodeSnappy(bytes: Uint8Array): Uint8Array {
  const out = new Writer(bytes.length);
  out.varint(bytes.length);
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    encodePiece(bytes, start, Math.min(bytes.length, start + PIECE_BYTES), out);
  }
  return out.finish();
}

function encodePiece(bytes: Uint8Array, start: number, end: number, out: Writer): void {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Hash of four bytes -> where they were seen last, plus one. */
  const seen = new Int32Array(1 << HASH_BITS);
  let plainFrom = start;
  let at = start;
  let misses = 0;
  while (at + MIN_MATCH <= end) {
    const word = words.getUint32(at, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = seen[slot] - 1;
    seen[slot] = at + 1;
    if (candidate < 0 || words.getUint32(candidate, true) !== word) {
      at += 1 + (misses++ >> 5);
      continue;
    }
    misses = 0;
    let length = MIN_MATCH;
    while (at + length < end && bytes[candidate + length] === bytes[at + length]) length++;
    out.literal(bytes, plainFrom, at);
    out.copy(at - candidate, length);
    at += length;
    plainFrom = at;
  }
  out.literal(bytes, plainFrom, end);
}

class Writer {
  readonly #bytes: Uint8Array;
  #length = 0;

  /** Literals cost at most one byte in sixty, and copies are never longer than what they stand for. */
  constructor(plainBytes: number) {
    this.#bytes = new Uint8Array(plainBytes + Math.ceil(plainBytes / 6) + 32);
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  literal(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length === 0) return;
    if (length <= 60) {
      this.#bytes[this.#length++] = (length - 1) << 2;
    } else {
      // A piece holds 65536 bytes: length - 1 fits two.
      this.#bytes[this.#length++] = 61 << 2;
      this.#bytes[this.#length++] = (length - 1) & 0xff;
      this.#bytes[this.#length++] = (length - 1) >> 8;
    }
    this.#bytes.set(from.subarray(start, end), this.#length);
    this.#length += length;
  }

  copy(distance: number, length: number): void {
    for (let rest = length; rest > 0; rest -= 64) {
      this.#bytes[this.#length++] = ((Math.min(rest, 64) - 1) << 2) | 2;
      this.#bytes[this.#length++] = distance & 0xff;
      this.#bytes[this.#length++] = distance >> 8;
    }
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

function readLength(bytes: Uint8Array): { length: number; end: number } {
  let length = 0;
  for (let at = 0; at < 5 && at < bytes.length; at++) {
    length += (bytes[at] & 0x7f) * 2 ** (7 * at);
    if (bytes[at] < 0x80 && length <= 0xffff_ffff) return { length, end: at + 1 };
  }
  throw damaged('no length at its start');
}

function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  if (at + size > bytes.length) throw damaged('it ends within an element');
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + bytes[at + index];
  return value;
}

function damaged(reason: string): WeirError {
  return new WeirError('corrupt', `not a snappy block: ${reason}`);
}
