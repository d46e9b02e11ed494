// A ladder of continuous queries in fast time: every level against brute force, through all that may happen to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECOND } from '../model/index.ts';
import { LEVELS, Points, RAW, ladderScript, stored } from './test-support/ladder.ts';
import { DEFAULT_OPTIONS, type ScheduleNode, openScheduleNode, tempDir } from './test-support/schedule-node.ts';

const START_NS = 1_767_225_600n * SECOND;
const FINEST_FIRST = [...LEVELS.keys()];

const SERIES = ['cpu,host=a,type=idle', 'cpu,host=b,type=idle', 'memory,host=a', 'load,host=b'];

class Simulation {
  readonly points = new Points(START_NS);
  readonly #dir: string;
  readonly #random = generator(1);
  node: ScheduleNode;

  constructor(dir: string, node: ScheduleNode) {
    this.#dir = dir;
    this.node = node;
  }

  async reopen(second: number, options = DEFAULT_OPTIONS): Promise<void> {
    this.node = await openScheduleNode(this.#dir, START_NS + BigInt(second) * SECOND, options);
  }

  /** Writes the points of each second and ticks every ten. */
  async live(fromS: number, toS: number): Promise<void> {
    for (let second = fromS; second < toS; second += 10) {
      await this.write(this.lines(second, second + 10));
      await this.tickAt(second + 10);
    }
  }

  async write(lines: readonly string[]): Promise<void> {
    await this.node.write('collectd', RAW, lines.join('\n'));
  }

  async tickAt(second: number): Promise<void> {
    this.node.nowNs = START_NS + BigInt(second) * SECOND + 300_000_000n;
    await this.node.tick();
  }

  async check(untilS: number): Promise<void> {
    for (const level of LEVELS.keys()) {
      const [actual, expected] = [await stored(this.node, level, START_NS), this.points.expected(level, untilS)];
      assert.deepEqual(actual, expected, LEVELS[level].name);
    }
  }

  /** Points of nearly every second, newly made up. */
  lines(fromS: number, toS: number): string[] {
    const lines: string[] = [];
    for (let second = fromS; second < toS; second++) {
      for (const series of SERIES) {
        if (this.#random() < 0.1) continue;
        lines.push(this.points.line(series, second, { value: Math.floor(this.#random() * 4096) / 8 }));
      }
    }
    return lines;
  }
}

async function simulate(t: Parameters<typeof tempDir>[0], order = FINEST_FIRST): Promise<Simulation> {
  const dir = await tempDir(t);
  const node = await openScheduleNode(dir, START_NS);
  await node.run(ladderScript(order).replaceAll('\n', ';'));
  await node.tick();
  return new Simulation(dir, node);
}

function generator(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

for (const [name, order] of [
  ['finest first', FINEST_FIRST],
  ['coarsest first', [...FINEST_FIRST].reverse()],
] as const) {
  void test(`all levels are right, created ${name}`, async (t) => {
    const simulation = await simulate(t, [...order]);
    await simulation.live(0, 3900);
    await simulation.check(3900);
    assert.equal(simulation.node.service.totals.lateWindows, 0);
    await simulation.node.stop();
  });
}

void test('what was missed while the server was down is computed, in pieces, before coarser levels read it', async (t) => {
  const simulation = await simulate(t);
  await simulation.live(0, 1800);
  await simulation.node.stop();
  await simulation.reopen(7200);
  // Senders kept their points.
  for (let second = 1800; second < 7200; second += 600) await simulation.write(simulation.lines(second, second + 600));
  await simulation.live(7200, 7500);
  await simulation.check(7500);
  const due = simulation.node.runs.filter(({ query, step }) => query.name === 'cq_10s_for_8d' && step.kind === 'due');
  assert.ok(due.length > 5, 'the backlog is taken in pieces');
  assert.ok(due.every(({ step }) => step.windows <= 1000));
  await simulation.node.stop();
});

void test('points that come late, overwrites and deletes reach every level', async (t) => {
  const simulation = await simulate(t);
  const { points } = simulation;
  await simulation.live(0, 4200);
  await simulation.write([
    points.line('cpu,host=a,type=idle', 17, { value: 1000 }),
    points.line('late,host=c', 100, { value: 8, more: 3 }),
    points.line('late,host=c', 3599, { value: 16 }),
  ]);
  await simulation.tickAt(4205);
  assert.equal(simulation.node.service.totals.lateWindows, 0, 'late windows wait for more');
  await simulation.tickAt(4211);
  await simulation.check(4210);

  // DELETE goes through all policies: windows that are empty now are gone at every level, the others are recomputed.
  const [fromNs, toNs] = [START_NS + 600n * SECOND, START_NS + 690n * SECOND];
  const { error } = await simulation.node.query(
    `DELETE FROM memory WHERE time >= ${fromNs} AND time < ${toNs}`,
    'collectd',
  );
  assert.equal(error, null);
  points.remove('memory,host=a', 600, 690);
  await simulation.tickAt(4230);
  await simulation.check(4230);
  await simulation.node.stop();
});

void test('kill -9 at any moment', async (t) => {
  const simulation = await simulate(t);
  const { points } = simulation;
  for (let round = 0; round < 8; round++) {
    const fromS = round * 600;
    await simulation.live(fromS, fromS + 570 - round * 10);
    if (round > 1) await simulation.write([points.line('cpu,host=b,type=idle', 13 + 300 * round, { value: round })]);
    if (round % 3 === 0) await simulation.node.view.flush();
    await simulation.write([points.line('memory,host=a', 5 + 100 * round, { value: round / 2 })]);
    await simulation.node.kill();
    await simulation.reopen(fromS + 570);
    await simulation.write(simulation.lines(fromS + 570 - round * 10, fromS + 600));
    await simulation.tickAt(fromS + 600);
  }
  await simulation.live(4800, 4830);
  await simulation.check(4830);
  await simulation.node.stop();
});
