// Laws of the indicators; figures of whole queries are in test/influxql/technical.txt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IndicatorName } from './functions.ts';
import { type IndicatorOptions, openIndicator } from './indicators.ts';

const run = (options: IndicatorOptions, values: readonly number[]): number[] => {
  const indicator = openIndicator(options);
  return values.map((value) => indicator.add(value));
};

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

const periods = fc.integer({ min: 2, max: 12 });
const warmups = fc.constantFrom('exponential' as const, 'simple' as const);
const numbers = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 60 });

const WARM_COUNTS: readonly (readonly [IndicatorName, IndicatorOptions['warmup'], period: number, count: number])[] = [
  ['exponential_moving_average', 'exponential', 5, 4],
  ['double_exponential_moving_average', 'exponential', 5, 4],
  ['double_exponential_moving_average', 'simple', 5, 8],
  ['triple_exponential_moving_average', 'simple', 5, 12],
  ['triple_exponential_derivative', 'exponential', 5, 5],
  ['triple_exponential_derivative', 'simple', 5, 13],
  ['relative_strength_index', 'exponential', 5, 5],
  ['kaufmans_efficiency_ratio', 'exponential', 5, 5],
  ['kaufmans_adaptive_moving_average', 'exponential', 5, 5],
  ['chande_momentum_oscillator', 'none', 5, 4],
  ['chande_momentum_oscillator', 'simple', 5, 5],
];
for (const [name, warmup, period, count] of WARM_COUNTS) {
  void test(`${name} of ${period} with warmup ${warmup} is warm after ${count}`, () => {
    assert.equal(openIndicator({ name, period, warmup }).warmCount, count);
  });
}

void test('with a simple warmup the first averages are means', () => {
  fc.assert(
    fc.property(numbers, periods, (values, period) => {
      const averages = run({ name: 'exponential_moving_average', period, warmup: 'simple' }, values);
      for (let count = 1; count <= Math.min(period, values.length); count++) {
        near(averages[count - 1], values.slice(0, count).reduce((sum, value) => sum + value, 0) / count);
      }
    }),
  );
});

void test('once warm an average moves by its weight towards each value', () => {
  fc.assert(
    fc.property(numbers, periods, warmups, (values, period, warmup) => {
      const averages = run({ name: 'exponential_moving_average', period, warmup }, values);
      for (let at = period; at < values.length; at++) {
        near(averages[at], averages[at - 1] + (2 / (period + 1)) * (values[at] - averages[at - 1]));
      }
    }),
  );
});

void test('averages of a constant are that constant, and their derivative is 0', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), periods, warmups, (value, period, warmup) => {
      const values = Array<number>(60).fill(value);
      for (const kind of ['', 'double_', 'triple_'] as const) {
        const averages = run({ name: `${kind}exponential_moving_average`, period, warmup }, values);
        for (const average of averages) near(average, value);
      }
      for (const change of run({ name: 'triple_exponential_derivative', period, warmup }, values).slice(1))
        near(change, 0);
    }),
  );
});

void test('oscillators of a rise are at the top', () => {
  const rising = Array.from({ length: 30 }, (_, at) => at + 1);
  const last = (name: IndicatorName, warmup: IndicatorOptions['warmup']): number =>
    run({ name, period: 4, warmup }, rising).at(-1) ?? Number.NaN;
  near(last('relative_strength_index', 'exponential'), 100);
  near(last('chande_momentum_oscillator', 'none'), 100);
  near(last('chande_momentum_oscillator', 'simple'), 100);
  near(last('kaufmans_efficiency_ratio', 'exponential'), 1);
});

void test('the efficiency ratio is the way come by the way gone', () => {
  fc.assert(
    fc.property(numbers, periods, (values, period) => {
      const ratios = run({ name: 'kaufmans_efficiency_ratio', period, warmup: 'exponential' }, values);
      for (let at = period; at < values.length; at++) {
        const came = Math.abs(values[at] - values[at - period]);
        let gone = 0;
        for (let step = at - period + 1; step <= at; step++) gone += Math.abs(values[step] - values[step - 1]);
        near(ratios[at], gone === 0 ? 0 : came / gone);
      }
    }),
  );
});
