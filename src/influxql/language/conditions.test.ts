import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../../base/index.ts';
import { ALL_TIME } from '../../model/index.ts';
import { boundsToRange, intersectBounds, mentionsTime, splitTime } from './conditions.ts';
import { parseExpression } from './parser.ts';
import { printExpr } from './print-expression.ts';
import { formatRfc3339 } from './time-literal.ts';

const NOW_NS = 946_684_800_000_000_000n;

/** `start .. end | condition`, with `*` where there is none, or the error. */
function split(condition: string, timeZone = 'UTC'): string {
  try {
    const { startNs, endNs, condition: rest } = splitTime(parseExpression(condition), { nowNs: NOW_NS, timeZone });
    const show = (ns: bigint | null): string => (ns === null ? '*' : formatRfc3339(ns));
    return `${show(startNs)} .. ${show(endNs)} | ${rest === null ? '*' : printExpr(rest)}`;
  } catch (error) {
    return messageOf(error);
  }
}

for (const [condition, expected] of [
  ["host = 'a'", "* .. * | host = 'a'"],
  ["time >= '2000-01-01' AND time < '2000-01-02'", '2000-01-01T00:00:00Z .. 2000-01-01T23:59:59.999999999Z | *'],
  ["host = 'a' AND (v > 1 AND TIME > now() - 10m)", "1999-12-31T23:50:00.000000001Z .. * | host = 'a' AND (v > 1)"],
  [
    "(host = 'a' AND v > 2 * 3) AND time = 5",
    "1970-01-01T00:00:00.000000005Z .. 1970-01-01T00:00:00.000000005Z | host = 'a' AND v > 6",
  ],
  // A bound counts wherever it stands
  ["host = 'a' OR time > 5", "1970-01-01T00:00:00.000000006Z .. * | host = 'a'"],
  ['time > 5 OR time < 3', '1970-01-01T00:00:00.000000006Z .. 1970-01-01T00:00:00.000000002Z | *'],
  ['((time > 5))', '1970-01-01T00:00:00.000000006Z .. * | *'],
  // Turned around, and of every kind of value
  ["'2000-01-01T00:00:00Z' < time AND 3600s >= time", '2000-01-01T00:00:00.000000001Z .. 1970-01-01T01:00:00Z | *'],
  ['time > 1h', '1970-01-01T01:00:00.000000001Z .. * | *'],
  ['time <= 1500000000.7', '* .. 1970-01-01T00:00:01.5Z | *'],
  ['time > now() - 1h + 30m', '1999-12-31T23:30:00.000000001Z .. * | *'],
  ["time > '2000-01-01T00:00:00.5Z' - 1d", '1999-12-31T00:00:00.500000001Z .. * | *'],
  ["time > '2000-01-01T02:00:00+02:00'", '2000-01-01T00:00:00.000000001Z .. * | *'],
  ["time >= '2000-01-01 00:00:00.000000001'", '2000-01-01T00:00:00.000000001Z .. * | *'],
  ["time >= ('2000-01-01' + 1h)", '2000-01-01T01:00:00Z .. * | *'],
  // Constants
  ['true', '* .. * | *'],
  ['false', '* .. * | false'],
  ["true AND host = 'a'", "* .. * | host = 'a'"],
  ["1 = 1 OR host = 'a'", '* .. * | *'],
  ["2 > 3 AND host = 'a'", '* .. * | false'],
  // Errors
  ['time != 5', 'invalid time comparison operator: !='],
  ["time > 'soon'", 'invalid operation: time and *influxql.StringLiteral are not compatible'],
  ["time > '2000-13-01'", 'invalid timestamp string'],
  ["time > '2000-01-01T00:00:00'", 'invalid timestamp string'],
  ['time > host', 'invalid operation: time and *influxql.VarRef are not compatible'],
  ['time > now() / 2', 'invalid operation: time and *influxql.BinaryExpr are not compatible'],
  ['time =~ /x/', 'invalid operation: time and *influxql.RegexLiteral are not compatible'],
  ["time > '2300-01-01'", 'time 2300-01-01T00:00:00Z overflows time literal'],
  ["time > '1600-01-01T00:00:00Z'", 'time 1600-01-01T00:00:00Z underflows time literal'],
  ['host', 'invalid condition expression: host'],
  ["host = 'a' AND f(x)", 'invalid condition expression: f(x)'],
]) {
  void test(condition, () => assert.equal(split(condition), expected));
}

void test('strings without an offset are wall time in the zone of the query', () => {
  assert.equal(
    split("time >= '2000-07-01' AND time < '2000-12-01'", 'Europe/Berlin'),
    '2000-06-30T22:00:00Z .. 2000-11-30T22:59:59.999999999Z | *',
  );
  assert.equal(split("time >= '2000-07-01T00:00:00Z'", 'Europe/Berlin'), '2000-07-01T00:00:00Z .. * | *');
});

void test('bounds intersect and become storable ranges', () => {
  const bounds = intersectBounds({ startNs: 3n, endNs: null }, { startNs: 5n, endNs: 9n });
  assert.deepEqual(bounds, { startNs: 5n, endNs: 9n });
  assert.deepEqual(boundsToRange(bounds), { startNs: 5n, endNs: 10n });
  assert.deepEqual(boundsToRange({ startNs: null, endNs: null }), ALL_TIME);
  assert.deepEqual(boundsToRange({ startNs: -(2n ** 63n), endNs: 2n ** 63n }), ALL_TIME);
  assert.equal(boundsToRange({ startNs: 5n, endNs: 4n }), undefined);
});

void test('time is found wherever it is mentioned', () => {
  assert.equal(mentionsTime(parseExpression('a = 1 OR (b = 2 AND 5 < Time)')), true);
  assert.equal(mentionsTime(parseExpression('a = 1')), false);
  assert.equal(mentionsTime(null), false);
});
