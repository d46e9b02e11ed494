// Which functions states answer, and out of which columns.
import type { FieldType, OptionalState } from '../model/index.ts';
import { isNumeric } from '../model/index.ts';
import type { Fitness } from './choose.ts';
import { type StateName, keepsMean, stateColumn, statesOf } from './state-columns.ts';

/** Functions of numbers that need nothing beyond what is always kept. */
const ALWAYS: ReadonlySet<string> = new Set(['count', 'sum', 'mean', 'min', 'max', 'spread']);

/** How states of a field answer a function: as points would, within 1 %, or not at all. */
export function fitnessOf(kind: string, type: FieldType, keep: ReadonlySet<OptionalState>): Fitness {
  const states = statesOf(type, keep);
  if (kind === 'count') return 'exact';
  if (kind === 'first' || kind === 'last') return states.includes(kind) ? 'exact' : 'none';
  if (!isNumeric(type)) return 'none';
  if (ALWAYS.has(kind)) return 'exact';
  if (kind === 'increase') return states.includes('increase') ? 'exact' : 'none';
  if (kind === 'stddev') return states.includes('m2') ? 'exact' : 'none';
  if (kind === 'percentile' || kind === 'median') return states.includes('sketch') ? 'approximate' : 'none';
  return 'none';
}

/** The worst of them. */
export function worst(fitnesses: Iterable<Fitness>): Fitness {
  let found: Fitness = 'exact';
  for (const fitness of fitnesses) {
    if (fitness === 'none') return 'none';
    if (fitness === 'approximate') found = 'approximate';
  }
  return found;
}

/** The columns of a field's states, by state. */
export function columnsOfStates(
  field: string,
  type: FieldType,
  keep: ReadonlySet<OptionalState>,
): Readonly<Partial<Record<StateName, string>>> {
  const states = statesOf(type, keep);
  const all: readonly StateName[] = keepsMean(type, states) ? [...states, 'mean'] : states;
  return Object.fromEntries(all.map((state) => [state, stateColumn(field, state)]));
}
