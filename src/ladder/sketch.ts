// A quantile sketch: counts of values in buckets whose borders grow by a fixed factor, so that any quantile is known within
// 1 % of its value, and two sketches are merged by adding counts, in any order with the same result (DDSketch, Masson,
// Rim and Lee 2019).
//
//     bucket i of the positive values holds (g^(i-1), g^i], g = (1 + a) / (1 - a), a = 0.01; negative ones mirror it
//     text form: base64url of varints:  zeros | positive buckets: n, then (gap to the last index, count)* | negative: same
import { WeirError } from '../base/index.ts';

const ACCURACY = 0.01;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** Smaller values count as 0: below it the logarithm's buckets would be many and say nothing. */
const LEAST = 1e-300;

export class Sketch {
  #zeros = 0;
  readonly #positive = new Map<number, number>();
  readonly #negative = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#zeros === 0 && this.#positive.size === 0 && this.#negative.size === 0;
  }

  add(value: number): void {
    if (value > LEAST) addTo(this.#positive, indexOf(value), 1);
    else if (value < -LEAST) addTo(this.#negative, indexOf(-value), 1);
    else this.#zeros++;
  }

  merge(other: Sketch): void {
    this.#zeros += other.#zeros;
    for (const [index, count] of other.#positive) addTo(this.#positive, index, count);
    for (const [index, count] of other.#negative) addTo(this.#negative, index, count);
  }

  clear(): void {
    this.#zeros = 0;
    this.#positive.clear();
    this.#negative.clear();
  }

  get count(): number {
    let count = this.#zeros;
    for (const buckets of [this.#positive, this.#negative]) for (const own of buckets.values()) count += own;
    return count;
  }

  /**
   * The value of this rank among all, 1 = the least, within 1 %. NaN for an empty sketch. InfluxDB's percentile(p) is the
   * value of rank floor(count * p / 100 + 0.5).
   */
  valueOfRank(rank: number): number {
    let left = rank;
    for (const [index, count] of [...this.#negative].sort((a, b) => b[0] - a[0])) {
      left -= count;
      if (left <= 0) return -valueOf(index);
    }
    left -= this.#zeros;
    if (left <= 0 && this.#zeros > 0) return 0;
    let value = NaN;
    for (const [index, count] of [...this.#positive].sort((a, b) => a[0] - b[0])) {
      value = valueOf(index);
      left -= count;
      if (left <= 0) break;
    }
    return value;
  }

  encode(): string {
    const bytes: number[] = [];
    putVarint(bytes, this.#zeros);
    for (const buckets of [this.#positive, this.#negative]) {
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
  static decode(text: string): Sketch {
    const sketch = new Sketch();
    const reader = new VarintReader(Buffer.from(text, 'base64url'));
    sketch.#zeros = reader.next();
    for (const buckets of [sketch.#positive, sketch.#negative]) {
      let index = 0;
      for (let left = reader.next(); left > 0; left--) {
        index += unzigzag(reader.next());
        buckets.set(index, reader.next());
      }
    }
    return sketch;
  }
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
