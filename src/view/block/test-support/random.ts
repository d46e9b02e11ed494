// Deterministic randomness for tests: the seed is in the name of each case, so that a failure can be run again.

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Integer in [0, below). */
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
  int64(): bigint;
}

export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (choices) => choices[below(choices.length)],
    int64: () => BigInt.asIntN(64, (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))),
  };
}
