// The functions of InfluxQL's SELECT by family: what each is, what type it gives, and on which fields `f(*)` expands.
import { WeirError } from '../../base/index.ts';
import type { AggregateKind } from '../../exec/index.ts';
import type { FieldType } from '../../model/index.ts';
import { isNumeric } from '../../model/index.ts';
import type { Call } from '../language/ast.ts';

/** What a reference or an expression can be: a field's type, a tag, or null for what does not exist. */
export type ValueType = FieldType | 'tag' | null;

const MATH_ARITY: ReadonlyMap<string, number> = new Map([
  ...['abs', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'exp', 'ln', 'log2', 'log10', 'sqrt'].map(one),
  ...['floor', 'ceil', 'round'].map(one),
  ['atan2', 2],
  ['log', 2],
  ['pow', 2],
]);

function one(name: string): [string, number] {
  return [name, 1];
}

/** Arguments of a function of one row's values (`abs`, `pow`, …); undefined for every other function. */
export function mathArity(name: string): number | undefined {
  return MATH_ARITY.get(name);
}

const SELECTORS = new Set(['first', 'last', 'min', 'max', 'percentile', 'sample', 'top', 'bottom']);

/** Functions that choose points, so that the point's time, tags and other fields can stand beside them. */
export function isSelector(name: string): boolean {
  return SELECTORS.has(name);
}

/** Functions over the sequence of a group's points, in reading order. */
export type TransformName = SimpleTransformName | IndicatorName | PredictorName | 'count_hll';

/** Transformations with at most a unit or a number of points as argument. */
export type SimpleTransformName = (typeof SIMPLE_TRANSFORMS)[number];

const SIMPLE_TRANSFORMS = [
  'derivative',
  'non_negative_derivative',
  'difference',
  'non_negative_difference',
  'moving_average',
  'cumulative_sum',
  'elapsed',
] as const;

/** Technical analysis: averages and oscillators with a period. */
export type IndicatorName = (typeof INDICATORS)[number];

const INDICATORS = [
  'exponential_moving_average',
  'double_exponential_moving_average',
  'triple_exponential_moving_average',
  'triple_exponential_derivative',
  'relative_strength_index',
  'kaufmans_efficiency_ratio',
  'kaufmans_adaptive_moving_average',
  'chande_momentum_oscillator',
] as const;

/** Functions that need all points of a group, and give points at other times. */
export type PredictorName = 'holt_winters' | 'holt_winters_with_fit';

export function isTransform(name: string): name is TransformName {
  if (name === 'count_hll' || isIndicator(name) || isPredictor(name)) return true;
  return (SIMPLE_TRANSFORMS as readonly string[]).includes(name);
}

export function isIndicator(name: string): name is IndicatorName {
  return (INDICATORS as readonly string[]).includes(name);
}

export function isPredictor(name: string): name is PredictorName {
  return name === 'holt_winters' || name === 'holt_winters_with_fit';
}

/** Whether the function needs the window before the first one to give a value for the first. */
export function looksBack(name: TransformName): boolean {
  return name !== 'cumulative_sum' && name !== 'count_hll' && !isPredictor(name);
}

/** Throws `invalid`, in InfluxDB's words, when a function cannot be computed on values of a type. */
export function refuseType(name: string, type: FieldType | null): void {
  const known = name === 'count-distinct' ? 'count' : name;
  if (type === null || acceptsType(known, type)) return;
  const message = `unsupported ${spokenName(name)} iterator type: *query.${type}InterruptIterator`;
  throw new WeirError('invalid', message);
}

/** What InfluxDB calls a function in that text; a predictor bears the name of another. */
function spokenName(name: string): string {
  if (isPredictor(name)) return 'elapsed';
  if (name === 'count_hll') return name;
  return (isTransform(name) ? name.replace('non_negative_', '') : name).replaceAll('_', ' ');
}

/** The executor's kind for a call on a field. */
export function aggregateKind(call: Call): AggregateKind {
  const [argument] = call.args;
  if (call.name === 'count' && argument.kind === 'call') return 'count-distinct';
  if (call.name === 'sum_hll') return 'distinct';
  return call.name as AggregateKind;
}

/**
 * The declared type of a call. As in InfluxDB it decides how an outer query reads the column, and for most functions
 * it is the type of the first argument.
 */
export function callType(name: string, args: readonly ValueType[]): ValueType {
  switch (name) {
    case 'count':
    case 'count-distinct':
    case 'elapsed':
      return 'integer';
    case 'sum_hll':
      return 'string';
    case 'count_hll':
      return 'unsigned';
    case 'mean':
    case 'median':
    case 'integral':
    case 'stddev':
    case 'derivative':
    case 'non_negative_derivative':
    case 'moving_average':
      return 'float';
    default:
      if (isIndicator(name) || isPredictor(name)) return 'float';
      if (MATH_ARITY.has(name) && !keepsType(name)) return 'float';
      return args[0] ?? null;
  }
}

const KEEPS_TYPE = new Set(['abs', 'floor', 'ceil', 'round']);

/** Whether a function of one row's values gives integers for integers. */
export function keepsType(name: string): boolean {
  return KEEPS_TYPE.has(name);
}

const ANY_TYPE = new Set(['count', 'first', 'last', 'distinct', 'elapsed', 'mode', 'sample']);

/** Whether `f(*)` and `f(/re/)` expand to fields of this type. */
export function expandsTo(name: string, type: FieldType): boolean {
  if (type === 'string') return ANY_TYPE.has(name);
  if (type === 'boolean') return ANY_TYPE.has(name) || name === 'min' || name === 'max';
  return !(type === 'unsigned' && isPredictor(name));
}

function acceptsType(name: string, type: FieldType): boolean {
  if (isPredictor(name)) return type === 'float' || type === 'integer';
  if (name === 'count_hll') return type === 'string';
  if (isNumeric(type)) return true;
  if (type === 'boolean' && (name === 'min' || name === 'max')) return true;
  return ANY_TYPE.has(name);
}
