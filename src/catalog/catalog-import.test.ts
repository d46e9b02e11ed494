import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CatalogImport, Database, RetentionPolicy } from './catalog.ts';
import { openCatalog } from './open-catalog.ts';
import { decodeDatabase, encodeDatabase } from './state-codec.ts';
import { show } from './test-support/show.ts';
import { rejects, withStore } from './test-support/temp-store.ts';
import { decodeUser, encodeUser } from './user-record.ts';

const HOUR = 3_600_000_000_000n;

function policy(name: string, id: string): RetentionPolicy {
  const bucket = { id: id.padStart(16, '0'), durationNs: 0n, shardDurationNs: HOUR };
  return { name, bucket, replicaN: 1, subscriptions: [{ name: 's', mode: 'ALL', destinations: ['udp://h:1'] }] };
}

function database(name: string, ...policies: RetentionPolicy[]): Database {
  return {
    name,
    defaultPolicy: policies[0].name,
    policies,
    continuousQueries: [{ name: 'c', text: 'CREATE …' }],
    ladders: [],
  };
}

const user = { name: 'u', admin: true, passwordHash: '$2a$04$x', grants: new Map([['d', 'READ' as const]]) };
const nothing: CatalogImport = { databases: [], policies: [], users: [] };

test('databases, policies and users are imported as they are, in one record', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  await catalog.createDatabase('m');
  await catalog.importAll({
    databases: [database('d', policy('a', '1'), policy('b', '2'))],
    policies: [{ database: 'm', policy: policy('a', '3') }],
    users: [user],
  });
  const expected = [
    'd: a* 0s 1h0m0s 1 <s ALL udp://h:1>, b 0s 1h0m0s 1 <s ALL udp://h:1> [c: CREATE …]',
    'm: autogen* 0s 168h0m0s 1, a 0s 1h0m0s 1 <s ALL udp://h:1>',
    'user u (admin) d READ',
  ];
  assert.deepEqual(show(catalog), expected);
  await catalog.close();
  const again = await openCatalog({ store });
  assert.deepEqual(show(again), expected);
  assert.equal(again.policy('d', 'b').bucket.id, '0000000000000002');
  assert.deepEqual(again.user('u'), user);
  await again.close();
});

test('an import changes nothing that is there, and nothing at all when a part of it is refused', async (t) => {
  const { store } = await withStore(t);
  const catalog = await openCatalog({ store });
  await catalog.importAll({ ...nothing, databases: [database('d', policy('a', '1'))], users: [user] });
  const before = show(catalog);
  const cases: readonly (readonly [Partial<CatalogImport>, 'conflict' | 'not found' | 'invalid', string])[] = [
    [{ databases: [database('d', policy('a', '9'))] }, 'conflict', 'database already exists: d'],
    [{ databases: [database('e', policy('a', '1'))] }, 'conflict', 'bucket already exists: 0000000000000001'],
    [
      { databases: [database('e', policy('a', '8'), policy('a', '9'))] },
      'conflict',
      'retention policy already exists: e/a',
    ],
    [
      { databases: [database('e', policy('a', '8')), database('e', policy('a', '9'))] },
      'conflict',
      'database already exists: e',
    ],
    [{ databases: [database('e/f', policy('a', '9'))] }, 'invalid', 'invalid name'],
    [{ policies: [{ database: 'd', policy: policy('a', '9') }] }, 'conflict', 'retention policy already exists: d/a'],
    [{ policies: [{ database: 'x', policy: policy('a', '9') }] }, 'not found', 'database not found: x'],
    [{ users: [{ ...user, name: 'v' }, user] }, 'conflict', 'user already exists: u'],
  ];
  for (const [content, code, text] of cases) await rejects(catalog.importAll({ ...nothing, ...content }), code, text);
  assert.deepEqual(show(catalog), before);
  await catalog.importAll(nothing);
  await catalog.close();
});

test('databases and users outlive their JSON', () => {
  const whole = database('d', policy('a', '1'));
  assert.deepEqual(decodeDatabase(JSON.parse(JSON.stringify(encodeDatabase(whole)))), whole);
  assert.deepEqual(decodeUser(JSON.parse(JSON.stringify(encodeUser(user)))), user);
});
