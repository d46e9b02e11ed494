import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../base/index.ts';
import { DAY, HOUR, type NamePattern, SECOND } from '../model/index.ts';
import { type AdoptableQuery, planAdoption } from './adopt.ts';

const ALL: NamePattern = { kind: 'all' };
const KEEP: Readonly<Record<string, bigint>> = { raw: 60n * HOUR, ten: 8n * DAY, min: 15n * DAY, day: 0n, other: DAY };
const POLICIES = Object.entries(KEEP).map(([name, durationNs]) => ({ name, durationNs }));

/** `raw ten 10`: reads raw, writes ten, every ten seconds. */
function query(text: string, more: Partial<AdoptableQuery> = {}): AdoptableQuery {
  const [source, targetPolicy, seconds] = text.split(' ');
  return {
    name: `${source}>${targetPolicy}`,
    obstacle: '',
    source: { policy: source, measurements: ALL },
    sourcePolicies: [source],
    targetPolicy,
    intervalNs: BigInt(seconds) * SECOND,
    timeZone: '',
    calls: [{ function: 'mean', fields: ALL }],
    ...more,
  };
}

/** Each rule's pattern, steps and names; then each query's tier and remark; then who would starve. */
function plan(...queries: readonly AdoptableQuery[]): readonly string[] {
  try {
    const { definition, queries: planned, starving } = planAdoption('l', queries, POLICIES);
    return [
      ...definition.rules.map(({ measurements, steps, names }) => {
        const pattern = 'name' in measurements ? measurements.name : measurements.kind;
        return `${pattern} ${steps} ${names.join()}`;
      }),
      ...planned.map(({ name, tier, remark }) => `${name}: ${tier ?? '-'}${remark === '' ? '' : ` (${remark})`}`),
      ...(starving.length === 0 ? [] : [`starving: ${starving.join()}`]),
    ];
  } catch (error) {
    return [messageOf(error)];
  }
}

test('a cascade in any order of creation', () => {
  assert.deepEqual(plan(query('ten min 30'), query('min day 86400'), query('raw ten 10')), [
    'all 1s:60h,10s:8d,30s:15d,1d:inf raw,ten,min,day',
    'ten>min: min',
    'min>day: day',
    'raw>ten: ten',
  ]);
});

test('measurements of their own have a rule of their own, with what is for all', () => {
  const cpu = { source: { policy: 'raw', measurements: { kind: 'name' as const, name: 'cpu' } } };
  assert.deepEqual(plan(query('raw ten 10'), query('raw min 60', cpu)), [
    'cpu 1s:60h,10s:8d,1m:15d raw,ten,min',
    'all 1s:60h,10s:8d raw,ten',
    'raw>ten: ten',
    'raw>min: min',
  ]);
});

test('what cannot become a tier stays, and why', () => {
  assert.deepEqual(
    plan(
      query('raw ten 10'),
      query('raw raw 10'),
      query('raw other 60'),
      query('raw min 10', { name: 'same step' }),
      query('other day 3600', { name: 'elsewhere' }),
      query('raw min 60', { calls: [{ function: 'mode', fields: ALL }] }),
      query('raw gone 60', { obstacle: '' }),
      query('raw day 60', { name: 'odd', obstacle: 'it has a condition' }),
    ),
    [
      'all 1s:60h,10s:8d,1h:inf raw,ten,day',
      'raw>ten: ten',
      'raw>raw: - (it writes into the policy that it reads)',
      'raw>other: - (ladder "l": tier 1m:1d: it must not keep less than 10s:8d before it)',
      'same step: - (ladder "l": tier 10s:15d: its step must be longer than that of 10s:8d before it)',
      // What it reads is made of raw points, too.
      'elsewhere: day',
      'raw>min: - (mode() cannot be answered from a tier)',
      'raw>gone: - (there is no retention policy gone)',
      'odd: - (it has a condition)',
    ],
  );
});

test('a query that stays and reads what would be a tier is in the way', () => {
  const rest = query('ten other 60', { name: 'rest', obstacle: 'it has a condition' });
  assert.deepEqual(plan(query('raw ten 10'), rest), [
    'all 1s:60h,10s:8d raw,ten',
    'raw>ten: ten',
    'rest: - (it has a condition)',
    'starving: rest',
  ]);
});

test('a chain that begins elsewhere stays, and a circle', () => {
  assert.deepEqual(plan(query('raw ten 10'), query('ten min 60'), query('other day 60')), [
    'all 1s:60h,10s:8d,1m:15d raw,ten,min',
    'raw>ten: ten',
    'ten>min: min',
    'other>day: - (its chain begins at other, the ladder at raw)',
  ]);
  assert.deepEqual(plan(query('ten min 10'), query('min ten 60')), [
    'no continuous query can become a tier: ten>min: it feeds itself, through others; min>ten: it feeds itself, through others',
  ]);
  assert.deepEqual(plan(), ['there are no continuous queries']);
});

test('what functions need is kept of the fields that they were asked of', () => {
  const call = (name: string, field?: string) => ({
    function: name,
    fields: field === undefined ? ALL : { kind: 'name' as const, name: field },
  });
  const { definition } = planAdoption(
    'l',
    [
      query('raw ten 10', { calls: [call('mean'), call('last'), call('percentile', 'v'), call('max', 'w')] }),
      query('ten min 60', { calls: [call('first'), call('median', 'percentile_v')] }),
    ],
    POLICIES,
  );
  assert.deepEqual(definition.rules[0].states, [
    { fields: ALL, keep: ['last', 'first'] },
    { fields: { kind: 'name', name: 'v' }, keep: ['percentile'] },
  ]);
});

test('the step of the points is told by the name of their policy, or by the finest tier', () => {
  const stepOf = (name: string, seconds: string): string => {
    const policies = [{ name, durationNs: HOUR }, ...POLICIES];
    return planAdoption('l', [query(`${name} ten ${seconds}`)], policies).definition.rules[0].steps;
  };
  assert.equal(stepOf('5s_for_1h', '10'), '5s:1h,10s:8d');
  assert.equal(stepOf('20s_for_1h', '10'), '1s:1h,10s:8d');
  assert.equal(stepOf('week', '10'), '1s:1h,10s:8d');
  assert.equal(stepOf('week', '1'), '100ms:1h,1s:8d');
});
