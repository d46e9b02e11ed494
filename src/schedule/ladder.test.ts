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

  /** Writes the points of each second, and ticks at the end of every step. */
  async live(fromS: number, toS: number, stepS = 30): Promise<void> {
    for (let second = fromS; second < toS; second += stepS) {
      const endS = Math.min(toS, second + stepS);
      await this.write(this.lines(second, endS));
      await this.tickAt(endS);
    }
  }

  async write(lines: readonly string[]): Promise<void> {
    await this.node.write('collectd', RAW, lines.join('\n'));
  }

  async tickAt(second: number): Promise<void> {
    this.node.nowNs = START_NS + BigInt(second) * SECOND + 300_000_000n;
    await this.node.tick();
  }

  /** DELETE goes through all policies: windows that are empty then are gone at every level, the others are recomputed. */
  async remove(series: string, fromS: number, toS: number): Promise<void> {
    const [measurement, ...tags] = series.split(',');
    const conditions = tags.map((tag) => `${tag.replace('=', " = '")}'`);
    const range = [`time >= ${START_NS + BigInt(fromS) * SECOND}`, `time < ${START_NS + BigInt(toS) * SECOND}`];
    const text = `DELETE FROM ${measurement} WHERE ${[...conditions, ...range].join(' AND ')}`;
    const { error } = await this.node.query(text, 'collectd');
    assert.equal(error, null);
    this.points.remove(series, fromS, toS);
  }

  /** `keeps`: levels at which a window that has lost all its points may still have what it had, as in InfluxDB. */
  async check(untilS: number, { message = '', keeps = [] as readonly string[] } = {}): Promise<void> {
    for (const [level, { name }] of LEVELS.entries()) {
      const expected = this.points.expected(level, untilS);
      const windows = new Set(expected.map(withoutValue));
      const all = await stored(this.node, level, START_NS);
      const actual = keeps.includes(name) ? all.filter((row) => windows.has(withoutValue(row))) : all;
      assert.deepEqual(actual, expected, `${name} ${message}`);
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

function withoutValue(row: string): string {
  return row.slice(0, row.lastIndexOf(' '));
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
    await simulation.live(0, 600, 10);
    await simulation.live(600, 3900);
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
  assert.equal(simulation.node.service.totals.lateWindows, 0, 'nothing is computed twice');
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

  await simulation.remove('memory,host=a', 600, 690);
  await simulation.tickAt(4230);
  await simulation.check(4230);
  await simulation.node.stop();
});

void test('whatever happens, in any order: kills, stops, silence, flushes, late points, overwrites, deletes', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = generator(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const order = FINEST_FIRST.map((level) => ({ level, key: random() })).sort((a, b) => a.key - b.key);
  const simulation = await simulate(
    t,
    order.map(({ level }) => level),
  );
  const { points } = simulation;
  let now = 0;
  for (let round = 0; round < 20; round++) {
    const series = SERIES[below(SERIES.length)];
    switch (below(6)) {
      case 0:
        await simulation.node.kill();
        now += 10 * below(30);
        await simulation.reopen(now);
        break;
      case 1:
        await simulation.node.stop();
        now += 10 * below(30);
        await simulation.reopen(now);
        break;
      case 2:
        await simulation.node.view.flush();
        break;
      case 3: {
        const count = 1 + below(5);
        const lines = Array.from({ length: count }, () => points.line(series, below(now + 1), { value: below(99) }));
        await simulation.write(lines);
        break;
      }
      case 4: {
        const [fromS, toS] = [below(now + 1), now].map((second) => 900 * Math.floor(second / 900));
        await simulation.remove(series, fromS, toS);
        break;
      }
      default: {
        const endS = now + 30 * (1 + below(30));
        await simulation.live(now, endS, 10 * (3 + below(9)));
        now = endS;
      }
    }
  }
  await simulation.tickAt(now + 11);
  await simulation.check(now + 11, { message: `seed ${seed}`, keeps: ['2m_for_45d', '1h_for_800d'] });
  await simulation.node.stop();
});
