// InfluxDB's integral, point by point: the reducer's steps with times as bigints.
import { type FieldType, MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import type { Point } from './reference.ts';

/** Areas by window of one group, whose points come in reading order. */
export function referenceIntegral(
  points: readonly Point[],
  type: FieldType,
  windows: readonly TimeRange[],
  grouped: boolean,
  descending: boolean,
  unitNs: number,
): Map<number, number> {
  const areas = new Map<number, number>();
  let previous: { timeNs: bigint; value: number } | undefined;
  let window = -1;
  let sum = 0;
  for (const point of points) {
    const own = windows.findIndex(({ startNs, endNs }) => point.timeNs >= startNs && point.timeNs < endNs);
    if (own < 0) continue;
    let value = Number(point.value);
    if (previous === undefined) window = own;
    else if (previous.timeNs === point.timeNs) {
      previous.value = value;
      continue;
    } else {
      let before = previous.value;
      let from = previous.timeNs;
      if (own !== window) {
        const end = descending ? windows[window].startNs : windows[window].endNs;
        if (end !== from) {
          const slope = (value - before) / Number(point.timeNs - from);
          const between = slope * Number(end - from) + before;
          sum += 0.5 * (between + before) * (Number(end - from) / unitNs);
          from = end;
          // The float reducer moves the old point there, the integer reducer replaces the new point's value.
          if (type === 'float') before = between;
          else value = between;
        }
        areas.set(window, sum);
        window = own;
        sum = 0;
      }
      sum += 0.5 * (value + before) * (Number(point.timeNs - from) / unitNs);
    }
    previous = { timeNs: point.timeNs, value: Number(point.value) };
  }
  if (previous === undefined) return areas;
  const { startNs, endNs } = windows[window];
  const start = descending ? endNs : startNs;
  const empty = grouped ? start : type === 'float' || start <= MIN_TIME_NS ? 0n : start;
  if (previous.timeNs !== empty) areas.set(window, sum);
  return areas;
}
