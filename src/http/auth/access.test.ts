// Who may come to which route, over real sockets and with a real catalog.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { User } from '../../catalog/index.ts';
import type { Answer } from '../test-support/call.ts';
import { call, talk } from '../test-support/call.ts';
import { results } from '../test-support/results.ts';
import { IDLE_ENGINE, openStoredEngine, serve, serveEngine } from '../test-support/test-server.ts';
import type { AuthSettings } from './authenticate.ts';

const SECRET = 'sesame';

/**
 * A server with databases `d` and `e` and the users `admin`, `reader` (of d), `writer` (of d), `both` (d) and `none`, whose
 * passwords are their names.
 */
async function serveUsers(t: TestContext, auth: Partial<AuthSettings> = {}) {
  const engine = await openStoredEngine(t);
  const { catalog } = engine;
  await catalog.createDatabase('e');
  for (const name of ['admin', 'reader', 'writer', 'both', 'none'])
    await catalog.createUser(name, name, name === 'admin');
  await catalog.grant('reader', 'd', 'READ');
  await catalog.grant('writer', 'd', 'WRITE');
  await catalog.grant('both', 'd', 'ALL PRIVILEGES');
  await catalog.grant('none', 'd', 'NO PRIVILEGES');
  const ranAs: (User | undefined)[] = [];
  const execute: typeof engine.execute = (_, { user }) => {
    ranAs.push(user);
    return results();
  };
  const settings = { enabled: true, sharedSecret: SECRET, realm: 'Weir here', ...auth };
  const server = await serve(t, { phase: 'ready', engine: { ...engine, execute } }, { auth: settings });
  return { server, catalog, ranAs };
}

const as = (name: string, password = name): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

/** `STATUS error text`, with the text from the body; the header must say the same, but for 401. */
function outcome({ status, headers, text }: Answer): string {
  const error = text.startsWith('{"error"') ? String(JSON.parse(text).error) : '';
  assert.equal(headers['x-influxdb-error'] ?? '', status === 401 ? '' : error.trim());
  assert.equal(headers['www-authenticate'], status === 401 ? 'Basic realm="Weir here"' : undefined);
  return error === '' ? `${status}` : `${status} ${error}`;
}

const query = (q: string, more: Readonly<Record<string, string>> = {}): string =>
  `/query?${new URLSearchParams({ q, ...more }).toString()}`;

test('credentials: every way, and how each fails', async (t) => {
  const { server, ranAs } = await serveUsers(t);
  const web = (claims: object, secret = SECRET): Readonly<Record<string, string>> => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`;
    return { Authorization: `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}` };
  };
  const exp = Math.floor(Date.now() / 1000) + 60;
  const show = query('SHOW DATABASES');
  const cases: readonly (readonly [expected: string, path: string, headers?: Readonly<Record<string, string>>])[] = [
    ['200', `${show}&u=none&p=none`],
    ['200', show, as('none')],
    ['200', show, { Authorization: 'Token none:none' }],
    ['200', show, web({ username: 'none', exp })],
    ['401 unable to parse authentication credentials', show],
    ['401 unable to parse authentication credentials', `${show}&u=none`],
    ['401 authorization failed', `${show}&u=none&p=wrong`, as('none')],
    ['401 authorization failed', show, as('none', 'wrong')],
    ['401 authorization failed', show, as('nobody')],
    ['401 username required', show, as('')],
    ['401 user not found', show, web({ username: 'nobody', exp })],
    ['401 signature is invalid', show, web({ username: 'none', exp }, 'other')],
    ['401 Token is expired', show, web({ username: 'none', exp: 1 })],
  ];
  for (const [expected, path, headers] of cases) {
    assert.equal(outcome(await call(server, path, { headers })), expected, `${path} ${headers?.Authorization}`);
  }
  assert.deepEqual(
    ranAs.map((user) => user?.name),
    ['none', 'none', 'none', 'none'],
  );
  const csv = await call(server, show, { headers: { Accept: 'text/csv' } });
  assert.equal(csv.text, 'error\nunable to parse authentication credentials\n');
  // As in InfluxDB, a form in the body does not name a user.
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const posted = await call(server, '/query', { headers: form, body: 'q=SHOW+DATABASES&u=none&p=none' });
  assert.equal(outcome(posted), '401 unable to parse authentication credentials');
});

test('without a shared secret, tokens are refused', async (t) => {
  const { server } = await serveUsers(t, { sharedSecret: '' });
  const answer = await call(server, query('SHOW DATABASES'), { headers: { Authorization: 'Bearer a.b.c' } });
  assert.equal(outcome(answer), '401 bearer auth disabled');
});

test('queries need what their statements need', async (t) => {
  const { server, ranAs } = await serveUsers(t);
  const ask = async (name: string, q: string, db = 'd') =>
    outcome(await call(server, query(q, { db }), { headers: as(name) }));
  const refused = (name: string, q: string, lacking: string): string =>
    `403 error authorizing query: ${name} not authorized to execute statement '${q}', requires ${lacking}`;
  for (const name of ['admin', 'reader', 'both']) assert.equal(await ask(name, 'SELECT v FROM m'), '200');
  for (const name of ['writer', 'none']) {
    assert.equal(await ask(name, 'SELECT v FROM m'), refused(name, 'SELECT v FROM m', 'READ on d'));
  }
  assert.equal(await ask('reader', 'SELECT v FROM m', 'e'), refused('reader', 'SELECT v FROM m', 'READ on e'));
  assert.equal(await ask('both', 'DELETE FROM m'), '200');
  assert.equal(await ask('reader', 'DELETE FROM m'), refused('reader', 'DELETE FROM m', 'WRITE on d'));
  assert.equal(await ask('both', 'SHOW USERS'), refused('both', 'SHOW USERS', 'admin privilege'));
  assert.equal(await ask('admin', 'SHOW USERS'), '200');
  const parts = await ask('reader', 'SHOW DATABASES; DROP DATABASE d');
  assert.equal(parts, refused('reader', 'DROP DATABASE d', 'admin privilege'));
  assert.deepEqual(
    ranAs.map((user) => user?.name),
    ['admin', 'reader', 'both', 'both', 'admin'],
  );
  const secret = await ask('none', "SET PASSWORD FOR admin = 'mine'");
  assert.ok(secret.includes('[REDACTED]') && !secret.includes('mine'), secret);
});

test('writes need the right to write', async (t) => {
  const { server, catalog } = await serveUsers(t);
  const write = async (name: string, path: string) =>
    outcome(await call(server, path, { headers: as(name), body: 'm v=1 1' }));
  for (const path of ['/write?db=d', '/api/v2/write?bucket=d/autogen']) {
    for (const name of ['admin', 'writer', 'both']) assert.equal(await write(name, path), '204');
    for (const name of ['reader', 'none']) {
      assert.equal(await write(name, path), `403 "${name}" user is not authorized to write to database "d"`);
    }
  }
  assert.equal(await write('writer', '/write?db=e'), '403 "writer" user is not authorized to write to database "e"');
  assert.equal(await write('writer', '/write?db=x'), '404 database not found: "x"');
  await catalog.revoke('writer', 'd', 'ALL PRIVILEGES');
  assert.equal(await write('writer', '/write?db=d'), '403 "writer" user is not authorized to write to database "d"');
});

test('a refused write is not read: the body of a stranger costs no memory', async (t) => {
  const { server } = await serveUsers(t);
  const head = 'POST /write?db=d HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n\r\n';
  const answer = await talk(server, head);
  assert.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/);
  assert.ok(!answer.includes('100 Continue'));
});

test('before there is an administrator, the only thing to do is to make one', async (t) => {
  const engine = await openStoredEngine(t);
  const { catalog } = engine;
  const server = await serve(t, { phase: 'ready', engine }, { auth: { enabled: true, realm: 'Weir here' } });
  const ask = async (q: string) => outcome(await call(server, query(q)));
  const first = "CREATE USER a WITH PASSWORD 'p' WITH ALL PRIVILEGES";
  const refused = '403 error authorizing query: create admin user first or disable authentication';
  assert.equal(await ask('SHOW DATABASES'), refused);
  assert.equal(await ask("CREATE USER a WITH PASSWORD 'p'"), refused);
  assert.equal(await ask(first), '200');
  const write = await call(server, '/write?db=d', { body: 'm v=1' });
  assert.equal(outcome(write), '403 user is required to write to database "d"');
  // With users of whom none is an administrator, nothing goes at all.
  await catalog.createUser('u', 'p', false);
  assert.equal(await ask(first), '403 error authorizing query: no user provided');
  await catalog.setAdmin('u', true);
  assert.equal(await ask(first), '401 unable to parse authentication credentials');
});

/** Reachable without a name while authentication is on, by method and path. Whoever adds a line says why. */
const OPEN_ROUTES: ReadonlySet<string> = new Set([
  // Whether the server is up, for load balancers and scripts; `http.ping-auth-enabled` closes them.
  'GET /ping',
  'HEAD /ping',
  'GET /status',
  'HEAD /status',
  'GET /health',
  'GET /metrics',
  // Figures about the server, no data; `http.pprof-auth-enabled` closes them.
  'GET /debug/vars',
  'GET /debug/requests',
]);

test('every route is closed to strangers and to users without a right, but for those on the list', async (t) => {
  const { server } = await serveUsers(t);
  // What each route may need to get as far as its question for a right.
  const parameters = new URLSearchParams({ db: 'd', bucket: 'd/autogen', q: 'SELECT v FROM m', seconds: '0' });
  const reached: string[] = [];
  for (const { path, methods } of server.routes) {
    for (const method of methods) {
      const route = `${method} ${path}`;
      const body = method === 'POST' ? 'm v=1 1' : undefined;
      const visit = (headers: Readonly<Record<string, string>>) =>
        call(server, `${path}?${parameters.toString()}`, { method, headers, ...(body === undefined ? {} : { body }) });
      const stranger = await visit({});
      if (OPEN_ROUTES.has(route)) {
        assert.ok(stranger.status < 300, `${route} is open and answers ${stranger.status}`);
        reached.push(route);
        continue;
      }
      assert.equal(stranger.status, 401, `${route} without credentials`);
      assert.equal(
        (await visit(as('none'))).status,
        403,
        `${route} as a user without rights: ${(await visit(as('none'))).text}`,
      );
    }
  }
  assert.deepEqual(new Set(reached), OPEN_ROUTES);
});

test('ping-auth-enabled and pprof-auth-enabled close the rest', async (t) => {
  const { server } = await serveUsers(t, { pingEnabled: true, debugEnabled: true });
  for (const route of OPEN_ROUTES) {
    const [method, path] = route.split(' ');
    const visit = async (headers: Readonly<Record<string, string>>) =>
      (await call(server, `${path}?seconds=0`, { method, headers })).status;
    const isDebug = path.startsWith('/debug/');
    assert.equal(await visit({}), 401, route);
    assert.equal(await visit(as('none', 'wrong')), 401, route);
    assert.equal(await visit(as('none')), isDebug ? 403 : path === '/ping' || path === '/status' ? 204 : 200, route);
    assert.ok((await visit(as('admin'))) < 300, route);
  }
  const refused = await call(server, '/debug/vars', { headers: as('both') });
  assert.equal(outcome(refused), '403 error authorizing admin access');
});

test('what is no route is open: 404, 405 and OPTIONS tell nothing', async (t) => {
  const { server } = await serveUsers(t);
  assert.equal((await call(server, '/nothing')).status, 404);
  assert.equal((await call(server, '/write')).status, 405);
  assert.equal((await call(server, '/query', { method: 'OPTIONS' })).status, 200);
});

test('without authentication nobody is asked, and credentials do not matter', async (t) => {
  const { server, ranAs } = await serveUsers(t, { enabled: false, pingEnabled: true, debugEnabled: true });
  assert.equal((await call(server, query('SHOW USERS'), { headers: as('none', 'wrong') })).status, 200);
  assert.equal((await call(server, '/write?db=d', { body: 'm v=1 1' })).status, 204);
  for (const path of ['/ping', '/debug/vars']) assert.ok((await call(server, path)).status < 300);
  assert.deepEqual(ranAs, [undefined]);
});

test('while the server starts, closed routes are unavailable and open ones answer', async (t) => {
  const server = await serve(t, { phase: 'starting', progress: 'reading the log' }, { auth: { enabled: true } });
  assert.equal((await call(server, '/write?db=d', { body: 'm v=1' })).status, 503);
  assert.equal((await call(server, query('SHOW DATABASES'))).status, 503);
  assert.equal((await call(server, '/metrics')).status, 200);
});

test('a client that leaves while its password is checked holds nothing up', async (t) => {
  const checked = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const users = {
    ...IDLE_ENGINE.users,
    hasAdmin: () => true,
    authenticate: async (name: string) => {
      if (name === 'slow') {
        entered.resolve();
        await checked.promise;
      }
      return { name, admin: true, passwordHash: '', grants: new Map() };
    },
  };
  const server = await serveEngine(t, { users }, { auth: { enabled: true }, maxConcurrentWrites: 1 });
  const socket = connect(server.port, server.host);
  socket.write('POST /write?db=d&u=slow&p=p HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nm v=1');
  await entered.promise;
  socket.destroy();
  await once(socket, 'close');
  // The server hears of it after the next request that it takes.
  await call(server, '/ping');
  checked.resolve();
  const answer = await call(server, '/write?db=d&u=quick&p=p', { body: 'm v=1' });
  assert.equal(answer.status, 204);
});

test('logs name the user, and never a password', async (t) => {
  const { server } = await serveUsers(t);
  await call(server, query("SET PASSWORD FOR none = 'hidden1'", { u: 'admin', p: 'admin' }));
  await call(server, query('SHOW DATABASES', { u: 'none', p: 'hidden2' }));
  await call(server, query('SHOW DATABASES'), { headers: as('none', 'hidden3') });
  const text = JSON.stringify(server.logged);
  assert.ok(!/hidden/.test(text), text);
  const requests = server.logged.filter((line) => line.text === 'request').map(({ fields }) => fields);
  assert.deepEqual(
    requests.map(({ user, status }) => [user, status]),
    [
      ['admin', 200],
      [undefined, 401],
      [undefined, 401],
    ],
  );
});
