// How the lines of series begin, remembered by the bytes or text that name them: what a listener gets, it mostly gets again.

/** Of keys and values. */
const MAX_BYTES = 64 * 1024 * 1024;
const ENTRY_BYTES = 100;

export class KnownSeries<T> {
  readonly #known = new Map<string, T>();
  #sizeBytes = 0;

  get(name: string): T | undefined {
    return this.#known.get(name);
  }

  /** `sizeBytes`: of the value. When too much is known, all is forgotten. */
  add(name: string, value: T, sizeBytes: number): void {
    this.#sizeBytes += name.length + sizeBytes + ENTRY_BYTES;
    if (this.#sizeBytes > MAX_BYTES) {
      this.#known.clear();
      this.#sizeBytes = name.length + sizeBytes + ENTRY_BYTES;
    }
    this.#known.set(name, value);
  }
}
