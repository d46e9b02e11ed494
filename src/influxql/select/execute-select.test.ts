// The door: limits, stopping, snapshots let go of, and laws that tie one way through this room to another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { WeirError, isWeirError } from '../../base/index.ts';
import type { SelectStatement } from '../language/ast.ts';
import { parseQuery } from '../language/parser.ts';
import type { QueryContext, ResultBatch } from '../result.ts';
import { type TestNode, openTestNode } from '../test-support/node.ts';
import { executeSelect } from './execute-select.ts';

let node: TestNode;
before(async () => {
  node = await openTestNode();
});
after(() => node.close());

type Row = readonly unknown[];

interface Series {
  readonly name: string;
  readonly tags: string;
  readonly columns: readonly string[];
  readonly rows: Row[];
}

const select = (text: string, context: QueryContext) =>
  executeSelect(parseQuery(text).statements[0] as SelectStatement, context);

const answer = async (text: string, context: Partial<QueryContext> = {}): Promise<Series[]> => {
  const { batches } = await select(text, node.context({ database: 'db', ...context }));
  const all: Series[] = [];
  let last: ResultBatch['series'] | undefined;
  for await (const batch of batches) {
    assert.ok(batch.rowCount > 0 && batch.rowCount <= 10_000);
    if (batch.series !== last) {
      last = batch.series;
      all.push({ name: last.name, tags: JSON.stringify(last.tags), columns: last.columns, rows: [] });
    }
    for (let row = 0; row < batch.rowCount; row++) all[all.length - 1].rows.push(rowOf(batch, row));
  }
  return all;
};

const rowOf = (batch: ResultBatch, row: number): Row =>
  batch.columns.map((column) => {
    if (column.kind === 'times') return column.baseNs + BigInt(column.offsets[row]);
    if (column.kind === 'cells') return column.values[row];
    return column.valid === null || column.valid[row] === 1 ? column.values[row] : null;
  });

const refuses = async (run: Promise<unknown>, code: string, message: RegExp): Promise<void> => {
  await assert.rejects(run, (error) => isWeirError(error) && error.code === code && message.test(error.message));
};

const LIMITS = { maxSelectSeries: 0, maxSelectPoints: 0, maxSelectBuckets: 0, memoryBudgetBytes: 2 ** 28 };

void test('limits are held, in their own words', async () => {
  const lines = Array.from({ length: 50 }, (_, at) => `limited,host=h${at % 5} v=${at} ${at * 10}`);
  await node.load('db', undefined, lines.join('\n'));
  const limited = (text: string, limit: Partial<typeof LIMITS>) => answer(text, { limits: { ...LIMITS, ...limit } });
  await refuses(
    limited('SELECT v FROM limited', { maxSelectSeries: 4 }),
    'limit',
    /^max-select-series limit exceeded: \(5\/4\)$/,
  );
  await limited('SELECT v FROM limited', { maxSelectSeries: 5 });
  await limited("SELECT v FROM limited WHERE host = 'h1'", { maxSelectSeries: 1 });
  const windows = 'SELECT mean(v) FROM limited WHERE time >= 0 AND time < 500 GROUP BY time(100ns)';
  await refuses(limited(windows, { maxSelectBuckets: 4 }), 'limit', /^max-select-buckets limit exceeded: \(5\/4\)$/);
  await limited(windows, { maxSelectBuckets: 5 });
  for (const text of ['SELECT v FROM limited', windows, 'SELECT sum(x) FROM (SELECT v * 2 AS x FROM limited)']) {
    await refuses(limited(text, { maxSelectPoints: 49 }), 'limit', /^max-select-point limit exceeed: \(\d+\/\d+\)$/);
    await limited(text, { maxSelectPoints: 200 });
  }
  const cells = 'SELECT mean(v) FROM (SELECT v FROM limited) WHERE time >= 0 AND time < 5000000 GROUP BY time(1ns)';
  await refuses(limited(cells, { memoryBudgetBytes: 2 ** 20 }), 'limit', /memory/);
});

void test('without a start, a limit on buckets is where the range begins', async () => {
  await node.load('db', undefined, 'started v=1 10\nstarted v=2 20\nstarted v=3 55');
  const [series] = await answer('SELECT sum(v) FROM started WHERE time < 60 GROUP BY time(10ns)', {
    limits: { ...LIMITS, maxSelectBuckets: 4 },
  });
  assert.deepEqual(series.rows, [
    [20n, 2],
    [30n, null],
    [40n, null],
    [50n, 3],
  ]);
});

void test('a query that is told to stop stops with the reason', async () => {
  const lines = Array.from({ length: 30_000 }, (_, at) => `stopped,host=h${at % 3} v=${at} ${at}`);
  await node.load('db', undefined, lines.join('\n'));
  for (const text of [
    'SELECT v FROM stopped',
    'SELECT v FROM stopped GROUP BY host',
    'SELECT derivative(v) FROM stopped',
  ]) {
    const controller = new AbortController();
    const { batches } = await select(text, node.context({ database: 'db', signal: controller.signal }));
    await refuses(
      (async () => {
        for await (const batch of batches) {
          assert.ok(batch.rowCount > 0);
          controller.abort(new WeirError('timeout', 'out of time'));
        }
      })(),
      'timeout',
      /^out of time$/,
    );
  }
});

void test('every snapshot is let go of once: at the end, on errors, when given up, even unread', async () => {
  await node.load('db', undefined, 'held v=1 10\nheld,host=a v=2 20');
  await node.load('db2', undefined, 'held v=1 10');
  const counted = (held: { open: number }): Partial<QueryContext> => ({
    view: {
      ...node.view,
      seriesTable: (id) => node.view.seriesTable(id),
      write: (bucket, batch) => node.view.write(bucket, batch),
      snapshot: (id) => {
        const snapshot = node.view.snapshot(id);
        held.open++;
        return {
          bucketId: snapshot.bucketId,
          measurements: () => snapshot.measurements(),
          fields: (measurement, range) => snapshot.fields(measurement, range),
          tagKeys: (measurement) => snapshot.tagKeys(measurement),
          series: (measurement, predicate) => snapshot.series(measurement, predicate),
          seriesInRange: (ids, measurement, range) => snapshot.seriesInRange(ids, measurement, range),
          tagValues: (ids, tag) => snapshot.tagValues(ids, tag),
          tags: (id) => snapshot.tags(id),
          seriesKey: (id) => snapshot.seriesKey(id),
          tables: (measurement, range) => snapshot.tables(measurement, range),
          release: () => {
            held.open--;
            snapshot.release();
          },
        };
      },
    },
  });
  const check = async (text: string, use: (batches: AsyncIterable<ResultBatch>) => Promise<void>): Promise<void> => {
    const held = { open: 0 };
    try {
      const { batches } = await select(text, node.context({ database: 'db', ...counted(held) }));
      await use(batches);
    } catch (error) {
      assert.ok(isWeirError(error), String(error));
    }
    assert.equal(held.open, 0, text);
  };
  const drain = async (batches: AsyncIterable<ResultBatch>): Promise<void> => {
    for await (const batch of batches) assert.ok(batch.rowCount > 0);
  };
  const giveUp = async (batches: AsyncIterable<ResultBatch>): Promise<void> => {
    await batches[Symbol.asyncIterator]().return?.();
  };
  const takeOne = async (batches: AsyncIterable<ResultBatch>): Promise<void> => {
    for await (const batch of batches) {
      assert.ok(batch.rowCount > 0);
      break;
    }
  };
  for (const use of [drain, giveUp, takeOne]) {
    await check('SELECT v FROM held', use);
    await check('SELECT mean(x) FROM (SELECT v AS x FROM held), db2..held GROUP BY host', use);
    await check('SELECT v INTO released FROM held', use);
    await check('SELECT mean(host) + 1, v + host FROM held', use);
    await check('SELECT v FROM held, nowhere..held', use);
    await check('SELECT v INTO nowhere..held FROM held', use);
  }
});

/** Points of some hosts over three shards, values often missing, some times shared. */
const points = fc.array(
  fc.record({
    host: fc.constantFrom('a', 'b', 'c'),
    shard: fc.integer({ min: 0, max: 2 }),
    at: fc.integer({ min: 0, max: 40 }),
    v: fc.option(fc.integer({ min: -50, max: 50 })),
    n: fc.option(fc.integer({ min: -50, max: 50 })),
    s: fc.option(fc.constantFrom('x', 'y')),
  }),
  { minLength: 1, maxLength: 60 },
);

const WEEK_NS = 7n * 86_400n * 1_000_000_000n;
let databases = 0;

/** Loads the points into a database of their own, some of them into blocks. */
const load = async (all: typeof points extends fc.Arbitrary<infer T> ? T : never): Promise<string | undefined> => {
  const lines = all.flatMap(({ host, shard, at, v, n, s }) => {
    const fields = [v === null ? '' : `v=${v / 4}`, n === null ? '' : `n=${n}i`, s === null ? '' : `s="${s}"`].filter(
      (one) => one !== '',
    );
    return fields.length === 0 ? [] : [`m,host=${host} ${fields.join(',')} ${BigInt(shard) * WEEK_NS + BigInt(at)}`];
  });
  if (lines.length === 0) return undefined;
  const database = `law${databases++}`;
  const half = Math.ceil(lines.length / 2);
  await node.load(database, undefined, lines.slice(0, half).join('\n'));
  if (databases % 2 === 0) await node.view.flush();
  if (half < lines.length) await node.load(database, undefined, lines.slice(half).join('\n'));
  return database;
};

const law = (name: string, check: (database: string) => Promise<void>): void => {
  void test(name, async () => {
    await fc.assert(
      fc.asyncProperty(points, async (all) => {
        const database = await load(all);
        if (database !== undefined) await check(database);
      }),
      { numRuns: 8 },
    );
  });
};

const RANGE = `time >= 3 AND time < ${2n * WEEK_NS + 30n}`;
const CALLS = [
  'count(v)',
  'sum(n)',
  'mean(v)',
  'median(v)',
  'spread(n)',
  'stddev(v)',
  'min(v)',
  'max(n)',
  'first(v)',
  'last(s)',
  'count(distinct(n))',
  'integral(v)',
  'percentile(n, 40)',
];

law('what the executor aggregates is what comes of its rows', async (database) => {
  const near = (rows: readonly Series[]): unknown =>
    rows.map((series) => ({
      ...series,
      rows: series.rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toPrecision(12) : cell))),
    }));
  for (const group of [
    '',
    'GROUP BY host',
    `GROUP BY time(${WEEK_NS / 2n}ns), host`,
    `GROUP BY time(${WEEK_NS}ns) fill(none)`,
  ]) {
    for (const call of CALLS) {
      const plain = await answer(`SELECT ${call} AS x FROM m WHERE ${RANGE} ${group}`, { database });
      const nested = await answer(`SELECT ${call} AS x FROM (SELECT * FROM m GROUP BY host) WHERE ${RANGE} ${group}`, {
        database,
      });
      assert.deepEqual(near(nested), near(plain), `${call} ${group}`);
    }
  }
});

law('LIMIT and OFFSET cut the rows of each series', async (database) => {
  const texts = [
    'SELECT v, n, host FROM m',
    'SELECT v FROM m GROUP BY host',
    'SELECT difference(v) FROM m GROUP BY host',
    `SELECT max(v), host FROM m WHERE ${RANGE} GROUP BY time(${WEEK_NS / 9n}ns) fill(none)`,
    `SELECT count(v) FROM m WHERE time < ${2n * WEEK_NS + 30n} GROUP BY time(${WEEK_NS / 9n}ns)`,
    `SELECT sum(n) FROM m WHERE ${RANGE} GROUP BY time(${WEEK_NS / 9n}ns), host fill(previous)`,
    `SELECT difference(max(v)) FROM m WHERE ${RANGE} GROUP BY time(${WEEK_NS / 9n}ns)`,
    'SELECT v FROM (SELECT v FROM m GROUP BY host)',
  ];
  for (const text of texts) {
    for (const order of ['', 'ORDER BY time DESC']) {
      const all = await answer(`${text} ${order}`, { database });
      const cut = await answer(`${text} ${order} LIMIT 3 OFFSET 2`, { database });
      const expected = all
        .map((series) => ({ ...series, rows: series.rows.slice(2, 5) }))
        .filter(({ rows }) => rows.length > 0);
      assert.deepEqual(cut, expected, `${text} ${order}`);
    }
  }
});

law('descending order is the opposite order', async (database) => {
  const texts = [
    'SELECT v, n, s, host FROM m',
    'SELECT v FROM m GROUP BY host',
    `SELECT sum(n), max(v) FROM m WHERE ${RANGE} GROUP BY time(${WEEK_NS / 5n}ns), host`,
    `SELECT mean(v) FROM m WHERE time < ${2n * WEEK_NS + 30n} GROUP BY time(${WEEK_NS / 5n}ns) fill(none)`,
    `SELECT count(v) FROM m WHERE ${RANGE} GROUP BY time(${WEEK_NS / 5n}ns) fill(linear)`,
    'SELECT v FROM (SELECT v, n FROM m GROUP BY host) GROUP BY host',
  ];
  for (const text of texts) {
    const forth = await answer(text, { database });
    const back = await answer(`${text} ORDER BY time DESC`, { database });
    const reversed = back.reverse().map((series) => ({ ...series, rows: series.rows.reverse() }));
    assert.deepEqual(reversed, forth, text);
  }
});

void test('a long answer is cut into slices of time, whatever the memory', async () => {
  const hosts = 40;
  const lines = Array.from(
    { length: 60_000 },
    (_, at) => `long,host=h${at % hosts} v=${at % 97},n=${at}i ${Math.floor(at / hosts) * 1000 + (at % 7)}`,
  );
  await node.load('db', undefined, lines.join('\n'));
  await node.view.flush();
  for (const text of [
    'SELECT v, n, host FROM long',
    'SELECT n FROM long WHERE v > 80',
    'SELECT n FROM long ORDER BY time DESC',
    'SELECT n FROM long LIMIT 12345 OFFSET 3',
  ]) {
    const whole = await answer(text);
    const sliced = await answer(text, { limits: { ...LIMITS, memoryBudgetBytes: 2 ** 22 } });
    assert.deepEqual(sliced, whole, text);
    const times = whole[0].rows.map(([time]) => time as bigint);
    const backwards = text.includes('DESC');
    assert.ok(
      times.every((time, at) => at === 0 || (backwards ? time <= times[at - 1] : time >= times[at - 1])),
      text,
    );
  }
});
