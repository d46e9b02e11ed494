import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../base/index.ts';
import type { NamePattern } from '../model/index.ts';
import { readLadder } from './definition.ts';
import { readGraphiteFiles } from './graphite-files.ts';

/** Each rule as `pattern steps [states] gap`, then the notes; or what is wrong. */
function read(...texts: readonly string[]): readonly string[] {
  try {
    const files = texts.map((text, at) => ({ path: `f${at}`, text }));
    const { rules, notes } = readGraphiteFiles(files);
    return [
      ...rules.map(({ measurements, steps, states, gapShare }) => {
        const kept = states.flatMap(({ keep }) => keep).join();
        return [shown(measurements), steps, ...(kept === '' ? [] : [kept]), ...(gapShare === 0 ? [] : [gapShare])].join(
          ' ',
        );
      }),
      ...notes,
    ];
  } catch (error) {
    return [messageOf(error)];
  }
}

function shown(pattern: NamePattern): string {
  if (pattern.kind === 'every') return pattern.patterns.map(shown).join('&');
  return pattern.kind === 'regex' ? `/${pattern.source}/` : pattern.kind;
}

const SCHEMAS = `
# Carbon's own metrics
[carbon]
pattern = ^carbon\\.
retentions = 60:90d

; the rest
[default_1min_for_1day]
pattern = .*
retentions = 60s:1d, 5m:30d,1h:3y
`;

const AGGREGATION = `
[min]
pattern = \\.min$
xFilesFactor = 0.1
aggregationMethod = min

[count]
pattern = \\.count$
xFilesFactor = 0
aggregationMethod = sum

[last]
pattern = \\.last$
aggregationMethod = last

[default_average]
pattern = .*
xFilesFactor = 0.5
aggregationMethod = average
`;

const ONE_BASE = 'points are kept as long as the longest first retention says: a ladder has one base';

test('schemas alone: a rule each, in their order', () => {
  assert.deepEqual(read(SCHEMAS), ['/^carbon\\./ 1m:90d', 'all 1m:1d,5m:30d,1h:1095d', ONE_BASE]);
});

test('schemas and aggregations: what matches both', () => {
  const tiers = '1m:1d,5m:30d,1h:1095d';
  for (const files of [
    [SCHEMAS, AGGREGATION],
    [AGGREGATION, SCHEMAS],
  ]) {
    assert.deepEqual(read(...files), [
      '/^carbon\\./&/\\.min$/ 1m:90d 0.1',
      '/^carbon\\./&/\\.count$/ 1m:90d',
      '/^carbon\\./&/\\.last$/ 1m:90d last 0.5',
      '/^carbon\\./ 1m:90d 0.5',
      `/\\.min$/ ${tiers} 0.1`,
      `/\\.count$/ ${tiers}`,
      `/\\.last$/ ${tiers} last 0.5`,
      `all ${tiers} 0.5`,
      ONE_BASE,
    ]);
  }
});

test('what is read is a ladder', () => {
  const files = [SCHEMAS, AGGREGATION].map((text) => ({ path: 'f', text }));
  const { rules } = readLadder('graphite', { rules: readGraphiteFiles(files).rules, latenessNs: null });
  assert.deepEqual(
    rules.map(({ tiers }) => tiers.map(({ policy }) => policy).join()),
    [...Array.from({ length: 4 }, () => ''), ...Array.from({ length: 4 }, () => '5m_for_30d,1h_for_1095d')],
  );
});

const SECTION = '[s]\npattern = ^a\nretentions = 1s:1h,1m:1d\n';

const CASES: readonly (readonly [what: string, texts: readonly string[], expected: readonly string[]])[] = [
  [
    'aggregations that come to the same need no rules',
    [SECTION, '[m]\npattern=x\naggregationMethod = max\n'],
    ['/^a/ 1s:1h,1m:1d 0.5'],
  ],
  [
    'what follows everything has no effect',
    [`[all]\nmatch-all = true\nretentions: 1s:2h,1m:1d\n${SECTION}`],
    ['all 1s:2h,1m:1d'],
  ],
  [
    'one pattern in both files',
    [SECTION, '[a]\npattern = ^a\naggregationMethod = last\nxFilesFactor = 0'],
    ['/^a/ 1s:1h,1m:1d last', '/^a/ 1s:1h,1m:1d 0.5'],
  ],
  [
    'less than an hour',
    ['[s]\npattern = a\nretentions = 1s:10m,1m:20m,1h:1y'],
    [
      '/a/ 1s:1h,1m:1h,1h:365d',
      'f0 [s]: what is kept for less than an hour is kept for one',
      'f0 [s]: what is kept for less than an hour is kept for one',
    ],
  ],
  [
    'methods that Weir has not',
    [SECTION, '[z]\npattern = z\naggregationMethod = avg_zero\n[m]\npattern = m\naggregationMethod = absmax'],
    [
      '/^a/ 1s:1h,1m:1d 0.5',
      'f1 [z]: mean() counts the points that there are, avg_zero took others for 0',
      'f1 [m]: absmax is not a function; min() and max() are kept',
    ],
  ],
  [
    'no schemas',
    ['[m]\npattern = m\naggregationMethod = max'],
    ['no section has retentions: storage-schemas.conf is needed'],
  ],
  ['nothing', [''], ['no section has retentions: storage-schemas.conf is needed']],
  ['a section without a pattern', ['[s]\nretentions = 1s:1h,1m:1d'], ['f0 [s]: the section has no pattern']],
  ['a pattern that is none', ['[s]\npattern = (\nretentions = 1s:1h,1m:1d'], ['f0 [s]: invalid regular expression: ']],
  [
    'retentions that are none',
    ['[s]\npattern = a\nretentions = 1s:1q'],
    ['f0 [s]: ladder "s": tier 1s:1q: "1q" is no duration'],
  ],
  [
    'an unknown method',
    [SECTION, '[m]\npattern = m\naggregationMethod = mode'],
    ['f1 [m]: unknown aggregationMethod "mode"'],
  ],
  [
    'a factor beyond 1',
    [SECTION, '[m]\npattern = m\nxFilesFactor = 5'],
    ['f1 [m]: xFilesFactor must be between 0 and 1, found "5"'],
  ],
  ['a line that is none', ['[s]\npattern'], ['f0:2: expected [section] or key = value, found "pattern"']],
  ['an option before all sections', ['pattern = a'], ['f0:1: expected [section] or key = value, found "pattern = a"']],
];

for (const [what, texts, expected] of CASES) {
  test(what, () => {
    const actual = read(...texts);
    assert.deepEqual(
      actual.map((line, at) => (expected[at]?.endsWith(': ') ? line.slice(0, expected[at].length) : line)),
      expected,
    );
  });
}
