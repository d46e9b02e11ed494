import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import type { Snapshot, ViewDoor } from '../view/index.ts';
import { executeQuery } from './execute.ts';
import { parseQuery } from './language/parser.ts';
import { openTestNode } from './test-support/node.ts';
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

void test('EXPLAIN ANALYZE tells times and counts, and writes nothing', async () => {
  const node = await openTestNode();
  try {
    await node.load('zoo', undefined, 'visits,gate=north count=1i 10\nvisits,gate=south count=2i 10');
    const query = parseQuery('EXPLAIN ANALYZE SELECT count INTO copies FROM visits GROUP BY gate; SHOW MEASUREMENTS');
    const answer = await printResults(executeQuery(query, node.context({ database: 'zoo' })));
    assert.equal(
      answer.replace(/[\d.]+ms/g, 'Nms'),
      [
        'statement 0',
        '[] EXPLAIN ANALYZE',
        '.',
        '"└── select"',
        '"    ├── execution_time: Nms"',
        '"    ├── planning_time: Nms"',
        '"    ├── total_time: Nms"',
        '"    ├── series: 2"',
        '"    └── rows: 2"',
        'statement 1',
        '[measurements] name',
        'visits',
      ].join('\n'),
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
