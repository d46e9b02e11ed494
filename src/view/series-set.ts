// A set of series ids as bits: which series have rows in one table.

export class SeriesSet {
  #bits: Uint32Array = new Uint32Array(8);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    const word = id >>> 5;
    return word < this.#bits.length && (this.#bits[word] & (1 << (id & 31))) !== 0;
  }

  /** True when it was not in the set. */
  add(id: number): boolean {
    const word = id >>> 5;
    if (word >= this.#bits.length) {
      const grown = new Uint32Array(Math.max(word + 1, 2 * this.#bits.length));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const bit = 1 << (id & 31);
    if ((this.#bits[word] & bit) !== 0) return false;
    this.#bits[word] |= bit;
    this.#size++;
    return true;
  }

  /** True when it was in the set. */
  delete(id: number): boolean {
    if (!this.has(id)) return false;
    this.#bits[id >>> 5] &= ~(1 << (id & 31));
    this.#size--;
    return true;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let word = 0; word < this.#bits.length; word++) {
      for (let bits = this.#bits[word]; bits !== 0; bits &= bits - 1) yield 32 * word + 31 - Math.clz32(bits & -bits);
    }
  }
}
