// Integers: the first value, then what each adds to the one before, all in zigzag (0, -1, 1, -2 … as 0, 1, 2, 3 …).
//
//     bits 7..4 of the first byte    0: first u64, deltas u64 …
//                                    1: first u64, deltas as Simple8b
//                                    2: first u64, delta varint, count of deltas varint
//
// Unsigned integers are stored as the signed ones of the same bits.
import { damaged } from '../damage.ts';
import { countSimple8b, unpackSimple8b, unpackWideSimple8b } from './simple8b.ts';
import { readVarint, readWideVarint } from './varint.ts';

const RAW = 0;
const PACKED = 1;
const REPEATED = 2;
const FIRST_END = 9;

/** As `BatchColumn` has them: `wide` when some value is beyond ±(2^53 - 1), an unsigned one as its bits. */
export interface IntegerValues {
  readonly numbers: Float64Array;
  readonly wide: BigInt64Array | null;
}

/** The `count` values of bytes[start .. end). Throws `corrupt` when there are fewer or more. */
export function decodeIntegers(
  bytes: DataView,
  start: number,
  end: number,
  count: number,
  isUnsigned: boolean,
): IntegerValues {
  if (end - start < FIRST_END) throw damaged(`integers in ${end - start} bytes`);
  const stored = countIn(bytes, start, end);
  if (stored !== count) throw damaged(`${stored} integers for ${count} timestamps`);
  const numbers = new Float64Array(count);
  if (decodeNumbers(bytes, start, end, numbers, isUnsigned)) return { numbers, wide: null };
  const wide = decodeWide(bytes, start, end, count);
  for (let row = 0; row < count; row++) numbers[row] = Number(isUnsigned ? BigInt.asUintN(64, wide[row]) : wide[row]);
  return { numbers, wide };
}

function countIn(bytes: DataView, start: number, end: number): number {
  const encoding = bytes.getUint8(start) >> 4;
  if (encoding === RAW) return (end - start - 1) / 8;
  if (encoding === PACKED) return 1 + countSimple8b(bytes, start + FIRST_END, end);
  if (encoding !== REPEATED) throw damaged(`unknown encoding ${encoding} of integers`);
  const all = plainBytes(bytes);
  return 1 + readVarint(all, readWideVarint(all, start + FIRST_END, end).end, end).value;
}

/** False when some value or delta is not exact as Float64 (or an unsigned value has its top bit set). */
function decodeNumbers(bytes: DataView, start: number, end: number, out: Float64Array, isUnsigned: boolean): boolean {
  const encoding = bytes.getUint8(start) >> 4;
  out[0] = readSafe(bytes, start + 1);
  if (encoding === REPEATED) {
    const { value } = readWideVarint(plainBytes(bytes), start + FIRST_END, end);
    out.fill(value > Number.MAX_SAFE_INTEGER ? Infinity : Number(value), 1);
  } else if (encoding === PACKED) {
    if (!unpackSimple8b(bytes, start + FIRST_END, end, out, 1)) return false;
  } else {
    for (let row = 1; row < out.length; row++) out[row] = readSafe(bytes, start + 1 + 8 * row);
  }
  return sumUp(out, isUnsigned);
}

/** 64 bits, or infinity for 2^53 and more. */
function readSafe(bytes: DataView, at: number): number {
  const high = bytes.getUint32(at);
  return high >= 2 ** 21 ? Infinity : high * 2 ** 32 + bytes.getUint32(at + 4);
}

function sumUp(zigzags: Float64Array, isUnsigned: boolean): boolean {
  let sum = 0;
  let least = 0;
  let most = 0;
  for (let row = 0; row < zigzags.length; row++) {
    const zigzag = zigzags[row];
    const half = Math.floor(zigzag / 2);
    sum += 2 * half === zigzag ? half : -half - 1;
    zigzags[row] = sum;
    if (sum < least) least = sum;
    if (sum > most) most = sum;
  }
  // A sum that was not exact, or infinite, has shown as an extreme (NaN as no number at all).
  if (isUnsigned && least < 0) return false;
  return least >= -Number.MAX_SAFE_INTEGER && most <= Number.MAX_SAFE_INTEGER && !Number.isNaN(sum);
}

function decodeWide(bytes: DataView, start: number, end: number, count: number): BigInt64Array {
  const encoding = bytes.getUint8(start) >> 4;
  const zigzags = new BigUint64Array(count);
  zigzags[0] = bytes.getBigUint64(start + 1);
  if (encoding === REPEATED) zigzags.fill(readWideVarint(plainBytes(bytes), start + FIRST_END, end).value, 1);
  else if (encoding === PACKED) unpackWideSimple8b(bytes, start + FIRST_END, end, zigzags, 1);
  else for (let row = 1; row < count; row++) zigzags[row] = bytes.getBigUint64(start + 1 + 8 * row);
  const values = new BigInt64Array(count);
  let sum = 0n;
  for (let row = 0; row < count; row++) {
    const zigzag = zigzags[row];
    // Sums wrap, as Go's do: the difference of two int64 need not be one.
    sum = BigInt.asIntN(64, sum + ((zigzag >> 1n) ^ -(zigzag & 1n)));
    values[row] = sum;
  }
  return values;
}

function plainBytes(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
