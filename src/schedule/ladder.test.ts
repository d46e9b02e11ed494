// A ladder of continuous queries in fast time: every level against brute force, through all that may happen to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECOND } from '../model/index.ts';
import { LEVELS, Points, RAW, ladderScript, stored } from './test-support/ladder.ts';
import { type ScheduleNode, openScheduleNode, tempDir } from './test-support/schedule-node.ts';

const START_NS = 1_767_225_600n * SECOND;
const FINEST_FIRST = [...LEVELS.keys()];

const SERIES = ['cpu,host=a,type=idle', 'cpu,host=b,type=idle', 'memory,host=a', 'load,host=b'];

class Simulation {
  readonly points = new Points(START_NS);
  readonly #random: () => number;
  node: ScheduleNode;

  constructor(node: ScheduleNode, random: () => number) {
    this.node = node;
    this.#random = random;
  }

  /** Writes the points of each second and ticks every ten. */
  async live(fromS: number, toS: number): Promise<void> {
    for (let second = fromS; second < toS; second += 10) {
      await this.write(SERIES.flatMap((series) => this.#lines(series, second, second + 10)));
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

  #lines(series: string, fromS: number, toS: number): string[] {
    const lines: string[] = [];
    for (let second = fromS; second < toS; second++) {
      if (this.#random() < 0.1) continue;
      lines.push(this.points.line(series, second, { value: Math.floor(this.#random() * 4096) / 8 }));
    }
    return lines;
  }
}

async function simulate(t: Parameters<typeof tempDir>[0], order = FINEST_FIRST): Promise<Simulation & { dir: string }> {
  const dir = await tempDir(t);
  const node = await openScheduleNode(dir, START_NS);
  await node.run(ladderScript(order).replaceAll('\n', ';'));
  await node.tick();
  return Object.assign(new Simulation(node, generator(1)), { dir });
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
    await simulation.live(0, 7200);
    await simulation.check(7200);
    await simulation.node.stop();
  });
}
