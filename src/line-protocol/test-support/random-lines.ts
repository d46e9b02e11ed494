// Random bodies of line protocol over few names, so that keys, fields and times repeat as they do in life.
import type { Random } from './random.ts';

const MEASUREMENTS = ['cpu', 'mem', 'm', 'disk usage'];
const TAGS = ['host', 'a', 'region', 'zone with space'];
const FIELDS = ['v', 'usage_user', 'n', 'state', 'io time', 'f23', 'time'];
const ODD_NAMES = ['a,b', 'x=y', 'q"q', 'back\\slash', 'é', '\\', '\\\\', 'time', 'i', '日本', ' ', '#', '"', 'a\\'];
const SPECIAL_NUMBERS = [
  '0',
  '-0',
  '1',
  '00012',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '1234567890123456789',
];
const INTEGERS = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '-9007199254740993',
  '99999999999999999999',
];
const FLOATS = [
  '.5',
  '1.',
  '-.25',
  '1e5',
  '1E-7',
  '5e-324',
  '1.7976931348623157e308',
  '1e400',
  '0.1',
  '123456.789012345678',
  '1.2.3',
  '1e',
  '-',
];
const BOOLEANS = ['t', 'T', 'true', 'True', 'TRUE', 'f', 'F', 'false', 'False', 'FALSE', 'tRUE', 'x'];
const STRINGS = [
  '""',
  '"ok"',
  '"a b,c=d"',
  '"say \\"hi\\""',
  '"back\\\\slash"',
  '"C:\\dir"',
  '"line\nbreak"',
  '"é日本"',
  '"un',
  '"a"b',
  '"x\\\\"',
];
const TIMES = [
  '',
  '0',
  '1',
  '-1',
  '1500000000',
  '1500000000000000000',
  '1600000000000000001',
  '-1500000000000000000',
  '9223372036854775806',
];
const ODD_TIMES = [
  '9223372036854775807',
  '-9223372036854775807',
  '9223372036854775808',
  '1.5',
  '-',
  'now',
  '12 x',
  '00000000000000000000005',
];
const BETWEEN = ['  ', '\t', ' \t', '\0 '];

/** `count` lines; a share of `oddness` / 20 of all choices is an odd one. */
export function randomBody(random: Random, count: number, oddness: number): Uint8Array {
  const isOdd = () => random.below(20) < oddness;
  // A body has a few shapes and times that its lines repeat, with other values.
  const times = [random.pick(TIMES), random.pick(TIMES), ''];
  const shapes = Array.from({ length: 1 + random.below(4) }, () => randomShape(random, isOdd));
  const lines = Array.from({ length: count }, () => {
    if (isOdd() && random.below(4) === 0)
      return random.pick(['', '#comment', ' # "', '\t', '# a="b', '=', ',', 'cpu', 'cpu,', 'cpu v']);
    const shape = random.pick(shapes);
    const fields = shape.fields.map(([name, kind]) => `${name}=${randomValue(random, kind, isOdd)}`).join(',');
    const time = random.pick(isOdd() ? random.pick([ODD_TIMES, TIMES]) : times);
    const gap = () => (isOdd() ? random.pick(BETWEEN) : ' ');
    return `${isOdd() ? gap() : ''}${shape.key}${gap()}${fields}${time === '' ? '' : gap() + time}${isOdd() ? gap() : ''}`;
  });
  const end = isOdd() ? '\r\n' : '\n';
  return new TextEncoder().encode(lines.join(end) + (random.below(4) === 0 ? '' : end));
}

type Kind = 'float' | 'integer' | 'unsigned' | 'string' | 'boolean';

interface Shape {
  readonly key: string;
  readonly fields: readonly (readonly [string, Kind])[];
}

function randomShape(random: Random, isOdd: () => boolean): Shape {
  const name = (names: readonly string[], special: RegExp) =>
    (isOdd() ? random.pick(ODD_NAMES) : random.pick(names)).replace(
      special,
      isOdd() && random.below(3) === 0 ? '$&' : '\\$&',
    );
  const tags = Array.from(
    { length: random.below(4) },
    () => `,${name(TAGS, /[,= ]/g)}=${name(['a', 'b', 'c d'], /[,= ]/g)}`,
  );
  const fields = Array.from({ length: 1 + random.below(4) }, () => {
    const kind = random.pick<Kind>(['float', 'float', 'integer', 'unsigned', 'string', 'boolean']);
    return [name(FIELDS, /[,= ]/g), kind] as const;
  });
  return { key: name(MEASUREMENTS, /[, ]/g) + tags.join(''), fields };
}

function randomValue(random: Random, kind: Kind, isOdd: () => boolean): string {
  const digits = () =>
    Array.from({ length: 1 + random.below(random.pick([3, 9, 19])) }, () => random.below(10)).join('');
  const sign = random.below(4) === 0 ? '-' : '';
  if (isOdd() && random.below(6) === 0) return random.pick(['', ...FLOATS, ...STRINGS, ...BOOLEANS]);
  switch (kind) {
    case 'float': {
      if (isOdd()) return random.pick([...FLOATS, ...SPECIAL_NUMBERS]);
      return `${sign}${digits()}${random.below(2) === 0 ? '' : `.${digits()}${random.below(2) === 0 ? digits() : ''}`}`;
    }
    case 'integer':
      return `${isOdd() ? random.pick([...INTEGERS, ...SPECIAL_NUMBERS]) : sign + digits()}i`;
    case 'unsigned':
      return `${isOdd() ? random.pick([...INTEGERS, ...SPECIAL_NUMBERS, '18446744073709551615', '18446744073709551616']) : digits()}u`;
    case 'string':
      return random.pick(isOdd() ? STRINGS : STRINGS.slice(0, 4));
    case 'boolean':
      return random.pick(isOdd() ? BOOLEANS : BOOLEANS.slice(0, 10));
  }
}
