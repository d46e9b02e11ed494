// SELECT where ladders are: from tiers that are named, and from those that are chosen. Wherever points still exist, the answer
// must be the one that they give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '../../catalog/index.ts';
import type { MeasurementPlan, PlacedLadder } from '../../ladder/index.ts';
import { type Bucket, HOUR, type LadderRule, MINUTE, SECOND, WEEK } from '../../model/index.ts';
import { executeQuery } from '../execute.ts';
import { parseQuery } from '../language/parser.ts';
import { type TestNode, openTestNode } from '../test-support/node.ts';
import { printResults } from '../test-support/print-result.ts';

/** 2000-01-01T10:00:07Z. */
const NOW = 946_684_800_000_000_000n + 10n * HOUR + 7n * SECOND;
const START = NOW - 9n * HOUR - 7n * SECOND;

const STEPS: readonly (readonly [policy: string, stepNs: bigint])[] = [
  ['t10s', 10n * SECOND],
  ['t2m', 2n * MINUTE],
  ['t5m', 5n * MINUTE],
  ['t1h', HOUR],
];

function tierBucket(id: number, base: Bucket): Bucket {
  return { id: id.toString(16).padStart(16, 'f'), durationNs: 0n, shardDurationNs: WEEK, seriesOf: base.id };
}

function placeLadder(catalog: Catalog, rule: Partial<LadderRule> = {}): readonly PlacedLadder[] {
  if (catalog.database('db') === undefined) return [];
  const { bucket } = catalog.policy('db', 'raw');
  const tiers = STEPS.map(([policy, stepNs], at) => {
    return { policy, stepNs, timeZone: null, bucket: tierBucket(at, bucket) };
  });
  const whole: LadderRule = {
    measurements: { kind: 'all' },
    baseStepNs: SECOND,
    tiers,
    states: [{ fields: { kind: 'all' }, keep: ['first', 'last', 'stddev', 'percentile'] }],
    gapShare: 0,
    ...rule,
  };
  const ladder = { name: 'l', base: 'raw', rules: [whole], latenessNs: 0n };
  return [{ database: 'db', base: bucket, ladder }];
}

async function withNode(run: (node: TestNode) => Promise<void>, rule: Partial<LadderRule> = {}): Promise<void> {
  const node = await openTestNode({ nowNs: NOW, ladders: (catalog) => placeLadder(catalog, rule) });
  try {
    await node.catalog.createDatabase('db', { name: 'raw' });
    for (const [policy] of STEPS) await node.catalog.createPolicy('db', { name: policy });
    await node.ladders.refresh();
    const lines: string[] = [];
    for (let at = START; at < NOW; at += 13n * SECOND) {
      const second = Number((at - START) / SECOND);
      for (const host of ['a', 'b']) {
        const v = Math.round(1000 * Math.sin(second / 300) + (host === 'a' ? second : 0)) / 8;
        lines.push(`m,h=${host} v=${v},i=${second % 97}i,s="x${second % 5}" ${at}`);
      }
    }
    await node.load('db', 'raw', lines.join('\n'));
    await node.ladders.settle();
    await run(node);
  } finally {
    await node.close();
  }
}

async function ask(
  node: TestNode,
  text: string,
  policy?: string,
  knownShare?: number,
): Promise<{ answer: string; plan: string }> {
  const plans: string[] = [];
  const onTiers = ({ measurement, spans }: MeasurementPlan): void => {
    const shown = spans.map(
      ({ policy: name, range, exact }) => `${name}${exact ? '' : '~'}[${at(range.startNs)}..${at(range.endNs)})`,
    );
    plans.push(`${measurement} ${shown.join(' ')}`);
  };
  const context = node.context({ database: 'db', policy, knownShare, onTiers });
  const answer = await printResults(executeQuery(parseQuery(text), context));
  return { answer, plan: plans.join('\n') };
}

const at = (timeNs: bigint): string => {
  const clock = new Date(Number(timeNs / 1_000_000n));
  return Number.isNaN(clock.getTime()) || clock.getUTCFullYear() !== 2000 ? '…' : clock.toISOString().slice(11, 19);
};

const SPAN = `time >= '2000-01-01T01:30:00Z' AND time < '2000-01-01T09:00:00Z'`;

test('the coarsest tier that gives the exact answer serves it, finer ones its edges', () =>
  withNode(async (node) => {
    const cases: readonly (readonly [query: string, plan: string])[] = [
      [`SELECT mean(v) FROM m WHERE ${SPAN} GROUP BY time(1h)`, 'm t5m[01:30:00..02:00:00) t1h[02:00:00..09:00:00)'],
      [`SELECT mean(v), max(i) FROM m WHERE ${SPAN} GROUP BY time(30m), h`, 'm t5m[01:30:00..09:00:00)'],
      [`SELECT count(v) FROM m WHERE ${SPAN} GROUP BY time(4m)`, 'm t2m[01:30:00..09:00:00)'],
      [`SELECT sum(i) FROM m WHERE ${SPAN} GROUP BY time(15s)`, 'm raw[01:30:00..09:00:00)'],
      [`SELECT spread(v) FROM m WHERE ${SPAN} GROUP BY time(30s)`, 'm t10s[01:30:00..09:00:00)'],
      [`SELECT mode(v) FROM m WHERE ${SPAN} GROUP BY time(1h)`, 'm raw[01:30:00..09:00:00)'],
      [`SELECT percentile(v, 90) FROM m WHERE ${SPAN} GROUP BY time(1h)`, 'm raw[01:30:00..09:00:00)'],
      [`SELECT max(v) FROM m WHERE ${SPAN}`, 'm raw[01:30:00..09:00:00)'],
      [`SELECT mean(v) FROM m WHERE ${SPAN} AND i > 5 GROUP BY time(1h)`, 'm raw[01:30:00..09:00:00)'],
      [
        `SELECT mean(v) FROM m WHERE ${SPAN} AND h = 'a' GROUP BY time(1h)`,
        'm t5m[01:30:00..02:00:00) t1h[02:00:00..09:00:00)',
      ],
      [`SELECT v FROM m WHERE ${SPAN}`, 'm raw[01:30:00..09:00:00)'],
      [`SELECT mean(i::float) FROM m WHERE ${SPAN} GROUP BY time(1h)`, 'm raw[01:30:00..09:00:00)'],
      [`SELECT mean(v) FROM m WHERE ${SPAN} GROUP BY time(1h, 5m)`, 'm t5m[01:30:00..09:00:00)'],
      [
        `SELECT mean(v) FROM m WHERE time >= '2000-01-01T05:00:00Z' GROUP BY time(1h)`,
        'm t1h[05:00:00..10:00:00) raw[10:00:00..10:00:07)',
      ],
    ];
    for (const [query, plan] of cases) assert.equal((await ask(node, query)).plan, plan, query);
  }));

test('answers from tiers are those of the points', () =>
  withNode(async (node) => {
    const functions = ['count', 'sum', 'mean', 'min', 'max', 'spread', 'first', 'last', 'stddev'];
    const windows = ['GROUP BY time(1h)', 'GROUP BY time(7m), h', 'GROUP BY time(2m) fill(linear)', 'GROUP BY h', ''];
    const bounds = [
      SPAN,
      `time >= '2000-01-01T01:00:03Z' AND time < '2000-01-01T10:00:01Z'`,
      `time < '2000-01-01T10:00:05Z'`,
    ];
    let fromTiers = 0;
    for (const name of functions) {
      for (const group of windows) {
        for (const bound of bounds) {
          for (const columns of [`${name}(v)`, `${name}(i), mean(v)`, `2 * ${name}(v) + count(i)`]) {
            const rest = `FROM m WHERE ${bound} ${group}`;
            const chosen = await ask(node, `SELECT ${columns} ${rest}`);
            const raw = await ask(node, `SELECT ${columns} ${rest}`, 'raw');
            if (/ t\d/.test(chosen.plan)) fromTiers++;
            assertSame(chosen.answer, raw.answer, `SELECT ${columns} ${rest}: ${chosen.plan}`);
          }
        }
      }
    }
    assert.ok(fromTiers > 200, `${fromTiers} answers came from tiers`);
  }));

test('calls that look back, and subqueries, read from times of their own: no window of a tier reaches across', () =>
  withNode(async (node) => {
    const odd = `time >= '2000-01-01T01:40:07Z' AND time < '2000-01-01T08:00:41Z'`;
    for (const query of [
      `SELECT count(v), difference(sum(i)) FROM m WHERE ${odd} GROUP BY time(10m)`,
      `SELECT count(v), difference(difference(sum(i))) FROM m WHERE ${odd} GROUP BY time(1h), h ORDER BY time DESC`,
      `SELECT sum(n) FROM (SELECT count(v) AS n FROM m WHERE ${odd} GROUP BY time(1h))`,
      `SELECT count(n), max(n) FROM (SELECT count(v) AS n FROM m WHERE ${odd} GROUP BY h)`,
    ]) {
      const chosen = await ask(node, query);
      assert.match(chosen.plan, / t\d/, query);
      assertSame(chosen.answer, (await ask(node, query, 'raw')).answer, `${query}: ${chosen.plan}`);
    }
  }));

test('late points are in the answer before they are in the tiers', () =>
  withNode(async (node) => {
    const query = `SELECT count(v), sum(i) FROM m WHERE ${SPAN} GROUP BY time(1h)`;
    await node.load('db', 'raw', `m,h=a v=1,i=1000000i ${START + 3n * HOUR + 1n}`);
    const now = await ask(node, query);
    assert.match(now.plan, /raw/);
    assert.equal(now.answer, (await ask(node, query, 'raw')).answer);
    await node.ladders.settle();
    const later = await ask(node, query);
    assert.doesNotMatch(later.plan, /raw/);
    assert.equal(later.answer, now.answer);
  }));

test('a tier that is named answers by itself, from its states', () =>
  withNode(async (node) => {
    const whole = `FROM m WHERE ${SPAN} AND h = 'a' GROUP BY time(1h)`;
    for (const call of ['mean(v)', 'count(v)', 'max(i)', 'sum(i)', 'stddev(v)', 'last(s)', 'first(v)'])
      assertSame(
        (await ask(node, `SELECT ${call} ${whole}`, 't10s')).answer,
        (await ask(node, `SELECT ${call} ${whole}`, 'raw')).answer,
        call,
      );
    const rows = await ask(node, `SELECT v, i, s FROM m WHERE ${SPAN} AND h = 'a' LIMIT 2`, 't1h');
    const means = await ask(
      node,
      `SELECT mean(v), mean(i), last(s) FROM m WHERE time >= '2000-01-01T02:00:00Z' AND time < '2000-01-01T04:00:00Z' ` +
        `AND h = 'a' GROUP BY time(1h)`,
      'raw',
    );
    assertSame(
      rows.answer.replace('v i s', ''),
      means.answer.replace('mean mean_1 last', ''),
      'rows of a tier are its means',
    );
    for (const [call, error] of [
      ['mode(v)', /cannot be answered from states/],
      ['top(v, 2)', /cannot be answered from states/],
    ] as const)
      assert.match((await ask(node, `SELECT ${call} ${whole}`, 't1h')).answer, error);
    assert.match(
      (await ask(node, `SELECT increase(v) ${whole}`, 't1h')).answer,
      /increase\(v\) cannot be answered: .*STATES \(v\) counter/,
    );
    assert.match(
      (await ask(node, `SELECT mean(v) FROM m WHERE v > 1 GROUP BY time(1h)`, 't1h')).answer,
      /cannot be answered/,
    );
    const hours = `FROM m WHERE time >= '2000-01-01T02:00:00Z' AND time < '2000-01-01T09:00:00Z' AND h = 'a' GROUP BY time(1h)`;
    const { answer } = await ask(node, `SELECT percentile(v, 50) ${hours}`, 't1h');
    const exact = await ask(node, `SELECT percentile(v, 50) ${hours}`, 'raw');
    const near = numbersOf(answer).map(
      (value, index) => Math.abs(value - numbersOf(exact.answer)[index]) <= 0.0101 * Math.abs(value) + 1e-9,
    );
    assert.ok(near.every(Boolean), `${answer}\n${exact.answer}`);
  }));

test('EXPLAIN says which tiers serve which spans, messages do where asked, and always what nothing answers', () =>
  withNode(async (node) => {
    const lines = async (text: string): Promise<readonly string[]> => {
      const { answer } = await ask(node, `EXPLAIN ${text}`);
      return [...answer.matchAll(/"((?:NO )?TIER.*)"/g)].map(([, line]) => line);
    };
    const messagesOf = async (text: string, tellTiers: boolean): Promise<readonly string[]> => {
      const told: string[] = [];
      for await (const { batches, messages, error } of executeQuery(
        parseQuery(text),
        node.context({ database: 'db', tellTiers }),
      )) {
        for await (const _ of batches);
        assert.equal(error, null);
        told.push(...messages.map((message) => `${message.level}: ${message.text}`));
      }
      return told;
    };
    const hours = `SELECT mean(v) FROM m WHERE time >= '2000-01-01T05:00:00Z' GROUP BY time(1h)`;
    const spans = [
      '2000-01-01T05:00:00Z .. 2000-01-01T10:00:00Z',
      '2000-01-01T10:00:00Z .. 2000-01-01T10:00:07.000000001Z',
    ];
    assert.deepEqual(await lines(hours), [`TIER t1h: ${spans[0]}, EXACT`, `TIER raw: ${spans[1]}, POINTS`]);
    assert.deepEqual(await lines(`SELECT mean(v) FROM t1h.m`), []);
    assert.deepEqual(await lines(`SELECT v FROM m`), ['TIER raw: BEGINNING .. END, POINTS']);
    assert.deepEqual(await messagesOf(hours, true), [`info: tiers: m: t1h ${spans[0]}, raw ${spans[1]}`]);
    assert.deepEqual(await messagesOf(hours, false), []);

    await ask(node, 'ALTER RETENTION POLICY raw ON db DURATION 2h SHARD DURATION 1h');
    const mode = `SELECT mode(v) FROM m WHERE time >= '2000-01-01T05:00:00Z' AND time < '2000-01-01T09:00:00Z' GROUP BY time(1h)`;
    const gap = '2000-01-01T05:00:00Z .. 2000-01-01T08:00:07Z';
    assert.deepEqual(await lines(mode), [
      'TIER raw: 2000-01-01T08:00:07Z .. 2000-01-01T09:00:00Z, POINTS',
      `NO TIER: ${gap}`,
    ]);
    const reason = 'the points have expired, and no tier keeps what this asks for';
    assert.deepEqual(await messagesOf(mode, false), [`warning: m is not answered for ${gap}: ${reason}`]);
    const before = mode.replaceAll('2000-01-01', '1999-01-01');
    assert.deepEqual(await messagesOf(before, false), [], 'where nothing is stored there is nothing to tell');
    const near = await lines(hours.replace('mean(v)', 'percentile(v, 50)'));
    assert.match(near[0], /^TIER t10s: 2000-01-01T05:00:00Z .. 2000-01-01T08:00:07Z, APPROXIMATE$/);
  }));

test('the gap rule: a window of which too little is known is empty', () =>
  withNode(
    async (node) => {
      // So many seconds of each window of 10 s have a point; all of the next 110 s do.
      const known = [10, 0, 2, 3, 5, 7, 9, 10, 1, 4, 6, 8];
      const points = known.flatMap((count, window) =>
        Array.from({ length: count }, (_, second) => `g v=${window} ${START + BigInt(window * 10 + second) * SECOND}`),
      );
      await node.load('db', 'raw', points.join('\n'));
      await node.ladders.settle();
      const from = `FROM g WHERE time >= '2000-01-01T01:00:00Z' AND time < '2000-01-01T01:02:00Z' GROUP BY time(10s)`;
      const shownAt = async (query: string, share?: number): Promise<readonly number[]> => {
        const { answer, plan } = await ask(node, query, undefined, share);
        assert.match(plan, /t10s/);
        assert.doesNotMatch(answer, /error/);
        return [...answer.matchAll(/^\S+ (\d+)$/gm)].map(([, value]) => Number(value));
      };
      const enough = (share: number): readonly number[] =>
        known.flatMap((count, window) => (count > 0 && count / 10 >= share ? [window] : []));
      for (const share of [0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1]) {
        const expected = enough(share);
        assert.deepEqual(await shownAt(`SELECT mean(v) ${from}`, share), expected, `gap=${share}`);
        assert.deepEqual(await shownAt(`SELECT max(v) ${from} fill(null, ${share})`), expected, `fill(null, ${share})`);
        assert.deepEqual(
          await shownAt(`SELECT last(v) ${from} fill(none, ${share})`, 0.4),
          expected,
          'the statement first',
        );
        assert.deepEqual(await shownAt(`SELECT mean(v) ${from} fill(none, ${share}) LIMIT 100`), expected, 'in parts');
      }
      assert.deepEqual(await shownAt(`SELECT mean(v) ${from}`), enough(0.75), 'what the rule says');
      assert.deepEqual((await shownAt(`SELECT count(v) ${from} fill(none, 1)`)).length, 11, 'counts are what is known');
      const above = from.replace('WHERE', 'WHERE v >= 0 AND');
      const { answer: filtered } = await ask(node, `SELECT mean(v) ${above} fill(none, 1)`);
      assert.match(filtered, / 11$/m, 'conditions on fields are not gaps');
      const cut = from.replace('01:00:00Z', '01:00:05Z').replace('01:02:00Z', '01:00:33Z');
      const { answer: edges } = await ask(node, `SELECT mean(v) ${cut} fill(none, 0.9)`);
      assert.match(edges, /^946688400000000000 0$/m, 'of a window that the range cuts, what it leaves');
      assert.match(edges, /^946688430000000000 3$/m);
      const faults: readonly (readonly [string, RegExp])[] = [
        [
          `SELECT mean(v) FROM raw.g WHERE time > 0 GROUP BY time(10s) fill(null, 0.5)`,
          /needs a ladder, and there is none/,
        ],
      ];
      for (const [query, fault] of faults) assert.match((await ask(node, query)).answer, fault, query);
      for (const bad of ['2', '-1', 'x', "'0.5'"]) {
        assert.throws(
          () => parseQuery(`SELECT mean(v) FROM g GROUP BY time(1s) fill(null, ${bad})`),
          /between 0 and 1/,
        );
      }
    },
    { gapShare: 0.75 },
  ));

test('the gap rule for rows of a tier: a window of which too little is known has none', () =>
  withNode(
    async (node) => {
      const known = [10, 0, 2, 3, 5, 7, 9, 10, 1, 4, 6, 8];
      const lines = known.flatMap((count, window) =>
        Array.from({ length: count }, (_, second) => {
          const more = second < 3 ? `,n=${window}i,s="w${window}"` : '';
          return `g v=${window}${more} ${START + BigInt(window * 10 + second) * SECOND}`;
        }),
      );
      await node.load('db', 'raw', lines.join('\n'));
      await node.ladders.settle();
      const shown = async (query: string, share?: number): Promise<readonly string[]> => {
        const { answer } = await ask(node, query, undefined, share);
        assert.doesNotMatch(answer, /error/);
        return [...answer.matchAll(/^\d+ (.*)$/gm)].map(([, row]) => row);
      };
      const enough = (share: number): readonly string[] =>
        known.flatMap((count, window) => (count > 0 && count / 10 >= share ? [String(window)] : []));
      for (const share of [0, 0.1, 0.25, 0.5, 0.9, 1]) {
        assert.deepEqual(await shown(`SELECT v FROM t10s.g fill(null, ${share})`), enough(share), `fill, ${share}`);
        assert.deepEqual(await shown(`SELECT v FROM t10s.g`, share), enough(share), `gap=${share}`);
      }
      assert.deepEqual(await shown(`SELECT v FROM t10s.g`), enough(0.5), 'what the rule says');
      const rows = await shown(`SELECT v, n, s FROM t10s.g fill(null, 0.3) LIMIT 3`);
      assert.deepEqual(rows, ['0 0 w0', '3 3 w3', '4 4 w4'], 'field by field');
      assert.deepEqual((await shown(`SELECT v, n FROM t10s.g fill(null, 0.35)`)).at(0), '0 -');
      const steps = enough(0.5).map(Number);
      assert.deepEqual(
        await shown(`SELECT difference(v) FROM t10s.g`),
        steps.slice(1).map((window, index) => String(window - steps[index])),
      );
      const whole = `FROM g WHERE time >= '2000-01-01T01:00:00Z' AND time < '2000-01-01T01:02:00Z'`;
      for (const [query, fault] of [
        [`SELECT mean(v) ${whole} fill(null, 0.5)`, /needs GROUP BY time/],
        [`SELECT v FROM m WHERE time > 0 fill(null, 0.5)`, null],
        [
          `SELECT max(x) FROM (SELECT mean(v) AS x ${whole} GROUP BY time(10s)) WHERE time > 0 GROUP BY time(1m) fill(null, 0.5)`,
          /the subquery that reads the points/,
        ],
        [`SELECT max(x) FROM (SELECT mean(v) AS x ${whole} GROUP BY time(10s) fill(none, 0.5))`, null],
        [`SELECT mean(v::integer) ${whole} GROUP BY time(10s)`, /a gap rule holds for g: .*casts.*fill\(null, 0\)/],
        [`SELECT mean(v::integer) ${whole} GROUP BY time(10s) fill(null, 0)`, null],
        [`SELECT v FROM raw.g fill(null, 0.5)`, /needs a ladder, and there is none/],
      ] as const) {
        const { answer } = await ask(node, query);
        if (fault === null) assert.doesNotMatch(answer, /error/, query);
        else assert.match(answer, fault, query);
      }
    },
    { gapShare: 0.5 },
  ));

test('the gap rule over several series: each is known or not by itself, and a window shows those that are', () =>
  withNode(
    async (node) => {
      const seed = 4_711;
      const random = randomIntegers(seed);
      const hosts = ['a', 'b', 'c'];
      const windows = 36;
      const points: { host: string; second: number; v: number; n: number | null }[] = [];
      for (const host of hosts) {
        for (let window = 0; window < windows; window++) {
          const share = random(0, 10);
          for (let second = 10 * window; second < 10 * window + 10; second++) {
            if (random(1, 10) <= share) points.push({ host, second, v: random(0, 999), n: share > 5 ? second : null });
          }
        }
      }
      const lines = points.map(({ host, second, v, n }) => {
        return `g,h=${host} v=${v}${n === null ? '' : `,n=${n}i`} ${START + BigInt(second) * SECOND}`;
      });
      await node.load('db', 'raw', lines.join('\n'));
      await node.ladders.settle();
      /** The values of each window's known series. */
      const known = (every: number, share: number, field: 'v' | 'n', of: readonly string[]): (readonly number[])[] =>
        Array.from({ length: Math.ceil((10 * windows) / every) }, (_, window) =>
          of.flatMap((host) => {
            const own = points.filter(
              (point) => point.host === host && Math.floor(point.second / every) === window && point[field] !== null,
            );
            return own.length >= share * every - 1e-6 ? own.map((point) => Number(point[field])) : [];
          }),
        );
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      const from = `FROM g WHERE time >= '2000-01-01T01:00:00Z' AND time < '2000-01-01T01:06:00Z'`;
      for (const [every, plan] of [
        [10, / t10s/],
        [60, / t10s/],
        [120, / t2m/],
        [5, / raw/],
      ] as const) {
        for (const share of [0.3, 0.5, 0.9]) {
          const query = `SELECT sum(v), max(n), count(v) ${from} GROUP BY time(${every}s) fill(null, ${share})`;
          const found = await ask(node, query);
          assert.match(found.plan, plan);
          const counts = known(every, 0, 'v', hosts);
          const maxima = known(every, share, 'n', hosts);
          const expected = known(every, share, 'v', hosts).map((values, window) => [
            values.length === 0 ? '-' : String(sum(values)),
            maxima[window].length === 0 ? '-' : String(Math.max(...maxima[window])),
            String(counts[window].length),
          ]);
          const rows = found.answer.split('\n').filter((line) => /^\d/.test(line));
          assert.deepEqual(
            rows.map((row) => row.split(' ').slice(1)),
            expected,
            `${query} (seed ${seed})`,
          );
          // Groups of one series are looked at as a whole: the same windows.
          const single = await ask(node, query.replace('GROUP BY', `AND h = 'b' GROUP BY`));
          const ofOne = known(every, share, 'v', ['b']).map((values) =>
            values.length === 0 ? '-' : String(sum(values)),
          );
          const lone = single.answer.split('\n').filter((line) => /^\d/.test(line));
          assert.deepEqual(
            lone.map((row) => row.split(' ')[1]),
            ofOne,
          );
        }
      }
    },
    { states: [{ fields: { kind: 'all' }, keep: ['counter'] }] },
  ));

test('counters: what a tier shows is the last value, and rates over tiers are those of the points, across resets', () =>
  withNode(
    async (node) => {
      const lines: string[] = [];
      let counter = 0;
      for (let second = 0; second < 3600; second++) {
        counter = second % 1111 === 1110 ? 3 : counter + (second % 7);
        lines.push(`c v=${counter}i ${START + BigInt(second) * SECOND}`);
      }
      await node.load('db', 'raw', lines.join('\n'));
      await node.ladders.settle();
      const from = `FROM c WHERE time >= '2000-01-01T01:10:00Z' AND time < '2000-01-01T01:50:00Z'`;
      for (const call of [
        'derivative(last(v), 1s)',
        'non_negative_derivative(last(v), 1s)',
        'non_negative_derivative(max(v), 10s)',
        'non_negative_derivative(mean(v))',
        'difference(last(v))',
        'non_negative_difference(first(v))',
        'cumulative_sum(count(v))',
      ]) {
        for (const every of ['10s', '2m', '5m']) {
          const rest = `${from} GROUP BY time(${every})`;
          const chosen = await ask(node, `SELECT ${call} ${rest}`);
          const raw = await ask(node, `SELECT ${call} ${rest}`, 'raw');
          assert.match(chosen.plan, / t\d+[sm]\[/, call);
          assertSame(chosen.answer, raw.answer, `${call} ${rest}: ${chosen.plan}`);
        }
      }
      const rows = await ask(node, `SELECT v ${from}`, 't2m');
      const lasts = await ask(node, `SELECT last(v) ${from} GROUP BY time(2m)`, 'raw');
      assertSame(rows.answer.replace(' v\n', ' last\n'), lasts.answer, 'rows of a tier are its last values');
      const steps = await ask(node, `SELECT non_negative_derivative(v, 2m) ${from}`, 't2m');
      const changes = await ask(node, `SELECT non_negative_difference(last(v)) ${from} GROUP BY time(2m)`, 'raw');
      assert.deepEqual(numbersOf(steps.answer).slice(2), numbersOf(changes.answer).slice(4), 'rates of rows of a tier');
    },
    { states: [{ fields: { kind: 'all' }, keep: ['counter'] }] },
  ));

test('stddev of integers whose sums leave 64 bits: from tiers as from points', () =>
  withNode(async (node) => {
    const seed = 98;
    const random = randomIntegers(seed);
    const lines = Array.from({ length: 1500 }, (_, at) => {
      const high = at % 400 < 250 ? 2 ** 20 - random(1, 1000) : random(-(2 ** 20), 2 ** 20 - 1);
      return `w,h=${'ab'[at % 2]} v=${BigInt(high) * 2n ** 43n}i ${START + BigInt(at) * 5n * SECOND}`;
    });
    await node.load('db', 'raw', lines.join('\n'));
    await node.ladders.settle();
    const range = `time >= '2000-01-01T01:00:00Z' AND time < '2000-01-01T03:00:00Z'`;
    for (const group of ['time(10s)', 'time(2m), h', 'time(1h)', 'time(1h), h']) {
      const query = `SELECT stddev(v) FROM w WHERE ${range} GROUP BY ${group}`;
      const chosen = await ask(node, query);
      assert.match(chosen.plan, / t\d/);
      const found = numbersOf(chosen.answer);
      const expected = numbersOf((await ask(node, query, 'raw')).answer);
      assert.equal(found.length, expected.length);
      found.forEach((value, index) => {
        const slack = 1e-9 * Math.abs(expected[index]);
        assert.ok(
          Math.abs(value - expected[index]) <= slack,
          `${query}: ${value}, not ${expected[index]} (seed ${seed})`,
        );
      });
    }
  }));

/** From low to high, both included. */
function randomIntegers(seed: number): (low: number, high: number) => number {
  let state = seed;
  return (low, high) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return low + Math.floor((state / 2 ** 32) * (high - low + 1));
  };
}

function numbersOf(text: string): number[] {
  return [...text.matchAll(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g)].map(([found]) => Number(found));
}

test('increase: tiers give what the points give, resets within and between windows', () =>
  withNode(
    async (node) => {
      const seed = 20_261_122;
      const random = randomIntegers(seed);
      const lines: string[] = [];
      for (const host of ['a', 'b', 'c']) {
        let count = random(0, 1000);
        for (let second = 0; second < 7200; second += random(1, random(0, 2) === 0 ? 400 : 20)) {
          count = random(0, 49) === 0 ? random(0, 50) : count + random(0, 30);
          const wide = BigInt(count) * 2n ** 49n;
          lines.push(`c,h=${host} n=${count}i,w=${wide}i,f=${count / 8} ${START + BigInt(second) * SECOND}`);
        }
      }
      await node.load('db', 'raw', lines.join('\n'));
      await node.ladders.settle();
      const bounds = [
        `time >= '2000-01-01T01:10:00Z' AND time < '2000-01-01T02:50:00Z'`,
        `time >= '2000-01-01T01:00:07Z' AND time < '2000-01-01T02:40:13Z'`,
        `time < '2000-01-01T02:30:00Z'`,
      ];
      const groups = [
        '',
        'h',
        'time(10s)',
        'time(1m)',
        'time(2m), h',
        'time(5m)',
        'time(20m)',
        'time(1h)',
        'time(1h), h',
      ];
      let fromTiers = 0;
      for (const group of groups) {
        for (const bound of bounds) {
          for (const columns of [
            'increase(n)',
            'increase(w)',
            'increase(f)',
            'increase(n), count(n)',
            '2 * increase(f)',
          ]) {
            for (const order of ['ORDER BY time ASC', 'ORDER BY time DESC']) {
              const by = group === '' ? '' : `GROUP BY ${group}`;
              const query = `SELECT ${columns} FROM c WHERE ${bound} ${by} ${order}`;
              const chosen = await ask(node, query);
              const raw = await ask(node, query, 'raw');
              if (/ t\d/.test(chosen.plan)) fromTiers++;
              assertSame(chosen.answer, raw.answer, `${query}: ${chosen.plan} (seed ${seed})`);
            }
          }
        }
      }
      assert.ok(fromTiers > 150, `${fromTiers} answers came from tiers`);
      for (const query of [
        `SELECT sum(grown) FROM (SELECT increase(n) AS grown FROM c WHERE ${bounds[0]} GROUP BY time(1h), h) WHERE ${bounds[1]}`,
        `SELECT sum(grown) FROM (SELECT increase(n) AS grown FROM c GROUP BY time(10m), h) WHERE ${bounds[1]} GROUP BY time(1h)`,
        `SELECT increase(top) FROM (SELECT max(n) AS top FROM c WHERE ${bounds[1]} GROUP BY time(2m), h) GROUP BY h`,
      ]) {
        const chosen = await ask(node, query);
        assertSame(chosen.answer, (await ask(node, query, 'raw')).answer, `${query}: ${chosen.plan} (seed ${seed})`);
      }
      const odd = `SELECT increase(n) FROM c WHERE time >= '2000-01-01T02:00:07Z' AND time < '2000-01-01T04:00:00Z'`;
      assert.equal((await ask(node, `${odd} GROUP BY time(1h)`)).plan, 'c t1h[01:00:00..04:00:00)');
      const whole = `FROM c WHERE ${bounds[0]}`;
      for (const [policy, every] of [
        ['t10s', '30s'],
        ['t2m', '4m'],
        ['t5m', '20m'],
        ['t1h', '1h'],
      ] as const) {
        const hours = whole.replace('01:10', '01:00').replace('02:50', '03:00');
        const query = `SELECT increase(n), increase(f) ${hours} GROUP BY time(${every}), h fill(none)`;
        const named = await ask(node, query, policy);
        assertSame(named.answer, (await ask(node, query, 'raw')).answer, `${policy}: ${query} (seed ${seed})`);
      }
    },
    { states: [{ fields: { kind: 'all' }, keep: ['counter'] }] },
  ));

test('increase: windows add up to the whole, and so do those of neighbouring ranges', () =>
  withNode(
    async (node) => {
      const lines = Array.from({ length: 3000 }, (_, second) => {
        const value = second % 700 === 699 ? 2 : (second % 700) * 3;
        return `c v=${value}i ${START + BigInt(second) * SECOND}`;
      });
      await node.load('db', 'raw', lines.join('\n'));
      await node.ladders.settle();
      const sumOf = async (from: string, to: string, every: string): Promise<number> => {
        const range = `time >= '2000-01-01T${from}Z' AND time < '2000-01-01T${to}Z'`;
        const { answer } = await ask(
          node,
          `SELECT increase(v) FROM c WHERE ${range} GROUP BY time(${every}) fill(none)`,
        );
        return [...answer.matchAll(/^\d+ (\d+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
      };
      const { answer } = await ask(node, 'SELECT increase(v) FROM c');
      const [total] = [...answer.matchAll(/^0 (\d+)$/gm)].map(([, value]) => Number(value));
      for (const every of ['1s', '10s', '1m', '7m', '1h']) {
        assert.equal(await sumOf('01:00:00', '02:00:00', every), total, every);
        const halves = (await sumOf('01:00:00', '01:21:00', every)) + (await sumOf('01:21:00', '02:00:00', every));
        if (every !== '1h') assert.equal(halves, total, `${every} in two ranges`);
      }
    },
    { states: [{ fields: { kind: 'all' }, keep: ['counter'] }] },
  ));

/** Floats differ in their last digits by the order of adding. */
function assertSame(actual: string, expected: string, what: string): void {
  const words = actual.split(/\s+/);
  const others = expected.split(/\s+/);
  const isSame = (word: string, index: number): boolean => {
    const other = others[index] ?? '';
    if (word === other) return true;
    const [a, b] = [Number(word), Number(other)];
    return word.includes('.') && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
  };
  assert.ok(words.length === others.length && words.every(isSame), `${what}\n${actual}\n--- expected\n${expected}`);
}
