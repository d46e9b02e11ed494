// Test support: random statements about ladders, only such as can be written down. What they say need not make sense.
import fc from 'fast-check';
import type { LadderText, RuleText } from '../../ladder/index.ts';
import type { NamePattern, OptionalState, StateRule } from '../../model/index.ts';
import type { LadderStatement } from '../language/statement.ts';

const name = fc
  .oneof(fc.constantFrom('cpu', 'a b', 'LADDER', 'states', 'select', 'quo"te', '10s'), fc.string({ minLength: 1 }))
  .map((text) => text.replaceAll('\r', '_'));
const onePattern: fc.Arbitrary<NamePattern> = fc.oneof(
  name.map((text): NamePattern => ({ kind: 'name', name: text })),
  fc.constantFrom('^a', 'a/b', '(x|y)+', '', '\\d{2}$').map((source): NamePattern => ({ kind: 'regex', source })),
);
const pattern: fc.Arbitrary<NamePattern> = fc.oneof(
  onePattern,
  fc.array(onePattern, { minLength: 2, maxLength: 3 }).map((patterns): NamePattern => ({ kind: 'every', patterns })),
);
const everything = fc.constant<NamePattern>({ kind: 'all' });
const states: fc.Arbitrary<StateRule> = fc.record(
  {
    fields: fc.oneof(everything, pattern),
    keep: fc.array(fc.constantFrom<OptionalState>('first', 'last', 'stddev', 'percentile', 'counter'), {
      minLength: 1,
    }),
  },
  { noNullPrototype: true },
);
const rule: fc.Arbitrary<RuleText> = fc.record(
  {
    measurements: fc.oneof(everything, pattern),
    steps: fc.oneof(fc.constantFrom('1s:60h,10s:8d', '60:1440,1h:inf'), name),
    names: fc.array(
      name.filter((text) => !/^\s*\d+\w*\s*:/.test(text)),
      { maxLength: 3 },
    ),
    states: fc.array(states, { maxLength: 3 }),
    gapShare: fc.oneof(
      fc.constantFrom(0, 1, 1e-7),
      fc.integer({ min: 0, max: 1000 }).map((share) => share / 1000),
    ),
    timeZone: fc.constantFrom('', 'Europe/Berlin', "o'clock"),
  },
  { noNullPrototype: true },
);
const definition: fc.Arbitrary<LadderText> = fc.record(
  {
    // A rule whose steps do not look like steps would be read as one more name of the rule before it.
    rules: fc
      .array(rule, { minLength: 1, maxLength: 3 })
      .map(([first, ...rest]) => [first, ...rest.map((each) => ({ ...each, steps: `10s:${each.steps}` }))]),
    latenessNs: fc.option(fc.bigInt({ min: 0n, max: 2n ** 62n })),
  },
  { noNullPrototype: true },
);
const place = { name, database: name };

export const anyLadderStatement: fc.Arbitrary<LadderStatement> = fc.oneof(
  fc.record(
    { kind: fc.constantFrom('create ladder', 'explain ladder'), ...place, definition },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('alter ladder' as const), ...place, definition, keepData: fc.boolean() },
    { noNullPrototype: true },
  ),
  fc.record({ kind: fc.constant('drop ladder' as const), ...place, keepData: fc.boolean() }, { noNullPrototype: true }),
  fc.record(
    { kind: fc.constant('show ladders' as const), database: fc.oneof(fc.constant(''), name) },
    { noNullPrototype: true },
  ),
  fc.record({ kind: fc.constant('show ladder status' as const), ...place }, { noNullPrototype: true }),
  fc.record(
    {
      kind: fc.constant('adopt continuous queries' as const),
      database: name,
      name: fc.oneof(fc.constant(''), name),
      dryRun: fc.boolean(),
    },
    { noNullPrototype: true },
  ),
);
