// Tracks of calls that give any number of points a cell: distinct, top, bottom, sample.
import type { SelectedPoint } from '../../exec/index.ts';
import type { FieldType } from '../../model/index.ts';
import { type Beside, besidePoints } from './beside.ts';
import type { LevelCells } from './cells.ts';
import type { CallPlan } from './output-plan.ts';
import { type Column, allocateValues } from './rows.ts';
import { type Track, wholeRangeTime } from './track.ts';
import type { TypedSelect } from './typed-select.ts';
import { type WindowList, startOf } from './windows.ts';

/** The points of a group's cells in reading order. */
export function listTrack(
  call: CallPlan,
  lists: readonly (readonly SelectedPoint[])[],
  type: FieldType | null,
  level: LevelCells,
  group: number,
  select: TypedSelect,
  beside: Beside | undefined,
): Track {
  const first = group * level.windowCount;
  const points: SelectedPoint[] = [];
  const times: bigint[] = [];
  const rows: number[] = [];
  for (let at = 0; at < level.windowCount; at++) {
    const cell = select.ascending ? first + at : first + level.windowCount - 1 - at;
    for (const [index, point] of lists[cell].entries()) {
      points.push(point);
      times.push(call.base?.keepsTimes === true ? point.timeNs : windowTime(level.windows, cell - first, select));
      rows.push((beside?.starts[cell] ?? 0) + index);
    }
  }
  const wide = points.some(({ value }) => typeof value === 'bigint');
  const values = allocateValues(type ?? 'float', points.length, wide) as Column['values'] & unknown[];
  for (const [at, { value }] of points.entries()) values[at] = wide ? BigInt(value) : plainValue(value);
  return {
    timesNs: BigInt64Array.from(times),
    column: { type: type ?? 'float', values, valid: null },
    present: null,
    count: points.length,
    beside: besidePoints(beside, Int32Array.from(rows)),
  };
}

function plainValue(value: SelectedPoint['value']): number | bigint | string {
  return typeof value === 'boolean' ? Number(value) : value;
}

function windowTime(windows: WindowList | null, window: number, select: TypedSelect): bigint {
  return windows === null ? wholeRangeTime(select) : startOf(windows, window);
}
