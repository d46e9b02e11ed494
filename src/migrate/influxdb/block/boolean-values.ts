// Booleans: byte 0x10, count varint, then a bit each, the topmost of a byte first.
import { damaged } from '../damage.ts';
import { readVarint } from './varint.ts';

const BIT_PACKED = 1;

/** The `count` values of bytes[start .. end) as 0 and 1. Throws `corrupt` when there are fewer or more. */
export function decodeBooleans(bytes: Uint8Array, start: number, end: number, count: number): Float64Array {
  if (end - start < 2) throw damaged(`booleans in ${end - start} bytes`);
  const encoding = bytes[start] >> 4;
  if (encoding !== BIT_PACKED) throw damaged(`unknown encoding ${encoding} of booleans`);
  const stored = readVarint(bytes, start + 1, end);
  if (stored.value !== count) throw damaged(`${stored.value} booleans for ${count} timestamps`);
  if (count > 8 * (end - stored.end)) throw damaged(`${count} booleans in ${end - stored.end} bytes`);
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row++) numbers[row] = (bytes[stored.end + (row >> 3)] >> (7 - (row & 7))) & 1;
  return numbers;
}
