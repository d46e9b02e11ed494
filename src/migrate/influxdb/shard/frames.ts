// The times of a table are offsets from one base, exact within 2^53 ns (14.9 weeks). Most shards are shorter than that; the
// values of longer ones, which may cover centuries, go to several tables, by frames of 12 weeks.
import { type FieldType, type TimeRange, WEEK, floorDiv, intersectRange } from '../../../model/index.ts';
import { type FieldRun, type RunSource, type RunTally, fieldRun, firstTimeFrom } from './field-run.ts';

const FRAME_NS = 12n * WEEK;

export class Frames {
  readonly range: TimeRange;

  constructor(range: TimeRange) {
    this.range = range;
  }

  /** The frame of a time within `range`: it ends with the range at the latest. */
  at(timeNs: bigint): TimeRange {
    if (this.range.endNs - this.range.startNs <= FRAME_NS) return this.range;
    const startNs = floorDiv(timeNs, FRAME_NS) * FRAME_NS;
    return intersectRange(this.range, { startNs, endNs: startNs + FRAME_NS }) ?? this.range;
  }
}

/** A field with all of its blocks that have values in some window. */
export interface FieldSources {
  readonly name: string;
  readonly type: FieldType;
  /** In order of rank. */
  readonly sources: readonly RunSource[];
}

export interface FramedRuns {
  /** Times of the runs are offsets from here. */
  readonly baseNs: bigint;
  /** At least one. */
  readonly runs: readonly FieldRun[];
}

/** The values of a series within `window`, frame by frame; frames without a value are passed over. */
export function* framedRuns(
  fields: readonly FieldSources[],
  window: TimeRange,
  frames: Frames,
  tally: RunTally,
): Generator<FramedRuns> {
  let fromNs = window.startNs;
  for (;;) {
    const firstNs = firstOfAll(fields, fromNs);
    if (firstNs === undefined || firstNs >= window.endNs) return;
    const frame = frames.at(firstNs);
    const piece = intersectRange(frame, { startNs: firstNs, endNs: window.endNs });
    if (piece === undefined) return;
    const runs: FieldRun[] = [];
    for (const { name, type, sources } of fields) {
      const run = fieldRun(name, type, sources, piece, frame.startNs, tally);
      if (run !== undefined) runs.push(run);
    }
    if (runs.length > 0) yield { baseNs: frame.startNs, runs };
    fromNs = piece.endNs;
  }
}

/** The least time at or behind `fromNs`. */
function firstOfAll(fields: readonly FieldSources[], fromNs: bigint): bigint | undefined {
  let least: bigint | undefined;
  for (const { sources } of fields) {
    for (const { block } of sources) {
      const timeNs = firstTimeFrom(block, fromNs);
      if (timeNs !== undefined && (least === undefined || timeNs < least)) least = timeNs;
    }
  }
  return least;
}
