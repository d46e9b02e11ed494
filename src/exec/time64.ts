// Exact int64 times in typed arrays without a BigInt per point: a chunk's base is split into two 32-bit words once, then
// base + offset is done word by word in doubles.
//
//     times.ns[i]      one int64, for those who read a result
//     times.words      the same memory: words[2i] = low 32 bits, words[2i + 1] = high 32 bits (signed)
//
// (Node runs on little-endian machines only.)

const WORD = 2 ** 32;

export interface Times {
  readonly ns: BigInt64Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
}

export function newTimes(count: number): Times {
  return timesOf(new BigInt64Array(count));
}

export function timesOf(ns: BigInt64Array<ArrayBuffer>): Times {
  return { ns, words: new Int32Array(ns.buffer, ns.byteOffset, 2 * ns.length) };
}

/** The high word of an int64, signed. */
export function baseHigh(baseNs: bigint): number {
  return Number(baseNs >> 32n);
}

/** The low word of an int64, 0 .. 2^32 - 1. */
export function baseLow(baseNs: bigint): number {
  return Number(baseNs & 0xffffffffn);
}

/** The high word of base + offset; offset is an exact integer of either sign. */
export function highWord(high: number, low: number, offset: number): number {
  const carry = Math.floor(offset / WORD);
  return high + carry + (low + (offset - carry * WORD) >= WORD ? 1 : 0);
}

/** The low word of base + offset, 0 .. 2^32 - 1. */
export function lowWord(low: number, offset: number): number {
  const sum = low + (offset - Math.floor(offset / WORD) * WORD);
  return sum >= WORD ? sum - WORD : sum;
}

export function setTime(words: Int32Array, index: number, high: number, low: number): void {
  words[2 * index] = low | 0;
  words[2 * index + 1] = high;
}

/** Negative when times[index] is before (high, low), 0 when equal, positive when after. */
export function compareTime(words: Int32Array, index: number, high: number, low: number): number {
  const difference = words[2 * index + 1] - high;
  return difference !== 0 ? difference : (words[2 * index] >>> 0) - low;
}

/** Compares times[i] of one array with times[j] of another. */
export function compareTimes(a: Int32Array, i: number, b: Int32Array, j: number): number {
  const difference = a[2 * i + 1] - b[2 * j + 1];
  return difference !== 0 ? difference : (a[2 * i] >>> 0) - (b[2 * j] >>> 0);
}

export function copyTime(from: Int32Array, index: number, to: Int32Array, target: number): void {
  to[2 * target] = from[2 * index];
  to[2 * target + 1] = from[2 * index + 1];
}
