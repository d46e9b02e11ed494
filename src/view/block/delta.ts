// Parquet's DELTA_BINARY_PACKED for integers whose differences are exact as Float64: times, versions, integer fields.
//
//     ┌────────────┬─────┬─────┬─────────────┐  then for every 128 differences
//     │ block size │  4  │  n  │ first value │  ┌───────────┬─────────────┬──────────┬──────────┬─┄
//     │ varint 128 │     │     │ zigzag      │  │ least     │ widths      │ 32 × w0  │ 32 × w1  │
//     └────────────┴─────┴─────┴─────────────┘  │ zigzag    │ w0 w1 w2 w3 │ bits     │ bits     │
//                                               └───────────┴─────────────┴──────────┴──────────┴─┄
// The packed bits are the difference less the least of its block, so regular steps have width 0 and cost nothing.
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { packBits, packLongBits } from './bit-pack.ts';

const BLOCK = 128;
const MINI = 32;
const MINIS = BLOCK / MINI;

const longs = new Float64Array(BLOCK);
const ints = new Int32Array(BLOCK);
const widths = new Uint8Array(MINIS);

/**
 * Whether `encodeDelta` may be used: the span of all differences must be exact. True whenever the values span less
 * than 2^52.
 */
export function fitsDelta(values: Float64Array, start: number, count: number): boolean {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + count; i++) {
    const value = values[i];
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (greatest - least < 2 ** 52) return true;
  if (greatest - least > Number.MAX_SAFE_INTEGER) return false;
  let leastStep = 0;
  let greatestStep = 0;
  for (let i = start + 1; i < start + count; i++) {
    const step = values[i] - values[i - 1];
    if (step < leastStep) leastStep = step;
    if (step > greatestStep) greatestStep = step;
  }
  return greatestStep - leastStep <= Number.MAX_SAFE_INTEGER;
}

/** Appends `base + values[start .. start + count)`, exact integers for which `fitsDelta` holds; count > 0. */
export function encodeDelta(out: ByteWriter, values: Float64Array, start: number, count: number, base: bigint): void {
  out.reserve(64 + Math.ceil(count / BLOCK) * (16 + BLOCK * 7));
  out.varint(BLOCK);
  out.varint(MINIS);
  out.varint(count);
  out.zigzag64(base + BigInt(values[start]));
  const end = start + count;
  for (let at = start + 1; at < end; at += BLOCK) encodeBlock(out, values, at, Math.min(BLOCK, end - at));
}

function encodeBlock(out: ByteWriter, values: Float64Array, at: number, count: number): void {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let last = values[at - 1];
  for (let i = 0; i < count; i++) {
    const value = values[at + i];
    const step = value - last;
    last = value;
    longs[i] = step;
    if (step < least) least = step;
    if (step > greatest) greatest = step;
  }
  out.zigzag(least);
  if (greatest - least <= 0xffffffff) packNarrow(out, least, count);
  else packWide(out, least, count);
}

function packNarrow(out: ByteWriter, least: number, count: number): void {
  for (let mini = 0; mini < MINIS; mini++) {
    let bits = 0;
    const end = Math.min(count, (mini + 1) * MINI);
    for (let i = mini * MINI; i < end; i++) {
      const rest = (longs[i] - least) >>> 0;
      ints[i] = rest;
      bits |= rest;
    }
    widths[mini] = 32 - Math.clz32(bits);
  }
  ints.fill(0, count);
  let to = writeWidths(out);
  for (let mini = 0; mini < MINIS; mini++) {
    const width = widths[mini];
    if (width === 0) continue;
    packBits(out.bytes, to, ints, mini * MINI, MINI, width);
    to += 4 * width;
  }
  out.length = to;
}

function packWide(out: ByteWriter, least: number, count: number): void {
  for (let mini = 0; mini < MINIS; mini++) {
    let greatest = 0;
    const end = Math.min(count, (mini + 1) * MINI);
    for (let i = mini * MINI; i < end; i++) {
      const rest = longs[i] - least;
      longs[i] = rest;
      if (rest > greatest) greatest = rest;
    }
    widths[mini] = bitWidth(greatest);
  }
  longs.fill(0, count);
  let to = writeWidths(out);
  for (let mini = 0; mini < MINIS; mini++) {
    const width = widths[mini];
    if (width === 0) continue;
    if (width > 32) packLongBits(out.bytes, to, longs, mini * MINI, width);
    else {
      for (let i = mini * MINI; i < (mini + 1) * MINI; i++) ints[i] = longs[i] >>> 0;
      packBits(out.bytes, to, ints, mini * MINI, MINI, width);
    }
    to += 4 * width;
  }
  out.length = to;
}

function writeWidths(out: ByteWriter): number {
  out.bytes.set(widths, out.length);
  return out.length + MINIS;
}

/** Bits that hold an exact integer >= 0. */
export function bitWidth(value: number): number {
  return value <= 0xffffffff ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

const tail = new Float64Array(MINI);

/**
 * Decodes what `encodeDelta` wrote into out[0 .. count), and leaves the reader behind it. Returns the first value; `out` has
 * offsets from it when `relative`, else the values themselves. The bytes must have slack behind them (`withSlack`).
 */
export function decodeDelta(reader: ByteReader, out: Float64Array, count: number, relative: boolean): bigint {
  const { bytes } = reader;
  reader.varint();
  reader.varint();
  reader.varint();
  const first = reader.zigzag64();
  let last = relative ? 0 : Number(first);
  out[0] = last;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 1; at < count; ) {
    const least = readStep(reader);
    const widthsAt = reader.offset;
    reader.offset += MINIS;
    for (let mini = 0; mini < MINIS && at < count; mini++, at += MINI) {
      const width = bytes[widthsAt + mini];
      if (at + MINI <= count) last = unpackSteps(view, reader.offset, width, out, at, last, least);
      else {
        unpackSteps(view, reader.offset, width, tail, 0, last, least);
        out.set(tail.subarray(0, count - at), at);
      }
      reader.offset += 4 * width;
    }
    reader.assertInside();
  }
  return first;
}

/** A zigzag varint of magnitude up to 2^53 as a number: BigInt only where it must. */
function readStep(reader: ByteReader): number {
  const { bytes, offset } = reader;
  let at = offset;
  while (bytes[at] & 128) at++;
  if (at - offset >= 7) return Number(reader.zigzag64());
  const value = reader.varint();
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Adds up 32 differences from `last`; returns the last sum. */
function unpackSteps(
  view: DataView,
  at: number,
  width: number,
  out: Float64Array,
  to: number,
  last: number,
  least: number,
): number {
  if (width === 0) return addRegular(out, to, last, least);
  if (width <= 24) return unpackShort(view, at, width, out, to, last, least);
  return unpackLong(view, at, width, out, to, last, least);
}

function addRegular(out: Float64Array, to: number, last: number, step: number): number {
  for (let i = 0; i < MINI; i++) out[to + i] = last + step * (i + 1);
  return last + step * MINI;
}

/** Up to 24 bits: eight values at a time, whose byte offsets and shifts are the same for every eight. */
function unpackShort(
  view: DataView,
  at: number,
  width: number,
  out: Float64Array,
  to: number,
  last: number,
  least: number,
): number {
  const mask = (1 << width) - 1;
  const [at1, at2, at3, at4] = [width >> 3, (2 * width) >> 3, (3 * width) >> 3, (4 * width) >> 3];
  const [at5, at6, at7] = [(5 * width) >> 3, (6 * width) >> 3, (7 * width) >> 3];
  const [shift1, shift2, shift3] = [width & 7, (2 * width) & 7, (3 * width) & 7];
  const [shift4, shift5, shift6, shift7] = [(4 * width) & 7, (5 * width) & 7, (6 * width) & 7, (7 * width) & 7];
  let sum = last;
  for (let i = to, from = at; i < to + MINI; i += 8, from += width) {
    out[i] = sum += least + (view.getInt32(from, true) & mask);
    out[i + 1] = sum += least + ((view.getInt32(from + at1, true) >>> shift1) & mask);
    out[i + 2] = sum += least + ((view.getInt32(from + at2, true) >>> shift2) & mask);
    out[i + 3] = sum += least + ((view.getInt32(from + at3, true) >>> shift3) & mask);
    out[i + 4] = sum += least + ((view.getInt32(from + at4, true) >>> shift4) & mask);
    out[i + 5] = sum += least + ((view.getInt32(from + at5, true) >>> shift5) & mask);
    out[i + 6] = sum += least + ((view.getInt32(from + at6, true) >>> shift6) & mask);
    out[i + 7] = sum += least + ((view.getInt32(from + at7, true) >>> shift7) & mask);
  }
  return sum;
}

/** 25 to 53 bits: two words a value. */
function unpackLong(
  view: DataView,
  at: number,
  width: number,
  out: Float64Array,
  to: number,
  last: number,
  least: number,
): number {
  const highMask = width > 32 ? 2 ** (width - 32) - 1 : 0;
  const lowMask = width >= 32 ? -1 : (1 << width) - 1;
  let sum = last;
  let bit = 8 * at;
  for (let i = to; i < to + MINI; i++, bit += width) {
    const byte = Math.floor(bit / 8);
    const shift = bit & 7;
    const word = view.getInt32(byte, true);
    const next = view.getInt32(byte + 4, true);
    // (next << 1) << (31 - shift) is next << (32 - shift), also where shift is 0.
    const low = ((word >>> shift) | ((next << 1) << (31 - shift))) & lowMask;
    const high = (next >>> shift) & highMask;
    out[i] = sum += least + (high * 4294967296 + (low >>> 0));
  }
  return sum;
}
