// A hash of bytes that no client can aim at: whoever writes may choose keys, and must not be able to choose many that land
// in one place of a table. It is NH (Black et al., UMAC, 1999) with 16-bit halves: two keys collide in a lane only for one
// in 65,536 choices of the secret, whatever the keys are. Two lanes, the second with the secret moved on by one word.
//
//     lane = Σ low16(word + secret) × high16(word + secret)        words of four bytes, the last one padded with zeros
import { randomFillSync } from 'node:crypto';

/** As many words as the longest series key has; longer keys use them again. */
const SECRET_WORDS = 16_384;

const secret = randomFillSync(new Int32Array(SECRET_WORDS + 1));

/** 32 bits for the bytes at [start, end). The same within a process only. */
export function hashKey(words: DataView, start: number, end: number): number {
  let first = end - start;
  let second = 0;
  let index = 0;
  let at = start;
  for (const stop = end - 4; at <= stop; at += 4) {
    const word = words.getInt32(at, true);
    const one = word + secret[index];
    const other = word + secret[index + 1];
    first = (first + Math.imul(one & 0xffff, one >>> 16)) | 0;
    second = (second + Math.imul(other & 0xffff, other >>> 16)) | 0;
    index = (index + 1) & (SECRET_WORDS - 1);
  }
  const word = lastWord(words, at, end);
  const one = word + secret[index];
  const other = word + secret[index + 1];
  first = (first + Math.imul(one & 0xffff, one >>> 16)) | 0;
  second = (second + Math.imul(other & 0xffff, other >>> 16)) | 0;
  return mix(first, second);
}

/** What is left of a key when whole words are taken away. */
function lastWord(words: DataView, start: number, end: number): number {
  let word = 0;
  for (let at = end - 1; at >= start; at--) word = (word << 8) | words.getUint8(at);
  return word;
}

/** Spreads both lanes over all bits, as tables take the low ones. */
function mix(first: number, second: number): number {
  let hash = first ^ ((second << 16) | (second >>> 16));
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}
