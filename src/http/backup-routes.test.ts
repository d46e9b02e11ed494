import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Copies } from './backup-routes.ts';
import { call } from './test-support/call.ts';
import { NO_COPIES, serveEngine } from './test-support/test-server.ts';

/** More than sockets hold. */
const OBJECT = Buffer.alloc(40_000_000, randomBytes(1_000_000));

/** A server that has one object; `isHeld` tells whether somebody still reads it. */
async function serveObject(t: TestContext) {
  let held = false;
  const copies: Copies = {
    ...NO_COPIES,
    backups: {
      ...NO_COPIES.backups,
      fetch: async () => {
        held = true;
        async function* chunks(): AsyncGenerator<Uint8Array> {
          try {
            for (let at = 0; at < OBJECT.length; at += 65_536) yield OBJECT.subarray(at, at + 65_536);
          } finally {
            held = false;
          }
        }
        const sha256 = createHash('sha256').update(OBJECT).digest('hex');
        return { sizeBytes: OBJECT.length, chunks: chunks(), sha256: () => sha256 };
      },
    },
  };
  return { server: await serveEngine(t, { copies }), isHeld: () => held };
}

test('an object comes with its SHA-256 behind it', async (t) => {
  const { server, isHeld } = await serveObject(t);
  const { status, headers, bytes } = await call(server, '/backup/object?id=a&key=b');
  assert.deepEqual([status, headers['content-length']], [200, `${OBJECT.length + 32}`]);
  assert.ok(bytes.subarray(0, -32).equals(OBJECT));
  assert.deepEqual(bytes.subarray(-32), createHash('sha256').update(OBJECT).digest());
  assert.equal(isHeld(), false);
});

test('an object is let go when its reader leaves', async (t) => {
  const { server, isHeld } = await serveObject(t);
  const sent = request({ host: server.host, port: server.port, path: '/backup/object?id=a&key=b', agent: false });
  sent.on('error', () => {});
  sent.end();
  const [response] = await once(sent, 'response');
  await once(response, 'data');
  assert.equal(isHeld(), true);
  sent.destroy();
  for (let wait = 0; wait < 100 && isHeld(); wait++) await delay(10);
  assert.equal(isHeld(), false);
  assert.deepEqual(
    server.logged.filter(({ level }) => level === 'error'),
    [],
  );
});

test('what is missing or no number is named', async (t) => {
  const { server } = await serveObject(t);
  const cases: readonly (readonly [path: string, body: string | undefined, text: string])[] = [
    ['/backup/object?id=a', undefined, 'parameter key is missing'],
    ['/backup/open?policy=p', '', 'a retention policy needs the database'],
    ['/backup/open?since=soon', '', 'parameter since: expected nanoseconds since 1970'],
    ['/restore/append?id=a&key=b&offset=-1', 'x', 'parameter offset: expected a number'],
    ['/restore/open', '{', 'the body is not JSON: '],
    ['/restore/open', '{}', 'request.selection: expected an object, found nothing'],
  ];
  for (const [path, body, text] of cases) {
    const answer = await call(server, path, body === undefined ? {} : { body });
    assert.equal(answer.status, 400, path);
    assert.ok(answer.text.includes(text), `${path}: ${answer.text}`);
  }
});
