// Wall time comes in through this interface so that tests can hold it still.

export interface Clock {
  /** Nanoseconds since the Unix epoch. */
  nowNs(): bigint;
}

const startWallNs = BigInt(Date.now()) * 1_000_000n;
const startMonotonicNs = process.hrtime.bigint();

/** Wall time with a resolution below the millisecond; follows the system clock when that is set by over 50 ms. */
export const systemClock: Clock = {
  nowNs(): bigint {
    const fine = startWallNs + (process.hrtime.bigint() - startMonotonicNs);
    const coarse = BigInt(Date.now()) * 1_000_000n;
    const driftNs = fine - coarse;
    return driftNs > 50_000_000n || driftNs < -50_000_000n ? coarse : fine;
  },
};
