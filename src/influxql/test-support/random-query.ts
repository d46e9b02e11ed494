// Test support: random expressions and SELECT statements, only such as can be written down.
import fc from 'fast-check';
import type { Binary, BinaryOperator, Expr, Fill, SelectStatement, Source } from '../language/ast.ts';
import { measurement, paren } from '../language/ast.ts';
import { isKeyword } from '../language/token.ts';

const STRENGTH: Readonly<Record<BinaryOperator, number>> = {
  OR: 1,
  AND: 2,
  '=': 3,
  '!=': 3,
  '=~': 3,
  '!~': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '|': 4,
  '^': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '&': 5,
};
const ARITHMETIC = ['+', '-', '*', '/', '%', '&', '|', '^'] as const;
const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;

/** Anything but a carriage return, which no query can hold. */
const text = fc.oneof(
  fc.constantFrom('host', 'a b', 'select', 'x.y', "it's", 'quo"te', 'back\\slash', 'new\nline', '😀', '/', '--', '9'),
  fc.string().map((value) => value.replaceAll('\r', '')),
);
const name = text.filter((value) => value !== '');
const bareName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((value) => !isKeyword(value));
const regexSource = fc.constantFrom('^a', 'a/b', 'a\\/b', '(x|y)+', '', '\\d{2}$', 'ü');

const regex = regexSource.map((source): Expr => ({ kind: 'regex', source }));
const reference = fc
  .record({
    name,
    type: fc.constantFrom(null, 'float', 'integer', 'unsigned', 'string', 'boolean', 'field', 'tag'),
  })
  .map((parts): Expr => ({ kind: 'reference', ...parts }));

const atom: fc.Arbitrary<Expr> = fc.oneof(
  reference,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Expr => ({ kind: 'integer', value })),
  fc.bigInt({ min: 2n ** 63n, max: 2n ** 64n - 1n }).map((value): Expr => ({ kind: 'unsigned', value })),
  fc.integer({ min: -(2 ** 30), max: 2 ** 30 }).map((value): Expr => ({ kind: 'number', value: value / 1000 + 0 })),
  text.map((value): Expr => ({ kind: 'string', value })),
  fc.boolean().map((value): Expr => ({ kind: 'boolean', value })),
  fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }).map((ns): Expr => ({ kind: 'duration', ns })),
);

/** An expression over the given operators and leaves, with parentheses where the tree needs them to be written down. */
function tree(operators: readonly BinaryOperator[], leaf: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> {
  return fc.letrec<{ expr: Expr }>((tie) => ({
    expr: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(tie('expr'), fc.constantFrom(...operators), tie('expr'))
        .map(([left, op, right]) => join(left, op, right)),
      tie('expr').map(paren),
      fc
        .tuple(bareName, fc.array(tie('expr'), { maxLength: 3 }))
        .map(([call, args]): Expr => ({ kind: 'call', name: call, args })),
    ),
  })).expr;
}

function join(left: Expr, op: BinaryOperator, right: Expr): Binary {
  return {
    kind: 'binary',
    op,
    left: strength(left) < STRENGTH[op] ? paren(left) : left,
    right: strength(right) <= STRENGTH[op] ? paren(right) : right,
  };
}

function strength(expr: Expr): number {
  return expr.kind === 'binary' ? STRENGTH[expr.op] : 6;
}

const value = tree(ARITHMETIC, atom);
const comparison = fc.oneof(
  fc.tuple(value, fc.constantFrom(...COMPARISONS), value).map(([left, op, right]): Expr => join(left, op, right)),
  fc
    .tuple(reference, fc.constantFrom('=~' as const, '!~' as const), regex)
    .map(([left, op, right]): Expr => join(left, op, right)),
);

export const anyCondition: fc.Arbitrary<Expr> = tree(['AND', 'OR'], comparison);

const field = fc.record(
  {
    expr: fc.oneof(value, regex, fc.constant<Expr>({ kind: 'wildcard', type: 'tag' })),
    alias: text,
  },
  { noNullPrototype: true },
);
const source: fc.Arbitrary<Source> = fc.oneof(
  fc.record({ database: text, policy: text, name }).map((parts) => measurement(parts)),
  fc.record({ database: text, policy: name, regex: regexSource }).map((parts) => measurement(parts)),
);
const fill: fc.Arbitrary<Fill> = fc.oneof(
  fc.constantFrom<Fill>({ mode: 'null' }, { mode: 'none' }, { mode: 'previous' }, { mode: 'linear' }),
  fc.integer().map((number): Fill => ({ mode: 'number', value: BigInt(number) })),
);
const count = fc.oneof(fc.constant(0), fc.nat());

/** Subqueries one level deep. */
export const anySelect: fc.Arbitrary<SelectStatement> = selectFrom(
  fc.oneof(
    source,
    selectFrom(source).map((statement): Source => ({ kind: 'subquery', statement })),
  ),
);

function selectFrom(from: fc.Arbitrary<Source>): fc.Arbitrary<SelectStatement> {
  return fc.record(
    {
      kind: fc.constant('select' as const),
      fields: fc.array(field, { minLength: 1, maxLength: 3 }),
      target: fc.option(fc.record({ database: text, policy: name, name: text }).map((parts) => measurement(parts))),
      sources: fc.array(from, { minLength: 1, maxLength: 3 }),
      condition: fc.option(anyCondition),
      dimensions: fc.array(fc.oneof(reference, regex), { maxLength: 3 }),
      fill,
      sortFields: fc.constantFrom([], [{ name: 'time', ascending: true }], [{ name: '', ascending: false }]),
      limit: count,
      offset: count,
      slimit: count,
      soffset: count,
      timeZone: fc.constantFrom(null, 'UTC', 'Europe/Berlin'),
    },
    { noNullPrototype: true },
  );
}
