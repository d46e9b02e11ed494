import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SECOND } from '../model/index.ts';
import { type LadderSetup, bucket, ladderOf, openNode, rowsOf } from './test-support/ladder-node.ts';

test('points in the future that were there before the ladder are in their windows, in memory and in blocks', async (t) => {
  for (const flushes of [false, true]) {
    const dir = await mkdtemp(join(tmpdir(), 'weir-ahead-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const base = bucket(1);
    const ladder = ladderOf([10n * SECOND, 60n * SECOND], base);
    const setup: LadderSetup = { dir, base, ladder: { ...ladder, rules: [] }, nowNs: 5000n * SECOND, saved: undefined };
    const node = await openNode(setup);
    t.after(() => node.close());
    await node.write('m,h=a v=1 4990\nm,h=a v=2 5100\nm,h=a v=3 5101\nm,h=b v=7 9000');
    if (flushes) await node.view.flush();
    setup.ladder = ladder;
    await node.ladders.refresh();
    await node.write('m,h=a v=5 5102\nm,h=c v=1 5103');
    setup.nowNs = 6000n * SECOND;
    await node.ladders.settle();
    const counts = ladder.rules[0].tiers.map(({ bucket: { id } }) =>
      [...rowsOf(node.view, id)]
        .map(([key, row]) => `${key}: ${String(row['v:count'])} ${String(row['v:sum'])}`)
        .sort(),
    );
    assert.deepEqual(counts, [
      ['m,h=a 4990: 1 1', 'm,h=a 5100: 3 10', 'm,h=c 5100: 1 1'],
      ['m,h=a 4980: 1 1', 'm,h=a 5100: 3 10', 'm,h=c 5100: 1 1'],
    ]);
  }
});
