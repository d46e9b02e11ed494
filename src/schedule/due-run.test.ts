import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../model/index.ts';
import { type Timing, dueRun, nextRun, settledBefore } from './due-run.ts';

/** `1m offset -10s every 20s for 3m in Europe/Berlin` */
function timing(text: string): Timing {
  const part = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '0s';
  const offset = part(/offset (\S+)/);
  return {
    intervalNs: parseDuration(text.split(' ')[0]),
    offsetNs: offset.startsWith('-') ? -parseDuration(offset.slice(1)) : parseDuration(offset),
    everyNs: parseDuration(part(/every (\S+)/)),
    forNs: parseDuration(part(/for (\S+)/)),
    timeZone: /in (\S+)/.exec(text)?.[1] ?? '',
  };
}

/** `12:00` and `12:00:30` are on 2026-03-01 in UTC. */
function time(text: string): bigint {
  const whole = /^\d\d:\d\d/.test(text) ? `2026-03-01T${text.padEnd(8, ':00')}Z` : text;
  return BigInt(Date.parse(whole)) * 1_000_000n;
}

/** Goes through the moments, and lists the ranges: `12:00..12:01`. */
function runs(text: string, first: string, ...moments: string[]): string[] {
  let lastRunNs: bigint | null = null;
  const ranges: string[] = [];
  for (const moment of [first, ...moments]) {
    const run = dueRun(timing(text), lastRunNs, time(moment));
    if (run === null) continue;
    lastRunNs = run.lastRunNs;
    if (run.range !== null) ranges.push(`${show(run.range.startNs)}..${show(run.range.endNs)}`);
  }
  return ranges;
}

function show(timeNs: bigint): string {
  const text = new Date(Number(timeNs / 1_000_000n)).toISOString().replace('.000Z', 'Z');
  return text.startsWith('2026-03-01') ? text.slice(11, -1).replace(/:00$/, '') : text;
}

void test('a query runs over each window once it has ended; its first sight only notes the time', () => {
  assert.deepEqual(runs('1m', '12:00:10', '12:00:59', '12:01', '12:01:01', '12:02:30'), [
    '12:00..12:01',
    '12:01..12:02',
  ]);
  // Whoever comes exactly at the end of a window runs at once.
  assert.deepEqual(runs('1m', '12:00', '12:00:30'), ['11:59..12:00']);
  assert.deepEqual(runs('1w', '2026-01-01T00:00:01Z', '2026-01-08T00:00:00Z'), [
    '2026-01-01T00:00:00Z..2026-01-08T00:00:00Z',
  ]);
});

void test('runs that were missed come with the next one', () => {
  assert.deepEqual(runs('1m', '12:00:10', '12:05:10', '12:06'), ['12:00..12:05', '12:05..12:06']);
});

void test('an offset shifts windows and runs', () => {
  assert.deepEqual(runs('1m offset 30s', '12:00:10', '12:00:29', '12:00:30', '12:01:29'), ['11:59:30..12:00:30']);
  assert.deepEqual(runs('1m offset -10s', '12:00:10', '12:00:49', '12:00:50'), ['11:59:50..12:00:50']);
});

void test('EVERY below the interval goes over the window under way, too', () => {
  assert.deepEqual(runs('1m every 20s', '12:00:05', '12:00:19', '12:00:20', '12:00:40', '12:01', '12:01:20'), [
    '12:00..12:01',
    '12:00..12:01',
    '12:00..12:01',
    '12:01..12:02',
  ]);
});

void test('EVERY beyond the interval takes several windows, at first sight too', () => {
  assert.deepEqual(runs('30s every 2m', '12:00:05', '12:01:59', '12:02', '12:03', '12:04:10'), [
    '11:58:30..12:00',
    '12:00..12:02',
    '12:02..12:04',
  ]);
});

void test('FOR goes back, from the first sight on', () => {
  assert.deepEqual(runs('1m for 3m', '12:00:10', '12:01', '12:02'), ['11:58..12:00', '11:58..12:01', '11:59..12:02']);
  assert.deepEqual(runs('1m every 10s for 2m', '12:00', '12:00:10', '12:10'), [
    '11:58..12:00',
    '11:59..12:01',
    '11:59..12:10',
  ]);
});

void test('windows on the wall clock grow and shrink with a change of the clocks', () => {
  const newYork = 'in America/New_York';
  const spring = (...hours: string[]): string[] => hours.map((hour) => `2000-04-02T${hour}`);
  assert.deepEqual(runs(`1d ${newYork}`, '2000-04-02T00:00:01-05:00', '2000-04-03T00:00:00-04:00'), [
    '2000-04-02T05:00:00Z..2000-04-03T04:00:00Z',
  ]);
  assert.deepEqual(
    runs(`2h ${newYork}`, ...(spring('00:00:01-05:00', '03:00:00-04:00', '04:00:00-04:00') as [string])),
    ['2000-04-02T05:00:00Z..2000-04-02T07:00:00Z', '2000-04-02T07:00:00Z..2000-04-02T08:00:00Z'],
  );
  assert.deepEqual(runs(`1d ${newYork}`, '2000-10-29T00:00:01-04:00', '2000-10-30T00:00:00-05:00'), [
    '2000-10-29T04:00:00Z..2000-10-30T05:00:00Z',
  ]);
});

void test('what is settled is what the next run leaves alone', () => {
  for (const text of ['1m', '1m offset 7s', '1m every 20s', '30s every 2m', '1m for 5m', '1m every 10s for 2m']) {
    const own = timing(text);
    let run = dueRun(own, null, time('12:00:10'));
    for (const moment of ['12:03:11', '12:05:40', '12:09:59']) {
      assert.ok(run !== null);
      const settledNs = settledBefore(own, run.lastRunNs);
      assert.equal(nextRun(own, run.lastRunNs) <= time(moment), true);
      run = dueRun(own, run.lastRunNs, time(moment));
      assert.equal(run?.range?.startNs, settledNs, `${text} at ${moment}`);
    }
  }
});
