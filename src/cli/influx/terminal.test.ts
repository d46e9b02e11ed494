// The shell at a terminal: keys go in, the screen comes out. `script` of util-linux makes the terminal.
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from '../server.ts';
import { startWeir } from '../test-support/weir-server.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true;
const skip = hasScript ? false : 'needs script of util-linux';

const [CTRL_C, CTRL_D, UP, TAB] = ['\u0003', '\u0004', '\u001b[A', '\t'];

let dir = '';
let server: RunningServer;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-terminal-'));
  server = await startWeir(join(dir, 'data'));
});

after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

class Terminal {
  readonly #child: ChildProcessWithoutNullStreams;
  #screen = '';
  /** What has been looked for and found. */
  #seen = 0;

  constructor(t: TestContext, ...flags: readonly string[]) {
    const [host, port] = server.address.split(':');
    const command = [process.execPath, MAIN, '-host', host, '-port', port, ...flags];
    const quoted = command.map((word) => `'${word}'`).join(' ');
    this.#child = spawn('script', ['-qec', quoted, '/dev/null'], { env: { ...process.env, HOME: dir, TERM: 'xterm' } });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => (this.#screen += String(text)));
    t.after(() => this.#child.kill('SIGKILL'));
  }

  /** Types keys and waits until the screen shows the text behind what it showed before. */
  async type(keys: string, expected: string): Promise<void> {
    this.#child.stdin.write(keys);
    for (let tries = 0; tries < 500; tries++) {
      const found = this.#screen.indexOf(expected, this.#seen);
      if (found >= 0) {
        this.#seen = found + expected.length;
        return;
      }
      await sleep(20);
    }
    assert.fail(
      `${JSON.stringify(expected)} does not come: ${JSON.stringify(this.#screen.slice(this.#seen).slice(-500))}`,
    );
  }

  get screen(): string {
    return this.#screen;
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

test('a person at the prompt', { skip }, async (t) => {
  const terminal = new Terminal(t);
  await terminal.type('', `Connected to http://${server.address} version 1.8`);
  await terminal.type('', 'InfluxDB shell version: ');
  await terminal.type('create database term\r', '> ');
  await terminal.type('show datab', 'show datab');
  // Two keywords begin so: as far as both go. Tabs that are pasted complete nothing.
  await terminal.type(TAB, 'ase');
  await terminal.type('s\r', 'term\r\n');
  await terminal.type(`${UP}\r`, 'term\r\n');
  await terminal.type('nonsense\r', 'ERR: error parsing query: found nonsense');
  await terminal.type(`abc${CTRL_C}`, '^C\r\n');
  await terminal.type('use term\r', 'Using database term');
  await terminal.type('insert m v=1 1\rselect v from m\rsettings\r', 'time v');
  await terminal.type('', 'Database          term');
  await terminal.type("create user u with password 'secret'\r", '> ');
  await terminal.type('auth\r', 'username: ');
  await terminal.type('me\r', 'password: ');
  await terminal.type('hidden\r', '> ');
  await terminal.type('settings\r', 'Username          me');
  await terminal.type('connect 127.0.0.1:1\r', 'connection refused');
  await terminal.type('history\r', 'select v from m\r\nsettings\r\n');
  await terminal.type(CTRL_D, '\r\n');
  assert.equal(await terminal.exitCode(), 0);
  assert.ok(!terminal.screen.includes('hidden'));
  const history = await readFile(join(dir, '.influx_history'), 'utf8');
  assert.match(history, /^create database term\nshow databases *\n/);
  assert.match(history, /\ncreate user u with password \[REDACTED\]\n/);
  assert.ok(!/secret|auth/.test(history), history);
});

test('a password that is asked for', { skip }, async (t) => {
  const terminal = new Terminal(t, '-username', 'me', '-password', '');
  await terminal.type('', 'password: ');
  await terminal.type('sekrex\u007ft\r', 'Connected to ');
  await terminal.type('settings\r', 'Username          me');
  await terminal.type('exit\r', 'exit');
  assert.equal(await terminal.exitCode(), 0);
  assert.ok(!terminal.screen.includes('sekre'));
});

test('Ctrl-C stops a query', { skip }, async (t) => {
  // A server whose answer never ends.
  const endless = createServer((request, response) => {
    if (request.url === '/ping') return void response.writeHead(204, { 'x-influxdb-version': '1.8.10' }).end();
    let row = 0;
    const timer = setInterval(() => {
      const series = { name: 'endless', columns: ['time'], values: [[row++]] };
      response.write(`${JSON.stringify({ results: [{ series: [series], partial: true }] })}\n`);
    }, 5);
    response.on('close', () => clearInterval(timer));
  });
  endless.listen(join(dir, 'endless'));
  await once(endless, 'listening');
  t.after(() => endless.close());
  const terminal = new Terminal(t, '-socket', join(dir, 'endless'), '-format', 'csv');
  await terminal.type('', '> ');
  await terminal.type('select * from endless\r', 'endless,9\r\n');
  await terminal.type(CTRL_C, 'ERR: aborted by user\r\n');
  await terminal.type('exit\r', 'exit');
  assert.equal(await terminal.exitCode(), 0);
});
