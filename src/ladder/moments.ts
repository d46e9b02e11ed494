// Mean and sum of squared distances from it (m2) of many windows at once, at index slot.

export class Moments {
  #means: Float64Array = new Float64Array(0);
  #m2s: Float64Array = new Float64Array(0);

  grow(length: number): void {
    this.#means = grown(this.#means, length);
    this.#m2s = grown(this.#m2s, length);
  }

  mean(slot: number): number {
    return this.#means[slot];
  }

  m2(slot: number): number {
    return this.#m2s[slot];
  }

  /** Chan's rule: `more` values with this mean and m2 join `count` of the slot. */
  join(slot: number, count: number, more: number, mean: number, m2: number): void {
    if (count === 0) {
      this.#means[slot] = mean;
      this.#m2s[slot] = m2;
      return;
    }
    const total = count + more;
    const distance = mean - this.#means[slot];
    this.#m2s[slot] += m2 + (distance * distance * count * more) / total;
    this.#means[slot] += (distance * more) / total;
  }
}

export function grown(values: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  copy.set(values);
  return copy;
}
