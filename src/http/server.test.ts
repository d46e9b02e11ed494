import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Statistics, isWeirError } from '../base/index.ts';
import { NO_AUTHENTICATION } from './auth/authenticate.ts';
import type { NodeState } from './engine.ts';
import { HttpServer } from './server.ts';
import { call, talk } from './test-support/call.ts';
import {
  DEFAULT_LIMITS,
  IDLE_ENGINE,
  memoryLogger,
  serve,
  serveEngine,
  unlimitedQueries,
} from './test-support/test-server.ts';

test('ping', async (t) => {
  const server = await serveEngine(t, {});
  for (const [method, path] of [
    ['GET', '/ping'],
    ['HEAD', '/ping'],
    ['GET', '/status'],
    ['GET', '/ping?verbose=0'],
  ]) {
    const answer = await call(server, path, { method });
    assert.deepEqual([answer.status, answer.text], [204, '']);
    assert.equal(answer.headers['x-influxdb-version'], '1.8.10');
  }
  const verbose = await call(server, '/ping?verbose=true');
  assert.deepEqual([verbose.status, verbose.text], [200, '{"version":"1.8.10"}']);
});

test('paths and methods that are not there', async (t) => {
  const server = await serveEngine(t, {});
  const missing = await call(server, '/nope');
  assert.deepEqual([missing.status, missing.text], [404, '404 page not found\n']);
  const cases: readonly (readonly [string, string, string])[] = [
    ['PUT', '/write', 'OPTIONS, POST'],
    ['GET', '/write', 'OPTIONS, POST'],
    ['DELETE', '/query', 'OPTIONS, GET, POST'],
    ['POST', '/ping', 'OPTIONS, GET, HEAD'],
  ];
  for (const [method, path, allow] of cases) {
    const answer = await call(server, path, { method });
    assert.deepEqual([answer.status, answer.headers.allow], [405, allow]);
  }
});

test('OPTIONS and CORS', async (t) => {
  const server = await serveEngine(t, {});
  const plain = await call(server, '/write', { method: 'OPTIONS' });
  assert.deepEqual([plain.status, plain.headers['access-control-allow-origin']], [200, undefined]);
  const cross = await call(server, '/query', { method: 'OPTIONS', headers: { origin: 'http://g' } });
  assert.equal(cross.headers['access-control-allow-origin'], 'http://g');
  assert.equal(cross.headers['access-control-allow-methods'], 'DELETE, GET, OPTIONS, POST, PUT');
});

test('health says what is wrong', async (t) => {
  let state: NodeState = { phase: 'starting', progress: 'replaying: 40 of 100 changes' };
  const server = await serve(t, () => state);
  const health = async () => {
    const { status, text } = await call(server, '/health');
    return [status, JSON.parse(text)] as const;
  };
  const [startStatus, start] = await health();
  assert.equal(startStatus, 503);
  assert.deepEqual(start, {
    checks: [{ name: 'startup', message: 'replaying: 40 of 100 changes', status: 'fail' }],
    message: 'replaying: 40 of 100 changes',
    name: 'influxdb',
    status: 'fail',
    version: '1.8.10',
  });
  state = { phase: 'ready', engine: IDLE_ENGINE };
  assert.deepEqual(await health(), [
    200,
    { checks: [], message: 'ready for queries and writes', name: 'influxdb', status: 'pass', version: '1.8.10' },
  ]);
  const failures = ['the log cannot be written: disk full', 'flush fails'];
  state = { phase: 'ready', engine: { ...IDLE_ENGINE, status: () => ({ ...IDLE_ENGINE.status(), failures }) } };
  const [failStatus, failing] = await health();
  assert.deepEqual([failStatus, failing.message, failing.checks.length], [503, failures.join('; '), 2]);
});

test('while it starts, pings, writes and queries are told to come again', async (t) => {
  const server = await serve(t, { phase: 'starting', progress: 'replaying: 40 of 100 changes' });
  for (const answer of [
    await call(server, '/write?db=d', { body: 'm f=1' }),
    await call(server, '/query?q=SHOW+DATABASES'),
    await call(server, '/ping'),
    await call(server, '/status'),
  ]) {
    assert.deepEqual([answer.status, JSON.parse(answer.text).error], [503, 'replaying: 40 of 100 changes']);
  }
  assert.equal((await call(server, '/metrics')).status, 200);
});

test('metrics and debug/vars', async (t) => {
  const accept = async () => ({
    written: 3,
    lineErrors: ['x'],
    lineErrorCount: 2,
    dropped: [{ count: 4, reason: 'r' }],
  });
  const server = await serveEngine(t, { accept, status: () => ({ ...IDLE_ENGINE.status(), seriesCount: 17 }) });
  await call(server, '/write?db=d', { body: 'm f=1' });
  await call(server, '/query?q=SHOW+DATABASES');
  await call(server, '/nope');
  const { text, headers } = await call(server, '/metrics');
  assert.match(`${headers['content-type']}`, /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'weir_http_requests_total{route="write",status="400"} 1',
    'weir_http_requests_total{route="other",status="404"} 1',
    'weir_points_total{outcome="written"} 3',
    'weir_points_total{outcome="dropped"} 4',
    'weir_lines_refused_total 2',
    'weir_write_body_bytes_total 5',
    'weir_queries_total{outcome="ok"} 1',
    'weir_series 17',
    'weir_held_body_bytes 0',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), line);
  }
  assert.match(text, /process_resident_memory_bytes/);
  const vars = JSON.parse((await call(server, '/debug/vars')).text);
  const httpd = vars[`httpd:${server.address}`];
  assert.deepEqual([httpd.name, httpd.values.writeReq, httpd.values.pointsWrittenDropped], ['httpd', 1, 4]);
});

test('requests that are no HTTP get 400, and the server lives on', async (t) => {
  const server = await serveEngine(t, {});
  assert.match(await talk(server, 'hello\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request/);
  // The rest of what it sends may reset the connection before the answer is read.
  const tooLong = `GET /ping HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(2_000_000)}\r\n\r\n`;
  assert.match(await talk(server, tooLong).catch(() => 'HTTP/1.1 431'), /^HTTP\/1\.1 431/);
  assert.equal((await call(server, '/ping')).status, 204);
});

test('a refused request with a small body keeps its connection', async (t) => {
  const server = await serveEngine(t, {});
  const refused = 'POST /write?db=x HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\nm f=1 1';
  const text = await talk(server, `${refused}GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.match(text, /^HTTP\/1\.1 404 [\s\S]*database not found: [\s\S]*HTTP\/1\.1 204 /);
});

test('a query of half a megabyte in the URL', async (t) => {
  const server = await serveEngine(t, {});
  const q = `SELECT v FROM m WHERE h = '${'x'.repeat(500_000)}'`;
  assert.equal((await call(server, `/query?q=${encodeURIComponent(q)}`)).status, 200);
});

test('a taken port is a clear error', async (t) => {
  const first = await serveEngine(t, {});
  const second = new HttpServer({
    host: first.host,
    port: first.port,
    limits: DEFAULT_LIMITS,
    state: () => ({ phase: 'closing' }),
    queries: unlimitedQueries(),
    statistics: new Statistics(),
    auth: NO_AUTHENTICATION,
    logger: memoryLogger([]),
  });
  await assert.rejects(
    second.listen(),
    (error) =>
      isWeirError(error, 'unavailable') &&
      error.message === `cannot listen on ${first.address}: another program listens there`,
  );
});

test('close lets a running request end, then cuts off what does not', async () => {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    limits: DEFAULT_LIMITS,
    queries: unlimitedQueries(),
    statistics: new Statistics(),
    auth: NO_AUTHENTICATION,
    state: () => ({
      phase: 'ready',
      engine: {
        ...IDLE_ENGINE,
        accept: async () => {
          begun.resolve();
          await held.promise;
          return { written: 1, lineErrors: [], lineErrorCount: 0, dropped: [] };
        },
      },
    }),
    logger: memoryLogger([]),
  });
  await server.listen();
  const [host, port] = server.address.split(':');
  const target = { address: server.address, host, port: Number(port), logged: [] };
  const stuck = connect(Number(port), host);
  stuck.on('error', () => {});
  stuck.write('POST /write?db=d HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nm f=');
  const running = call(target, '/write?db=d', { body: 'm f=1' });
  await begun.promise;
  const closed = server.close(1000);
  await sleep(10);
  held.resolve();
  assert.equal((await running).status, 204);
  await assert.rejects(call(target, '/ping'), /ECONNREFUSED/);
  await closed;
});

test('debug/requests counts writes and queries by who sends them', async (t) => {
  const server = await serveEngine(t, {});
  const counted = call(server, '/debug/requests?seconds=1');
  await sleep(200);
  await call(server, '/write?db=d', { body: 'm f=1' });
  for (const path of ['/query?q=SHOW+DATABASES', '/query?q=nonsense', '/ping']) await call(server, path);
  assert.equal((await counted).text, '{\n"127.0.0.1": {"writes":1,"queries":2}\n}\n');
  assert.equal((await call(server, '/debug/requests?seconds=0')).text, '{\n\n}\n');
  for (const [seconds, error] of [
    ['ten', 'seconds: expected a whole number, found "ten"'],
    ['21601', 'exceeded maximum interval time: 21601s > 6h'],
  ]) {
    const answer = await call(server, `/debug/requests?seconds=${seconds}`);
    assert.deepEqual([answer.status, JSON.parse(answer.text).error], [400, error]);
  }
});

test('connections beyond max-connection-limit are closed at once', async (t) => {
  const server = await serveEngine(t, {}, { maxConnections: 1 });
  const first = connect(server.port, server.host);
  await once(first, 'connect');
  const second = connect(server.port, server.host);
  await once(second, 'close');
  first.write('GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(`${(await once(first, 'data'))[0]}`, /^HTTP\/1\.1 204/);
  await once(first, 'close');
  assert.equal((await call(server, '/ping')).status, 204);
});
