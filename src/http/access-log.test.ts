import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import { type StatusFilter, parseStatusFilter } from './access-log.ts';
import { call } from './test-support/call.ts';
import { serveEngine } from './test-support/test-server.ts';

/** A server whose requests are logged into `lines`. */
async function serveLogged(
  t: Parameters<typeof serveEngine>[0],
  options: { readonly statusFilters?: readonly StatusFilter[]; readonly suppressWrites?: boolean } = {},
) {
  const lines: string[] = [];
  const accessLog = {
    statusFilters: [],
    suppressWrites: false,
    write: (line: string) => void lines.push(line),
    ...options,
  };
  const server = await serveEngine(t, {}, { accessLog, headers: [['X-Own', 'yes']] });
  return { server, lines };
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

test('a line tells who asked what, and what came of it', async (t) => {
  const { server, lines } = await serveLogged(t);
  const headers = { 'User-Agent': 'me/1', Referer: 'http://r/', 'X-Request-Id': 'id1' };
  const { bytes } = await call(server, '/query?q=SHOW%20DATABASES&u=bob', { headers });
  const [line] = lines;
  const [who, when, head, rest] = [
    /^127\.0\.0\.1 - bob /,
    /\[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] /,
    /"GET \/query\?q=SHOW%20DATABASES&u=bob HTTP\/1\.1" /,
    /200 (\d+) "http:\/\/r\/" "me\/1" id1 \d+$/,
  ].map(({ source }) => source);
  const match = new RegExp(who + when + head + rest).exec(line);
  assert.ok(match, line);
  assert.equal(Number(match[1]), bytes.length);
  await call(server, '/query', { headers: { ...form, 'X-Forwarded-For': '10.0.0.1' }, body: 'q=SHOW+DATABASES&db=d' });
  assert.match(
    lines[1],
    /^10\.0\.0\.1,127\.0\.0\.1 - - .*"POST \/query HTTP\/1\.1 {'q': 'SHOW DATABASES'}, {'db': 'd'}" 200 /,
  );
  await call(server, '/ping');
  assert.match(lines[2], /"GET \/ping HTTP\/1\.1" 204 0 "-" /);
});

test('passwords are not in it, nor can a client begin a line', async (t) => {
  const { server, lines } = await serveLogged(t);
  await call(server, '/query?u=bob&p=geheim&q=SHOW%20DATABASES');
  const q = encodeURIComponent("CREATE USER x WITH PASSWORD 'geheim'");
  await call(server, `/query?q=${q}`, { headers: form, body: `q=${q}&p=geheim` });
  await call(server, '/ping', {
    headers: { Authorization: `Basic ${Buffer.from('eve\ninvented line:geheim').toString('base64')}` },
  });
  assert.equal(lines.length, 3);
  for (const line of lines) assert.ok(!line.includes('geheim') && !line.includes('\n'), line);
  assert.match(lines[0], /\/query\?u=bob&p=%5BREDACTED%5D&q=SHOW\+DATABASES /);
  assert.match(lines[2], / - eve\\x0ainvented line /);
});

test('only some statuses, and no writes', async (t) => {
  const filtered = await serveLogged(t, { statusFilters: ['404', '20X'].map(parseStatusFilter) });
  for (const path of ['/nothing', '/ping', '/query']) await call(filtered.server, path);
  assert.deepEqual(
    filtered.lines.map((line) => line.split('"')[1]),
    ['GET /nothing HTTP/1.1', 'GET /ping HTTP/1.1'],
  );
  const quiet = await serveLogged(t, { suppressWrites: true });
  await call(quiet.server, '/write?db=d', { body: 'm v=1' });
  await call(quiet.server, '/ping');
  assert.equal(quiet.lines.length, 1);
});

test('filters of statuses', () => {
  assert.deepEqual(parseStatusFilter('404'), { base: 404, divisor: 1 });
  assert.deepEqual(parseStatusFilter('40x'), { base: 40, divisor: 10 });
  assert.deepEqual(parseStatusFilter('5XX'), { base: 5, divisor: 100 });
  for (const bad of ['', '6xx', 'xxx', '4', '40', '4x0', '4040', '40xx'])
    assert.throws(
      () => parseStatusFilter(bad),
      (error) => isWeirError(error, 'invalid'),
      bad,
    );
});

test('own headers are on every answer', async (t) => {
  const { server } = await serveLogged(t);
  for (const path of ['/ping', '/nothing']) assert.equal((await call(server, path)).headers['x-own'], 'yes');
});
