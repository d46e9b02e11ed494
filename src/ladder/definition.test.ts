import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../base/index.ts';
import { DAY, HOUR, type NamePattern, SECOND, formatDuration } from '../model/index.ts';
import { type RuleText, readLadder } from './definition.ts';

const ALL: NamePattern = { kind: 'all' };
const CPU: NamePattern = { kind: 'name', name: 'cpu' };

function rule(steps: string, more: Partial<RuleText> = {}): RuleText {
  return { measurements: ALL, steps, names: [], states: [], gapShare: 0, timeZone: '', ...more };
}

const shown = (ns: bigint): string => (ns === 0n ? 'inf' : formatDuration(ns));

/** `1s 60h: 10s_for_8d 10s 8d, …`, each rule on its own; what is wrong, for what cannot be read. */
function read(latenessNs: bigint | null, ...rules: readonly RuleText[]): string {
  try {
    const { base, rules: specs } = readLadder('l', { rules, latenessNs });
    const texts = specs.map(({ baseStepNs, tiers }) => {
      const steps = tiers.map((tier) => `${tier.policy} ${shown(tier.stepNs)} ${shown(tier.durationNs)}${zone(tier)}`);
      return `${shown(baseStepNs)}: ${steps.join(', ')}`;
    });
    return `${base.policy ?? `(${base.newPolicy})`} ${shown(base.durationNs)} | ${texts.join(' | ')}`;
  } catch (error) {
    return messageOf(error).replace('ladder "l": ', '');
  }
}

const zone = ({ timeZone }: { readonly timeZone: string | null }): string => (timeZone === null ? '' : ` ${timeZone}`);

const STEPS: readonly (readonly [steps: string, expected: string])[] = [
  ['1s:60h,10s:8d', '(1s_for_60h) 60h | 1s: 10s_for_8d 10s 8d'],
  ['1s:1h, 10s : 8h ,1m:7d', '(1s_for_1h) 1h | 1s: 10s_for_8h 10s 8h, 1m_for_7d 1m 1w'],
  // As Graphite has them: seconds, and so many of them.
  ['60:1440,3600:8760', '(1m_for_1d) 1d | 1m: 1h_for_365d 1h 365d'],
  ['60s:1440,1h:inf', '(60s_for_1d) 1d | 1m: 1h_for_inf 1h inf'],
  ['1min:1day,15minutes:1years', '(1min_for_1day) 1d | 1m: 15minutes_for_1years 15m 365d'],
  ['1sec:120min,1h30m:1y', '(1sec_for_120min) 2h | 1s: 1h30m_for_1y 90m 365d'],
  ['10s:inf,1h:INF', '(10s_for_inf) inf | 10s: 1h_for_INF 1h inf'],
  ['500ms:1h,1s:2h', '(500ms_for_1h) 1h | 500ms: 1s_for_2h 1s 2h'],
  ['1s:60h', '1s:60h is only the base: a tier at least must follow it'],
  ['', 'expected a step and a period such as 10s:8d, found ""'],
  ['1s:60h,10s', 'expected a step and a period such as 10s:8d, found "10s"'],
  ['1s:60h,10s:8d:1', 'expected a step and a period such as 10s:8d, found "10s:8d:1"'],
  ['1s:60h,:8d', 'tier :8d: "" is no duration'],
  ['1s:60h,10x:8d', 'tier 10x:8d: "10x" is no duration'],
  ['1s:60h,10s:8q', 'tier 10s:8q: "8q" is no duration'],
  ['1s:60h,-10s:8d', 'tier -10s:8d: "-10s" is no duration'],
  ['1s:60h,10s:0', 'tier 10s:0: "0" is no duration'],
  ['0:60h,10s:8d', 'tier 0:60h: its step must be 1ms or more'],
  ['10us:60h,10s:8d', 'tier 10us:60h: its step must be 1ms or more'],
  ['1s:60h,inf:8d', 'tier inf:8d: "inf" is no duration'],
  ['1s:60h,1s:8d', 'tier 1s:8d: its step must be longer than that of 1s:60h before it'],
  ['10s:60h,1s:8d', 'tier 1s:8d: its step must be longer than that of 10s:60h before it'],
  ['1s:60h,10s:8h', 'tier 10s:8h: it must not keep less than 1s:60h before it'],
  ['1s:inf,10s:8d', 'tier 10s:8d: it must not keep less than 1s:inf before it'],
  ['1s:60h,10s:60h', '(1s_for_60h) 60h | 1s: 10s_for_60h 10s 60h'],
  ['1s:30m,10s:8h', 'tier 1s:30m: it must keep an hour at least'],
  ['1s:60h,5d:8d', 'tier 5d:8d: it must keep two of its steps at least'],
  ['1s:60h,7d:20d', 'tier 7d:20d: it is computed from 1s:60h, which must keep 604830s at least'],
  // 2m does not divide 5m, 30s does.
  ['1s:1h,30s:2h,2m:3h,5m:4h', '(1s_for_1h) 1h | 1s: 30s_for_2h 30s 2h, 2m_for_3h 2m 3h, 5m_for_4h 5m 4h'],
  ['1s:400y,10s:inf', 'tier 1s:400y: it is longer than 292 years'],
  [Array.from({ length: 33 }, (_, at) => `${at + 1}s:60h`).join(), 'there are more than 32 steps'],
];

for (const [steps, expected] of STEPS) {
  void test(`steps ${steps.slice(0, 60)}`, () => {
    assert.equal(read(null, rule(steps)), expected);
  });
}

const RULES: readonly (readonly [what: string, rules: readonly RuleText[], expected: string])[] = [
  [
    'all steps are named, the first is the base',
    [rule('1s:60h,10s:8d', { names: ['raw', 'ten'] })],
    'raw 60h | 1s: ten 10s 8d',
  ],
  ['tiers are named', [rule('1s:60h,10s:8d', { names: ['ten'] })], '(1s_for_60h) 60h | 1s: ten 10s 8d'],
  [
    'too many names',
    [rule('1s:60h,10s:8d', { names: ['a', 'b', 'c'] })],
    '3 names for 2 steps: name all of them, or all but the base',
  ],
  [
    'too few names',
    [rule('1s:60h,10s:8d,1m:9d', { names: ['a'] })],
    '1 names for 3 steps: name all of them, or all but the base',
  ],
  ['a name twice', [rule('1s:60h,10s:8d', { names: ['a', 'a'] })], 'two of its steps have the name "a"'],
  [
    'several rules: the base keeps what the longest wants',
    [rule('1s:60h,10s:8d', { measurements: CPU }), rule('1s:70h,1m:9d')],
    '(1s_for_60h) 70h | 1s: 10s_for_8d 10s 8d | 1s: 1m_for_9d 1m 9d',
  ],
  [
    'two bases',
    [rule('1s:60h,10s:8d', { measurements: CPU, names: ['a', 'x'] }), rule('1s:70h,1m:9d', { names: ['b', 'y'] })],
    'its rules name two bases: "a" and "b"',
  ],
  [
    'a rule that is never reached',
    [rule('1s:60h,10s:8d'), rule('1s:70h,1m:9d', { measurements: CPU })],
    'rule 2 is for no measurement: rule 1 before it is for all of them',
  ],
  [
    'days begin at midnight of the zone, shorter steps as ever',
    [rule('1s:60h,15m:8d,1d:inf', { timeZone: 'Europe/Berlin' })],
    '(1s_for_60h) 60h | 1s: 15m_for_8d 15m 8d, 1d_for_inf 1d inf Europe/Berlin',
  ],
  ['an unknown zone', [rule('1s:60h,1d:inf', { timeZone: 'Europe/Berlino' })], 'unknown time zone "Europe/Berlino"'],
  [
    'a zone without days',
    [rule('1s:60h,1h:inf', { timeZone: 'Europe/Berlin' })],
    'time zone "Europe/Berlin" is for steps of days, and there are none',
  ],
  [
    'a zone with a day and a half',
    [rule('1s:60h,36h:inf', { timeZone: 'Europe/Berlin' })],
    'tier 36h:inf: in a time zone its step must be whole days',
  ],
  [
    'a day of a zone has 25 hours, and is not made of hours',
    [rule('1s:24h,1h:9d,1d:inf', { timeZone: 'Europe/Berlin' })],
    'tier 1d:inf: it is computed from 1s:24h, which must keep 90030s at least',
  ],
  [
    'a bad pattern',
    [rule('1s:60h,10s:8d', { measurements: { kind: 'regex', source: '(' } })],
    'invalid regular expression: ',
  ],
  [
    'a bad pattern of fields',
    [rule('1s:60h,10s:8d', { states: [{ fields: { kind: 'regex', source: '(' }, keep: ['last'] }] })],
    'invalid regular expression: ',
  ],
  [
    'a share of more than all',
    [rule('1s:60h,10s:8d', { gapShare: 1.1 })],
    'the share of GAP must be between 0 and 1, found 1.1',
  ],
];

for (const [what, rules, expected] of RULES) {
  void test(`rules: ${what}`, () => {
    const actual = read(null, ...rules);
    assert.equal(expected.endsWith(': ') ? actual.slice(0, expected.length) : actual, expected);
  });
}

void test('the lateness counts when a parent must have kept its points', () => {
  assert.match(read(0n, rule('1s:1h,1h:inf')), /^\(1s_for_1h\)/);
  assert.match(read(null, rule('1s:1h,1h:inf')), /which must keep 3630s at least$/);
  assert.match(read(2n * HOUR, rule('1s:2h,1m:1d')), /which must keep 121m at least$/);
});

void test('what is computed from a bucket says how long its shards wait', () => {
  const { base, rules } = readLadder('l', {
    rules: [
      rule('1s:60h,10s:8d,30s:9d,1d:inf', { measurements: CPU, timeZone: 'Europe/Berlin' }),
      rule('1s:60h,10s:8d,40s:inf'),
    ],
    latenessNs: SECOND,
  });
  // 30s is made of 10s, a day in a zone of 30s: they divide a quarter of an hour.
  assert.equal(base.graceNs, 11n * SECOND);
  assert.deepEqual(
    rules.map(({ tiers }) => tiers.map(({ graceNs }) => graceNs)),
    [
      [41n * SECOND, DAY + HOUR + SECOND, 0n],
      [41n * SECOND, 0n],
    ],
  );
});

void test('a rule may keep its measurements out of the tiers', () => {
  assert.equal(
    read(null, rule('1s:60h', { measurements: CPU }), rule('1s:60h,1m:9d')),
    '(1s_for_60h) 60h | 1s:  | 1s: 1m_for_9d 1m 9d',
  );
});
