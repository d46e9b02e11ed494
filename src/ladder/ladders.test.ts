// Ladders at work against brute force over all points that were accepted.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Bucket, MINUTE, SECOND } from '../model/index.ts';
import {
  type LadderSetup,
  type Value,
  bucket,
  ladderOf,
  openNode,
  rowsOf,
  rowsOfSnapshot,
} from './test-support/ladder-node.ts';
import { openTierReads } from './tier-reads.ts';
import type { LadderNode } from './test-support/ladder-node.ts';

const base = bucket(1);

async function withSetup(steps: readonly bigint[], run: (setup: LadderSetup) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-ladder-'));
  try {
    await run({ dir, base, ladder: ladderOf(steps, base), nowNs: 0n, saved: undefined });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What a tier must hold, from the points of the base. */
function bruteForce(points: Map<string, Record<string, Value>>, stepNs: bigint): Map<string, Record<string, Value>> {
  const step = Number(stepNs / SECOND);
  const windows = new Map<string, Map<string, Value[]>>();
  const inOrder = [...points].map(([key, values]) => {
    const blank = key.lastIndexOf(' ');
    return { series: key.slice(0, blank), time: Number(key.slice(blank + 1)), values };
  });
  inOrder.sort((a, b) => a.time - b.time);
  for (const { series, time, values } of inOrder) {
    const key = `${series} ${Math.floor(time / step) * step}`;
    const fields = windows.get(key) ?? new Map<string, Value[]>();
    windows.set(key, fields);
    for (const [field, value] of Object.entries(values)) fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  const expected = new Map<string, Record<string, Value>>();
  for (const [key, fields] of windows) {
    const row: Record<string, Value> = {};
    for (const [field, values] of fields) Object.assign(row, statesOfValues(field, values));
    expected.set(key, row);
  }
  return expected;
}

function statesOfValues(field: string, values: readonly Value[]): Record<string, Value> {
  const [first] = values;
  const count = { [`${field}:count`]: BigInt(values.length) };
  if (typeof first === 'string' || typeof first === 'boolean') {
    const ends = { [`${field}:first`]: first, [`${field}:last`]: values[values.length - 1] };
    const trues =
      typeof first === 'boolean' ? { [`${field}:true`]: BigInt(values.filter((value) => value).length) } : {};
    return { ...count, ...ends, ...trues };
  }
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
  const sum =
    typeof first === 'bigint'
      ? (values as bigint[]).reduce((total, value) => total + value, 0n)
      : (values as number[]).reduce((total, value) => total + value, 0);
  return { ...count, [`${field}:sum`]: sum, [`${field}:min`]: sorted[0], [`${field}:max`]: sorted[sorted.length - 1] };
}

function assertEqualRows(
  actual: Map<string, Record<string, Value>>,
  expected: Map<string, Record<string, Value>>,
  what: string,
): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort(), `${what}: windows`);
  for (const [key, row] of expected) {
    const own = actual.get(key) ?? {};
    assert.deepEqual(Object.keys(own).sort(), Object.keys(row).sort(), `${what} ${key}: states`);
    for (const [column, value] of Object.entries(row)) {
      const found = own[column];
      const close =
        typeof value === 'number' && typeof found === 'number'
          ? Math.abs(found - value) <= 1e-12 * Math.max(1, Math.abs(value))
          : found === value;
      assert.ok(close, `${what} ${key} ${column}: ${String(found)}, expected ${String(value)}`);
    }
  }
}

async function assertTiers(node: LadderNode, setup: LadderSetup): Promise<void> {
  await node.ladders.settle();
  const points = rowsOf(node.view, base.id);
  for (const rule of setup.ladder.rules)
    for (const tier of rule.tiers)
      assertEqualRows(rowsOf(node.view, tier.bucket.id), bruteForce(points, tier.stepNs), tier.policy);
}

const STEPS = [10n * SECOND, 30n * SECOND, 2n * MINUTE, 5n * MINUTE];

test('points in order fill every tier, those of 5m from 30s', () =>
  withSetup(STEPS, async (setup) => {
    const node = await openNode(setup);
    for (let at = 0; at < 1200; at += 3) {
      setup.nowNs = BigInt(at) * SECOND;
      await node.write(`m,h=a v=${at * 0.1},i=${at}i,s="t${at}",b=${at % 2 === 0} ${at}\nm,h=b v=${-at} ${at}`);
      if (at % 60 === 0) await node.ladders.settle();
    }
    setup.nowNs = 1200n * SECOND;
    await assertTiers(node, setup);
    const { figures } = node.ladders.status()[0];
    assert.ok(figures.rowsRead <= 10, 'but for the window in which the ladder was made, nothing is read again');
    await node.close();
  }));

test('late points, overwrites and deletes repair every tier', () =>
  withSetup(STEPS, async (setup) => {
    const node = await openNode(setup);
    setup.nowNs = 1200n * SECOND;
    for (let at = 0; at < 1200; at += 7) await node.write(`m,h=a v=${at} ${at}\nn,h=a v=${at},w=1i ${at}`);
    await assertTiers(node, setup);
    await node.write('m,h=a v=1000 0\nm,h=a v=-5 701\nm,h=new v=1 3');
    await assertTiers(node, setup);
    await node.view.delete(base.id, { measurements: ['m'], predicate: null, range: range(95, 731) });
    await assertTiers(node, setup);
    await node.view.delete(base.id, {
      measurements: null,
      predicate: { op: '=', tag: 'h', value: 'new' },
      range: { startNs: -(2n ** 63n) + 2n, endNs: 2n ** 63n - 1n },
    });
    await assertTiers(node, setup);
    await node.close();
  }));

test('a ladder over points that are there already fills itself', () =>
  withSetup(STEPS, async (setup) => {
    const { ladder } = setup;
    setup.ladder = { ...ladder, rules: [] };
    setup.nowNs = 5000n * SECOND;
    const node = await openNode(setup);
    for (let at = 0; at < 5000; at += 11) await node.write(`m,h=a v=${at} ${at}\nm,h=b w=${at}i ${at}`);
    await node.view.flush();
    setup.ladder = ladder;
    await node.ladders.refresh();
    await node.write('m,h=a v=1 4999');
    await assertTiersUpToNow(node, setup);
    await node.close();
  }));

test('after a downtime longer than a finer tier keeps its windows the coarser ones still get theirs', async () => {
  const short: Bucket = { ...base, durationNs: 60n * SECOND, shardDurationNs: 60n * SECOND };
  const dir = await mkdtemp(join(tmpdir(), 'weir-ladder-'));
  const whole = ladderOf(STEPS, short);
  const [rule] = whole.rules;
  const keptNs = [120n * SECOND, 180n * SECOND, 0n, 0n];
  const tiers = rule.tiers.map((tier, at) => ({
    ...tier,
    bucket: { ...tier.bucket, durationNs: keptNs[at], shardDurationNs: 60n * SECOND },
  }));
  const ladder = { ...whole, rules: [{ ...rule, tiers }] };
  const setup: LadderSetup = { dir, base: short, ladder, nowNs: 0n, saved: undefined };
  const accepted = new Map<string, Record<string, Value>>();
  let node = await openNode(setup);
  try {
    for (let at = 0; at < 47; at++) {
      setup.nowNs = BigInt(at) * SECOND;
      accepted.set(`m,h=a ${at}`, { v: at });
      await node.write(`m,h=a v=${at} ${at}`);
    }
    await node.ladders.checkpoint();
    await node.kill();
    setup.nowNs = 3600n * SECOND;
    node = await openNode(setup);
    await node.view.enforceRetention();
    await node.ladders.settle();
    for (const tier of tiers.slice(2))
      assertEqualRows(rowsOf(node.view, tier.bucket.id), bruteForce(accepted, tier.stepNs), tier.policy);
    await node.view.enforceRetention();
    assert.equal(rowsOf(node.view, short.id).size, 0, 'nothing holds the points any more');
  } finally {
    await node.close();
    await rm(dir, { recursive: true, force: true });
  }
});

test('random writes, deletes, kills and restarts: every tier equals brute force', async () => {
  const seed = Number(process.env.WEIR_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = mulberry(seed);
  const below = (count: number): number => Math.floor(random() * count);
  await withSetup(STEPS, async (setup) => {
    let node = await openNode(setup);
    try {
      for (let step = 0; step < 60; step++) {
        setup.nowNs += BigInt(below(40)) * SECOND;
        const now = Number(setup.nowNs / SECOND);
        const lines = Array.from({ length: 1 + below(30) }, () => {
          const at = below(4) === 0 ? below(now + 1) : now - below(12) + 2;
          const series = `${'mn'[below(2)]},h=${below(3)}`;
          const field = ['v=', 'i=', 's="x', 'b='][below(4)];
          const value = { 'v=': `${below(1000) / 8}`, 'i=': `${below(9)}i`, 's="x': `${below(9)}"`, 'b=': 'true' }[
            field
          ];
          return `${series} ${field}${value} ${at}`;
        });
        await node.write(lines.join('\n'));
        if (below(12) === 0) {
          const from = below(now + 1);
          await node.view.delete(base.id, {
            measurements: below(2) === 0 ? null : ['m'],
            predicate: below(2) === 0 ? null : { op: '=', tag: 'h', value: `${below(3)}` },
            range: range(from, from + below(200)),
          });
        }
        if (below(8) === 0) await node.view.flush();
        if (below(6) === 0) await node.ladders.checkpoint();
        if (below(10) === 0) {
          await (below(2) === 0 ? node.kill() : node.close());
          node = await openNode(setup);
        }
        if (below(15) === 0) await assertTiersUpToNow(node, setup);
      }
      await assertTiersUpToNow(node, setup);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`, { cause: error });
    } finally {
      await node.close();
    }
  });
});

/** Windows that are not over yet are nobody's. */
async function assertTiersUpToNow(node: LadderNode, setup: LadderSetup): Promise<void> {
  await node.ladders.settle();
  const points = rowsOf(node.view, base.id);
  for (const tier of setup.ladder.rules[0].tiers) {
    const step = tier.stepNs / SECOND;
    const over = Number((setup.nowNs / SECOND / step) * step);
    const isOver = ([key]: [string, unknown]): boolean => Number(key.slice(key.lastIndexOf(' ') + 1)) < over;
    const expected = new Map([...bruteForce(points, tier.stepNs)].filter(isOver));
    assertEqualRows(new Map([...rowsOf(node.view, tier.bucket.id)].filter(isOver)), expected, tier.policy);
  }
}

test('points that are too old for the base are merged into every tier, once, also while tiers come and go', async () => {
  const seed = Number(process.env.WEIR_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = mulberry(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const late = bucket(2, 0n, base.id);
  const short: Bucket = { ...base, durationNs: 300n * SECOND, shardDurationNs: MINUTE, late };
  const dir = await mkdtemp(join(tmpdir(), 'weir-ladder-'));
  const ladder = { ...ladderOf(STEPS, short), lateBucket: late };
  // The finest tier lives longer than the base, but not for ever: then late points go into the next one.
  const [rule] = ladder.rules;
  const tiers = rule.tiers.map((tier, at) => {
    const durationNs = at === 0 ? 900n * SECOND : 0n;
    return { ...tier, bucket: { ...tier.bucket, durationNs, shardDurationNs: 5n * MINUTE, graceNs: 5n * MINUTE } };
  });
  const setup: LadderSetup = {
    dir,
    base: short,
    ladder: { ...ladder, rules: [{ ...rule, tiers }] },
    nowNs: 0n,
    saved: undefined,
  };
  const accepted = new Map<string, Record<string, Value>>();
  let editCount = 0;
  /** The tier of 2m goes, or comes again empty; that of 5m is made of 30s in any case. */
  const edit = async (): Promise<void> => {
    const current = setup.ladder.rules[0].tiers;
    const others = current.filter(({ stepNs }) => stepNs !== STEPS[2]);
    const again = { ...tiers[2], bucket: { ...tiers[2].bucket, id: bucket(0x200 + editCount++).id } };
    const next = others.length < current.length ? others : [...others.slice(0, 2), again, ...others.slice(2)];
    setup.ladder = { ...setup.ladder, rules: [{ ...rule, tiers: next }] };
    await node.ladders.refresh();
  };
  let node = await openNode(setup);
  try {
    for (let step = 0; step < 40; step++) {
      setup.nowNs += BigInt(below(60)) * SECOND;
      const now = Number(setup.nowNs / SECOND);
      const lines: string[] = [];
      for (let count = 1 + below(20); count > 0; count--) {
        const at = below(3) === 0 ? below(now + 1) : now - below(10);
        // No second is written twice: what a base has forgotten cannot be overwritten.
        const key = `m,h=${below(3)} ${at}`;
        if (at < 0 || accepted.has(key)) continue;
        const value = below(1000) / 8;
        accepted.set(key, { v: value });
        lines.push(`${key.split(' ')[0]} v=${value} ${at}`);
      }
      if (lines.length > 0) await node.write(lines.join('\n'));
      // Sent again, as a client does that got no answer.
      if (below(3) === 0 && lines.length > 0) await node.write(lines.join('\n'));
      if (below(10) === 0) await node.view.flush();
      if (below(6) === 0) await node.ladders.checkpoint();
      if (below(8) === 0) {
        await (below(2) === 0 ? node.kill() : node.close());
        node = await openNode(setup);
      }
      if (below(9) === 0) await edit();
      if (below(9) !== 0) continue;
      await node.ladders.settle();
      await node.view.enforceRetention();
    }
    await node.ladders.settle();
    assert.ok(
      node.ladders.status().some(({ figures }) => figures.windowsMergedLate > 0),
      'late points have been merged',
    );
    const placed = [{ database: 'db', ladder: setup.ladder, base: short }];
    const clock = { nowNs: () => setup.nowNs };
    const reads = openTierReads({ view: node.view, ladders: node.ladders, placed: () => placed, clock });
    for (const [at, tier] of setup.ladder.rules[0].tiers.entries()) {
      const step = tier.stepNs / SECOND;
      const over = Number((setup.nowNs / SECOND / step) * step);
      // The finest tier's own period ends somewhere: there only what is surely in it is looked at.
      const from = at === 0 ? Number(setup.nowNs / SECOND) - 600 : 0;
      const isOver = ([key]: [string, unknown]): boolean => {
        const time = Number(key.slice(key.lastIndexOf(' ') + 1));
        return time < over && time >= from;
      };
      const expected = new Map([...bruteForce(accepted, tier.stepNs)].filter(isOver));
      const snapshot = reads.openTier('db', tier.policy, false);
      assert.ok(snapshot !== undefined);
      const rows = [...rowsOfSnapshot(snapshot)].map(([key, row]): [string, Record<string, Value>] => {
        const own = Object.entries(row).filter(([column]) => column.startsWith('v:') && !column.startsWith('v:late'));
        return [key, Object.fromEntries(own)];
      });
      assertEqualRows(new Map(rows.filter(isOver)), expected, `seed ${seed} ${tier.policy}`);
    }
  } finally {
    await node.close();
    await rm(dir, { recursive: true, force: true });
  }
});

function range(from: number, to: number): { startNs: bigint; endNs: bigint } {
  return { startNs: BigInt(from) * SECOND, endNs: BigInt(to) * SECOND };
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
