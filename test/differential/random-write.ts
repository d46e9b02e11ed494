// Random line protocol: good lines, and lines with a few characters changed.
import type { Random } from '../../src/exec/test-support/random.ts';
import { lineKey, lineMeasurement, lineString, someFields, someMeasurements, someTags, tagValue } from './names.ts';

export interface Write {
  /** The query string beside `db`. */
  readonly query: string;
  readonly lines: string;
}

export function randomWrite(random: Random): Write {
  const count = random.pick([1, 1, 1, 1, 2]);
  const lines = Array.from({ length: count }, () => randomLine(random));
  // One fault at most: of several Weir names all, InfluxDB one.
  if (random.chance(0.6)) lines[0] = mutated(random, lines[0]);
  return { query: randomParameters(random), lines: lines.join('\n') };
}

function randomParameters(random: Random): string {
  return random.pick([
    '',
    '',
    '',
    '',
    'precision=s',
    'precision=ms',
    'precision=u',
    'precision=n',
    'precision=h',
    'consistency=one',
    'rp=nosuch',
  ]);
}

function randomLine(random: Random): string {
  const [measurement] = someMeasurements(random, 1);
  const tags = someTags(random, random.integer(0, 2)).map((tag) => `,${lineKey(tag)}=${lineKey(tagValue(random))}`);
  const fields = someFields(random, random.integer(1, 3)).map((field) => `${lineKey(field)}=${randomValue(random)}`);
  const time = random.pick(['1', '10', '1000', '-5', '1500000', '0']);
  return `${lineMeasurement(measurement)}${tags.join('')} ${fields.join(',')} ${time}`;
}

const VALUES = [
  '1',
  '-2.5',
  '1e3',
  '.5',
  '5.',
  '-0',
  '1i',
  '-7i',
  '9223372036854775807i',
  '9223372036854775808i',
  't',
  'TRUE',
  'False',
  'tRue',
  '1u',
  '+1',
  '0x1',
  'NaN',
  'inf',
  '1e400',
  '--1',
  '1_0',
  '01',
  '1e',
  'i',
  '',
];

function randomValue(random: Random): string {
  if (random.chance(0.3)) return lineString(random.pick(['', 'x', 'a b', 'q"t', 'back\\slash', 'a,b=c', 'ü', '#']));
  return random.pick(random.chance(0.85) ? VALUES.slice(0, 10) : VALUES);
}

const SPARE = [
  ',',
  '=',
  ' ',
  '\\',
  '"',
  'i',
  'u',
  '.',
  'e',
  '-',
  '0',
  '9',
  'T',
  'f',
  '#',
  'x',
  '\t',
  '  ',
  ',,',
  '\\\\',
  '\\ ',
  '\\,',
  '\\=',
];

function mutated(random: Random, line: string): string {
  const characters = [...line];
  for (let count = random.pick([1, 1, 2]); count > 0; count--) {
    const at = random.integer(0, Math.max(0, characters.length - 1));
    switch (random.integer(0, 2)) {
      case 0:
        characters.splice(at, random.pick([1, 1, 1, 4]));
        break;
      case 1:
        characters.splice(at, 0, random.pick(SPARE));
        break;
      default:
        characters[at] = random.pick(SPARE);
    }
  }
  return characters.join('');
}
