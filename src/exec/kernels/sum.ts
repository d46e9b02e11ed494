// Loops that count and add the rows of a run.

/** Below this every integer is a double. */
const EXACT = 2 ** 53;
/** Partial sums of 32-bit halves stay exact for this many rows. */
const SPLIT_ROWS = 2 ** 20;
const WORD = 2 ** 32;

/** How many rows of [start, end) are valid. */
export function countValid(valid: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let row = start; row < end; row++) count += valid[row];
  return count;
}

/** The sum in order of rows, as InfluxDB adds. */
export function sumNumbers(values: Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let row = start; row < end; row++) sum += values[row];
  return sum;
}

export function sumValidNumbers(values: Float64Array, valid: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let row = start; row < end; row++) if (valid[row] !== 0) sum += values[row];
  return sum;
}

/** The sum of integers, or NaN when it may not be exact: then `sumIntegersExactly` is due. */
export function sumIntegers(values: Float64Array, valid: Uint8Array | null, start: number, end: number): number {
  let sum = 0;
  let size = 0;
  if (valid === null) {
    for (let row = start; row < end; row++) {
      const value = values[row];
      sum += value;
      size += Math.abs(value);
    }
  } else {
    for (let row = start; row < end; row++) {
      if (valid[row] === 0) continue;
      const value = values[row];
      sum += value;
      size += Math.abs(value);
    }
  }
  return size < EXACT ? sum : NaN;
}

/** The exact sum of integers held as doubles: high and low halves are added apart. */
export function sumIntegersExactly(values: Float64Array, valid: Uint8Array | null, start: number, end: number): bigint {
  let total = 0n;
  for (let block = start; block < end; block += SPLIT_ROWS) {
    const blockEnd = Math.min(end, block + SPLIT_ROWS);
    let high = 0;
    let low = 0;
    for (let row = block; row < blockEnd; row++) {
      if (valid !== null && valid[row] === 0) continue;
      const value = values[row];
      const half = Math.floor(value / WORD);
      high += half;
      low += value - half * WORD;
    }
    total += BigInt(high) * 4294967296n + BigInt(low);
  }
  return total;
}

/** The sum of 64-bit integers, wrapped to 64 bits as in InfluxDB. */
export function sumWide(
  values: BigInt64Array | BigUint64Array,
  valid: Uint8Array | null,
  start: number,
  end: number,
): bigint {
  let sum = 0n;
  for (let row = start; row < end; row++) {
    if (valid === null || valid[row] !== 0) sum = BigInt.asIntN(64, sum + values[row]);
  }
  return sum;
}
