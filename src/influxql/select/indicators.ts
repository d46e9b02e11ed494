// Technical analysis over a sequence of values: each value added gives one out. What is said of the first values, before
// there are enough of them to fill a period, is InfluxDB's; callers leave out the first `warmCount` values unless told otherwise.
import type { IndicatorName } from './functions.ts';

/** How the first values of an exponential average weigh: growing towards its own weight, or as a plain mean. */
export type Warmup = 'exponential' | 'simple';

export interface IndicatorOptions {
  readonly name: IndicatorName;
  /** Number of values, at least 1. */
  readonly period: number;
  /** 'none': only chande_momentum_oscillator, which then keeps sums over the period instead of averages. */
  readonly warmup: Warmup | 'none';
}

export interface Indicator {
  /** Values to add before it means something. */
  readonly warmCount: number;
  add(value: number): number;
}

export function openIndicator({ name, period, warmup }: IndicatorOptions): Indicator {
  switch (name) {
    case 'exponential_moving_average':
      return new ExponentialAverage(period, averageWarmup(warmup));
    case 'double_exponential_moving_average':
      return new DoubleAverage(period, averageWarmup(warmup));
    case 'triple_exponential_moving_average':
      return new TripleAverage(period, averageWarmup(warmup));
    case 'triple_exponential_derivative':
      return new TripleDerivative(period, averageWarmup(warmup));
    case 'relative_strength_index':
      return new RelativeStrength(period, averageWarmup(warmup));
    case 'kaufmans_efficiency_ratio':
      return new EfficiencyRatio(period);
    case 'kaufmans_adaptive_moving_average':
      return new AdaptiveAverage(period);
    case 'chande_momentum_oscillator':
      return warmup === 'none' ? new Momentum(period) : new SmoothMomentum(period, warmup);
  }
}

function averageWarmup(warmup: Warmup | 'none'): Warmup {
  return warmup === 'none' ? 'exponential' : warmup;
}

/** https://en.wikipedia.org/wiki/Exponential_smoothing with a weight of 2 / (period + 1), or the given one. */
class ExponentialAverage implements Indicator {
  readonly warmup: Warmup;
  last = 0;
  readonly #period: number;
  readonly #weight: number;
  #count = 0;

  constructor(period: number, warmup: Warmup, weight = 2 / (period + 1)) {
    this.#period = period;
    this.warmup = warmup;
    this.#weight = weight;
  }

  get warmCount(): number {
    return this.#period - 1;
  }

  get isWarm(): boolean {
    return this.#count === this.#period;
  }

  /** Whether an average of this one's averages begins already. */
  get feedsNext(): boolean {
    return this.warmup === 'exponential' || this.isWarm;
  }

  add(value: number): number {
    const count = this.#count;
    if (count === 0) this.last = value;
    else if (this.isWarm) this.last = (value - this.last) * this.#weight + this.last;
    else if (this.warmup === 'simple') this.last = (this.last * count + value) / (count + 1);
    else this.last = (value - this.last) * (2 / (count + 2)) + this.last;
    if (!this.isWarm) this.#count++;
    return this.last;
  }
}

/** Averages of averages: each of the chain takes the one before's, which it passes on until that one is warm. */
class AverageChain {
  readonly stages: readonly ExponentialAverage[];

  constructor(length: number, period: number, warmup: Warmup) {
    this.stages = Array.from({ length }, () => new ExponentialAverage(period, warmup));
  }

  get warmCount(): number {
    const [first] = this.stages;
    return first.warmup === 'exponential' ? first.warmCount : this.stages.length * first.warmCount;
  }

  /** The average of each stage. */
  add(value: number): number[] {
    let feeds = true;
    let current = value;
    return this.stages.map((stage) => {
      if (feeds) current = stage.add(current);
      feeds = stage.feedsNext;
      return current;
    });
  }
}

class DoubleAverage implements Indicator {
  readonly #chain: AverageChain;

  constructor(period: number, warmup: Warmup) {
    this.#chain = new AverageChain(2, period, warmup);
  }

  get warmCount(): number {
    return this.#chain.warmCount;
  }

  add(value: number): number {
    const [first, second] = this.#chain.add(value);
    return 2 * first - second;
  }
}

class TripleAverage implements Indicator {
  readonly #chain: AverageChain;

  constructor(period: number, warmup: Warmup) {
    this.#chain = new AverageChain(3, period, warmup);
  }

  get warmCount(): number {
    return this.#chain.warmCount;
  }

  add(value: number): number {
    const [first, second, third] = this.#chain.add(value);
    return 3 * first - 3 * second + third;
  }
}

/** Change of a triple average in per cent (TRIX). */
class TripleDerivative implements Indicator {
  readonly #chain: AverageChain;
  #last = 0;

  constructor(period: number, warmup: Warmup) {
    this.#chain = new AverageChain(3, period, warmup);
  }

  get warmCount(): number {
    return this.#chain.warmCount + 1;
  }

  add(value: number): number {
    const current = this.#chain.add(value)[2];
    const change = (current / this.#last - 1) * 100;
    this.#last = current;
    return change;
  }
}

/** Averages of rises and of falls. */
class RiseAndFall {
  readonly rise: ExponentialAverage;
  readonly fall: ExponentialAverage;
  #last = 0;

  constructor(period: number, warmup: Warmup) {
    this.rise = new ExponentialAverage(period + 1, warmup, 1 / period);
    this.fall = new ExponentialAverage(period + 1, warmup, 1 / period);
  }

  add(value: number): void {
    this.rise.add(value > this.#last ? value - this.#last : 0);
    this.fall.add(value < this.#last ? this.#last - value : 0);
    this.#last = value;
  }
}

class RelativeStrength implements Indicator {
  readonly #averages: RiseAndFall;

  constructor(period: number, warmup: Warmup) {
    this.#averages = new RiseAndFall(period, warmup);
  }

  get warmCount(): number {
    return this.#averages.rise.warmCount;
  }

  add(value: number): number {
    this.#averages.add(value);
    const { rise, fall } = this.#averages;
    return 100 - 100 / (1 + rise.last / fall.last);
  }
}

class SmoothMomentum implements Indicator {
  readonly #averages: RiseAndFall;

  constructor(period: number, warmup: Warmup) {
    this.#averages = new RiseAndFall(period, warmup);
  }

  get warmCount(): number {
    return this.#averages.rise.warmCount;
  }

  add(value: number): number {
    this.#averages.add(value);
    const { rise, fall } = this.#averages;
    return 100 * ((rise.last - fall.last) / (rise.last + fall.last));
  }
}

/** The last values and their changes. Slots that were never written hold 0, so that long periods need no memory in advance. */
class Recent {
  readonly #size: number;
  readonly #values: number[] = [];
  readonly #changes: number[] = [];
  #newest = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get newestValue(): number {
    return this.#values[this.#newest] ?? 0;
  }

  get oldestValue(): number {
    return this.#values[this.#oldest()] ?? 0;
  }

  get oldestChange(): number {
    return this.#changes[this.#oldest()] ?? 0;
  }

  /** Overwrites the oldest. */
  push(value: number, change: number): void {
    this.#newest = this.#oldest();
    this.#values[this.#newest] = value;
    this.#changes[this.#newest] = change;
  }

  #oldest(): number {
    return this.#newest + 1 >= this.#size ? 0 : this.#newest + 1;
  }
}

/** Rises less falls, in per cent of both, over the period. */
class Momentum implements Indicator {
  readonly warmCount: number;
  readonly #recent: Recent;
  #rises = 0;
  #falls = 0;
  #started = false;

  constructor(period: number) {
    this.warmCount = period - 1;
    this.#recent = new Recent(period - 1);
  }

  add(value: number): number {
    const change = this.#started ? value - this.#recent.newestValue : 0;
    this.#started = true;
    if (change > 0) this.#rises += change;
    else if (change < 0) this.#falls -= change;
    const any = this.#rises !== 0 || this.#falls !== 0;
    const result = any ? 100 * ((this.#rises - this.#falls) / (this.#rises + this.#falls)) : 0;
    const gone = this.#recent.oldestChange;
    if (gone > 0) this.#rises -= gone;
    else if (gone < 0) this.#falls += gone;
    this.#recent.push(value, change);
    return result;
  }
}

/** How far the value came over the period, by how much it moved on the way. The first change is counted from 0. */
class EfficiencyRatio implements Indicator {
  readonly warmCount: number;
  readonly #recent: Recent;
  #moved = 0;

  constructor(period: number) {
    this.warmCount = period;
    this.#recent = new Recent(period);
  }

  get newestValue(): number {
    return this.#recent.newestValue;
  }

  add(value: number): number {
    const came = Math.abs(value - this.#recent.oldestValue);
    const change = Math.abs(value - this.#recent.newestValue);
    this.#moved -= this.#recent.oldestChange;
    this.#moved += change;
    this.#recent.push(value, change);
    return came === 0 || this.#moved === 0 ? 0 : came / this.#moved;
  }
}

/** The weight of the slowest average, over 30 values. */
const SLOW = 2 / 31;
/** What the fastest one, over 2 values, weighs more: 2/3 - 2/31, rounded once. */
const FAST_LESS_SLOW = 56 / 93;

/** An exponential average that is the faster the more efficient the values move. */
class AdaptiveAverage implements Indicator {
  readonly #ratio: EfficiencyRatio;
  #last = 0;
  #count = 0;

  constructor(period: number) {
    this.#ratio = new EfficiencyRatio(period);
  }

  get warmCount(): number {
    return this.#ratio.warmCount;
  }

  add(value: number): number {
    if (this.#count <= this.warmCount) {
      this.#last = this.#ratio.newestValue;
      this.#count++;
    }
    const root = this.#ratio.add(value) * FAST_LESS_SLOW + SLOW;
    this.#last += root * root * (value - this.#last);
    return this.#last;
  }
}
