// holt_winters(): the damped method of Holt and Winters. A level, a trend and, with seasons, a factor for each point of a season
// are fitted to a group's points, and carried on into the future.
//
//     points     5  7  –  6  8          a missing one takes part in the fit, but not in its error
//     fit        5  7  6  7  8
//     forecast                 8  9     one point an interval
//
// Starting values, the grid of guesses and the accuracy are InfluxDB's.
import { type Objective, findMinimum } from './nelder-mead.ts';

export interface HoltWinters {
  /** Points to predict, at least 1. */
  readonly horizon: number;
  /** Points in a season; without seasons below 2. */
  readonly season: number;
  /** Whether to show the fit before the forecast. */
  readonly withFit: boolean;
  readonly everyNs: bigint;
}

/** Points in ascending order of time. */
export interface TimedValues {
  readonly timesNs: BigInt64Array;
  readonly values: Float64Array;
}

export interface HoltWintersEnv {
  /** Called often; may throw to give up. */
  readonly pause: () => Promise<void>;
  /** Throws when that much may not be held. */
  readonly checkMemory: (bytes: number) => void;
}

const NOTHING: TimedValues = { timesNs: new BigInt64Array(0), values: new Float64Array(0) };
const GUESSES = [0.3, 0.7];
const EPSILON = 1e-4;
/** Of the first value and the first change, for the first level and trend without seasons. */
const FIRST_WEIGHT = 0.5;

/** Nothing when there are too few points for a season, all lie in one interval, or their times descend. */
export async function holtWinters(
  points: TimedValues,
  options: HoltWinters,
  env: HoltWintersEnv,
): Promise<TimedValues> {
  const { timesNs } = points;
  const { season, horizon, everyNs } = options;
  const count = timesNs.length;
  const seasonal = season >= 2;
  if (count < 2 || (seasonal && count < season)) return NOTHING;
  const span = (roundTime(timesNs[count - 1], everyNs) - roundTime(timesNs[0], everyNs)) / everyNs;
  if (span <= 0n) return NOTHING;
  // The series and its forecast, and a point of the search for each parameter.
  const parameters = FACTORS + (seasonal ? season : 0);
  env.checkMemory(((Number(span) + 1 + horizon) * 4 + parameters * parameters) * Float64Array.BYTES_PER_ELEMENT);
  const series = evenSeries(points, everyNs);
  const forecast = carryOn(series, horizon, await fit(series, seasonal ? season : 0, env));
  return options.withFit
    ? timed(forecast, timesNs[0], everyNs)
    : timed(forecast.subarray(series.length), timesNs[count - 1] + everyNs, everyNs);
}

/** To the nearest multiple of the interval; of both halves between two, and below the epoch, towards the epoch. */
function roundTime(timeNs: bigint, everyNs: bigint): bigint {
  const whole = timeNs / everyNs;
  return (timeNs % everyNs > everyNs / 2n ? whole + 1n : whole) * everyNs;
}

/** One value an interval, NaN where there is no point; of several points in one the first. */
function evenSeries({ timesNs, values }: TimedValues, everyNs: bigint): Float64Array {
  const series = [values[0]];
  let last = roundTime(timesNs[0], everyNs);
  for (let at = 1; at < timesNs.length; at++) {
    const rounded = roundTime(timesNs[at], everyNs);
    if (rounded <= last) continue;
    for (last += everyNs; last < rounded; last += everyNs) series.push(Number.NaN);
    series.push(values[at]);
  }
  return Float64Array.from(series);
}

/**
 * Parameters of the method, and the state it starts from:
 *
 *     0 alpha  1 beta  2 gamma  3 phi  4 level  5 trend  6… factors of the season
 */
type Parameters = Float64Array;

const FACTORS = 6;

/** The parameters with the least error of those that are found from each corner of a grid of guesses. */
async function fit(series: Float64Array, season: number, env: HoltWintersEnv): Promise<Parameters> {
  const start = startParameters(series, season);
  const forecast = new Float64Array(series.length);
  const objective: Objective = (parameters) => squaredError(series, parameters, forecast);
  let least = Infinity;
  let best: Parameters | undefined;
  for (const corner of corners()) {
    start.set(corner);
    const { value, point } = await findMinimum(objective, { start, epsilon: EPSILON, pause: env.pause });
    if (best !== undefined && !(value < least)) continue;
    least = value;
    best = point;
  }
  return best ?? start;
}

function* corners(): Generator<readonly number[]> {
  for (const alpha of GUESSES)
    for (const beta of GUESSES) for (const gamma of GUESSES) for (const phi of GUESSES) yield [alpha, beta, gamma, phi];
}

function startParameters(series: Float64Array, season: number): Parameters {
  const parameters = new Float64Array(FACTORS + season);
  if (season === 0) {
    parameters[4] = FIRST_WEIGHT * series[0];
    if (!Number.isNaN(series[1])) parameters[5] = FIRST_WEIGHT * (series[1] - series[0]);
    return parameters;
  }
  let level = 0;
  for (let at = 0; at < season; at++) if (!Number.isNaN(series[at])) level += (1 / season) * series[at];
  let trend = 0;
  for (let at = 0; at < season && season + at < series.length; at++) {
    const change = series[season + at] - series[at];
    if (!Number.isNaN(change)) trend += (1 / (season * season)) * change;
  }
  parameters[4] = level;
  parameters[5] = trend;
  for (let at = 0; at < season; at++) parameters[FACTORS + at] = Number.isNaN(series[at]) ? 0 : series[at] / level;
  return parameters;
}

/** `forecast` is room for as many values as the series has. */
function squaredError(series: Float64Array, parameters: Parameters, forecast: Float64Array): number {
  predict(series[0], parameters, forecast);
  let error = 0;
  for (let at = 0; at < series.length; at++) {
    if (Number.isNaN(series[at])) continue;
    if (Number.isNaN(forecast[at])) return Infinity;
    const difference = forecast[at] - series[at];
    error += difference * difference;
  }
  return error;
}

function carryOn(series: Float64Array, horizon: number, parameters: Parameters): Float64Array {
  const forecast = new Float64Array(series.length + horizon);
  predict(series[0], parameters, forecast);
  return forecast;
}

/**
 * Fills `forecast` from the first value on: what is predicted is what the next prediction goes on from. Moves the weights into
 * [0, 1], and leaves the factors as they are at the end: the search, as InfluxDB's, goes on from there.
 */
function predict(first: number, parameters: Parameters, forecast: Float64Array): void {
  for (let index = 0; index < 4; index++) {
    if (parameters[index] > 1) parameters[index] = 1;
    if (parameters[index] < 0) parameters[index] = 0;
  }
  const [alpha, beta, gamma, phi] = parameters;
  const factors = parameters.subarray(FACTORS);
  const season = factors.length;
  let value = first;
  let level = parameters[4];
  let trend = parameters[5];
  let damping = phi;
  forecast[0] = first;
  for (let step = 1; step < forecast.length; step++) {
    // The season's ring is read two places on for each step, and written one place behind.
    const slot = season === 0 ? 0 : (2 * (step - 1)) % season;
    const seasonal = season === 0 ? 1 : factors[slot];
    const ahead = season === 0 ? 1 : factors[(slot + (step % season)) % season];
    const trendBefore = phi * trend;
    const nextLevel = alpha * (value / seasonal) + (1 - alpha) * (level + trendBefore);
    const nextTrend = beta * (nextLevel - level) + (1 - beta) * phi * trend;
    const nextFactor = gamma * (value / (level + trendBefore)) + (1 - gamma) * seasonal;
    value = (nextLevel + damping * nextTrend) * ahead;
    level = nextLevel;
    trend = nextTrend;
    damping += integerPower(phi, step);
    if (season > 0) factors[slot] = nextFactor;
    forecast[step] = value;
  }
}

/** By repeated squaring: rounds as Go's does, unlike `**`. */
function integerPower(base: number, exponent: number): number {
  let power = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>>= 1) {
    if ((rest & 1) === 1) power *= square;
    square *= square;
  }
  return power;
}

/** What is no number is left out. */
function timed(values: Float64Array, startNs: bigint, everyNs: bigint): TimedValues {
  const kept = [...values.keys()].filter((at) => !Number.isNaN(values[at]));
  return {
    timesNs: BigInt64Array.from(kept, (at) => startNs + BigInt(at) * everyNs),
    values: Float64Array.from(kept, (at) => values[at]),
  };
}
