// Simple8b: words of 64 bits, big-endian, each with as many small integers as fit.
//
//     bits 63..60  selector   0     1     2    3    4    5    6    7   8   9   10  11  12  13  14  15
//     values in a word        240   120   60   30   20   15   12   10  8   7   6   5   4   3   2   1
//     bits of each            0     0     1    2    3    4    5    6   7   8   10  12  15  20  30  60    the lowest bits come first
//
// The values of selectors 0 and 1 are all 1.
import { damaged } from '../damage.ts';

const COUNTS = [240, 120, 60, 30, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1];
const BITS = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 60];
/** The upper half of 2^53. */
const UNSAFE_HIGH = 2 ** 21;

/** How many values are in bytes[start .. end). Throws `corrupt` when these are no whole words. */
export function countSimple8b(bytes: DataView, start: number, end: number): number {
  if ((end - start) % 8 !== 0) throw damaged(`packed integers take whole words, not ${end - start} bytes`);
  let count = 0;
  for (let at = start; at < end; at += 8) count += COUNTS[bytes.getUint8(at) >> 4];
  return count;
}

/**
 * Unpacks the words of bytes[start .. end) to out[to ..), which must have room for `countSimple8b` values. False when one
 * of them is 2^53 or more and thus not exact.
 */
export function unpackSimple8b(bytes: DataView, start: number, end: number, out: Float64Array, to: number): boolean {
  let row = to;
  for (let at = start; at < end; at += 8) {
    let high = bytes.getUint32(at);
    let low = bytes.getUint32(at + 4);
    const selector = high >>> 28;
    high &= 0x0fffffff;
    const count = COUNTS[selector];
    if (selector < 2) {
      out.fill(1, row, row + count);
      row += count;
    } else if (selector === 15) {
      if (high >= UNSAFE_HIGH) return false;
      out[row++] = high * 2 ** 32 + low;
    } else {
      const bits = BITS[selector];
      const mask = (1 << bits) - 1;
      for (const rowEnd = row + count; row < rowEnd; row++) {
        out[row] = low & mask;
        low = (low >>> bits) | (high << (32 - bits));
        high >>>= bits;
      }
    }
  }
  return true;
}

/** The same for all 60 bits, slowly. */
export function unpackWideSimple8b(bytes: DataView, start: number, end: number, out: BigUint64Array, to: number): void {
  let row = to;
  for (let at = start; at < end; at += 8) {
    const word = bytes.getBigUint64(at);
    const selector = Number(word >> 60n);
    const bits = BigInt(BITS[selector]);
    for (let index = 0; index < COUNTS[selector]; index++) {
      out[row++] = selector < 2 ? 1n : (word >> (bits * BigInt(index))) & ((1n << bits) - 1n);
    }
  }
}
