// What a tier must hold: the windows of a step, computed from the samples and nothing else.
import type { Sample } from './samples.ts';

export interface Window {
  readonly count: number;
  /** Exact for multiples of an eighth: no sum here needs more than 53 bits. */
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
  /** Whether there is a sample in the last second. */
  readonly endsKnown: boolean;
}

/** By the window's start; windows without samples are absent. */
export function windowsOf(samples: readonly Sample[], step: number): ReadonlyMap<number, Window> {
  const groups = new Map<number, Sample[]>();
  for (const sample of samples) {
    const start = Math.floor(sample.time / step) * step;
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [sample]);
    else group.push(sample);
  }
  return new Map([...groups].map(([start, group]) => [start, windowOf(start + step, group)]));
}

function windowOf(end: number, samples: readonly Sample[]): Window {
  const inOrder = samples.toSorted((a, b) => a.time - b.time);
  const values = inOrder.map(({ value }) => value);
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    count: values.length,
    sum,
    mean: sum / values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    first: values[0],
    last: values[values.length - 1],
    endsKnown: inOrder[inOrder.length - 1].time === end - 1,
  };
}
