// What happens to a ladder after its data is there: points that come late, overwrites, deletes, a kill with work left to do, and
// other steps. Afterwards every level equals brute force over all points that were accepted and not deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ladder, LadderTier } from '../../src/model/index.ts';
import { SECOND } from '../../src/model/index.ts';
import { bucket } from '../../src/ladder/test-support/ladder-node.ts';
import { END, START, type Sample, makeSamples } from './samples.ts';
import { type LadderNode, type LadderSetup, tierRows, withNode, withWeir, writeSamples } from './weir.ts';
import { windowsOf } from './windows.ts';

const samples = makeSamples(7);

void test('late points, before and after their windows were closed, repair every level', () =>
  withWeir((setup) =>
    withNode(setup, async (node) => {
      const isLate = ({ time }: Sample): boolean => time % 7 === 0;
      await writeSamples(
        node,
        samples.filter((sample) => !isLate(sample)),
      );
      await node.ladders.settle();
      await writeSamples(node, samples.filter(isLate).toReversed());
      await assertLevels(node, setup, samples);
    }),
  ));

void test('late points reach every level, once, where the base no longer holds their windows', () =>
  withWeir((setup) => {
    keepBaseFor(setup, 3600n);
    setup.nowNs = BigInt(START) * SECOND;
    return withNode(setup, async (node) => {
      const isLate = ({ time }: Sample): boolean => time < START + 2500 && time % 5 === 0;
      const late = samples.filter(isLate);
      for (let from = START; from < END; from += 600) {
        setup.nowNs = BigInt(from + 600) * SECOND;
        const inTime = samples.filter((sample) => !isLate(sample) && sample.time >= from && sample.time < from + 600);
        if (inTime.length > 0) await writeSamples(node, inTime);
        await node.ladders.settle();
      }
      await node.view.flush();
      await node.view.enforceRetention();
      assert.ok((node.view.oldestShardNs(setup.base.id) ?? 0n) > BigInt(START) * SECOND, 'the base has forgotten');
      await writeSamples(node, late);
      await node.ladders.settle();
      // A client that got no answer sends again; another one corrects what it sent.
      await writeSamples(node, late);
      const correction = { time: late[0].time, value: 999 };
      await writeSamples(node, [correction]);
      const accepted = samples.map((sample) => (sample.time === correction.time ? correction : sample));
      // What came first and last is that of the points that came in time: states know no times.
      await assertLevels(node, setup, accepted, ['count', 'sum', 'min', 'max']);
      // From the finest tier, which holds everything, the others are computed.
      const [finest] = node.ladders.status();
      assert.ok(finest.figures.windowsMergedLate > 0, 'late points were merged');
    });
  }));

void test('a point that is written again counts once, with its last value', () =>
  withWeir((setup) =>
    withNode(setup, async (node) => {
      await writeSamples(node, samples);
      await node.ladders.settle();
      const again = samples.filter((_, at) => at % 11 === 0).map(({ time, value }) => ({ time, value: -value }));
      await writeSamples(node, again);
      await assertLevels(node, setup, overwritten(samples, again));
    }),
  ));

void test('a delete of half a window leaves the other half in every level', () =>
  withWeir((setup) =>
    withNode(setup, async (node) => {
      await writeSamples(node, samples);
      await node.ladders.settle();
      const [from, to] = [START + 415, START + 4805];
      const range = { startNs: BigInt(from) * SECOND, endNs: BigInt(to) * SECOND };
      await node.view.delete(setup.base.id, { measurements: ['m'], predicate: null, range });
      await assertLevels(
        node,
        setup,
        samples.filter(({ time }) => time < from || time >= to),
      );
    }),
  ));

void test('a kill while a backlog is worked off loses nothing', () =>
  withWeir(async (setup) => {
    await withNode(setup, async (node) => {
      await writeSamples(node, samples.slice(3000));
      await node.ladders.checkpoint();
      await writeSamples(node, samples.slice(0, 3000));
      await node.kill();
    });
    await withNode(setup, (node) => assertLevels(node, setup, samples));
  }));

void test('a level that is added computes itself, coarse ones before fine ones too, and other parents take over', () =>
  withWeir((setup) => {
    const { ladder } = setup;
    setup.ladder = withTiers(ladder, ({ stepNs }) => stepNs >= 900n * SECOND);
    return withNode(setup, async (node) => {
      await writeSamples(node, samples);
      await node.ladders.settle();
      for (const finest of [300n, 30n, 10n]) {
        setup.ladder = withTiers(ladder, ({ stepNs }) => stepNs >= finest * SECOND);
        await node.ladders.refresh();
        await assertLevels(node, setup, samples);
      }
      // Without 30s the parent of 5m is 10s; new points go the new way.
      setup.ladder = withTiers(ladder, ({ stepNs }) => stepNs !== 30n * SECOND);
      await node.ladders.refresh();
      const more = [
        { time: START + 1, value: 77 },
        { time: END - 1, value: -77 },
      ];
      await writeSamples(node, more);
      await assertLevels(node, setup, overwritten(samples, more));
    });
  }));

type State = 'count' | 'sum' | 'min' | 'max' | 'first' | 'last';
const ALL_STATES: readonly State[] = ['count', 'sum', 'min', 'max', 'first', 'last'];

async function assertLevels(
  node: LadderNode,
  setup: LadderSetup,
  accepted: readonly Sample[],
  states = ALL_STATES,
): Promise<void> {
  await node.ladders.settle();
  for (const { stepNs } of setup.ladder.rules[0].tiers) {
    const step = Number(stepNs / SECOND);
    const expected = windowsOf(accepted, step);
    const rows = tierRows(node, setup, step);
    const starts = (windows: ReadonlyMap<number, unknown>): number[] => [...windows.keys()].toSorted((a, b) => a - b);
    assert.deepEqual(starts(rows), starts(expected), `${step} s: windows`);
    for (const [start, window] of expected) {
      const row = rows.get(start);
      for (const state of states) assert.equal(row?.[state], window[state], `${state} of ${step} s at ${start}`);
      const distance = Math.abs((row?.mean ?? NaN) - window.mean);
      assert.ok(distance <= 1e-12 * Math.max(1, Math.abs(window.mean)), `mean of ${step} s at ${start}: ${row?.mean}`);
    }
  }
}

/** The later ones count. */
function overwritten(before: readonly Sample[], later: readonly Sample[]): readonly Sample[] {
  return [...new Map([...before, ...later].map((sample) => [sample.time, sample])).values()];
}

function withTiers(ladder: Ladder, isIn: (tier: LadderTier) => boolean): Ladder {
  return { ...ladder, rules: ladder.rules.map((rule) => ({ ...rule, tiers: rule.tiers.filter(isIn) })) };
}

/** Points that are older go to the late bucket. */
function keepBaseFor(setup: LadderSetup, seconds: bigint): void {
  const late = bucket(2, 0n, setup.base.id);
  const base = { ...setup.base, durationNs: seconds * SECOND, shardDurationNs: 600n * SECOND, late };
  Object.assign(setup, { base, ladder: { ...setup.ladder, lateBucket: late } });
}
