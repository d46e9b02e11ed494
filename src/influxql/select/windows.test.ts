import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY, HOUR, MIN_TIME_NS, MINUTE, WEEK } from '../../model/index.ts';
import { parseTimeText } from '../language/time-literal.ts';
import { sliceWindows, startOf, startOffsets, windowCount, windowIndex, windowStart, windowsOf } from './windows.ts';

const at = (text: string, zone = 'UTC'): bigint => parseTimeText(text, zone) ?? assert.fail(text);
const every = (everyNs: bigint, offsetNs = 0n) => ({ everyNs, offsetNs });

const STARTS: readonly (readonly [time: string, everyNs: bigint, offsetNs: bigint, zone: string, start: string])[] = [
  ['2000-01-01 00:07:30', 5n * MINUTE, 0n, '', '2000-01-01 00:05:00'],
  ['2000-01-01 00:07:30', 5n * MINUTE, MINUTE, '', '2000-01-01 00:06:00'],
  ['1969-12-31 23:59:59', HOUR, 0n, '', '1969-12-31 23:00:00'],
  // Weeks begin on Thursdays, as the epoch did.
  ['2000-01-05 12:00:00', WEEK, 0n, '', '1999-12-30'],
  ['2000-01-05 12:00:00', DAY, 0n, 'America/New_York', '2000-01-05 05:00:00'],
  ['2000-01-05 03:00:00', DAY, 0n, 'America/New_York', '2000-01-04 05:00:00'],
  ['2000-01-05 12:10:00', HOUR, 0n, 'Asia/Kolkata', '2000-01-05 11:30:00'],
  // The day on which clocks go forward begins at midnight of winter.
  ['2016-03-27 12:00:00', DAY, 0n, 'Europe/Berlin', '2016-03-26 23:00:00'],
  ['2016-03-28 12:00:00', DAY, 0n, 'Europe/Berlin', '2016-03-27 22:00:00'],
];

for (const [time, everyNs, offsetNs, zone, start] of STARTS) {
  void test(`the window of ${time} ${zone} by ${everyNs} begins at ${start}`, () => {
    assert.equal(windowStart(every(everyNs, offsetNs), zone, at(time)), at(start));
  });
}

void test('the first window begins no earlier than time itself', () => {
  assert.equal(windowStart(every(HOUR), '', MIN_TIME_NS + 5n), MIN_TIME_NS);
});

void test('windows cover the range and no more', () => {
  const windows = windowsOf(every(10n), '', { startNs: 13n, endNs: 41n });
  assert.deepEqual(windows, { kind: 'every', originNs: 10n, everyNs: 10n, count: 4 });
  assert.equal(windowCount(windowsOf(every(10n), '', { startNs: 10n, endNs: 40n })), 3);
  assert.equal(windowCount(windowsOf(every(10n), '', { startNs: 10n, endNs: 10n })), 0);
});

void test('a change of clocks makes windows of other lengths', () => {
  const range = { startNs: at('2016-10-29', 'Europe/Berlin'), endNs: at('2016-11-01', 'Europe/Berlin') };
  const windows = windowsOf(every(DAY), 'Europe/Berlin', range);
  const lengths = Array.from(
    { length: windowCount(windows) },
    (_, index) => startOf(windows, index + 1) - startOf(windows, index),
  );
  assert.deepEqual(lengths, [24n * HOUR, 25n * HOUR, 24n * HOUR]);
});

const interval = fc
  .tuple(
    fc.constantFrom(1n, 7n, MINUTE, 7n * MINUTE, HOUR, 6n * HOUR, 12n * HOUR, DAY, 2n * DAY, WEEK),
    fc.bigInt(0n, DAY),
  )
  .map(([everyNs, offset]) => every(everyNs, offset % everyNs));

void test('every time lies in the window that its index names', () => {
  const zone = fc.constantFrom('', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Lord_Howe');
  const time = fc.bigInt(at('2015-06-01'), at('2017-06-01'));
  fc.assert(
    fc.property(interval, zone, time, fc.bigInt(1n, 300n), (by, place, first, span) => {
      const startNs = first - (first % by.everyNs);
      const windows = windowsOf(by, place, { startNs, endNs: startNs + span * by.everyNs });
      for (let index = 0; index < windowCount(windows); index++) {
        const start = startOf(windows, index);
        const end = startOf(windows, index + 1);
        assert.ok(start < end);
        assert.equal(windowIndex(windows, start), index);
        assert.equal(windowIndex(windows, end - 1n), index);
        assert.equal(startOf(windows, 0) + BigInt(startOffsets(windows)[index]), start);
      }
    }),
    { numRuns: 60 },
  );
});

void test('listed windows are the windows of their times, where clocks change by less than they are long', () => {
  const zone = fc.constantFrom('Europe/Berlin', 'America/Los_Angeles');
  const by = fc.constantFrom(12n * HOUR, DAY, 2n * DAY).map((everyNs) => every(everyNs));
  fc.assert(
    fc.property(by, zone, fc.bigInt(at('2015-06-01'), at('2017-06-01')), (one, place, startNs) => {
      const windows = windowsOf(one, place, { startNs, endNs: startNs + 40n * DAY });
      for (let index = 0; index < windowCount(windows); index++) {
        const inside = (startOf(windows, index) + startOf(windows, index + 1)) / 2n;
        assert.equal(windowStart(one, place, inside), startOf(windows, index));
      }
    }),
    { numRuns: 100 },
  );
});

void test('a part of the windows is those windows', () => {
  for (const zone of ['', 'Europe/Berlin']) {
    const windows = windowsOf(every(DAY), zone, { startNs: at('2016-03-20'), endNs: at('2016-04-10') });
    const part = sliceWindows(windows, 3, 9);
    assert.equal(windowCount(part), 6);
    for (let index = 0; index <= 6; index++) assert.equal(startOf(part, index), startOf(windows, index + 3));
  }
});
