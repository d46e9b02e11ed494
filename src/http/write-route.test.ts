import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import { type Answer, type Call, call, metricReads, talk } from './test-support/call.ts';
import { openStoredEngine, serve, serveEngine } from './test-support/test-server.ts';

async function startStored(t: TestContext) {
  const engine = await openStoredEngine(t);
  const server = await serve(t, { phase: 'ready', engine });
  return { engine, server };
}

function errorOf({ headers, text }: Answer): string {
  const { error } = JSON.parse(text) as { error: string };
  assert.equal(headers['x-influxdb-error'], error.replaceAll('\n', ' ').trim());
  return error;
}

test('every row of the table of answers', async (t) => {
  const { server } = await startStored(t);
  // Points of the same time, so that a type meets its elder in one shard.
  const cases: readonly (readonly [body: string, query: string, status: number, error?: string])[] = [
    ['m f=1', 'db=d', 204],
    ['', 'db=d', 204],
    ['# a comment\n\n', 'db=d', 204],
    ['m f=1', '', 400, 'database is required'],
    ['m f=1', 'db=', 400, 'database is required'],
    ['m f=1', 'db=x', 404, 'database not found: "x"'],
    ['m f=1', 'db=d&rp=x', 500, 'retention policy not found: x'],
    ['m\nn\n', 'db=d', 400, "unable to parse 'm': missing fields\nunable to parse 'n': missing fields"],
    [
      'm\nm f=1 5\nn v\n',
      'db=d',
      400,
      "partial write: unable to parse 'm': missing fields\nunable to parse 'n v': invalid field format dropped=0",
    ],
    ['a v=1 1\na v=2 2', 'db=d', 204],
    [
      'a v=1i 3\na v=3 4\n',
      'db=d',
      400,
      'partial write: field type conflict: input field "v" on measurement "a" is type integer, already exists as type float dropped=1',
    ],
    ['m f=1 1', 'db=d&rp=hour', 400, 'partial write: points beyond retention policy dropped=1'],
    [
      'a,time=1 v=3 9',
      'db=d',
      400,
      'partial write: invalid tag key: input tag "time" on measurement "a" is invalid dropped=1',
    ],
    [
      'a time=3 9',
      'db=d',
      400,
      'partial write: invalid field name: input field "time" on measurement "a" is invalid dropped=1',
    ],
    ['a time=3,v=2 7', 'db=d', 204],
    ['m f=1', 'db=d&precision=xx', 400, 'invalid precision "xx" (use n, u, ms, s, m or h)'],
    ['m f=1', 'db=d&consistency=xx', 400, 'invalid consistency level'],
    ['m f=1', 'db=d&consistency=QUORUM', 204],
    ['m f=1u', 'db=d', 400, "unable to parse 'm f=1u': invalid number"],
    ...['n', 'ns', 'u', 'ms', 's', 'm', 'h'].map((unit) => ['m f=1 1', `db=d&precision=${unit}`, 204] as const),
  ];
  for (const [body, query, status, error] of cases) {
    const answer = await call(server, `/write?${query}`, { body });
    assert.equal(answer.status, status, `${body} with ${query}: ${answer.text}`);
    if (error === undefined) assert.equal(answer.text, '');
    else assert.equal(errorOf(answer), error);
  }
});

test('the good lines of a bad body are stored', async (t) => {
  const { engine, server } = await startStored(t);
  await call(server, '/write?db=d', { body: 'm\nm f=1 5\nn v\nm f=2 6\n' });
  assert.equal(engine.countRows('d'), 2);
});

test('faults of several kinds are all told, the one of InfluxDB first', async (t) => {
  const { server } = await startStored(t);
  const body = `a v=1 ${Date.now()}000000\na v=1i ${Date.now()}000001\na v=1 1\na,time=1 v=1\nbad`;
  const answer = await call(server, '/write?db=d&rp=hour', { body });
  assert.deepEqual(errorOf(answer).split('\n'), [
    'partial write: invalid tag key: input tag "time" on measurement "a" is invalid dropped=1',
    'field type conflict: input field "v" on measurement "a" is type integer, already exists as type float dropped=1',
    'points beyond retention policy dropped=1',
    "unable to parse 'bad': missing fields",
  ]);
});

test('/api/v2/write: a bucket is database/policy', async (t) => {
  const { engine, server } = await startStored(t);
  const cases: readonly (readonly [query: string, status: number, error?: string])[] = [
    ['bucket=d&precision=ms', 204],
    ['bucket=d/autogen&precision=us&org=ignored', 204],
    ['bucket=d/', 204],
    ['bucket=', 404, 'bucket name "" is missing a slash; not in "database/retention-policy" format'],
    ['bucket=/autogen', 404, 'bucket name "/autogen" is in db/rp form but has an empty database'],
    ['bucket=x', 404, 'database not found: "x"'],
    ['bucket=d/x', 500, 'retention policy not found: x'],
    ['bucket=d&precision=h', 400, 'invalid precision "h" (use ns, us, ms or s)'],
  ];
  for (const [query, status, error] of cases) {
    const answer = await call(server, `/api/v2/write?${query}`, { body: 'm f=1 1' });
    assert.equal(answer.status, status, query);
    if (error !== undefined) assert.equal(errorOf(answer), error);
  }
  assert.equal(engine.countRows('d'), 3);
});

test('gzip bodies', async (t) => {
  const { engine, server } = await startStored(t);
  const send = (body: Uint8Array, more: Call = {}): Promise<Answer> =>
    call(server, '/write?db=d', { ...more, body, headers: { 'content-encoding': 'gzip' } });
  const lines = Array.from({ length: 10_000 }, (_, row) => `m f=${row} ${row}\n`).join('');
  assert.equal((await send(gzipSync(lines))).status, 204);
  assert.equal(engine.countRows('d'), 10_000);
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [gzipSync(lines).subarray(0, 1000), 'unexpected EOF'],
    [Buffer.from('m f=1 1, which is no gzip'), 'gzip: invalid header'],
    [Buffer.concat([gzipSync(lines).subarray(0, -8), Buffer.alloc(8, 1)]), 'gzip: invalid checksum'],
  ];
  for (const [body, error] of cases) {
    const answer = await send(body);
    assert.equal(answer.status, 400);
    assert.equal(errorOf(answer), error);
  }
  assert.equal(engine.countRows('d'), 10_000);
});

test('a bomb is refused while it unpacks', async (t) => {
  const server = await serveEngine(t, {}, { maxBodyBytes: 1_000_000 });
  const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20));
  const startBytes = process.memoryUsage().rss;
  const answer = await call(server, '/write?db=d', { body: bomb, headers: { 'content-encoding': 'gzip' } });
  assert.equal(answer.status, 413);
  assert.equal(errorOf(answer), 'Request Entity Too Large');
  assert.ok(process.memoryUsage().rss - startBytes < 100_000_000);
});

test('gzip that goes on for ever and unpacks to nothing is refused', async (t) => {
  const server = await serveEngine(t, {}, { maxBodyBytes: 100_000 });
  const members = Buffer.concat(Array.from({ length: 20_000 }, () => gzipSync('')));
  const headers = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' };
  const answer = await call(server, '/write?db=d', { body: members, headers });
  assert.equal(answer.status, 413);
});

test('a body over the limit is refused: told in front, in pieces, or before it is sent', async (t) => {
  const server = await serveEngine(t, {}, { maxBodyBytes: 1000 });
  const body = Buffer.alloc(5_000_000, 0x20);
  const cases: readonly (readonly [string, Call])[] = [
    ['declared', { body }],
    ['chunked', { body, headers: { 'transfer-encoding': 'chunked' } }],
    ['awaiting', { body, headers: { expect: '100-continue', 'content-length': `${body.length}` } }],
  ];
  for (const [name, sent] of cases) {
    const answer = await call(server, '/write?db=d', sent);
    assert.equal(answer.status, 413, name);
    assert.equal(answer.headers.connection, 'close', name);
    assert.equal(errorOf(answer), 'Request Entity Too Large');
  }
  const fitting = await call(server, '/write?db=d', { body: Buffer.alloc(1000, 0x20) });
  assert.equal(fitting.status, 204);
});

test('Expect: 100-continue is answered', async (t) => {
  const { engine, server } = await startStored(t);
  const text = await talk(
    server,
    'POST /write?db=d HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 7\r\nConnection: close\r\n\r\nm f=1 1',
  );
  assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 204 No Content\r\n/);
  assert.equal(engine.countRows('d'), 1);
});

test('bodies in memory are bounded over all requests', async (t) => {
  const server = await serveEngine(t, {}, { maxHeldBodyBytes: 1_500_000 });
  const body = Buffer.alloc(1_000_000, 0x20);
  const slow = request({
    host: server.host,
    port: server.port,
    path: '/write?db=d',
    method: 'POST',
    headers: { 'content-length': body.length },
  });
  slow.write(body.subarray(1));
  await metricReads(server, 'weir_held_body_bytes 1000000');
  const refused = await call(server, '/write?db=d', { body });
  assert.equal(refused.status, 503);
  assert.match(errorOf(refused), /^too many request bodies at once: 1000000 of 1500000 bytes in use/);
  slow.end(body.subarray(0, 1));
  const [response] = await once(slow, 'response');
  response.resume();
  assert.equal(response.statusCode, 204);
  assert.equal((await call(server, '/write?db=d', { body })).status, 204);
});

test('writers beyond the limit wait, then are turned away', async (t) => {
  const held = Promise.withResolvers<void>();
  const accept = async () => {
    await held.promise;
    return { written: 1, lineErrors: [], lineErrorCount: 0, dropped: [] };
  };
  const server = await serveEngine(t, { accept }, { maxConcurrentWrites: 1, maxWaitingWrites: 1, writeWaitMs: 10_000 });
  const first = call(server, '/write?db=d', { body: 'm f=1' });
  await metricReads(server, 'weir_active_writes 1');
  const second = call(server, '/write?db=d', { body: 'm f=1' });
  await metricReads(server, 'weir_waiting_writes 1');
  const third = await call(server, '/write?db=d', { body: 'm f=1' });
  assert.equal(third.status, 503);
  assert.equal(errorOf(third), 'request throttled, queue full');
  held.resolve();
  assert.deepEqual([(await first).status, (await second).status], [204, 204]);
});

test('a writer that waits too long is told', async (t) => {
  const held = Promise.withResolvers<never>();
  const server = await serveEngine(
    t,
    { accept: () => held.promise },
    { maxConcurrentWrites: 1, maxWaitingWrites: 1, writeWaitMs: 20 },
  );
  const first = call(server, '/write?db=d', { body: 'm f=1' });
  await metricReads(server, 'weir_active_writes 1');
  const second = await call(server, '/write?db=d', { body: 'm f=1' });
  assert.equal(errorOf(second), 'request throttled, exceeds timeout');
  held.reject(new WeirError('unavailable', 'the log cannot be written: no space left on device'));
  const failed = await first;
  assert.equal(failed.status, 503);
  assert.equal(errorOf(failed), 'the log cannot be written: no space left on device');
});

test('our own bugs are logged and not shown', async (t) => {
  const server = await serveEngine(t, { accept: () => Promise.reject(new Error('secret of line 7')) });
  const answer = await call(server, '/write?db=d', { body: 'm f=1' });
  assert.equal(answer.status, 500);
  assert.equal(errorOf(answer), 'internal error');
  assert.equal(server.logged.filter(({ level }) => level === 'error').length, 1);
});

test('a client that leaves within its body stores nothing and frees its bytes', async (t) => {
  const engine = await openStoredEngine(t);
  const server = await serve(t, { phase: 'ready', engine }, { maxHeldBodyBytes: 2000 });
  for (const encoding of ['', 'Content-Encoding: gzip\r\n']) {
    const socket = connect(server.port, server.host);
    await once(socket, 'connect');
    socket.write(`POST /write?db=d HTTP/1.1\r\nHost: x\r\n${encoding}Content-Length: 1500\r\n\r\nm f=1 1\n`);
    await metricReads(server, `weir_held_body_bytes ${encoding === '' ? 1500 : 0}`);
    socket.destroy();
  }
  await metricReads(server, 'weir_held_body_bytes 0');
  assert.equal((await call(server, '/write?db=d', { body: `m f=2 2${' '.repeat(1500)}` })).status, 204);
  assert.equal(engine.countRows('d'), 1);
});

test('random bytes are refused and the server lives on', async (t) => {
  const { server } = await startStored(t);
  let state = 42;
  const random = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) >>> 8;
  for (let round = 0; round < 50; round++) {
    const body = Buffer.from(Array.from({ length: 1 + (random() % 500) }, () => random() & 0xff));
    const { status } = await call(server, '/write?db=d', { body });
    assert.ok(status === 400 || status === 204, `round ${round}: ${status}`);
    const raw = await talk(server, body);
    assert.ok(raw === '' || raw.startsWith('HTTP/1.1 400'), `round ${round}: ${raw.slice(0, 80)}`);
  }
  assert.equal((await call(server, '/ping')).status, 204);
});
