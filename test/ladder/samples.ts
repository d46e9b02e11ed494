// The samples that rrdtool, Whisper and Weir all get: one a second, with random losses, an outage of many minutes, seconds
// without neighbours, and spikes. Values are multiples of an eighth, so that every tool prints them exactly.
import { seededRandom } from '../../src/exec/test-support/random.ts';

/** A time in seconds that every step divides. */
export const START = 1_767_225_600;
export const SECONDS = 2 * 3600;
export const END = START + SECONDS;

export interface Sample {
  /** Unix time in seconds. */
  readonly time: number;
  readonly value: number;
}

/** Ascending. */
export function makeSamples(seed: number): readonly Sample[] {
  const random = seededRandom(seed);
  const samples: Sample[] = [];
  for (let second = 0; second < SECONDS; second++) {
    const isLost = random.chance(lossAt(second));
    const isSpike = random.chance(0.002);
    const level = 50 + 20 * Math.sin(second / 700) + 4 * random.next();
    const value = Math.round(8 * (isSpike ? 40 * level : level - (second % 1800 < 60 ? 90 : 0))) / 8;
    if (!isLost) samples.push({ time: START + second, value });
  }
  return samples;
}

/** From a quarter lost to nearly all, with an outage over a whole window of 15m and parts of its neighbours. */
function lossAt(second: number): number {
  if (second >= 2500 && second < 4000) return 1;
  if (second >= 4000 && second < 4800) return 0.96;
  if (second >= 4800 && second < 5400) return 0.6;
  if (second >= 5400) return 0.08;
  return 0.25;
}
