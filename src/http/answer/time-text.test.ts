import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrowingBytes } from './byte-buffer.ts';
import { TimeText, epochUnit } from './time-text.ts';

function format(epoch: string, baseNs: bigint, offset: number, eastSeconds?: number): string {
  const bytes = new GrowingBytes(1);
  const times = new TimeText(epochUnit(epoch));
  times.setBase(baseNs);
  times.put(bytes, offset, eastSeconds === undefined ? undefined : () => eastSeconds);
  return bytes.written().toString();
}

test('RFC 3339 with trimmed nanoseconds', () => {
  const cases: readonly (readonly [bigint, string])[] = [
    [0n, '"1970-01-01T00:00:00Z"'],
    [1n, '"1970-01-01T00:00:00.000000001Z"'],
    [10n, '"1970-01-01T00:00:00.00000001Z"'],
    [-1_500_000_000n, '"1969-12-31T23:59:58.5Z"'],
    [1795299984081063891n, '"2026-11-21T22:26:24.081063891Z"'],
    [-9223372036854775806n, '"1677-09-21T00:12:43.145224194Z"'],
    [9223372036854775806n, '"2262-04-11T23:47:16.854775806Z"'],
  ];
  for (const [timeNs, expected] of cases) assert.equal(format('', timeNs, 0), expected);
});

test('zones shift the clock and show their offset without seconds', () => {
  assert.equal(format('', 1795299984081063891n, 0, 19800), '"2026-11-22T03:56:24.081063891+05:30"');
  assert.equal(format('', -9223372036854775806n, 0, 21208), '"1677-09-21T06:06:11.145224194+05:53"');
  assert.equal(format('', 0n, 0, -18000), '"1969-12-31T19:00:00-05:00"');
  assert.equal(format('', 0n, 0, 0), '"1970-01-01T00:00:00Z"');
});

test('integer times are truncated towards zero; an unknown unit is nanoseconds', () => {
  const cases: readonly (readonly [string, bigint, string])[] = [
    ['ns', 1795299984081063891n, '1795299984081063891'],
    ['n', 5n, '5'],
    ['what', 1_000_000_000n, '1000000000'],
    ['u', 1795299984081063891n, '1795299984081063'],
    ['u', 9223372036854775806n, '9223372036854775'],
    ['ms', 1795299984081063891n, '1795299984081'],
    ['s', 1795299984081063891n, '1795299984'],
    ['m', 1795299984081063891n, '29921666'],
    ['h', 1795299984081063891n, '498694'],
    ['s', -1_500_000_000n, '-1'],
    ['s', -9223372036854775806n, '-9223372036'],
    ['ns', -9223372036854775806n, '-9223372036854775806'],
  ];
  for (const [epoch, timeNs, expected] of cases) assert.equal(format(epoch, timeNs, 0), expected);
});

test('base and offset add up exactly, whatever their signs', () => {
  const unitsNs = { ns: 1n, u: 1000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };
  const base = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
  const offset = fc.maxSafeInteger();
  fc.assert(
    fc.property(base, offset, (baseNs, offsetNs) => {
      const timeNs = baseNs + BigInt(offsetNs);
      for (const [epoch, unitNs] of Object.entries(unitsNs)) {
        assert.equal(format(epoch, baseNs, offsetNs), `${timeNs / unitNs}`);
      }
      const floorMs = (timeNs - (((timeNs % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n;
      const rfc = format('', baseNs, offsetNs).slice(1, -1);
      assert.equal(Date.parse(rfc.replace(/(\.\d{1,3})\d*/, '$1')), Number(floorMs));
      const nanos = (rfc.match(/\.(\d+)Z/)?.[1] ?? '').padEnd(9, '0');
      assert.equal(nanos, (((timeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).toString().padStart(9, '0'));
    }),
  );
});
