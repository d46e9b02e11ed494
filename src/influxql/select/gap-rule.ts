// The gap rule: a window of which too little is known has no value. It is asked for each time that a ladder's measurement is
// read, not when its windows are computed, so that one tier serves every answer to how much is enough.
//
//     known share = points of the field * step that points are expected at / length of the window, at most 1
//
// A window without a value is an empty one: fill() says what it shows. RRDtool's xff is 1 - share, Whisper's is the share.
// Counts are exempt: they are what is known. So are conditions on fields: what they leave out is not unknown. Each series is
// looked at by itself: see series-gaps.ts. A tier's row is such a window, too; the tier's snapshot applies the rule to it.
import { WeirError } from '../../base/index.ts';
import type { AggregateColumn } from '../../exec/index.ts';
import type { TimeRange } from '../../model/index.ts';
import type { Fill } from '../language/ast.ts';
import type { StoredInput } from './stored-input.ts';
import type { TypedSelect, TypedSource } from './typed-select.ts';
import { type WindowList, startOf, windowCount } from './windows.ts';

export interface GapRule {
  readonly stepNs: bigint;
  /** Above 0, at most 1. */
  readonly knownShare: number;
}

/**
 * What the statement says goes before what the request does, and that before the ladder's rule. Throws `invalid` where a
 * statement asks for it and no ladder says at which step points are expected.
 */
export function gapRuleOf(input: StoredInput, fill: Fill, ofRequest: number | undefined): GapRule | undefined {
  const expected = input.snapshot.expects?.(input.name);
  if (expected === undefined && (fill.knownShare ?? 0) > 0) throw withoutLadder(input.name);
  if (expected === undefined || input.classes.some(({ filter, residual }) => filter !== null || residual !== null)) {
    return undefined;
  }
  const knownShare = fill.knownShare ?? ofRequest ?? expected.knownShare;
  return knownShare > 0 ? { stepNs: expected.stepNs, knownShare } : undefined;
}

/**
 * Throws `invalid` where a statement asks for the rule and there are no windows of a ladder's points to apply it to.
 * `hasCells`: it aggregates; else rows are asked for, which a tier has one a window.
 */
export function refuseShare(
  { fill, interval }: TypedSelect,
  hasCells: boolean,
  sources: readonly TypedSource[],
  name: string,
): void {
  if ((fill.knownShare ?? 0) === 0) return;
  if (hasCells && interval === null) throw new WeirError('invalid', 'fill() with a known share needs GROUP BY time');
  for (const source of sources) {
    if (source.kind === 'select') {
      const place = 'it has to stand in the subquery that reads the points';
      throw new WeirError('invalid', `fill() with a known share cannot be applied to the rows of a subquery: ${place}`);
    }
    if (source.snapshot.expects?.(name) === undefined) throw withoutLadder(name);
  }
}

/** Throws `invalid` where the rule holds, but what is aggregated are not the stored points of one source. */
export function refuseRule(input: StoredInput, fill: Fill, ofRequest: number | undefined): void {
  if (gapRuleOf(input, fill, ofRequest) === undefined) return;
  const reason = 'it cannot be applied to casts and to several sources; fill(null, 0) leaves it out';
  throw new WeirError('invalid', `a gap rule holds for ${input.name}: ${reason}`);
}

function withoutLadder(name: string): WeirError {
  return new WeirError('invalid', `fill() with a known share needs a ladder, and there is none for ${name}`);
}

/** The column without the cells of which too little is known. Cells are groups of windows; both columns have the same. */
export function withoutGaps(
  column: AggregateColumn,
  counts: AggregateColumn,
  neededCounts: Float64Array,
): AggregateColumn {
  const valid = column.valid.slice();
  const { values } = counts;
  for (let cell = 0; cell < valid.length; cell++) {
    if (counts.valid[cell] === 0 || Number(values[cell]) < neededCounts[cell % neededCounts.length]) valid[cell] = 0;
  }
  return { ...column, valid };
}

/** How many points each window needs: of what the range leaves of it. */
export function neededCounts({ stepNs, knownShare }: GapRule, windows: WindowList, range: TimeRange): Float64Array {
  const needed = new Float64Array(windowCount(windows));
  for (let index = 0; index < needed.length; index++) {
    const startNs = startOf(windows, index);
    const endNs = startOf(windows, index + 1);
    const cutNs = (endNs < range.endNs ? endNs : range.endNs) - (startNs > range.startNs ? startNs : range.startNs);
    // Nine points of ten are 0.9, whichever way that was rounded.
    needed[index] = (Number(cutNs) / Number(stepNs)) * knownShare * (1 - 1e-9);
  }
  return needed;
}
