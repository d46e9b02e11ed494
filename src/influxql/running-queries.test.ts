import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/index.ts';
import { executeQuery } from './execute.ts';
import { parseQuery } from './language/parser.ts';
import { printQuery } from './language/print-statement.ts';
import { type RunningQuery, RunningQueries, type SlowQuery } from './running-queries.ts';
import { openTestNode } from './test-support/node.ts';
import { printResults } from './test-support/print-result.ts';

const UNLIMITED = { maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 };

function start(queries: RunningQueries, text: string, database = ''): RunningQuery {
  return queries.start(() => text, database);
}

/** `code: message` of what a query is aborted with. */
function reasonOf({ signal }: RunningQuery): string {
  assert.ok(signal.reason instanceof WeirError);
  return `${signal.reason.code}: ${signal.reason.message}`;
}

void test('queries are listed while they run, by numbers that are not used again', () => {
  const queries = new RunningQueries(UNLIMITED);
  const [a, b] = ['SELECT a', 'SELECT b'].map((text) => start(queries, text, 'db0'));
  const list = (): unknown => queries.list().map(({ id, text, database, status }) => [id, text, database, status]);
  assert.deepEqual(list(), [
    [1, 'SELECT a', 'db0', 'running'],
    [2, 'SELECT b', 'db0', 'running'],
  ]);
  b.release();
  const c = start(queries, 'SELECT c');
  assert.deepEqual([c.id, queries.active], [3, 2]);
  a.release();
  c.release();
  assert.deepEqual(list(), []);
  const { executed, finished, durationMs } = queries.totals;
  assert.deepEqual([executed, finished, durationMs > 0], [3, 3, true]);
});

void test('a killed query is told so, and listed as killed until it has ended', () => {
  const queries = new RunningQueries(UNLIMITED);
  const query = start(queries, 'SELECT a');
  queries.kill(1n);
  assert.equal(reasonOf(query), 'canceled: query interrupted');
  assert.equal(queries.list()[0].status, 'killed');
  assert.throws(() => queries.kill(1n), { code: 'conflict', message: 'already killed' });
  query.release();
  for (const id of [1n, 2n ** 64n - 1n]) {
    assert.throws(() => queries.kill(id), { code: 'not found', message: `no such query id: ${id}` });
  }
});

void test('limits: how many, how long, and from when a query is slow', async () => {
  const slow: SlowQuery[] = [];
  const queries = new RunningQueries({ maxConcurrent: 1, timeoutMs: 30, slowAfterMs: 10 }, (query) => slow.push(query));
  const first = start(queries, 'SELECT a', 'db0');
  const refused = start(queries, 'SELECT b');
  assert.equal(refused.refused?.message, 'max-concurrent-queries limit exceeded(1, 1)');
  refused.release();
  assert.equal(queries.active, 1);
  await sleep(60);
  assert.equal(reasonOf(first), 'timeout: query-timeout limit exceeded');
  first.release();
  const quick = start(queries, 'SELECT c');
  assert.equal(quick.refused, null);
  quick.release();
  await sleep(40);
  assert.equal(quick.signal.aborted, false);
  assert.deepEqual(slow, [{ id: 1, text: 'SELECT a', database: 'db0', thresholdMs: 10 }]);
});

void test('all queries are stopped when the server closes', () => {
  const queries = new RunningQueries(UNLIMITED);
  const all = ['SELECT a', 'SELECT b'].map((text) => start(queries, text));
  queries.cancelAll(new WeirError('unavailable', 'server is shutting down'));
  assert.deepEqual(all.map(reasonOf), ['unavailable: server is shutting down', 'unavailable: server is shutting down']);
});

void test('SHOW QUERIES and KILL QUERY', async () => {
  const node = await openTestNode();
  try {
    const { queries } = node.context();
    const run = async (text: string, readOnly = false): Promise<string> => {
      const query = parseQuery(text);
      const own = queries.start(() => printQuery(query), 'db0');
      const answer = await printResults(executeQuery(query, node.context({ signal: own.signal, readOnly })));
      own.release();
      return answer.replace(/ \d+(?:ns|µs|ms|s) /g, ' TIME ');
    };
    const other = start(queries, `CREATE USER u WITH PASSWORD [REDACTED]`);
    assert.equal(
      await run('show queries'),
      '[] qid query database duration status\n' +
        '1 "CREATE USER u WITH PASSWORD [REDACTED]" "" TIME running\n2 "SHOW QUERIES" db0 TIME running',
    );
    assert.equal(await run('KILL QUERY 9'), 'error: no such query id: 9');
    const warning =
      "warning: deprecated use of 'KILL QUERY 1' in a read only context, please use a POST request instead";
    assert.equal(await run('KILL QUERY 1', true), warning);
    assert.ok(other.signal.aborted);
    assert.equal(await run('KILL QUERY 1 ON "host"'), 'error: already killed');
    // A query that kills itself goes no further.
    assert.match(
      await run('KILL QUERY 6; SHOW DATABASES'),
      /^statement 0\n\(nothing\)\nstatement 1\nerror: query interrupted$/,
    );
  } finally {
    await node.close();
  }
});
