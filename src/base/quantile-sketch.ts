// A quantile sketch: counts of values in buckets whose borders grow by a fixed factor, so that any quantile is known within
// 1 % of its value, and two sketches are merged by adding counts, in any order with the same result (DDSketch, Masson,
// Rim and Lee 2019).
//
//     bucket i of the positive values holds (g^(i-1), g^i], g = (1 + a) / (1 - a), a = 0.01; negative ones mirror it
//     text form: base64url of varints:  zeros | positive buckets: n, then (gap to the last index, count)* | negative: same
import { WeirError } from './error.ts';

const ACCURACY = 0.01;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** Smaller values count as 0: below it the logarithm's buckets would be many and say nothing. */
const LEAST = 1e-300;

/** Plain data: it may go to another thread. */
export interface Sketch {
  zeros: number;
  /** Index of a bucket -> how many values. */
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
}

export function newSketch(): Sketch {
  return { zeros: 0, positive: new Map(), negative: new Map() };
}

export function clearSketch(sketch: Sketch): void {
  sketch.zeros = 0;
  sketch.positive.clear();
  sketch.negative.clear();
}

export function addToSketch(sketch: Sketch, value: number): void {
  if (value > LEAST) addTo(sketch.positive, indexOf(value), 1);
  else if (value < -LEAST) addTo(sketch.negative, indexOf(-value), 1);
  else sketch.zeros++;
}

export function mergeSketch(into: Sketch, from: Sketch): void {
  into.zeros += from.zeros;
  for (const [index, count] of from.positive) addTo(into.positive, index, count);
  for (const [index, count] of from.negative) addTo(into.negative, index, count);
}

export function sketchCount({ zeros, positive, negative }: Sketch): number {
  let count = zeros;
  for (const buckets of [positive, negative]) for (const own of buckets.values()) count += own;
  return count;
}

/** The value of this rank among all, 1 = the least, within 1 %. NaN for an empty sketch. */
export function valueOfRank({ zeros, positive, negative }: Sketch, rank: number): number {
  let left = rank;
  for (const [index, count] of [...negative].sort((a, b) => b[0] - a[0])) {
    left -= count;
    if (left <= 0) return -valueOf(index);
  }
  left -= zeros;
  if (left <= 0 && zeros > 0) return 0;
  let value = NaN;
  for (const [index, count] of [...positive].sort((a, b) => a[0] - b[0])) {
    value = valueOf(index);
    left -= count;
    if (left <= 0) break;
  }
  return value;
}

export function encodeSketch({ zeros, positive, negative }: Sketch): string {
  const bytes: number[] = [];
  putVarint(bytes, zeros);
  for (const buckets of [positive, negative]) {
    const sorted = [...buckets].sort((a, b) => a[0] - b[0]);
    putVarint(bytes, sorted.length);
    let last = 0;
    for (const [index, count] of sorted) {
      putVarint(bytes, zigzag(index - last));
      putVarint(bytes, count);
      last = index;
    }
  }
  return Buffer.from(bytes).toString('base64url');
}

/** Throws `corrupt` for what is no sketch. */
export function decodeSketch(text: string): Sketch {
  const sketch = newSketch();
  const reader = new VarintReader(Buffer.from(text, 'base64url'));
  sketch.zeros = reader.next();
  for (const buckets of [sketch.positive, sketch.negative]) {
    let index = 0;
    for (let left = reader.next(); left > 0; left--) {
      index += unzigzag(reader.next());
      buckets.set(index, reader.next());
    }
  }
  return sketch;
}

function addTo(buckets: Map<number, number>, index: number, count: number): void {
  buckets.set(index, (buckets.get(index) ?? 0) + count);
}

function indexOf(value: number): number {
  return Math.ceil(Math.log(value) / LOG_GAMMA);
}

/** The value whose distance to both borders of the bucket is the same share of it. */
function valueOf(index: number): number {
  return (2 * Math.exp(index * LOG_GAMMA)) / (GAMMA + 1);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

function putVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

class VarintReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; this.#at < this.#bytes.length; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new WeirError('corrupt', `a quantile sketch ends after ${this.#at} bytes`);
  }
}
