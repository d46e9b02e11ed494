// Names and values as people give them, and how they are written in line protocol and in queries.
import type { Random } from '../../src/exec/test-support/random.ts';

const PLAIN_MEASUREMENTS = ['m', 'cpu', 'disk', 'net'];
const ODD_MEASUREMENTS = [
  'odd name',
  'a,b',
  'quo"te',
  "it's",
  'ünï',
  'select',
  'x=y',
  'a/b',
  'm.n',
  'new-name',
  '😀',
  '9x',
];
const PLAIN_TAGS = ['host', 'region', 'dc', 'az'];
const ODD_TAGS = ['odd tag', 'tag,c', 'tag=e', 'Größe', 'from', 'a"b'];
const TAG_VALUES = ['a', 'b', 'c', 'server01', 'x y', 'ü', 'q"t', "it's", '1', 'a|b', 'p=q', 'u,v', '/z/', 'A'];
const PLAIN_FIELDS = ['v', 'w', 'n', 'k', 'on', 'msg'];
const ODD_FIELDS = ['odd field', 'f,g', 'f=h', 'limit', 'ß', 'v::float', 'max'];

/** `count` different ones; odd ones now and then. */
export function someMeasurements(random: Random, count: number): string[] {
  return some(random, PLAIN_MEASUREMENTS, ODD_MEASUREMENTS, count);
}

export function someTags(random: Random, count: number): string[] {
  return some(random, PLAIN_TAGS, ODD_TAGS, count);
}

export function someFields(random: Random, count: number): string[] {
  return some(random, PLAIN_FIELDS, ODD_FIELDS, count);
}

export function tagValue(random: Random): string {
  return random.chance(0.75) ? random.pick(TAG_VALUES.slice(0, 4)) : random.pick(TAG_VALUES);
}

function some(random: Random, plain: readonly string[], odd: readonly string[], count: number): string[] {
  const chosen = new Set<string>();
  while (chosen.size < count) chosen.add(random.pick(random.chance(0.85) && chosen.size < plain.length ? plain : odd));
  return [...chosen];
}

export function lineMeasurement(name: string): string {
  return name.replace(/[, ]/g, '\\$&');
}

/** A tag's key or value, or a field's key. */
export function lineKey(name: string): string {
  return name.replace(/[,= ]/g, '\\$&');
}

export function lineString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const BARE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KEYWORDS = new Set(['select', 'from', 'limit', 'on', 'max_', 'key']);

/** An identifier in a query: quoted when it must be. */
export function identifier(name: string): string {
  if (BARE.test(name) && !KEYWORDS.has(name)) return name;
  return `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

export function stringLiteral(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

/** A regular expression that finds exactly this text. */
export function literalRegex(text: string): string {
  return `/^${text.replace(/[.*+?^$()[\]{}|\\/]/g, '\\$&')}$/`;
}
