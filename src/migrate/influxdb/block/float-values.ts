// Floats as in Facebook's Gorilla: each value as its bits xor those of the one before, without the zeros at both ends.
//
//     byte 0x10, first value (64 bits), then for each value
//     0                                                the same again
//     1 0, meaningful bits                             as many leading and trailing zeros as last time
//     1 1, leading zeros (5 bits), meaningful bits (6 bits; 0 = 64), the bits
//
// A NaN of certain bits ends the values.
import { damaged } from '../damage.ts';

const GORILLA = 1;
const END_HIGH = 0x7ff80000;
const END_LOW = 1;
const EXPONENT = 0x7ff00000;
const FIRST_END = 9;

export interface FloatValues {
  readonly numbers: Float64Array;
  /** How many of them are NaN or infinite, which InfluxDB never accepts from outside. */
  readonly notFinite: number;
}

/**
 * The `count` values of bytes[start .. end). The view must have eight readable bytes beyond `end`, of any content. Throws
 * `corrupt` when there are fewer values or more.
 */
export function decodeFloats(bytes: DataView, start: number, end: number, count: number): FloatValues {
  if (end - start < FIRST_END) throw damaged(`floats in ${end - start} bytes`);
  const encoding = bytes.getUint8(start) >> 4;
  if (encoding !== GORILLA) throw damaged(`unknown encoding ${encoding} of floats`);
  const numbers = new Float64Array(count);
  // Halves of each value: the low one first, as all machines that Node runs on keep them.
  const halves = new Uint32Array(numbers.buffer);
  let high = bytes.getUint32(start + 1) | 0;
  let low = bytes.getUint32(start + 5) | 0;
  let notFinite = 0;
  let bitAt = 8 * (start + FIRST_END);
  const bitEnd = 8 * end;
  let meaningful = 64;
  let trailing = 0;
  for (let row = 0; ; row++) {
    const isEnd = high === END_HIGH && low === END_LOW;
    if (isEnd !== (row === count)) throw damaged(`${isEnd ? row : `over ${count}`} floats for ${count} timestamps`);
    if (isEnd) return { numbers, notFinite };
    if ((high & EXPONENT) === EXPONENT) notFinite++;
    halves[2 * row] = low;
    halves[2 * row + 1] = high;
    if (bitAt >= bitEnd) throw damaged(`floats end after ${row + 1} of ${count}`);
    // At least 25 bits from here on, the next one topmost: enough for control bits and both counts.
    const next = bytes.getUint32(bitAt >>> 3) << (bitAt & 7);
    if (next >= 0) {
      bitAt += 1;
      continue;
    }
    if ((next & 0x40000000) === 0) {
      bitAt += 2;
    } else {
      const leading = (next >>> 25) & 31;
      meaningful = (next >>> 19) & 63 || 64;
      trailing = 64 - leading - meaningful;
      if (trailing < 0) throw damaged(`a float with ${leading} zeros before ${meaningful} bits`);
      bitAt += 13;
    }
    if (bitAt + meaningful > bitEnd) throw damaged(`floats end after ${row + 1} of ${count}`);
    const wordHigh = meaningful > 32 ? readBits(bytes, bitAt, meaningful - 32) : 0;
    const lowBits = meaningful > 32 ? 32 : meaningful;
    const wordLow = readBits(bytes, bitAt + meaningful - lowBits, lowBits);
    bitAt += meaningful;
    if (trailing === 0) {
      high ^= wordHigh;
      low ^= wordLow;
    } else if (trailing < 32) {
      high ^= (wordHigh << trailing) | (wordLow >>> (32 - trailing));
      low ^= wordLow << trailing;
    } else {
      high ^= wordLow << (trailing - 32);
    }
  }
}

/** 1 to 32 bits at bit `at`, the topmost first. */
function readBits(bytes: DataView, at: number, bits: number): number {
  const byte = at >>> 3;
  const shift = at & 7;
  let word = bytes.getUint32(byte);
  if (shift !== 0) word = (word << shift) | (bytes.getUint8(byte + 4) >>> (8 - shift));
  return word >>> (32 - bits);
}
