// Points of all types, shapes and names, as line protocol, from a seed.
import { HOUR, SECOND } from '../../model/index.ts';

/** Numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Series and field names as they are written, escapes included. */
const KEYS = [
  'cpu',
  'cpu,host=a',
  'cpu,host=a,region=eu',
  String.raw`odd\ name\,with=all,tag\ key\,\==value\ \,\=x`,
  String.raw`ünïcödé,tag="quoted",täg=日本\ 語`,
  String.raw`back\slash,path=C:\dir\file`,
  'dots.and-more,a!b=c#!d',
];
const NAMES = ['v', String.raw`odd\ field\,\=name`, 'ünï', '"quoted"'];

/** A field's values: the text of the value of point `index`. */
type Shape = (index: number, random: () => number) => string;

const SHAPES: readonly Shape[] = [
  () => '1.5',
  (index) => String(index),
  (_, random) => String(random()),
  (_, random) => String((random() - 0.5) * 10 ** Math.floor(600 * random() - 300)),
  (_, random) => (random() < 0.5 ? '5e-324' : '-2.2250738585072009e-308'),
  (index) => (index % 2 === 0 ? '-0' : '1.7976931348623157e308'),
  () => '-7i',
  (index) => `${index * 3}i`,
  (_, random) => `${Math.floor(100 * random())}i`,
  (_, random) => `${BigInt(Math.floor(2 ** 53 * random())) * (random() < 0.5 ? -1000n : 1000n)}i`,
  (index) => (index % 2 === 0 ? '9223372036854775807i' : '-9223372036854775808i'),
  (_, random) => (random() < 0.5 ? 'true' : 'false'),
  () => 'true',
  (index) => `"row ${index}"`,
  (_, random) => JSON.stringify('"quoted" \\ back, ünï 日本 '.repeat(Math.floor(4 * random()))).replaceAll('\\n', '\n'),
  (index) => (index % 3 === 0 ? '"two\nlines"' : '""'),
];

/** From one point to the next, in nanoseconds. */
type Step = (random: () => number) => bigint;

const STEPS: readonly Step[] = [
  () => 10n * SECOND,
  (random) => SECOND + BigInt(Math.floor(1000 * random())),
  (random) => BigInt(Math.floor(20e9 * random())) + 1n,
  () => 1n,
  (random) => (random() < 0.01 ? 5n * HOUR : 1_000_000n),
];

/**
 * Lines of all series from `startNs` on. A field of a measurement always has the same type. Types and times follow from
 * `seed`, values from `random`: the same seed again overwrites.
 */
export function randomLines(startNs: bigint, count: number, seed: number, random: () => number): string[] {
  const lines: string[] = [];
  const times = seededRandom(seed);
  for (const key of KEYS) {
    const measurement = /^(?:\\.|[^,])*/.exec(key)?.[0] ?? '';
    const step = STEPS[Math.floor(STEPS.length * times())];
    const density = random() < 0.5 ? 1 : 0.3;
    let timeNs = startNs;
    for (let index = 0; index < count; index++) {
      timeNs += step(times);
      const fields = NAMES.filter(() => random() < density).map((name) => {
        const shapes = shapesOf(measurement, name, seed);
        return `${name}=${shapes[Math.floor(index / 50) % shapes.length](index, random)}`;
      });
      if (fields.length > 0) lines.push(`${key} ${fields.join(',')} ${timeNs}`);
    }
  }
  return lines;
}

/** Those of one type. */
function shapesOf(measurement: string, name: string, seed: number): readonly Shape[] {
  const random = seededRandom(seed + [...`${measurement}/${name}`].reduce((sum, c) => 31 * sum + c.charCodeAt(0), 7));
  const groups = [SHAPES.slice(0, 6), SHAPES.slice(6, 11), SHAPES.slice(11, 13), SHAPES.slice(13)];
  return groups[Math.floor(groups.length * random())];
}
