import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, HOUR, MINUTE, SECOND, WEEK, formatDuration, formatGoDuration, parseDuration } from './duration.ts';
import { isWeirError } from '../base/index.ts';

function parses(text: string, ns: bigint): void {
  test(`parse ${text}`, () => assert.equal(parseDuration(text), ns));
}

parses('0s', 0n);
parses('1ns', 1n);
parses('1u', 1_000n);
parses('1µ', 1_000n);
parses('1us', 1_000n);
parses('10ms', 10_000_000n);
parses('1s', SECOND);
parses('1m', MINUTE);
parses('1h30m', HOUR + 30n * MINUTE);
parses('7d', 7n * DAY);
parses('2w1d1h1m1s1ms1u1ns', 2n * WEEK + DAY + HOUR + MINUTE + SECOND + 1_001_001n);
parses('1m1h', HOUR + MINUTE);
parses('9223372036854775807ns', 2n ** 63n - 1n);

function refuses(text: string, message: RegExp): void {
  test(`refuse ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseDuration(text),
      (error) => isWeirError(error, 'invalid') && message.test(error.message),
    );
  });
}

refuses('', /^invalid duration$/);
refuses('1', /"1" at character 1$/);
refuses('h', /at character 1$/);
refuses('1h30', /at character 3$/);
refuses('1h 30m', /at character 3$/);
refuses('-1h', /at character 1$/);
refuses('1.5h', /at character 1$/);
refuses('1y', /at character 1$/);
refuses('9223372036854775808ns', /out of range$/);
refuses('99999999999w', /out of range$/);

function prints(ns: bigint, influxql: string, go: string): void {
  test(`print ${influxql}, ${go}`, () => {
    assert.equal(formatDuration(ns), influxql);
    assert.equal(formatGoDuration(ns), go);
    assert.equal(parseDuration(influxql), ns);
  });
}

prints(0n, '0s', '0s');
prints(1n, '1ns', '1ns');
prints(1_500n, '1500ns', '1.5µs');
prints(2_000n, '2u', '2µs');
prints(1_500_000n, '1500u', '1.5ms');
prints(10_000_000n, '10ms', '10ms');
prints(1_500_000_000n, '1500ms', '1.5s');
prints(SECOND, '1s', '1s');
prints(90n * SECOND, '90s', '1m30s');
prints(MINUTE, '1m', '1m0s');
prints(90n * MINUTE, '90m', '1h30m0s');
prints(HOUR + 1n, '3600000000001ns', '1h0m0.000000001s');
prints(36n * HOUR, '36h', '36h0m0s');
prints(3n * DAY, '3d', '72h0m0s');
prints(WEEK, '1w', '168h0m0s');
prints(10n * DAY, '10d', '240h0m0s');

test('print a negative one as Go does', () => {
  assert.equal(formatGoDuration(-90n * SECOND), '-1m30s');
  assert.equal(formatGoDuration(-1n), '-1ns');
});
