// What a ladder would come to: how many windows, points and bytes each tier will hold when it is full, and how long it takes to
// fill from what is there. An estimate from the series there are now; nothing is changed.
import {
  type FieldType,
  type LadderSpec,
  type NamePattern,
  type OptionalState,
  type RuleSpec,
  isNumeric,
} from '../model/index.ts';
import { parentOf } from './parents.ts';
import { type StateName, keptOf, matchesName, statesOf } from './state-columns.ts';

/** What the base holds at present. */
export interface HeldPoints {
  readonly measurements: readonly HeldMeasurement[];
  /** Of all measurements together. */
  readonly rowCount: number;
  /** Of those of them that are in blocks. */
  readonly blockRows: number;
  readonly blockBytes: number;
  /** null = there are none. */
  readonly oldestNs: bigint | null;
  readonly nowNs: bigint;
}

export interface HeldMeasurement {
  readonly name: string;
  readonly seriesCount: number;
  readonly fields: ReadonlyMap<string, FieldType>;
}

export interface StepForecast {
  /** null = the base. */
  readonly tier: string | null;
  readonly measurements: NamePattern;
  /** null = the base, which has none, or which is it. */
  readonly parent: string | null;
  readonly stepNs: bigint;
  /** 0 = for ever. */
  readonly durationNs: bigint;
  readonly seriesCount: number;
  /** Of one series; null = it grows for ever. */
  readonly windowCount: number | null;
  readonly pointCount: number | null;
  readonly sizeBytes: number | null;
  /** What is read of the parent to fill it; 0 for the base. */
  readonly rowsToRead: number;
  readonly fillMs: number;
}

/** Where nothing was measured: decimals that wander. */
const DEFAULT_VALUE_BYTES = 4;
/** Of one value where the values of the base have `valueBytes`: counts hardly change, sketches are lists. */
const STATE_BYTES: Readonly<Partial<Record<StateName, number>>> = { count: 0.3, true: 0.3, sketch: 60 };
/** Times of windows are even, and series ids come in runs. */
const ROW_BYTES = 0.3;
/** Values of a parent that this process reads and folds in a second when it does nothing else; measured. */
const VALUES_PER_SECOND = 3_000_000;

/** By rule: the base first, then its tiers. A measurement counts for the first rule that it matches. */
export function forecastLadder(spec: LadderSpec, held: HeldPoints, repairShare: number): readonly StepForecast[] {
  const left = new Set(held.measurements);
  const allSeries = sum(held.measurements, ({ seriesCount }) => seriesCount);
  return spec.rules.flatMap((rule) => {
    const own = [...left].filter(({ name }) => matchesName(rule.measurements, name));
    for (const each of own) left.delete(each);
    const seriesCount = sum(own, (each) => each.seriesCount);
    const share = allSeries === 0 ? 0 : seriesCount / allSeries;
    return forecastRule(spec, rule, own, { ...held, rowCount: Math.round(held.rowCount * share) }, repairShare);
  });
}

function forecastRule(
  { base }: LadderSpec,
  rule: RuleSpec,
  measurements: readonly HeldMeasurement[],
  held: HeldPoints,
  repairShare: number,
): readonly StepForecast[] {
  const seriesCount = sum(measurements, (each) => each.seriesCount);
  const fieldsPerRow =
    seriesCount === 0 ? 1 : sum(measurements, (each) => each.seriesCount * each.fields.size) / seriesCount;
  const valueBytes =
    held.blockRows === 0 ? DEFAULT_VALUE_BYTES : held.blockBytes / held.blockRows / Math.max(1, fieldsPerRow);
  const stepOf = (stepNs: bigint, durationNs: bigint, rowBytes: number) => {
    const windowCount = durationNs === 0n ? null : Number(durationNs / stepNs);
    const pointCount = windowCount === null ? null : windowCount * seriesCount;
    const sizeBytes = pointCount === null ? null : Math.round(pointCount * rowBytes);
    return { measurements: rule.measurements, stepNs, durationNs, seriesCount, windowCount, pointCount, sizeBytes };
  };
  const stateRow = stateRowOf(measurements, rule, valueBytes);
  const raw: StepForecast = {
    ...stepOf(rule.baseStepNs, base.durationNs, ROW_BYTES + valueBytes * fieldsPerRow),
    tier: null,
    parent: null,
    rowsToRead: 0,
    fillMs: 0,
  };
  const tiers = rule.tiers.map((tier, index): StepForecast => {
    const parent = parentOf(rule, index);
    // A parent has no more windows than the points that they are made of.
    const rowsToRead =
      parent === undefined
        ? held.rowCount
        : Math.min(held.rowCount, windowsThere(parent.stepNs, parent.durationNs, held) * seriesCount);
    const valuesPerRow = parent === undefined ? fieldsPerRow : stateRow.columns;
    return {
      ...stepOf(tier.stepNs, tier.durationNs, stateRow.bytes),
      tier: tier.policy,
      parent: parent?.policy ?? null,
      rowsToRead,
      fillMs: Math.round((rowsToRead * valuesPerRow * 1000) / (VALUES_PER_SECOND * repairShare)),
    };
  });
  return [raw, ...tiers];
}

/** A row of states, as the measurements have it on average. */
function stateRowOf(
  measurements: readonly HeldMeasurement[],
  { states }: RuleSpec,
  valueBytes: number,
): { readonly columns: number; readonly bytes: number } {
  let columns = 0;
  let bytes = 0;
  let seriesCount = 0;
  const add = (type: FieldType, keep: ReadonlySet<OptionalState>, weight: number): void => {
    for (const state of statesOf(type, keep)) {
      columns += weight;
      bytes += weight * (STATE_BYTES[state] ?? (isNumeric(type) ? valueBytes : 1));
    }
  };
  for (const measurement of measurements) {
    seriesCount += measurement.seriesCount;
    for (const [name, type] of measurement.fields) add(type, keptOf(name, states), measurement.seriesCount);
  }
  if (seriesCount === 0) {
    add('float', keptOf('value', states), 1);
    seriesCount = 1;
  }
  return { columns: columns / seriesCount, bytes: ROW_BYTES + bytes / seriesCount };
}

/** Windows of one series that the points that are there come to. */
function windowsThere(stepNs: bigint, durationNs: bigint, { oldestNs, nowNs }: HeldPoints): number {
  if (oldestNs === null || oldestNs >= nowNs) return 0;
  const spanNs = nowNs - oldestNs;
  return Math.ceil(Number(durationNs !== 0n && durationNs < spanNs ? durationNs : spanNs) / Number(stepNs));
}

function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}
