// Times are int64 nanoseconds since the Unix epoch. At every border they are bigint; inside a chunk of columns they are
// Float64 offsets from the chunk's base, exact while the chunk spans less than 2^53 ns (104 days).

/** The least time that can be stored: -2^63 + 2, as InfluxDB keeps the extremes for itself. */
export const MIN_TIME_NS = -9223372036854775806n;
/** The greatest time that can be stored: 2^63 - 2. */
export const MAX_TIME_NS = 9223372036854775806n;

/** A chunk's offsets must stay below this to be exact. */
export const MAX_CHUNK_SPAN_NS = 2 ** 53 - 1;

/** Times t with `startNs <= t < endNs`. */
export interface TimeRange {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export const ALL_TIME: TimeRange = { startNs: MIN_TIME_NS, endNs: MAX_TIME_NS + 1n };

export function intersectRange(a: TimeRange, b: TimeRange): TimeRange | undefined {
  const startNs = a.startNs > b.startNs ? a.startNs : b.startNs;
  const endNs = a.endNs < b.endNs ? a.endNs : b.endNs;
  return startNs < endNs ? { startNs, endNs } : undefined;
}

/** Rounds towards minus infinity, as buckets before 1970 need. */
export function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}
