// The sum of values that came from decimals. 0.1 and 0.2 are stored as the doubles next to them, and what these add up to is
// not the double next to 0.3: three sums of a hundred look like 0.30000000000000004, and take eight bytes on the disk where
// others take two. Of all decimals that the values may have meant, there is one in reach of a sum at most: that is the sum.

/** More digits after the point are not looked for. */
const MAX_DIGITS = 6;
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, digits) => 10 ** digits);
/** Half of the distance from 1 to the next double. */
const ROUNDING = 2 ** -53;

/**
 * The decimal nearest to the sum of `count` values of [least, greatest], where the bounds are decimals of so many digits and
 * the values' own rounding explains the difference; else the sum.
 */
export function decimalSum(sum: number, count: number, least: number, greatest: number): number {
  if (count < 2) return sum;
  // Each value may lie half of its last digit beside its decimal, and the sum half of its own.
  const magnitude = count * Math.max(-least, greatest);
  const slack = 2 * ROUNDING * magnitude;
  for (const power of POWERS) {
    if (Math.round(least * power) / power !== least || Math.round(greatest * power) / power !== greatest) continue;
    const decimal = Math.round(sum * power) / power;
    // Where decimals lie so close that many would do, none is told from the others.
    if (slack * power > 0.01) return sum;
    if (Math.abs(decimal - sum) <= slack) return decimal + 0;
  }
  return sum;
}
