// Fields as machines report them, for tiers whose bytes are measured: decimals, whole numbers, counters, and what is seldom there.

const DAY = 86_400;

/** One field of the base. */
export interface Field {
  readonly name: string;
  readonly type: 'float' | 'integer';
  /** Share of the points that are there. */
  readonly share: number;
  /** Of one series: the value at each of ascending seconds. */
  readonly values: (random: () => number) => (seconds: number) => number;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Steps of up to half of `size` around 0, whose memory fades by `keep`. */
function noiseOf(size: number, keep: number, random: () => number): () => number {
  let noise = 0;
  return () => (noise = noise * keep + (random() - 0.5) * size);
}

/** 0 at midnight to 1 at noon. */
function busy(seconds: number): number {
  return (1 - Math.cos((2 * Math.PI * (seconds % DAY)) / DAY)) / 2;
}

type Make = (seconds: number, noise: number) => number;

const noisy = (size: number, keep: number, make: Make): Field['values'] => {
  return (random) => {
    const noise = noiseOf(size, keep, random);
    return (seconds) => make(seconds, noise());
  };
};

function counter(random: () => number): (seconds: number) => number {
  let total = Math.floor(random() * 1e12);
  return (seconds) => (total += Math.round(2e5 + 4e6 * busy(seconds) * random()));
}

const seldom: Field['values'] = (random) => () => (random() < 0.9 ? 0 : Math.floor(random() * 20));

const float = (name: string, values: Field['values'], share = 1): Field => ({ name, type: 'float', share, values });
const integer = (name: string, values: Field['values']): Field => ({ name, type: 'integer', share: 1, values });

export const FIELDS: readonly Field[] = [
  float(
    'percent, 2 digits',
    noisy(6, 0.95, (s, noise) => rounded(Math.min(100, Math.max(0, 5 + 60 * busy(s) + noise)), 2)),
  ),
  float(
    'temperature, 1 digit',
    noisy(0.2, 0.99, (s, noise) => rounded(21 + 4 * busy(s) + noise, 1)),
  ),
  float(
    'load, 3 digits',
    noisy(0.3, 0.98, (s, noise) => rounded(Math.max(0, 0.4 + 2 * busy(s) + noise), 3)),
  ),
  float(
    'all digits',
    noisy(6, 0.95, (s, noise) => 40 + 30 * busy(s) + noise),
  ),
  integer(
    'memory, bytes',
    noisy(400, 0.999, (s, noise) => 4096 * Math.round(2e6 + 1e6 * busy(s) + noise)),
  ),
  integer('counter', counter),
  float('sparse, mostly 0', seldom, 0.05),
];
