import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, FaultLog } from './fault-log.ts';

test('the first of each kind is told at once, the others summed up once a minute', () => {
  const told: Fault[] = [];
  let nowMs = 0;
  const faults = new FaultLog(
    'udp :1',
    (fault) => told.push(fault),
    () => nowMs,
  );
  const neverAsked = (): string => assert.fail('asked for an example that is not told');
  faults.note('a', () => 'one');
  faults.note('b', () => 'x'.repeat(1000), 7);
  faults.note('a', neverAsked, 5);
  nowMs = 59_999;
  faults.note('a', neverAsked);
  nowMs = 60_000;
  faults.note('a', () => 'two', 2);
  assert.deepEqual(
    told.map(({ subject, what, example, count }) => [subject, what, example.length, count]),
    [
      ['udp :1', 'a', 3, 1],
      ['udp :1', 'b', 501, 7],
      ['udp :1', 'a', 3, 8],
    ],
  );
});
