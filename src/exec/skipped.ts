// Windows of single series that do not count, as one bit for each window of each series:
//
//     bit = position of the series in the request * windows + window
//
// On shared memory, so that every worker reads the same.

export type SkippedWindows = Uint8Array<SharedArrayBuffer>;

/** None is skipped yet. */
export function newSkipped(series: number, windowCount: number): SkippedWindows {
  return new Uint8Array(new SharedArrayBuffer(skippedBytes(series, windowCount)));
}

export function skippedBytes(series: number, windowCount: number): number {
  return Math.ceil((series * windowCount) / 8);
}

export function skip(skipped: SkippedWindows, bit: number): void {
  skipped[Math.floor(bit / 8)] |= 1 << (bit % 8);
}

export function isSkipped(skipped: SkippedWindows, bit: number): boolean {
  return (skipped[Math.floor(bit / 8)] & (1 << (bit % 8))) !== 0;
}
