import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { serve } from './test-support/test-server.ts';
import type { UnixSocketSettings } from './unix-socket.ts';

async function inDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-socket-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function serveSocket(t: TestContext, path: string, settings: Partial<UnixSocketSettings> = {}) {
  return serve(t, { phase: 'closing' }, { socket: { path, permissions: '0777', group: '', ...settings } });
}

async function statusOver(socketPath: string): Promise<number> {
  const sent = request({ socketPath, path: '/metrics', agent: false }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

test('answers on the socket and on the address; the socket has its permissions and goes with the server', async (t) => {
  const path = join(await inDirectory(t), 'deep', 'er', 'weir.sock');
  const gone = Promise.withResolvers<void>();
  await t.test('while it runs', async (t) => {
    const { address } = await serveSocket(t, path, { permissions: '0640', group: String(process.getgid?.() ?? 0) });
    assert.equal(await statusOver(path), 200);
    assert.equal((await fetch(`http://${address}/metrics`)).status, 200);
    assert.equal((await stat(path)).mode & 0o7777, 0o640);
    t.after(() => gone.resolve());
  });
  await gone.promise;
  await assert.rejects(lstat(path), { code: 'ENOENT' });
});

test('a socket that a killed server left is replaced', async (t) => {
  const path = join(await inDirectory(t), 'weir.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok((await lstat(path)).isSocket());
  await serveSocket(t, path);
  assert.equal(await statusOver(path), 200);
});

test('a live socket, a file and nonsense are refused, and nothing is left listening', async (t) => {
  const dir = await inDirectory(t);
  const live = join(dir, 'live.sock');
  const other = createServer().listen(live);
  t.after(() => other.close());
  await once(other, 'listening');
  const file = join(dir, 'file');
  await writeFile(file, 'keep me');
  const cases: readonly (readonly [
    code: string,
    message: RegExp,
    path: string,
    settings?: Partial<UnixSocketSettings>,
  ])[] = [
    ['unavailable', /^http\.bind-socket: cannot listen on .*live\.sock: another program listens there$/, live],
    ['unavailable', /^http\.bind-socket: .*: there is a file of that name that is no socket$/, file],
    ['unavailable', /^http\.bind-socket: cannot listen on .*file\/x\.sock: EEXIST/, join(file, 'x.sock')],
    ['unavailable', /^http\.bind-socket: cannot listen on /, join(dir, 'x'.repeat(200))],
    ['invalid', /^http\.unix-socket-permissions: .*, found "rwx"$/, join(dir, 'a'), { permissions: 'rwx' }],
    ['invalid', /^http\.unix-socket-group: there is no group "no such"$/, join(dir, 'a'), { group: 'no such' }],
  ];
  for (const [code, message, path, settings] of cases) {
    await assert.rejects(serveSocket(t, path, settings), { code, message }, path);
  }
  assert.equal((await stat(file)).size, 7);
  assert.ok((await lstat(live)).isSocket());
});
