import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../../../base/index.ts';
import { encodeMeta } from '../test-support/encode-meta.ts';
import { type InfluxMeta, parseMeta, readMeta } from './meta-file.ts';

const META: InfluxMeta = {
  databases: [
    { name: 'empty', defaultPolicy: '', policies: [], continuousQueries: [] },
    {
      name: 'ünï',
      defaultPolicy: 'autogen',
      policies: [
        {
          name: 'autogen',
          durationNs: 0n,
          shardDurationNs: 604_800_000_000_000n,
          replicaN: 1,
          shards: [
            { id: '1', range: { startNs: -604_800_000_000_000n, endNs: 0n } },
            { id: '12', range: { startNs: 0n, endNs: 604_800_000_000_000n } },
          ],
          subscriptions: [{ name: 's', mode: 'ANY', destinations: ['udp://a:1', 'http://b:2'] }],
        },
      ],
      continuousQueries: [{ name: 'q', text: 'CREATE CONTINUOUS QUERY q ON … END' }],
    },
  ],
  users: [
    { name: 'root', passwordHash: '$2a$10$x', admin: true, grants: [] },
    {
      name: 'u',
      passwordHash: '$2a$10$y',
      admin: false,
      grants: [
        { database: 'a', privilege: 'READ' },
        { database: 'b', privilege: 'WRITE' },
        { database: 'c', privilege: 'ALL PRIVILEGES' },
        { database: 'd', privilege: 'NO PRIVILEGES' },
      ],
    },
  ],
};

test('all that is needed is read; deleted shards and later fields are passed over', () => {
  assert.deepEqual(parseMeta(encodeMeta(META)), META);
  assert.deepEqual(parseMeta(new Uint8Array(0)), { databases: [], users: [] });
});

test('a file that was cut is refused, or a whole one', () => {
  const bytes = encodeMeta(META);
  let refused = 0;
  for (let length = 1; length < bytes.length; length++) {
    try {
      parseMeta(bytes.subarray(0, length));
    } catch (error) {
      assert.ok(isWeirError(error, 'corrupt'), String(error));
      refused++;
    }
  }
  assert.ok(refused > bytes.length - 20, `${refused} of ${bytes.length}`);
});

test('no file', async () => {
  await assert.rejects(readMeta('/nowhere/meta.db'), (error) => isWeirError(error, 'not found'));
});
