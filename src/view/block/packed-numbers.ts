// Arrays of numbers in the series index: the least value once, a common divisor, and the rest in as few whole bytes as hold
// the greatest, byte k of all values before byte k + 1 (zstd comes after).
//
//     ┌──────┬────────┬─────────┬────────────┬────────────┬─┄
//     │ kind │ least  │ divisor │ byte 0 × n │ byte 1 × n │        value = least + divisor × packed
//     │ byte │ zigzag │ varint  │            │            │        kind: 0..7 bytes a value, 8 = floats as they are
//     └──────┴────────┴─────────┴────────────┴────────────┴─┄
import { ByteReader } from './byte-reader.ts';
import { joinBytes, splitBytes } from './byte-split.ts';
import type { ByteWriter } from './byte-writer.ts';

const FLOATS = 8;

/** Integers exact as Float64 pack well; anything else is kept bit by bit. */
export function packNumbers(out: ByteWriter, values: Float64Array): void {
  const count = values.length;
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let exact = true;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) exact = false;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (count === 0) least = greatest = 0;
  if (!exact || greatest - least > Number.MAX_SAFE_INTEGER) packFloats(out, values);
  else packIntegers(out, values, least, greatest);
}

function packFloats(out: ByteWriter, values: Float64Array): void {
  out.byte(FLOATS);
  out.reserve(8 * values.length);
  splitBytes(new Uint8Array(values.buffer, values.byteOffset), 0, out.bytes, out.length, values.length);
  out.length += 8 * values.length;
}

function packIntegers(out: ByteWriter, values: Float64Array, least: number, greatest: number): void {
  const count = values.length;
  const divisor = commonDivisor(values, least);
  let width = 0;
  for (let rest = (greatest - least) / divisor; rest >= 1; rest /= 256) width++;
  out.byte(width);
  out.zigzag(least);
  out.varint(divisor);
  out.reserve(width * count);
  for (let byte = 0, scale = 1; byte < width; byte++, scale *= 256) {
    const { bytes, length } = out;
    for (let i = 0; i < count; i++) bytes[length + i] = Math.floor((values[i] - least) / divisor / scale) % 256;
    out.length += count;
  }
}

/** The greatest common divisor of all differences to `least`; 1 for none. Seconds in nanoseconds lose four bytes by it. */
function commonDivisor(values: Float64Array, least: number): number {
  let divisor = 0;
  for (let i = 0; i < values.length && divisor !== 1; i++) {
    let a = values[i] - least;
    let b = divisor;
    while (b !== 0) [a, b] = [b, a % b];
    divisor = a;
  }
  return Math.max(1, divisor);
}

export function unpackNumbers(reader: ByteReader, count: number): Float64Array {
  const kind = reader.byte();
  const values = new Float64Array(count);
  if (kind === FLOATS) {
    joinBytes(reader.take(8 * count), 0, new Int32Array(values.buffer), count);
    return values;
  }
  const least = Number(reader.zigzag64());
  const divisor = reader.varint();
  values.fill(least);
  for (let byte = 0, scale = divisor; byte < kind; byte++, scale *= 256) {
    const stream = reader.take(count);
    for (let i = 0; i < count; i++) values[i] += stream[i] * scale;
  }
  return values;
}

/** Exact times over the whole int64 range: offsets from the least where they are exact, else 64 bits each. */
export function packTimes(out: ByteWriter, times: BigInt64Array): void {
  const count = times.length;
  let least = count === 0 ? 0n : times[0];
  let greatest = least;
  for (let i = 1; i < count; i++) {
    const time = times[i];
    if (time < least) least = time;
    if (time > greatest) greatest = time;
  }
  const exact = greatest - least <= BigInt(Number.MAX_SAFE_INTEGER);
  out.byte(exact ? 1 : 0);
  out.zigzag64(least);
  if (exact) packNumbers(out, offsetsFrom(least, times));
  else packFloats(out, new Float64Array(times.buffer, times.byteOffset, count));
}

/** Halves of 32 bits are subtracted as numbers: a million series would make as many bigints otherwise. */
function offsetsFrom(base: bigint, times: BigInt64Array): Float64Array {
  const halves = new Int32Array(times.buffer, times.byteOffset, 2 * times.length);
  const baseHigh = Number(BigInt.asIntN(64, base) >> 32n);
  const baseLow = Number(BigInt.asUintN(32, base));
  const offsets = new Float64Array(times.length);
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = (halves[2 * i + 1] - baseHigh) * 2 ** 32 + ((halves[2 * i] >>> 0) - baseLow);
  }
  return offsets;
}

/** Times as offsets from one base, or as they are where the offsets would not be exact. */
export interface PackedTimes {
  readonly baseNs: bigint;
  readonly offsets: Float64Array | null;
  readonly wide: BigInt64Array | null;
}

export function unpackTimes(reader: ByteReader, count: number): PackedTimes {
  const exact = reader.byte() === 1;
  const baseNs = reader.zigzag64();
  const values = unpackNumbers(reader, count);
  return exact
    ? { baseNs, offsets: values, wide: null }
    : { baseNs, offsets: null, wide: new BigInt64Array(values.buffer) };
}

export function timeAt(times: PackedTimes, index: number): bigint {
  return times.offsets === null ? times.wide![index] : times.baseNs + BigInt(times.offsets[index]);
}
