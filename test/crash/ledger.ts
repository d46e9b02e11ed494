// What a writer knows about its points: what was acknowledged, and what may or may not have happened when the server died.

/** The value that a point was last given, or null = there is no point. */
export type Value = number | null;

interface Entry {
  /** What must be there, unless one of `maybe` happened after it. */
  sure: Value;
  maybe: Value[];
}

export interface Slip {
  readonly slot: number;
  readonly what: string;
}

/** The points of one writer by slot (= time). */
export class Ledger {
  readonly #entries: Entry[];

  constructor(slots: number) {
    this.#entries = Array.from({ length: slots }, () => ({ sure: null, maybe: [] }));
  }

  get slots(): number {
    return this.#entries.length;
  }

  /** How many points are surely there. */
  get count(): number {
    return this.#entries.filter((entry) => entry.sure !== null).length;
  }

  acknowledged(slots: Iterable<number>, value: Value): void {
    for (const slot of slots) this.#entries[slot].sure = value;
  }

  /** The server died before it answered. */
  uncertain(slots: Iterable<number>, value: Value): void {
    for (const slot of slots) this.#entries[slot].maybe.push(value);
  }

  /** Compares with what the server shows; afterwards that is what counts. */
  settle(shown: ReadonlyMap<number, number>): Slip[] {
    const slips: Slip[] = [];
    this.#entries.forEach((entry, slot) => {
      const value = shown.get(slot) ?? null;
      if (value !== entry.sure && !entry.maybe.includes(value)) {
        slips.push({ slot, what: `shows ${value}, must be ${[entry.sure, ...entry.maybe].join(' or ')}` });
      }
      entry.sure = value;
      entry.maybe = [];
    });
    for (const slot of shown.keys()) {
      if (slot < 0 || slot >= this.#entries.length) slips.push({ slot, what: 'was never sent' });
    }
    return slips;
  }
}
