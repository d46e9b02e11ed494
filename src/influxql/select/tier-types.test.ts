// Fields whose type changes from shard to shard of the base, within one shard and one window of a tier: what tiers answer is what
// the points say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, SECOND } from '../../model/index.ts';
import { executeQuery } from '../execute.ts';
import { parseQuery } from '../language/parser.ts';
import { type TestNode, openTestNode } from '../test-support/node.ts';
import { printResults } from '../test-support/print-result.ts';

/** 2000-01-01T12:00:00Z; points begin 12 hours before. */
const NOW = 946_684_800_000_000_000n + 12n * HOUR;
const START = NOW - 12n * HOUR;
const HOURS = 9;

async function ask(node: TestNode, text: string): Promise<string> {
  return printResults(executeQuery(parseQuery(text), node.context({ database: 'd' })));
}

/** The base has a shard for each hour. */
async function open(): Promise<TestNode> {
  const node = await openTestNode({ nowNs: NOW });
  const statements = [
    'CREATE DATABASE d WITH SHARD DURATION 1h',
    "CREATE LADDER l ON d '1s:inf,10m:inf,1h:inf,3h:inf' STATES first, last, stddev LATENESS 0s",
  ];
  for (const statement of statements) await ask(node, statement);
  return node;
}

/** Points of one hour, a minute apart. */
async function load(node: TestNode, hour: number, value: (minute: number) => string): Promise<void> {
  const lines = Array.from({ length: 60 }, (_, minute) => {
    const timeNs = START + BigInt(hour) * HOUR + BigInt(minute) * 60n * SECOND;
    return `m,h=a v=${value(minute)},n=1i ${timeNs}`;
  });
  await node.load('d', undefined, lines.join('\n'));
}

const integer = (minute: number): string => `${minute * 3 - 7}i`;
const text = (minute: number): string => `"x${minute}"`;
const float = (minute: number): string => `${(minute * 5 - 11) / 4}`;

const FUNCTIONS = ['count', 'sum', 'mean', 'min', 'max', 'spread', 'first', 'last', 'stddev'];

/** The columns of the answers, with numbers cut to what sums of another order may differ by. */
async function answers(node: TestNode, source: string, step: string): Promise<string> {
  const calls = FUNCTIONS.map((name) => `${name}(v) AS ${name}`).join(', ');
  const query = `SELECT ${calls}, count(n) AS points FROM ${source} WHERE time >= ${START} AND time < ${NOW} GROUP BY time(${step})`;
  const answer = await ask(node, query);
  return answer.replace(/-?\d+\.\d+/g, (number) =>
    Number(number)
      .toPrecision(12)
      .replace(/\.?0+$/, ''),
  );
}

test('integers and floats in turns: tiers say what the points say, also computed again and from blocks', async () => {
  const node = await open();
  try {
    for (let hour = 0; hour < HOURS; hour++) await load(node, hour, hour % 2 === 0 ? integer : float);
    const check = async (when: string): Promise<void> => {
      await node.ladders.settle();
      for (const [tier, step] of [
        ['10m_for_inf', '10m'],
        ['1h_for_inf', '1h'],
        ['3h_for_inf', '3h'],
      ] as const) {
        assert.equal(
          await answers(node, `"${tier}".m`, step),
          await answers(node, '"autogen".m', step),
          `${when} ${tier}`,
        );
      }
      for (const { tier, figures } of node.ladders.status()) assert.equal(figures.refused, 0, tier.policy);
    };
    await check('as they come');
    await node.view.flush();
    await check('from blocks');
    for (let hour = 0; hour < HOURS; hour++) await load(node, hour, hour % 2 === 0 ? integer : float);
    await check('computed again');
    await node.view.flush();
    await check('from more blocks');
  } finally {
    await node.close();
  }
});

test('a shard of a tier has a field in one kind: windows of another are refused, and said to be, without their neighbours', async () => {
  const node = await open();
  try {
    for (let hour = 0; hour < HOURS; hour++)
      await load(node, hour, hour % 3 === 1 ? text : hour % 3 === 0 ? integer : float);
    for (const when of ['as they come', 'computed again']) {
      await node.ladders.settle();
      for (const [tier, step] of [
        ['10m_for_inf', '10m'],
        ['1h_for_inf', '1h'],
        ['3h_for_inf', '3h'],
      ] as const) {
        assert.equal(
          await answers(node, `"${tier}".m`, step),
          await answers(node, '"autogen".m', step),
          `${when} ${tier}`,
        );
      }
      const [tens, hours, three] = node.ladders.status().map(({ figures }) => figures);
      assert.deepEqual([tens.refused > 0, hours.refused, three.refused], [true, 0, 0], when);
      assert.equal(
        tens.firstRefusal,
        'field "v" of measurement "m" is of kind string in windows of a shard that has it as number',
      );
      for (let hour = 0; hour < HOURS; hour++) if (hour % 3 === 1) await load(node, hour, text);
    }
  } finally {
    await node.close();
  }
});
