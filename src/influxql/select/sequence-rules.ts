// The arguments of technical analysis and of predictions, with InfluxDB's texts for those that make no sense.
//
//     exponential_moving_average(v, period [, hold [, 'exponential' or 'simple']])
//     kaufmans_efficiency_ratio(v, period [, hold])
//     holt_winters(mean(v), count, season)
import { WeirError } from '../../base/index.ts';
import type { Call, Expr } from '../language/ast.ts';
import type { IndicatorName, PredictorName } from './functions.ts';
import type { IndicatorTransform } from './indication.ts';
import type { Prediction } from './prediction.ts';

/** Checks all but the first argument. The period: how many windows before the range may be read. Throws `invalid`. */
export function checkIndicatorArguments({ name, args }: Call): number {
  const most = name.startsWith('kaufmans_') ? 3 : 4;
  if (args.length < 2 || args.length > most) {
    throw invalid(
      `invalid number of arguments for ${name}, expected at least 2 but no more than ${most}, got ${args.length}`,
    );
  }
  const [, period, hold, warmup] = args;
  if (period.kind !== 'integer') throw invalid(`${name} period must be an integer`);
  if (period.value < 1n) throw invalid(`${name} period must be greater than or equal to 1`);
  if (hold !== undefined) checkHold(name, hold);
  if (warmup !== undefined) checkWarmup(name, warmup);
  const needsTwo = name === 'chande_momentum_oscillator' && (warmup === undefined || textOf(warmup) === 'none');
  if (needsTwo && period.value < 2n) throw invalid(`${name} period must be greater than 1 without warmup`);
  return Number(period.value);
}

/** -1 stands for the indicator's own. */
function checkHold(name: string, hold: Expr): void {
  if (hold.kind !== 'integer') throw invalid(`${name} hold period must be an integer`);
  const least = name === 'triple_exponential_derivative' ? 1n : 0n;
  if (hold.value >= least || hold.value === -1n) return;
  throw invalid(`${name} hold period must be greater than or equal to ${least}`);
}

function checkWarmup(name: string, warmup: Expr): void {
  if (warmup.kind !== 'string') throw invalid(`${name} warmup type must be a string`);
  const known = name === 'chande_momentum_oscillator' ? ['none', 'exponential', 'simple'] : ['exponential', 'simple'];
  if (known.includes(warmup.value)) return;
  throw invalid(`${name} warmup type must be one of: ${known.map((type) => `'${type}'`).join(' ')}`);
}

/** What a checked call of an indicator computes. */
export function indicatorOf(name: IndicatorName, args: readonly Expr[]): IndicatorTransform {
  const [, period, hold, warmup] = args;
  const held = hold === undefined ? -1 : numberOf(hold);
  return {
    kind: 'indicator',
    name,
    period: numberOf(period),
    hold: held === -1 ? null : held,
    warmup: warmupOf(name, warmup),
  };
}

function warmupOf(name: string, warmup: Expr | undefined): IndicatorTransform['warmup'] {
  const text = warmup === undefined ? undefined : textOf(warmup);
  if (text === 'none' || text === 'simple' || text === 'exponential') return text;
  return name === 'chande_momentum_oscillator' ? 'none' : 'exponential';
}

/** Checks all but the first argument. Throws `invalid`. */
export function checkPredictorArguments({ name, args }: Call): void {
  if (args.length !== 3) throw invalid(`invalid number of arguments for ${name}, expected 3, got ${args.length}`);
  const [, count, season] = args;
  if (count.kind !== 'integer') throw invalid(`expected integer argument as second arg in ${name}`);
  if (count.value <= 0n) throw invalid(`second arg to ${name} must be greater than 0, got ${count.value}`);
  if (season.kind !== 'integer') throw invalid(`expected integer argument as third arg in ${name}`);
  if (season.value < 0n) throw invalid(`third arg to ${name} cannot be negative, got ${season.value}`);
}

/** What a checked call of a predictor computes, over windows of that length. */
export function predictionOf(name: PredictorName, args: readonly Expr[], everyNs: bigint): Prediction {
  return {
    kind: 'prediction',
    horizon: numberOf(args[1]),
    season: numberOf(args[2]),
    withFit: name === 'holt_winters_with_fit',
    everyNs,
  };
}

function textOf(expr: Expr): string | undefined {
  return expr.kind === 'string' ? expr.value : undefined;
}

/** A whole number that was checked to be one. */
function numberOf(expr: Expr): number {
  return expr.kind === 'integer' ? Number(expr.value) : Number.NaN;
}

function invalid(message: string): WeirError {
  return new WeirError('invalid', message);
}
