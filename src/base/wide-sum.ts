// Sums of 64-bit integers wrap, as InfluxDB's do. What is measured from their mean needs the sum itself: where it left 64 bits
// the mean is kept beside it, and tells how often.
//
//     sum = kept sum + turns * 2^64          turns: what brings it next to mean * count

const TURN = 2 ** 64;
/** A mean is a rounded quotient. */
const ROUNDING = 2 ** -50;

/**
 * The sum of `count` integers whose mean was kept beside their wrapped sum. A mean that no number of turns explains is not of
 * this sum, which then never left 64 bits; nor has one without a mean.
 */
export function unwrappedSum(kept: number | bigint, count: number, mean: number | undefined): number | bigint {
  if (mean === undefined || count === 0) return kept;
  // The field has become one of floats since.
  if (typeof kept === 'number' && !Number.isInteger(kept)) return kept;
  const near = mean * count;
  const turns = Math.round((near - Number(kept)) / TURN);
  if (turns === 0 || !Number.isSafeInteger(turns)) return kept;
  const sum = BigInt(kept) + BigInt(turns) * BigInt(TURN);
  return Math.abs(Number(sum) - near) <= ROUNDING * Math.abs(near) ? sum : kept;
}

/** Whether a sum is not what is kept of it. */
export function isWrapped(sum: bigint, isUnsigned: boolean): boolean {
  return (isUnsigned ? BigInt.asUintN(64, sum) : BigInt.asIntN(64, sum)) !== sum;
}
