// Two kinds of failure exist in Weir: our own bugs (this file) and everything else (`error.ts`).

/** Stops on a broken invariant of our own. Never use it to judge input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** The branch that a closed union can never reach. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
