import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import type { Snapshot, ViewDoor } from '../view/index.ts';
import { executeQuery } from './execute.ts';
import { parseQuery } from './language/parser.ts';
import { type TestNode, openTestNode } from './test-support/node.ts';
import { printResults } from './test-support/print-result.ts';
import { runScript } from './test-support/script.ts';

const directory = join(import.meta.dirname, 'scripts');
for (const file of await readdir(directory)) {
  void test(`script ${file}`, async () => {
    await runScript(file, await readFile(join(directory, file), 'utf8'));
  });
}

void test('an aborted query answers the reason, and nothing after it runs', async () => {
  const node = await openTestNode();
  try {
    const controller = new AbortController();
    const query = parseQuery('CREATE DATABASE a; CREATE DATABASE b; CREATE DATABASE c');
    const results = executeQuery(query, node.context({ signal: controller.signal }));
    const first = await results.next();
    assert.equal(first.done, false);
    controller.abort(new WeirError('canceled', 'query killed'));
    assert.equal(await printResults(results), 'statement 1\nerror: query killed\nstatement 2\nerror: not executed');
    assert.deepEqual(
      node.catalog.databases().map((database) => database.name),
      ['a'],
    );
  } finally {
    await node.close();
  }
});

void test('a failure while rows are read stops the query, too', async () => {
  const node = await openTestNode();
  try {
    await node.load('zoo', undefined, 'visits count=1i 10\nvisits count=2i 20\nvisits count=3i 30');
    const limits = { maxSelectSeries: 0, maxSelectPoints: 1, maxSelectBuckets: 0, memoryBudgetBytes: 2 ** 28 };
    const query = parseQuery('SELECT count FROM visits; SHOW DATABASES');
    const answer = await printResults(executeQuery(query, node.context({ database: 'zoo', limits })));
    assert.match(
      answer,
      /^statement 0\n(?:.*\n)*error: max-select-point limit exceeed.*\nstatement 1\nerror: not executed$/,
    );
  } finally {
    await node.close();
  }
});

void test('snapshots are let go of, whether the rows are read or not', async () => {
  const node = await openTestNode();
  try {
    await node.load('zoo', undefined, 'visits,gate=north count=1i 10');
    const counted = countSnapshots(node.view);
    const query = parseQuery(
      'SELECT count FROM visits; SHOW TAG VALUES WITH KEY = gate; EXPLAIN ANALYZE SELECT count FROM visits; SELECT max(count) FROM visits',
    );
    const context = node.context({ database: 'zoo', view: counted.view });
    for await (const result of executeQuery(query, context)) assert.equal(result.error, null);
    assert.equal(counted.open(), 0);
    assert.ok(counted.taken() >= 4);
    for await (const _ of executeQuery(query, context)) break;
    assert.equal(counted.open(), 0);
    await printResults(executeQuery(query, context));
    assert.equal(counted.open(), 0);
  } finally {
    await node.close();
  }
});

/** What EXPLAIN ANALYZE prints, with every time as T and every size in bytes as B. */
async function analyze(node: TestNode, text: string): Promise<string> {
  const answer = await printResults(executeQuery(parseQuery(text), node.context({ database: 'zoo' })));
  return answer
    .replace(/_time: [\d.]+(?:ns|µs|ms|s)/g, '_time: T')
    .replace(/bytes_decoded: [1-9]\d*/g, 'bytes_decoded: B')
    .replace(/^"|"$/gm, '');
}

void test('EXPLAIN ANALYZE tells times and counts, and writes nothing', async () => {
  const node = await openTestNode();
  try {
    await node.load('zoo', undefined, 'visits,gate=north count=1i 10\nvisits,gate=south count=2i 10');
    await node.view.flush();
    const query = 'EXPLAIN ANALYZE SELECT count INTO copies FROM visits GROUP BY gate; SHOW MEASUREMENTS';
    assert.equal(
      await analyze(node, query),
      [
        'statement 0',
        '[] EXPLAIN ANALYZE',
        '.',
        '└── select',
        '    ├── execution_time: T',
        '    ├── planning_time: T',
        '    ├── total_time: T',
        '    ├── series: 2',
        '    ├── rows: 2',
        '    └── build_cursor',
        '        ├── labels',
        '        │   └── statement: SELECT count FROM visits GROUP BY gate',
        '        └── iterator_scanner',
        '            ├── labels',
        '            │   ├── auxiliary_fields: count',
        '            │   └── measurement: visits',
        '            ├── requests: 1',
        '            ├── series: 2',
        '            ├── shards: 1',
        '            ├── series_read: 2',
        '            ├── series_answered_by_statistics: 0',
        '            ├── rows_read: 2',
        '            ├── blocks_opened: 1',
        '            ├── pages_read: 4',
        '            ├── pages_decoded: 2',
        '            ├── bytes_decoded: B',
        '            └── execution_time: T',
        'statement 1',
        '[measurements] name',
        'visits',
      ].join('\n'),
    );
  } finally {
    await node.close();
  }
});

void test('EXPLAIN ANALYZE VERBOSE tells what each shard was read for, and what statistics spared', async () => {
  const node = await openTestNode();
  try {
    const week = 604_800_000_000_000n;
    const points = [0n, week].flatMap((startNs) =>
      Array.from({ length: 3000 }, (_, at) => `visits count=${at}i ${startNs + BigInt(at) * 1_000_000_000n}`),
    );
    await node.load('zoo', undefined, points.join('\n'));
    await node.view.flush();
    await node.load('zoo', undefined, `visits count=1i ${week}`);
    const told = await analyze(node, 'EXPLAIN ANALYZE VERBOSE SELECT count(count) FROM visits');
    const [whole, ...shards] = told
      .split('create_iterator')
      .map((part) => Object.fromEntries([...part.matchAll(/(\w+): (\w+)/g)].map(([, name, value]) => [name, value])));
    assert.deepEqual([whole.shards, whole.rows_read, whole.series_answered_by_statistics], ['2', '3000', '1']);
    const [first, second] = shards;
    assert.deepEqual([first.shard_id, first.series_answered_by_statistics, first.rows_read], ['1', '1', '0']);
    assert.deepEqual([first.pages_read, first.blocks_opened], ['0', '1']);
    assert.deepEqual([second.shard_id, second.series_answered_by_statistics, second.rows_read], ['2', '0', '3000']);
    assert.notEqual(second.pages_decoded, '0');
    assert.match(
      await analyze(node, 'EXPLAIN VERBOSE SELECT count(count) FROM visits'),
      /^NUMBER OF SHARDS: 2[^]*^SHARD 1:\n {2}NUMBER OF SERIES: 1\n {2}CACHED VALUES: 0\n[^]*^SHARD 2:\n.*\n {2}CACHED VALUES: 1\n/m,
    );
  } finally {
    await node.close();
  }
});

/** The view, with its snapshots counted. */
function countSnapshots(view: ViewDoor): { view: ViewDoor; open: () => number; taken: () => number } {
  let open = 0;
  let taken = 0;
  const snapshot = (bucketId: string): Snapshot => {
    const real = view.snapshot(bucketId);
    open++;
    taken++;
    const release = (): void => {
      open--;
      real.release();
    };
    return withOverrides(real, { release });
  };
  return { view: withOverrides(view, { snapshot }), open: () => open, taken: () => taken };
}

function withOverrides<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (name in overrides) return Reflect.get(overrides, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
