// Seeded randomness: the same seed makes the same data set and the same queries everywhere.

/** A xorshift: uniform in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // The first numbers of nearby seeds are alike.
  for (let skipped = 0; skipped < 16; skipped++) next();
  return next;
}
