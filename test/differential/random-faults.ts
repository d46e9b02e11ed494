// Statements that are wrong on purpose: texts with a token too many, too few or in the wrong place, and calls with arguments
// that make no sense. What is said about them must be equal.
import type { Random } from '../../src/exec/test-support/random.ts';
import { type Scope, anyField, anyTag } from './scope.ts';

const TOKEN = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|\d[\w.]*|\S/g;
const SPARE = [
  'FROM',
  'WHERE',
  'GROUP',
  'BY',
  'AND',
  'OR',
  'AS',
  'INTO',
  'LIMIT',
  'ORDER',
  'fill',
  'time',
  'max',
  'SELECT',
  'tz',
  ')',
  '(',
  ',',
  '*',
  ';',
  '=',
  '!=',
  '=~',
  '<',
  '-',
  '+',
  '/',
  '::',
  '.',
  '$x',
  "'x'",
  '"y"',
  '/a/',
  '5',
  '1s',
  '-1',
  '2.5',
  'true',
  '99999999999999999999',
  "'",
  '"',
];

/** The text with one to three tokens changed. Windows keep their end: there are too many until now. */
export function garbled(random: Random, text: string): string {
  for (let attempt = 0; attempt < 20; attempt++) {
    const tokens = text.match(TOKEN) ?? [];
    for (let count = random.pick([1, 1, 1, 2, 3]); count > 0 && tokens.length > 0; count--) change(random, tokens);
    const result = tokens.join(' ').replace(/ (?=[(,)])|(?<=[(]) /g, '');
    if (!/time\s*\(/.test(result) || /\btime <=? ['\d-]/.test(result)) return result;
  }
  return 'SELECT';
}

function change(random: Random, tokens: string[]): void {
  const at = random.integer(0, tokens.length - 1);
  switch (random.integer(0, 3)) {
    case 0:
      tokens.splice(at, 1);
      break;
    case 1:
      tokens.splice(at, 0, random.pick(SPARE));
      break;
    case 2:
      tokens[at] = random.pick(SPARE);
      break;
    default:
      tokens.splice(at, 0, tokens[random.integer(0, tokens.length - 1)]);
  }
}

const FUNCTIONS = [
  'count',
  'mean',
  'sum',
  'median',
  'mode',
  'spread',
  'stddev',
  'min',
  'max',
  'first',
  'last',
  'percentile',
  'integral',
  'distinct',
  'top',
  'bottom',
  'sample',
  'derivative',
  'non_negative_derivative',
  'difference',
  'moving_average',
  'cumulative_sum',
  'elapsed',
  'holt_winters',
  'abs',
  'pow',
  'log',
  'nosuchfunction',
  'time',
  'now',
  'histogram',
];

/** A statement with a call whose arguments are chosen without sense. */
export function senselessCall(scope: Scope, measurement: string): string {
  const { random } = scope;
  const call = anyCall(scope, 0);
  const others = random.chance(0.3) ? [random.pick([anyField(scope), anyTag(scope), anyCall(scope, 1), '*', '5'])] : [];
  const where = random.chance(0.3)
    ? ` WHERE time > 0 AND time < 100 GROUP BY time(${random.pick(['10ns', '10ns', '0s', '5', '10ns, 3'])})`
    : '';
  const clause = random.chance(0.3)
    ? ` ${random.pick(['fill(none)', 'fill(linear)', 'fill(x)', 'LIMIT -1', 'LIMIT 0', 'LIMIT x', 'ORDER BY v', 'ORDER BY time', 'SLIMIT 1.5', "tz('Nowhere/City')", 'GROUP BY v', 'GROUP BY time', 'GROUP BY 5', 'GROUP BY mean(v)'])}`
    : '';
  return `SELECT ${[call, ...others].join(', ')} FROM ${measurement}${where}${clause}`;
}

function anyCall(scope: Scope, depth: number): string {
  const { random } = scope;
  const args = Array.from({ length: random.pick([0, 1, 1, 1, 2, 2, 3, 4]) }, () =>
    depth < 2 && random.chance(0.2)
      ? anyCall(scope, depth + 1)
      : random.pick([
          anyField(scope),
          anyField(scope),
          anyTag(scope),
          '*',
          '/v/',
          '5',
          '0',
          '-1',
          '2.5',
          "'x'",
          '1s',
          '-1s',
          '0s',
          'true',
          `${anyField(scope)} + 1`,
          'time',
        ]),
  );
  return `${random.pick(FUNCTIONS)}(${args.join(', ')})`;
}
