import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone, utcOffsetSeconds, wallTimeToUtc } from '../../model/index.ts';
import { formatRfc3339, looksLikeTime, parseTimeText } from './time-literal.ts';

const utc = (text: string): bigint => {
  const ns = parseTimeText(text, 'UTC');
  assert.ok(ns !== undefined, text);
  return ns;
};

for (const [zone, time, hours] of [
  ['UTC', '2000-01-01T00:00:00Z', 0],
  ['', '2000-01-01T00:00:00Z', 0],
  ['Europe/Berlin', '2000-01-01T00:00:00Z', 1],
  ['Europe/Berlin', '2024-03-31T00:59:59.999999999Z', 1],
  ['Europe/Berlin', '2024-03-31T01:00:00Z', 2],
  ['America/New_York', '2000-07-01T00:00:00Z', -4],
  ['Asia/Kolkata', '2000-01-01T00:00:00Z', 5.5],
  ['Asia/Kathmandu', '2000-01-01T00:00:00Z', 5.75],
  ['Australia/Lord_Howe', '2024-04-06T15:00:00Z', 10.5],
] as const) {
  void test(`${zone} at ${time}`, () => assert.equal(utcOffsetSeconds(zone, utc(time)), hours * 3600));
}

for (const [zone, wall, expected] of [
  ['America/New_York', '2000-07-01 12:00:00', '2000-07-01T16:00:00Z'],
  // Skipped by the clocks: the offset before the gap counts.
  ['Europe/Berlin', '2024-03-31 02:30:00', '2024-03-31T01:30:00Z'],
  ['Europe/Berlin', '2024-03-31 03:00:00', '2024-03-31T01:00:00Z'],
  // Shown twice: the earlier one.
  ['Europe/Berlin', '2024-10-27 02:30:00', '2024-10-27T00:30:00Z'],
  ['Europe/Berlin', '2024-10-27 03:00:00', '2024-10-27T02:00:00Z'],
  ['Asia/Kathmandu', '1990-01-01', '1989-12-31T18:15:00Z'],
] as const) {
  void test(`${wall} in ${zone}`, () => assert.equal(formatRfc3339(parseTimeText(wall, zone) ?? 0n), expected));
}

void test('every offset leads back to the wall time', () => {
  for (const zone of ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia']) {
    for (let wallNs = utc('2011-01-01'); wallNs < utc('2012-02-01'); wallNs += 3_600_000_000_000n) {
      const ns = wallTimeToUtc(zone, wallNs);
      const shown = ns + BigInt(utcOffsetSeconds(zone, ns)) * 1_000_000_000n;
      const skipped = utcOffsetSeconds(zone, ns) !== utcOffsetSeconds(zone, wallNs - 86_400_000_000_000n);
      assert.ok(shown === wallNs || skipped, `${zone} ${formatRfc3339(wallNs)} became ${formatRfc3339(ns)}`);
    }
  }
});

void test('zones are names that exist', () => {
  for (const name of ['UTC', '', 'Local', 'Europe/Berlin']) assert.equal(isTimeZone(name), true, name);
  for (const name of ['+05:00', 'Nowhere/Land', '5', ' ']) assert.equal(isTimeZone(name), false, name);
});

void test('times as text', () => {
  for (const text of ['2000-02-30', '2000-1-01', '2000-01-01 24:00:00', '2000-01-01T00:00:00', 'x']) {
    assert.equal(parseTimeText(text, 'UTC'), undefined, text);
  }
  assert.equal(formatRfc3339(utc('2000-01-01T00:00:00.123456789-01:30')), '2000-01-01T01:30:00.123456789Z');
  assert.equal(formatRfc3339(-1n), '1969-12-31T23:59:59.999999999Z');
  assert.equal(formatRfc3339(utc('0001-01-01')), '0001-01-01T00:00:00Z');
  assert.equal(looksLikeTime('2000-01-01 soon'), true);
  assert.equal(looksLikeTime('200-01-01'), false);
});
