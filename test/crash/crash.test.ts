import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from './campaign.ts';

test('a few rounds of kill -9 and failing disks lose, double and invent nothing', { timeout: 240_000 }, async () => {
  const seed = Math.floor(Math.random() * 1e9);
  const result = await runCampaign(6, seed, () => undefined);
  assert.deepEqual(result.slips, [], `seed ${seed}`);
  assert.ok(result.acknowledged > 0, `seed ${seed}: nothing was written`);
});
