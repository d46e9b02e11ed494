// The door for windows that were computed elsewhere: what other systems kept of points that nobody has any more.
import { addToSketch, encodeSketch, newSketch } from '../base/index.ts';
import type { FieldType, LadderRule, LadderTier } from '../model/index.ts';
import type { ViewDoor } from '../view/index.ts';
import { type PlacedLadder, ruleFor } from './placed-ladder.ts';
import { RowBuilder } from './row-builder.ts';
import { keptOf, stateColumn, stateType, statesOf } from './state-columns.ts';
import { WindowGrid } from './window-grid.ts';

/** One window of a field of a series. The points behind it are unknown but for these. */
export interface ForeignWindow {
  readonly startNs: bigint;
  /** Assumed where it is not known; at least 1. */
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** undefined = as good as any, so that the mean stands for it. */
  readonly last: number | undefined;
}

/** Of a ladder for one measurement: its points, or the tier of a step; undefined = it has no such step. */
export function levelOf(
  placed: Pick<PlacedLadder, 'ladder'>,
  measurement: string,
  stepNs: bigint,
): { readonly rule: LadderRule; readonly tier: LadderTier | 'base' } | undefined {
  const rule = ruleFor(placed, measurement);
  if (rule === undefined) return undefined;
  const tier = rule.baseStepNs === stepNs ? 'base' : rule.tiers.find((each) => each.stepNs === stepNs);
  return tier === undefined ? undefined : { rule, tier };
}

const TYPE: FieldType = 'float';
const ROWS_PER_WRITE = 4096;

export interface WindowTarget {
  readonly view: Pick<ViewDoor, 'write'>;
  readonly rule: LadderRule;
  readonly tier: LadderTier;
  readonly measurement: string;
  /** Of the family of the base. */
  readonly seriesId: number;
  readonly field: string;
}

/**
 * Writes the windows of a float field whole, in place of what the tier has of them; writing them again changes nothing. Of the
 * states that the rule keeps beyond these, deviations and increases within a window are taken for none. Coarser tiers are
 * computed anew where the window is. Resolves once it is durable, with what was refused.
 */
export async function writeStates(
  { view, rule, tier, measurement, seriesId, field }: WindowTarget,
  windows: readonly ForeignWindow[],
): Promise<readonly { readonly count: number; readonly reason: string }[]> {
  const grid = new WindowGrid(tier.stepNs, tier.timeZone);
  const states = statesOf(TYPE, keptOf(field, rule.states));
  const rows = new RowBuilder(measurement);
  for (const window of windows) {
    const row = rows.addRow(seriesId, grid.indexAt(window.startNs));
    for (const state of states)
      rows.set(row, stateColumn(field, state), stateType(state, TYPE), valueOf(state, window));
  }
  const outcomes = [];
  for (const batch of rows.take(grid, ROWS_PER_WRITE)) outcomes.push(await view.write(tier.bucket, batch));
  return outcomes.flatMap(({ dropped }) => dropped);
}

function valueOf(state: ReturnType<typeof statesOf>[number], window: ForeignWindow): number | string {
  const { count, sum, min, max, last } = window;
  const mean = sum / count;
  switch (state) {
    case 'count':
      return count;
    case 'sum':
      return sum;
    case 'min':
      return min;
    case 'max':
      return max;
    case 'first':
      return mean;
    case 'last':
      return last ?? mean;
    case 'sketch':
      return sketchOf(count, mean);
    default:
      return 0;
  }
}

function sketchOf(count: number, value: number): string {
  const sketch = newSketch();
  for (let at = 0; at < count; at++) addToSketch(sketch, value);
  return encodeSketch(sketch);
}

/** Points of the base, at the starts of its steps. Those past its period are kept as long as their shard. */
export async function writePoints(
  { view, measurement, seriesId, field }: Omit<WindowTarget, 'tier' | 'rule'>,
  { base, stepNs }: { readonly base: PlacedLadder['base']; readonly stepNs: bigint },
  windows: readonly ForeignWindow[],
): Promise<readonly { readonly count: number; readonly reason: string }[]> {
  const grid = new WindowGrid(stepNs, null);
  const rows = new RowBuilder(measurement);
  for (const { startNs, sum } of windows) rows.set(rows.addRow(seriesId, grid.indexAt(startNs)), field, TYPE, sum);
  const outcomes = [];
  for (const batch of rows.take(grid, ROWS_PER_WRITE)) outcomes.push(await view.write(base, batch));
  return outcomes.flatMap(({ dropped }) => dropped);
}
