// Unsigned varints, seven bits a byte, the lowest first, as Go's encoding/binary and protocol buffers write them.
import { damaged } from '../damage.ts';

/** The varint at bytes[at ..). Throws `corrupt` when it runs over `end`, or is 2^53 or more. */
export function readVarint(bytes: Uint8Array, at: number, end: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 8 && at + index < end; index++) {
    const byte = bytes[at + index];
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80 && value <= Number.MAX_SAFE_INTEGER) return { value, end: at + index + 1 };
  }
  throw damaged('a number has no end, or is far too large');
}

/** The same for all 64 bits. */
export function readWideVarint(bytes: Uint8Array, at: number, end: number): { value: bigint; end: number } {
  let value = 0n;
  for (let index = 0; index < 10 && at + index < end; index++) {
    const byte = bytes[at + index];
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80 && value < 2n ** 64n) return { value, end: at + index + 1 };
  }
  throw damaged('a number has no end');
}
