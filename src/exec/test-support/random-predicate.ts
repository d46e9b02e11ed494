// Random conditions over the fields of random-data.ts.
import type { FieldOperand, FieldPredicate } from '../plan.ts';
import { FIELDS } from './random-data.ts';
import type { Random } from './random.ts';

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
const NUMBER_MATH = ['+', '-', '*', '/', '%', '&', '|', '^'] as const;
const BIT_MATH = ['&', '|', '^'] as const;
const NUMBER_FIELDS = ['float', 'whole', 'integer', 'wide', 'unsigned', 'absent'];
const LITERALS: readonly (number | bigint | string | boolean)[] = [
  0,
  1.5,
  -3,
  25,
  0n,
  2n,
  -7n,
  2n ** 53n + 1n,
  -(2n ** 63n),
  2n ** 63n + 5n,
  2n ** 64n - 1n,
  true,
  false,
  '',
  'a',
  'ü',
];

export function randomPredicate(random: Random, depth = 2): FieldPredicate {
  if (depth > 0 && random.chance(0.4)) {
    const count = random.integer(1, 3);
    const terms = Array.from({ length: count }, () => randomPredicate(random, depth - 1));
    return { op: random.pick(['and', 'or'] as const), terms };
  }
  if (random.chance(0.05)) return { op: 'const', value: random.chance(0.5) };
  if (random.chance(0.15)) {
    const field = random.pick(['string', 'mixed', 'integer', 'absent']);
    return { op: random.pick(['=~', '!~'] as const), field, source: random.pick(['a', '^a$', '', 'ü|b']) };
  }
  if (random.chance(0.2)) {
    const [left, right] = [randomBoolean(random, 1), randomBoolean(random, 1)];
    return { op: random.pick(['=', '!='] as const), left, right };
  }
  return { op: random.pick(COMPARISONS), left: randomOperand(random, 2), right: randomOperand(random, 2) };
}

function randomOperand(random: Random, depth: number): FieldOperand {
  if (depth > 0 && random.chance(0.3)) return randomMath(random, depth);
  if (random.chance(0.5)) return { kind: 'field', name: random.pick([...FIELDS.keys(), 'absent']) };
  return { kind: 'literal', value: random.pick(LITERALS) };
}

function randomMath(random: Random, depth: number): FieldOperand {
  const [left, right] = [randomNumber(random, depth - 1), randomNumber(random, depth - 1)];
  return { kind: 'math', op: random.pick(NUMBER_MATH), left, right };
}

/** Arithmetic mixes numbers with nothing else. */
function randomNumber(random: Random, depth: number): FieldOperand {
  if (depth > 0 && random.chance(0.3)) return randomMath(random, depth);
  if (random.chance(0.6)) return { kind: 'field', name: random.pick(NUMBER_FIELDS) };
  const numbers = LITERALS.filter((value) => typeof value === 'number' || typeof value === 'bigint');
  return { kind: 'literal', value: random.pick(numbers) };
}

function randomBoolean(random: Random, depth: number): FieldOperand {
  if (depth > 0 && random.chance(0.3)) {
    return {
      kind: 'math',
      op: random.pick(BIT_MATH),
      left: randomBoolean(random, depth - 1),
      right: randomBoolean(random, depth - 1),
    };
  }
  return random.chance(0.7) ? { kind: 'field', name: 'boolean' } : { kind: 'literal', value: random.chance(0.5) };
}
