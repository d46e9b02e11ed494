import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLadderRules } from '../influxql/index.ts';
import { decodeLadderRequest, encodeLadderText } from './ladder-json.ts';

const TEXTS = [
  '1s:60h,10s:8d',
  "FOR cpu '1s:60h,10s:8d' NAMES 'raw', 'ten' GAP 0.25 LATENESS 90s",
  "FOR /^c/ AND \"load avg\" AND /u$/ '1s:60h,1d:inf' STATES (/^v/ AND x) first, last STATES counter TZ 'Europe/Berlin', '1s:60h'",
];

for (const text of TEXTS) {
  void test(`as JSON and back: ${text}`, () => {
    const definition = parseLadderRules(text);
    const json: unknown = JSON.parse(JSON.stringify({ database: 'd', name: 'l', ...encodeLadderText(definition) }));
    assert.deepEqual(decodeLadderRequest(json), { database: 'd', name: 'l', definition, keepData: false });
  });
}

void test('a rule may be a text as in a statement, or several', () => {
  const rules = ["FOR cpu '1s:60h,10s:8d', FOR mem '1s:60h,1m:8d'", { steps: '1s:60h,1h:1y' }];
  const { definition } = decodeLadderRequest({ database: 'd', name: 'l', rules });
  assert.deepEqual(
    definition.rules.map(({ measurements, steps }) => [measurements.kind, steps]),
    [
      ['name', '1s:60h,10s:8d'],
      ['name', '1s:60h,1m:8d'],
      ['all', '1s:60h,1h:1y'],
    ],
  );
});
