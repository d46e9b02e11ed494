// What counters grew by, pair of points by pair of points.
import type { FieldType, TimeRange } from '../../model/index.ts';
import type { Point, Typed } from './reference.ts';

/** By window: of each two points of a series that follow one another, the growth belongs to the window of the later one. */
export function referenceIncrease(
  points: readonly Point[],
  type: FieldType,
  windows: readonly TimeRange[],
  counts: (ordinal: number, window: number) => boolean,
): Map<number, Typed> {
  const grown = new Map<number, bigint | number>();
  const lasts = new Map<number, bigint | number>();
  const add = (a: bigint | number, b: bigint | number): bigint | number =>
    type === 'float' ? Number(a) + Number(b) : BigInt(a) + BigInt(b);
  for (const { ordinal, timeNs, value } of points) {
    const window = windows.findIndex(({ startNs, endNs }) => timeNs >= startNs && timeNs < endNs);
    if (window < 0) continue;
    const current = type === 'float' ? Number(value) : BigInt(value);
    const last = lasts.get(ordinal) ?? current;
    lasts.set(ordinal, current);
    const growth =
      current < last ? current : type === 'float' ? Number(current) - Number(last) : BigInt(current) - BigInt(last);
    if (counts(ordinal, window)) grown.set(window, add(grown.get(window) ?? 0, growth));
  }
  const wrap = (value: bigint): bigint => (type === 'unsigned' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
  return new Map([...grown].map(([at, value]) => [at, typeof value === 'bigint' ? wrap(value) : value]));
}
