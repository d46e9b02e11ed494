// The choice of tiers as plans on paper: for each function and state, for ranges that begin and end anywhere, before and after
// points and rows have expired.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR, MINUTE, MIN_TIME_NS, type OptionalState } from '../model/index.ts';
import { fitnessOf } from './answers.ts';
import { type Span, type TierNeed, type TierSource, chooseTiers, divides, unansweredRanges } from './choose.ts';

const FUNCTIONS: Readonly<Record<string, readonly (readonly [state: OptionalState | 'always', fitness: string])[]>> = {
  count: [['always', 'exact']],
  sum: [['always', 'exact']],
  mean: [['always', 'exact']],
  min: [['always', 'exact']],
  max: [['always', 'exact']],
  spread: [['always', 'exact']],
  first: [
    ['first', 'exact'],
    ['counter', 'exact'],
  ],
  last: [
    ['last', 'exact'],
    ['counter', 'exact'],
  ],
  stddev: [['stddev', 'exact']],
  increase: [['counter', 'exact']],
  percentile: [['percentile', 'approximate']],
  median: [['percentile', 'approximate']],
  mode: [],
  distinct: [],
  top: [],
  bottom: [],
  sample: [],
  integral: [],
};

const STATES: readonly OptionalState[] = ['first', 'last', 'stddev', 'percentile', 'counter'];

interface Case {
  readonly range: readonly [from: number, to: number];
  /** Minutes; null = no GROUP BY time. */
  readonly every: number | null;
  readonly fitness?: TierSource['fitness'];
  readonly points?: boolean;
  /** Minute from which on the base has points. */
  readonly keptFrom?: number;
  /** Of 5m. */
  readonly dirty?: readonly (readonly [from: number, to: number])[];
}

const minutes = (count: number): bigint => BigInt(count) * MINUTE;

function tier(name: string, stepNs: bigint | null, rest: Partial<TierSource> = {}): TierSource {
  return {
    name,
    stepNs,
    timeZone: null,
    keptFromNs: MIN_TIME_NS,
    doneThroughNs: minutes(600),
    dirty: [],
    fitness: 'exact',
    ...rest,
  };
}

function sourcesOf({ fitness = 'exact', keptFrom, dirty = [] }: Case): readonly TierSource[] {
  return [
    tier('raw', null, {
      doneThroughNs: minutes(10_000),
      keptFromNs: keptFrom === undefined ? MIN_TIME_NS : minutes(keptFrom),
    }),
    tier('5m', 5n * MINUTE, {
      fitness,
      dirty: dirty.map(([from, to]) => ({ startNs: minutes(from), endNs: minutes(to) })),
    }),
    tier('1h', HOUR, { fitness }),
  ];
}

function needOf({ range, every, points = false }: Case): TierNeed {
  return {
    range: { startNs: minutes(range[0]), endNs: minutes(range[1]) },
    windows: every === null ? null : { everyNs: minutes(every), offsetNs: 0n, timeZone: '' },
    calls: [{ kind: 'mean', field: 'v' }],
    needsPoints: points,
    conditionNames: [],
  };
}

function print(sources: readonly TierSource[], spans: readonly Span[]): string {
  return spans
    .map(({ source, range, exact }) => {
      return `${sources[source].name}${exact ? '' : '~'} ${range.startNs / MINUTE}-${range.endNs / MINUTE}`;
    })
    .join(', ');
}

test('each function needs its states', () => {
  for (const [kind, ways] of Object.entries(FUNCTIONS)) {
    for (const keep of [[], ...STATES.map((state) => [state]), STATES]) {
      const way = ways.find(([state]) => state === 'always' || keep.includes(state));
      assert.equal(fitnessOf(kind, 'float', new Set(keep)), way?.[1] ?? 'none', `${kind} of ${keep.join()}`);
      const ofText = ['count', 'first', 'last'].includes(kind) ? 'exact' : 'none';
      assert.equal(fitnessOf(kind, 'string', new Set(keep)), ofText, `${kind} of texts of ${keep.join()}`);
    }
  }
});

test('plans', () => {
  const cases: readonly (readonly [Case, plan: string, unanswered?: string])[] = [
    [{ range: [0, 600], every: 60 }, '1h 0-600'],
    [{ range: [0, 600], every: 30 }, '5m 0-600'],
    [{ range: [0, 600], every: 7 }, 'raw 0-600'],
    [{ range: [7, 127], every: 60 }, 'raw 7-10, 5m 10-60, 1h 60-120, 5m 120-125, raw 125-127'],
    [{ range: [500, 700], every: 60 }, '5m 500-540, 1h 540-600, raw 600-700'],
    [{ range: [3, 127], every: null }, 'raw 3-5, 5m 5-60, 1h 60-120, 5m 120-125, raw 125-127'],
    [{ range: [0, 60], every: 5, dirty: [[20, 30]] }, '5m 0-20, raw 20-30, 5m 30-60'],
    [{ range: [0, 60], every: 5, dirty: [[20, 30]], keptFrom: 25 }, '5m 0-20, 5m~ 20-25, raw 25-30, 5m 30-60'],
    [{ range: [0, 120], every: 60, points: true }, 'raw 0-120'],
    [{ range: [0, 120], every: 60, points: true, keptFrom: 90 }, '5m~ 0-90, raw 90-120'],
    [{ range: [0, 120], every: 7, keptFrom: 90 }, '5m~ 0-90, raw 90-120'],
    [{ range: [3, 120], every: 7, keptFrom: 90 }, '5m~ 5-90, raw 90-120'],
    [{ range: [0, 120], every: 60, fitness: 'approximate' }, 'raw 0-120'],
    [{ range: [0, 120], every: 60, fitness: 'approximate', keptFrom: 90 }, '5m~ 0-90, raw 90-120'],
    [{ range: [0, 120], every: 60, fitness: 'none', keptFrom: 90 }, 'raw 90-120', '0-90'],
    [{ range: [0, 120], every: 60, fitness: 'none', keptFrom: 700 }, '', '0-120'],
    [{ range: [0, 120], every: 60, fitness: 'none' }, 'raw 0-120'],
    [{ range: [61, 64], every: 1, keptFrom: 90 }, ''],
  ];
  for (const [asked, plan, unanswered = ''] of cases) {
    const sources = sourcesOf(asked);
    const need = needOf(asked);
    const spans = chooseTiers(need, sources);
    const gaps = unansweredRanges(need, sources, spans);
    const what = JSON.stringify(asked);
    assert.equal(print(sources, spans), plan, what);
    assert.equal(gaps.map(({ range }) => `${range.startNs / MINUTE}-${range.endNs / MINUTE}`).join(), unanswered, what);
  }
});

test('whatever is asked: spans are in order, disjoint and inside; exact ones are of whole, complete windows', () => {
  const anyCase = fc.record({
    start: fc.integer({ min: 0, max: 700 }),
    length: fc.integer({ min: 1, max: 700 }),
    every: fc.constantFrom(null, 1, 5, 7, 15, 60, 120, 1440),
    fitness: fc.constantFrom('exact' as const, 'approximate' as const, 'none' as const),
    points: fc.boolean(),
    keptFrom: fc.option(fc.integer({ min: 0, max: 800 }), { nil: undefined }),
    dirtyAt: fc.integer({ min: 0, max: 100 }),
    cuts: fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(anyCase, ({ start, length, dirtyAt, cuts, ...rest }) => {
      const asked: Case = { ...rest, range: [start, start + length], dirty: [[dirtyAt * 5, dirtyAt * 5 + 10]] };
      const need = { ...needOf(asked), cuts: cuts.toSorted((a, b) => a - b).map(minutes) };
      const sources = sourcesOf(asked);
      let fromNs = need.range.startNs;
      const spans = chooseTiers(need, sources);
      for (const { source, range, exact } of spans) {
        assert.ok(range.startNs >= fromNs && range.startNs < range.endNs && range.endNs <= need.range.endNs);
        fromNs = range.endNs;
        const { stepNs, fitness, keptFromNs, doneThroughNs, dirty } = sources[source];
        assert.ok(range.startNs >= keptFromNs);
        if (stepNs === null) continue;
        assert.equal(range.startNs % stepNs, 0n);
        if (!exact) assert.ok(fitness !== 'none' && range.endNs <= sources[0].keptFromNs);
        else {
          assert.ok(fitness === 'exact' && !need.needsPoints && divides(need, sources[source]));
          const inside = need.cuts.filter((cut) => cut > range.startNs && cut < range.endNs);
          assert.ok(inside.every((cut) => cut % stepNs === 0n));
          assert.ok(range.endNs % stepNs === 0n && range.endNs <= doneThroughNs);
          assert.ok(dirty.every((gap) => gap.endNs <= range.startNs || gap.startNs >= range.endNs));
        }
      }
      if (asked.keptFrom === undefined) {
        const covered = spans.reduce((sum, { range }) => sum + range.endNs - range.startNs, 0n);
        assert.equal(covered, need.range.endNs - need.range.startNs, 'everything is answered while points exist');
      }
    }),
  );
});
