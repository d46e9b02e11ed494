import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../../model/index.ts';
import { openTestNode } from '../test-support/node.ts';
import { readContinuousQuery, runContinuousSelect } from './continuous-select.ts';

function read(select: string, resample = ''): ReturnType<typeof readContinuousQuery> {
  return readContinuousQuery(`CREATE CONTINUOUS QUERY c ON m ${resample} BEGIN ${select} END`);
}

void test('when a query runs stands in GROUP BY time, tz and RESAMPLE', () => {
  const query = read(
    "SELECT mean(v) INTO m.r.t FROM m.a.x, (SELECT v FROM m.b./y/) GROUP BY host, time(10s, -13s) tz('Europe/Berlin')",
    'RESAMPLE EVERY 5s FOR 1m',
  );
  assert.deepEqual([query.intervalNs, query.everyNs, query.forNs].map(formatDuration), ['10s', '5s', '1m']);
  assert.equal(query.offsetNs, -3_000_000_000n);
  assert.equal(query.timeZone, 'Europe/Berlin');
  assert.equal(query.target.name, 't');
  assert.deepEqual(
    query.sources.map(({ policy, name, regex }) => [policy, name, regex]),
    [
      ['a', 'x', null],
      ['b', '', 'y'],
    ],
  );
});

void test('which windows depend on others', () => {
  for (const [select, independent, lookBack] of [
    ['mean(*), max(v) - min(v)', true, 0],
    ['distinct(v)', true, 0],
    ['difference(mean(v))', false, 1],
    ['moving_average(mean(v), 5)', false, 5],
    ['integral(v)', false, 0],
    ['increase(v)', false, 1],
    ['difference(increase(v))', false, 2],
  ] as const) {
    const query = read(`SELECT ${select} INTO m.r.t FROM m.a.x GROUP BY time(1m)`);
    assert.equal(query.hasIndependentWindows, independent, select);
    assert.equal(query.lookBackWindows, lookBack, select);
  }
  for (const clause of ['fill(0)', 'fill(previous)', 'fill(linear)', 'LIMIT 1', 'OFFSET 1', 'SLIMIT 1', 'SOFFSET 1']) {
    const query = read(`SELECT mean(v) INTO m.r.t FROM m.a.x GROUP BY time(1m) ${clause}`);
    assert.equal(query.hasIndependentWindows, false, clause);
  }
  assert.equal(read('SELECT mean(v) INTO m.r.t FROM m.a.x GROUP BY time(1m) fill(none)').hasIndependentWindows, true);
  assert.equal(
    read('SELECT mean(v) INTO m.r.t FROM (SELECT v FROM m.a.x) GROUP BY time(1m)').hasIndependentWindows,
    false,
  );
});

void test('what can never run says why', () => {
  assert.throws(() => read('SELECT v INTO m.r.t FROM m.a.x'), /continuous queries must be aggregate queries/);
  assert.throws(() => readContinuousQuery('SELECT v FROM x'), /query isn't a valid continuous query/);
  assert.throws(
    () => read('SELECT mean(v) INTO m.r.t FROM m.a.x GROUP BY time(1m, now())'),
    /invalid time dimension offset/,
  );
  assert.throws(() => read('SELECT mean(v) INTO m.r.t FROM m.a.x WHERE v = max(v) GROUP BY time(1m)'), /invalid/);
});

void test('a run is bound to its range, whatever the query says of time', async () => {
  const node = await openTestNode();
  try {
    await node.load('m', 'a', 'x,host=a v=1 5\nx,host=b v=2 15\nx,host=a v=4 25\nx,host=a v=8 35\n');
    await node.load('m', 'r', 'other v=1 0');
    const text =
      "SELECT sum(v) INTO m.r.t FROM m.a.x WHERE (host = 'a' OR time > now()) OR host = 'b' GROUP BY time(10ns)";
    const range = { startNs: 10n, endNs: 30n };
    assert.equal(await runContinuousSelect(read(text).select, range, node.context()), 2);
    const none = { startNs: 40n, endNs: 50n };
    assert.equal(await runContinuousSelect(read(text).select, none, node.context()), 0);
  } finally {
    await node.close();
  }
});
