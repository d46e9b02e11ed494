// What the ways to a call's points have in common.
import { MIN_TIME_NS } from '../../model/index.ts';
import type { Column, Group } from './rows.ts';
import type { TypedSelect } from './typed-select.ts';

/** One call's points of one group. */
export interface Track {
  /** Times of the points; null = the starts of the block's windows, in reading order. */
  readonly timesNs: BigInt64Array | null;
  readonly column: Column | null;
  /** Which points there are; null = all. A point that is there may have no value. */
  readonly present: Uint8Array | null;
  /** Number of points, present or not. */
  readonly count: number;
  /** Values of the statement's references beside each point; empty unless this call is a selector with such. */
  readonly beside: readonly (Column | null)[];
}

/** A track whose points all have times. */
export type TimedTrack = Track & { readonly timesNs: BigInt64Array };

/** Tracks of one group's calls. */
export interface GroupTracks {
  readonly group: Group;
  readonly tracks: readonly TimedTrack[];
}

export const EMPTY_TRACK: TimedTrack = {
  timesNs: new BigInt64Array(0),
  column: null,
  present: null,
  count: 0,
  beside: [],
};

/** The time of what is computed over a whole range: its start, or the epoch. */
export function wholeRangeTime(select: TypedSelect): bigint {
  return select.startNs > MIN_TIME_NS ? select.startNs : 0n;
}
