// What every state is fed with: the runs of one chunk, and the cells that they belong to.
//
//     cell = group * windowCount + window          all states of a request share this layout
import type { Runs } from '../windows.ts';

export interface Slice {
  readonly runs: Runs;
  /** Offsets of the chunk's rows from its base, which is split into the words of time64.ts. */
  readonly times: Float64Array;
  readonly high: number;
  readonly low: number;
  readonly baseNs: bigint;
  /** Cell of the group's window 0. */
  readonly cellBase: number;
  /** Whether a run's window does not count for the series; such runs are only there for states that follow a series. */
  readonly isSkipped: ((window: number) => boolean) | null;
  /** Position of the series in the request: ties go to the lower one. */
  readonly ordinal: number;
}

/** Where the groups of a partial result lie in the whole: group g there is `groups[g]` here. */
export interface CellMap {
  readonly groups: Int32Array;
  readonly windowCount: number;
}

export function mapCell(map: CellMap, cell: number): number {
  const group = Math.floor(cell / map.windowCount);
  return map.groups[group] * map.windowCount + (cell - group * map.windowCount);
}
