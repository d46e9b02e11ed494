import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, type FieldType, HOUR, type NamePattern, SECOND, type StateRule } from '../model/index.ts';
import { type RuleText, readLadder } from './definition.ts';
import { type HeldMeasurement, type HeldPoints, forecastLadder } from './forecast.ts';

const ALL: NamePattern = { kind: 'all' };

const rule = (steps: string, measurements: NamePattern = ALL, states: readonly StateRule[] = []): RuleText => ({
  measurements,
  steps,
  names: [],
  states,
  gapShare: 0,
  timeZone: '',
});

const measurement = (name: string, seriesCount: number, ...types: FieldType[]): HeldMeasurement => ({
  name,
  seriesCount,
  fields: new Map(types.map((type, at) => [`f${at}`, type])),
});

const NOTHING: HeldPoints = {
  measurements: [],
  rowCount: 0,
  blockRows: 0,
  blockBytes: 0,
  oldestNs: null,
  nowNs: 100n * DAY,
};

function forecast(held: Partial<HeldPoints>, ...rules: readonly RuleText[]) {
  return forecastLadder(readLadder('l', { rules, latenessNs: null }), { ...NOTHING, ...held }, 1);
}

test('windows, points and parents follow from steps, periods and series', () => {
  const held = { measurements: [measurement('cpu', 1000, 'float'), measurement('mem', 500, 'float')] };
  const steps = forecast(held, rule('1s:60h,10s:8d,30s:15d,2m:45d,5m:120d,15m:220d,1h:800d'));
  assert.deepEqual(
    steps.map(({ tier, parent, windowCount, pointCount }) => [tier, parent, windowCount, pointCount]),
    [
      [null, null, 216_000, 324_000_000],
      ['10s_for_8d', null, 69_120, 103_680_000],
      ['30s_for_15d', '10s_for_8d', 43_200, 64_800_000],
      ['2m_for_45d', '30s_for_15d', 32_400, 48_600_000],
      // 2m does not divide 5m.
      ['5m_for_120d', '30s_for_15d', 34_560, 51_840_000],
      ['15m_for_220d', '5m_for_120d', 21_120, 31_680_000],
      ['1h_for_800d', '15m_for_220d', 19_200, 28_800_000],
    ],
  );
});

test('what is kept for ever has no figure, and an empty base none but windows', () => {
  const [raw, tier] = forecast({}, rule('1s:inf,1h:inf'));
  assert.deepEqual([raw.windowCount, raw.pointCount, raw.sizeBytes, raw.rowsToRead], [null, null, null, 0]);
  assert.deepEqual([tier.windowCount, tier.pointCount, tier.fillMs], [null, null, 0]);
  assert.deepEqual(
    forecast({}, rule('1s:1h,1m:1d')).map(({ windowCount, pointCount, sizeBytes }) => [
      windowCount,
      pointCount,
      sizeBytes,
    ]),
    [
      [3600, 0, 0],
      [1440, 0, 0],
    ],
  );
});

test('a measurement counts for the first rule that it matches', () => {
  const measurements = [
    measurement('cpu', 10, 'float'),
    measurement('disk', 20, 'float'),
    measurement('net', 70, 'float'),
  ];
  const steps = forecast(
    { measurements, rowCount: 1000 },
    rule('1s:1h,1m:1d', { kind: 'name', name: 'cpu' }),
    rule('1s:1h,1m:1d', { kind: 'regex', source: '^[cd]' }),
    rule('1s:1h,1m:1d'),
  );
  assert.deepEqual(
    steps.map(({ seriesCount, rowsToRead }) => [seriesCount, rowsToRead]),
    [10, 20, 70].flatMap((count) => [
      [count, 0],
      [count, count * 10],
    ]),
  );
});

test('bytes follow what the blocks of the base take for a value', () => {
  const size = (held: Partial<HeldPoints>, states: readonly StateRule[] = []): readonly (number | null)[] =>
    forecast({ measurements: [measurement('cpu', 1, 'float')], ...held }, rule('1s:1h,1m:1000m', ALL, states)).map(
      ({ sizeBytes }) => sizeBytes,
    );
  // A row takes 0.3 bytes, a count as much, and sum, min and max as much as a value each: 4 where nothing was measured.
  assert.deepEqual(size({}), [15_480, 12_600]);
  assert.deepEqual(size({ blockRows: 1000, blockBytes: 2000 }), [8280, 6600]);
  assert.deepEqual(
    size({ blockRows: 1000, blockBytes: 2000 }, [{ fields: ALL, keep: ['last', 'percentile'] }]),
    [8280, 68_600],
  );
  const fields = [measurement('cpu', 1, 'float', 'string')];
  assert.deepEqual(
    size({ measurements: fields, blockRows: 1000, blockBytes: 4000 }),
    [
      15_480,
      // count, sum, min, max of the one; count, first, last of the other.
      8900,
    ],
  );
});

test('what is read to fill a tier: the points, or the windows of its parent', () => {
  const held = { measurements: [measurement('cpu', 10, 'float')], rowCount: 36_000, oldestNs: 100n * DAY - HOUR };
  const steps = forecast(held, rule('1s:60h,10s:8d,1m:9d'));
  assert.deepEqual(
    steps.map(({ rowsToRead }) => rowsToRead),
    [0, 36_000, 3600],
  );
  const halved = forecastLadder(
    readLadder('l', { rules: [rule('1s:60h,10s:8d,1m:9d')], latenessNs: SECOND }),
    { ...NOTHING, ...held },
    0.5,
  );
  assert.ok(halved.every(({ fillMs }, at) => Math.abs(fillMs - 2 * steps[at].fillMs) <= 1));
  // Of a tier no more than it keeps.
  const old = forecast({ ...held, rowCount: 10 ** 9, oldestNs: 0n }, rule('1s:60h,10s:8d,1m:9d'));
  assert.equal(old[2].rowsToRead, 8 * 8640 * 10);
  // Nor more than there are points.
  assert.equal(forecast({ ...held, oldestNs: 0n }, rule('1s:60h,10s:8d,1m:9d'))[2].rowsToRead, 36_000);
});
