import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './commands.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-main-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command that ends, within this process. */
async function weir(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await runCommand(args, {
    environment: { HOME: '/nonexistent', ...environment },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    exit: (exitCode) => assert.fail(`exit ${exitCode}`),
    onSignal: () => assert.fail('the command runs on'),
  });
  return { code, stdout, stderr };
}

interface Served {
  readonly child: ChildProcess;
  readonly address: string;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** Resolves when a server is ready; its log is JSON, as standard error is no terminal. */
async function serve(t: TestContext, dir: string, ...flags: readonly string[]): Promise<Served> {
  const args = ['serve', '--data-dir', dir, '--http-bind', '127.0.0.1:0', '--host-metrics', 'false', ...flags];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const lines: Record<string, unknown>[] = [];
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    const fields = JSON.parse(line) as Record<string, unknown>;
    lines.push(fields);
    if (fields.msg === 'ready for queries and writes') return { child, address: String(fields.address), lines };
  }
  return assert.fail(`the server ended: ${JSON.stringify(lines)}`);
}

test('version and help', async () => {
  const version = await weir(['version']);
  assert.deepEqual([version.code, version.stderr], [0, '']);
  assert.match(version.stdout, /^weir \d+\.\d+\.\d+\n$/);
  const help = await weir(['serve', '--help']);
  assert.equal(help.code, 0);
  for (const flag of [
    '--config <file>',
    '--data-dir <text>',
    '--http-bind <text>',
    '--host-metrics <boolean>',
    '--log-level',
  ]) {
    assert.ok(help.stdout.includes(flag), flag);
  }
});

test('config prints the effective settings', async () => {
  const { code, stdout } = await weir(['config', '--http-bind', ':1'], { WEIR_DURABILITY: 'os' });
  assert.equal(code, 0);
  assert.match(stdout, /^data-dir = "\/nonexistent\/\.weir"\ndurability = "os"\n/);
  assert.match(stdout, /^\[http\]\nbind = ":1"$/m);
});

test('faults are one clear line each, and exit code 1', async (t) => {
  const dir = await tempDir(t);
  const cases: readonly (readonly [args: readonly string[], line: RegExp])[] = [
    [['serve', '--http-bind', 'x'], /^weir: http\.bind \(from --http-bind\): expected an address .*, got "x"$/],
    [['serve', '--config', '/nonexistent.toml'], /^weir: the settings file cannot be read: ENOENT/],
    [['serve', '--data-dir', '/dev/null/x'], /^weir: the data directory \/dev\/null\/x cannot be made: /],
    [['serve', '--data-dir', dir, '--http-bind', '192.0.2.1:1'], /^weir: cannot listen on 192\.0\.2\.1:1: /],
    [['serve', '--nonsense'], /^error: unknown option '--nonsense'$/],
    [['nonsense'], /^error: unknown command 'nonsense'$/],
  ];
  for (const [args, line] of cases) {
    const { code, stdout, stderr } = await weir(args);
    assert.deepEqual([code, stdout], [1, ''], stderr);
    const [last = ''] = stderr.trimEnd().split('\n').slice(-1);
    assert.match(last, line);
  }
});

test('serve: a locked directory is refused, SIGTERM stops it with 0', async (t) => {
  const dir = await tempDir(t);
  const { child, address, lines } = await serve(t, dir);
  assert.equal((await fetch(`http://${address}/ping`)).status, 204);
  assert.deepEqual(lines.find(({ msg }) => msg === 'listening')?.dataDir, dir);
  const second = await weir(['serve', '--data-dir', dir, '--http-bind', '127.0.0.1:0', '--log-level', 'silent']);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^weir: the directory .* is in use by process \d+/);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

test('serve: a second signal ends it at once', async (t) => {
  const { child, address } = await serve(t, await tempDir(t), '--http-shutdown-grace', '1m');
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  // A request that does not end holds the first signal back.
  socket.write(
    'POST /query HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nq=',
  );
  await sleep(50);
  child.kill('SIGINT');
  await sleep(50);
  assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 1);
});

test('a damaged log stops the start; repair passes over it and says what is lost', async (t) => {
  const dir = await tempDir(t);
  const { child, address } = await serve(t, dir);
  await fetch(`http://${address}/query?q=CREATE+DATABASE+d`, { method: 'POST' });
  for (let row = 0; row < 20; row++) {
    await fetch(`http://${address}/write?db=d`, {
      method: 'POST',
      body: `cpu,host=h${row} v=${row},s="${'x'.repeat(500)}" ${row}`,
    });
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  const copy = join(dir, 'undamaged');
  await cp(join(dir, 'log'), copy, { recursive: true, verbatimSymlinks: true });
  const segments = (await readdir(join(dir, 'log'))).filter((name) => name.endsWith('.log'));
  assert.equal(segments.length, 1);
  const path = join(dir, 'log', segments[0]);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(16, 0xff), 0, 16, 3000);
  await file.close();

  const refused = await weir(['serve', '--data-dir', dir, '--http-bind', '127.0.0.1:0', '--log-level', 'silent']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`^weir: .*${path}.*\\d+`));
  const repaired = await weir(['repair', '--data-dir', dir]);
  assert.equal(repaired.code, 0);
  assert.match(repaired.stdout, /lost: changes? \d+/);
  assert.match(repaired.stdout, /the bytes are kept in /);
  const again = await weir(['repair', '--data-dir', dir]);
  assert.match(again.stdout, /is not damaged\.\n$/);
  const served = await serve(t, dir);
  const text = await (await fetch(`http://${served.address}/query?db=d&q=SHOW+SERIES`)).text();
  const series = text.match(/"cpu,host=h\d+"/g) ?? [];
  assert.ok(series.length >= 15 && series.length < 20, text);
});
