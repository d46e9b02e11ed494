// The columns of a tier's rows. A field `v` of the base becomes, in a tier's bucket, one column for each state that is kept:
//
//     numbers             v:count  v:sum  v:min  v:max  [v:first]  [v:last]  [v:m2]  [v:increase]  [v:sketch]
//                         beside m2 of integers, where the sum left 64 bits: v:mean (see base/wide-sum.ts)
//     strings, booleans   v:count  v:first  v:last  and for booleans v:true, the count of true
//
// Points that come when a window can no longer be computed anew have states of their own, under the name `v:late`; readers
// join the two. A count of 0 says that there are none (any more).
//
// A row has all columns of a field or none, but for the mean. Users never write to these buckets, so the names collide with nothing.
import type { FieldType, NamePattern, OptionalState, StateRule } from '../model/index.ts';
import { type Regex, compileRegex } from '../base/index.ts';

/**
 * m2: sum of squared distances from the window's mean. increase: what a counter grew by between the first and the last
 * point, resets counted as a start from 0. sketch: see `sketch.ts`.
 */
export type StateName =
  | 'count'
  | 'sum'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'm2'
  | 'mean'
  | 'increase'
  | 'sketch'
  | 'true';

/** Those whose windows' own part and late part are joined where they are read. */
export const JOINED_STATES = [
  'count',
  'sum',
  'min',
  'max',
  'first',
  'last',
  'm2',
  'mean',
  'increase',
  'sketch',
] as const satisfies readonly StateName[];

const STATE_NAMES: ReadonlySet<string> = new Set<StateName>([...JOINED_STATES, 'true']);

const LATE = ':late';

/** The name under which the states of a field's late points are kept. */
export function lateField(field: string): string {
  return field + LATE;
}

export function isLateField(field: string): boolean {
  return field.endsWith(LATE);
}

export function fieldOfLate(name: string): string {
  return name.slice(0, -LATE.length);
}

export function stateColumn(field: string, state: StateName): string {
  return `${field}:${state}`;
}

/** The field and state of a column's name; undefined for what is no column of a tier. */
export function parseStateColumn(name: string): { readonly field: string; readonly state: StateName } | undefined {
  const colon = name.lastIndexOf(':');
  const state = name.slice(colon + 1);
  return colon < 0 || !STATE_NAMES.has(state) ? undefined : { field: name.slice(0, colon), state: state as StateName };
}

/** The type of a state's column, by the type of its field. */
export function stateType(state: StateName, field: FieldType): FieldType {
  switch (state) {
    case 'count':
    case 'true':
      return 'integer';
    case 'm2':
    case 'mean':
      return 'float';
    case 'sketch':
      return 'string';
    default:
      return field;
  }
}

/** Whether rows whose sum left 64 bits have their mean beside it. */
export function keepsMean(type: FieldType, states: readonly StateName[]): boolean {
  return type !== 'float' && states.includes('m2');
}

/** The states that a field of this type has in every row, in the order of their columns. */
export function statesOf(type: FieldType, keep: ReadonlySet<OptionalState>): readonly StateName[] {
  if (type === 'string') return ['count', 'first', 'last'];
  if (type === 'boolean') return ['count', 'first', 'last', 'true'];
  const states: StateName[] = ['count', 'sum', 'min', 'max'];
  const isCounter = keep.has('counter');
  if (isCounter || keep.has('first')) states.push('first');
  if (isCounter || keep.has('last')) states.push('last');
  if (keep.has('stddev')) states.push('m2');
  if (isCounter) states.push('increase');
  if (keep.has('percentile')) states.push('sketch');
  return states;
}

/** What the rules keep of a field: of all rules that match. */
export function keptOf(name: string, rules: readonly StateRule[]): ReadonlySet<OptionalState> {
  const field = isLateField(name) ? fieldOfLate(name) : name;
  const kept = new Set<OptionalState>();
  for (const rule of rules) if (matchesName(rule.fields, field)) for (const state of rule.keep) kept.add(state);
  return kept;
}

/** Patterns of rules are asked for with every batch that is written. */
const compiled = new Map<string, Regex>();
const MAX_COMPILED = 1000;

function regexOf(source: string): Regex {
  let regex = compiled.get(source);
  if (regex === undefined) {
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, (regex = compileRegex(source)));
  }
  return regex;
}

export function matchesName(pattern: NamePattern, name: string): boolean {
  switch (pattern.kind) {
    case 'all':
      return true;
    case 'name':
      return pattern.name === name;
    case 'regex':
      return regexOf(pattern.source).test(name);
    case 'every':
      return pattern.patterns.every((each) => matchesName(each, name));
  }
}
