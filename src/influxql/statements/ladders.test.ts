// SHOW LADDER STATUS and EXPLAIN LADDER: what has figures that differ from run to run. The rest of ladders is in the scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayAccess } from '../../catalog/index.ts';
import { executeQuery } from '../execute.ts';
import { parseQuery } from '../language/parser.ts';
import type { QueryContext } from '../result.ts';
import { type TestNode, openTestNode } from '../test-support/node.ts';
import { printResults } from '../test-support/print-result.ts';

async function withNode(run: (node: TestNode) => Promise<void>): Promise<void> {
  const node = await openTestNode();
  try {
    await node.catalog.createDatabase('m');
    await run(node);
  } finally {
    await node.close();
  }
}

async function ask(node: TestNode, text: string, request: Partial<QueryContext> = {}): Promise<readonly string[]> {
  const answer = await printResults(executeQuery(parseQuery(text), node.context({ database: 'm', ...request })));
  return answer.split('\n');
}

/** Three minutes of points, every ten seconds, up to 1999-12-31T23:57:00Z. */
const POINTS = Array.from(
  { length: 18 },
  (_, at) => `cpu,host=${'ab'[at % 2]} v=${at} ${946_684_440 + at * 10}000000000`,
);

test('status: each tier with what it holds, how far it is and what is left to do', () =>
  withNode(async (node) => {
    await node.load('m', undefined, POINTS.join('\n'));
    await ask(
      node,
      "CREATE LADDER l ON m FOR cpu '10s:60h,20s:8d,1m:inf', '10s:60h,1d:inf' TZ 'Europe/Berlin' LATENESS 0s",
    );
    await node.ladders.settle();
    await node.view.flush();
    const [head, ...rows] = await ask(node, 'SHOW LADDER STATUS');
    assert.equal(
      head,
      '[l database=m] tier measurements parent step keep points bytes watermark lag dirty backfill problem',
    );
    const sizes = rows.map((row) => Number(/ (\d+) (?=2000|- - )/.exec(row)?.[1]));
    assert.ok(sizes.slice(0, 3).every((size) => size > 100) && sizes[3] === 0, sizes.join());
    assert.deepEqual(
      rows.map((row) => row.replace(/ \d+ (?=2000|- - )/, ' BYTES ')),
      [
        'autogen "" - 10s 60h 18 BYTES - - - - ""',
        // The window of the present is not over yet.
        '20s_for_8d cpu autogen 20s 8d 18 BYTES 2000-01-01T00:00:00Z 0s 0 1 ""',
        '1m_for_inf cpu 20s_for_8d 1m inf 6 BYTES 2000-01-01T00:00:00Z 0s 0 1 ""',
        '1d_for_inf /.*/ autogen "1d Europe/Berlin" inf 0 BYTES 2000-01-01T00:00:00Z 0s 0 1 ""',
      ],
    );
  }));

test('only those who may read a database see its ladders', () =>
  withNode(async (node) => {
    await node.catalog.createDatabase('n');
    for (const name of ['m', 'n']) await ask(node, `CREATE LADDER l ON ${name} '1s:60h,10s:8d'`);
    const user = { name: 'u', admin: false, passwordHash: '', grants: new Map([['n', 'READ' as const]]) };
    assert.ok(mayAccess(user, 'READ', 'n'));
    for (const text of ['SHOW LADDERS', 'SHOW LADDER STATUS']) {
      const names = (lines: readonly string[]): readonly string[] =>
        lines.filter((line) => line.startsWith('[')).map((line) => /database=(\w)|^\[(\w)\]/.exec(line)?.[0] ?? '');
      assert.equal(names(await ask(node, text)).length, 2, text);
      assert.deepEqual(names(await ask(node, text, { user })), [text === 'SHOW LADDERS' ? '[n]' : 'database=n'], text);
    }
  }));

test('a forecast counts what is there, checks as CREATE LADDER does, and changes nothing', () =>
  withNode(async (node) => {
    await node.load('m', undefined, POINTS.join('\n'));
    const lines = await ask(node, "EXPLAIN LADDER l ON m '10s:60h,1m:8d,1h:inf'");
    assert.deepEqual(
      lines.map((line) => line.split(' ').slice(0, 8).join(' ')),
      [
        '[l] tier measurements parent step keep series windows',
        'autogen /.*/ - 10s 60h 2 21600 43200',
        '1m_for_8d /.*/ autogen 1m 8d 2 11520 23040',
        '1h_for_inf /.*/ 1m_for_8d 1h inf 2 - -',
        'total "" - - - - - -',
      ],
    );
    assert.equal((await ask(node, 'SHOW RETENTION POLICIES')).length, 2);
    const taken = 'error: retention policy "r" exists with a duration of 1h0m0s, the tier of ladder "l" has 192h0m0s';
    await ask(node, 'CREATE RETENTION POLICY r ON m DURATION 1h REPLICATION 1');
    assert.deepEqual(await ask(node, "EXPLAIN LADDER l ON m '10s:60h,1m:8d' NAMES 'r'"), [taken]);
    assert.deepEqual(await ask(node, "EXPLAIN LADDER l ON nowhere '10s:60h,1m:8d'"), [
      'error: database not found: nowhere',
    ]);
    await ask(node, "CREATE LADDER l ON m '10s:60h,1m:8d'");
    // Where the ladder exists: what altering it would come to.
    assert.equal((await ask(node, "EXPLAIN LADDER l ON m '10s:60h,2m:8d'")).length, 4);
    assert.deepEqual(await ask(node, "EXPLAIN LADDER k ON m '10s:60h,2m:8d'"), [
      'error: ladder "l" is on retention policy "autogen" already',
    ]);
  }));
