import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMinimum } from './nelder-mead.ts';

const pause = (): Promise<void> => Promise.resolve();

void test("finds the least value of Rosenbrock's valley", async () => {
  const valley = ([x, y]: Float64Array): number => 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
  const { value, point } = await findMinimum(valley, { start: Float64Array.of(-1.2, 1), epsilon: 1e-5, pause });
  assert.ok(value < 1e-4, `value ${value}`);
  assert.ok(Math.hypot(point[0] - 1, point[1] - 1) < 0.02, `point ${point.join(' ')}`);
});

void test('an objective may move points to where they are allowed', async () => {
  const slope = (point: Float64Array): number => {
    if (point[0] < 3) point[0] = 3;
    return point[0] * point[0] + point[1] * point[1];
  };
  const { point } = await findMinimum(slope, { start: Float64Array.of(10, 4), epsilon: 1e-9, pause });
  assert.equal(point[0], 3);
  assert.ok(Math.abs(point[1]) < 0.01, `point ${point.join(' ')}`);
});

void test('gives up when it is told to between two steps', async () => {
  let steps = 0;
  const stop = (): Promise<void> => (++steps < 9 ? Promise.resolve() : Promise.reject(new Error('enough')));
  const endless = ([x]: Float64Array): number => x;
  await assert.rejects(findMinimum(endless, { start: Float64Array.of(1), epsilon: 0, pause: stop }), /enough/);
  assert.equal(steps, 9);
});
