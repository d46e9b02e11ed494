// Listeners and subscriptions of whole servers.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { isWeirError } from '../base/index.ts';
import { loadSettings } from './load-settings.ts';
import { type RunningServer, startServer } from './server.ts';

interface Started {
  readonly server: RunningServer;
  /** Port of each listener: `Graphite`, `OpenTSDB`, … */
  readonly ports: ReadonlyMap<string, number>;
  readonly warnings: string[];
}

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-listeners-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

async function start(t: TestContext, dir: string, settingsText: string): Promise<Started> {
  const file = join(dir, 'weir.toml');
  await writeFile(file, settingsText);
  const own = { '--data-dir': join(dir, 'data'), '--http-bind': '127.0.0.1:0', '--host-metrics': 'false' };
  const { settings } = await loadSettings({ flags: own, environment: {}, file });
  const ports = new Map<string, number>();
  const warnings: string[] = [];
  const logger = {
    debug() {},
    info(fields: Readonly<Record<string, unknown>>, text: string) {
      const name = /^listening for (.*)$/.exec(text)?.[1];
      if (name !== undefined) ports.set(name, Number(String(fields.address).split(':').at(-1)));
    },
    warn: (fields: Readonly<Record<string, unknown>>, text: string) =>
      void warnings.push(`${text} ${JSON.stringify(fields)}`),
    error() {},
  };
  const server = await startServer(settings, { logger });
  t.after(() => server.close());
  return { server, ports, warnings };
}

async function query(server: RunningServer, q: string, db = ''): Promise<string> {
  const body = new URLSearchParams({ q, db, epoch: 'ns' });
  const response = await fetch(`http://${server.address}/query`, { method: 'POST', body });
  return (await response.text()).trimEnd();
}

async function untilAnswers(server: RunningServer, db: string, q: string, expected: RegExp): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await query(server, q, db);
    if (expected.test(answer)) return;
    assert.ok(performance.now() < deadline, `${q}: ${answer}`);
    await sleep(20);
  }
}

async function sendTcp(port: number | undefined, text: string): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.end(text);
  await once(socket, 'close');
}

async function sendUdp(port: number | undefined, text: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(text, Number(port), '127.0.0.1', resolve));
  socket.close();
}

const listener = (name: string, more = ''): string =>
  `[[${name}]]\nenabled = true\nbind-address = "127.0.0.1:0"\nbatch-timeout = "5ms"\n${more}\n`;

test('every listener makes its database and stores; what was stored is there after a restart', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'types.db'), 'load shortterm:GAUGE:0:5000\n');
  const settings = [
    listener('graphite', 'templates = [".host.measurement*"]\nretention-policy = "short"'),
    listener('opentsdb'),
    listener('udp', 'precision = "s"\ndatabase = "lines"'),
    listener('collectd', `typesdb = ${JSON.stringify(join(dir, 'types.db'))}`),
    '[[graphite]]\nenabled = false\nbind-address = "nowhere:1"\n',
  ].join('');
  const { server, ports } = await start(t, dir, settings);
  assert.equal(
    await query(server, 'SHOW DATABASES'),
    '{"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"]}]}]}',
  );
  await sendTcp(ports.get('Graphite'), 'x.a.cpu.load 1.5 1500000000\n');
  await sendTcp(ports.get('OpenTSDB'), 'put sys.cpu 1500000000123 2 host=a\n');
  const put = { method: 'POST', body: '{"metric":"sys.mem","timestamp":1500000000123,"value":3}' };
  assert.equal((await fetch(`http://127.0.0.1:${ports.get('OpenTSDB')}/api/put`, put)).status, 204);
  await sendUdp(ports.get('line protocol by UDP'), 'cpu v=4 1500000000\n');
  const points: readonly (readonly [db: string, measurement: string, row: RegExp])[] = [
    ['graphite', 'cpu.load', /\[1500000000000000000,"a",1\.5\]/],
    ['opentsdb', 'sys.cpu', /\[1500000000123000000,"a",2\]/],
    ['opentsdb', 'sys.mem', /\[1500000000123000000,3\]/],
    ['lines', 'cpu', /\[1500000000000000000,4\]/],
  ];
  for (const [db, measurement, row] of points) await untilAnswers(server, db, `SELECT * FROM "${measurement}"`, row);
  assert.match(await query(server, 'SHOW RETENTION POLICIES ON graphite'), /\["short","0s","168h0m0s",1,true\]/);
  assert.match(await query(server, "SHOW STATS FOR 'graphite'"), /"tags":\{"bind":"127.0.0.1:0","proto":"tcp"\}/);
  await server.close();
  const again = await start(t, dir, settings);
  for (const [db, measurement, row] of points)
    await untilAnswers(again.server, db, `SELECT * FROM "${measurement}"`, row);
});

test('what is on its way when the server stops is stored', async (t) => {
  const dir = await tempDir(t);
  const settings = listener('udp').replace('5ms', '1h');
  const { server, ports } = await start(t, dir, settings);
  await sendUdp(ports.get('line protocol by UDP'), 'cpu v=4 1500000000\n');
  await untilAnswers(server, '', "SHOW STATS FOR 'udp'", /"pointsRx".*\[\[[\d,]*\b1\b/);
  await server.close();
  const again = await start(t, dir, settings);
  assert.match(await query(again.server, 'SELECT * FROM cpu', 'udp'), /\[1500000000,4\]/);
});

test('a listener that cannot be opened stops the start, and leaves nothing open', async (t) => {
  const dir = await tempDir(t);
  const refused = (settings: string, code: Parameters<typeof isWeirError>[1], reason: RegExp): Promise<void> =>
    assert.rejects(start(t, dir, settings), (error) => isWeirError(error, code) && reason.test(error.message));
  await refused(listener('graphite', 'templates = ["host"]'), 'invalid', /no measurement in template/);
  await refused(listener('collectd', 'typesdb = "/nonexistent"'), 'invalid', /types of collectd cannot be read/);
  await refused(
    listener('udp').replace('127.0.0.1', '203.0.113.1'),
    'unavailable',
    /cannot listen on UDP 203.0.113.1:0/,
  );
  const { server } = await start(t, dir, listener('udp'));
  assert.equal(await query(server, 'SHOW DATABASES').then((text) => text.includes('results')), true);
});

test('subscriptions carry what comes in by any way to another server', async (t) => {
  const [from, to] = [
    await start(t, await tempDir(t), listener('udp', 'database = "d"')),
    await start(t, await tempDir(t), ''),
  ];
  for (const { server } of [from, to]) await query(server, 'CREATE DATABASE d');
  await query(from.server, `CREATE SUBSCRIPTION s ON d.autogen DESTINATIONS ALL 'http://${to.server.address}'`);
  await fetch(`http://${from.server.address}/write?db=d`, { method: 'POST', body: 'cpu,host=a v=1,n=2i,s="x" 5\n' });
  await sendUdp(from.ports.get('line protocol by UDP'), 'cpu,host=b v=3 6\n');
  await untilAnswers(to.server, 'd', 'SELECT * FROM cpu', /\[\[5,"a",2,"x",1\],\[6,"b",null,null,3\]\]/);
  await query(from.server, 'SELECT max(v) INTO peak FROM cpu', 'd');
  await untilAnswers(to.server, 'd', 'SELECT * FROM peak', /\[\[6,3\]\]/);
  const statistics = await query(from.server, "SHOW STATS FOR 'subscriber'");
  assert.match(
    statistics,
    /"columns":\["createFailures","pointsDropped","pointsWritten","writeFailures"\],"values":\[\[0,0,3,0\]\]/,
  );
  await query(from.server, 'DROP SUBSCRIPTION s ON d.autogen');
  await fetch(`http://${from.server.address}/write?db=d`, { method: 'POST', body: 'late v=1 5\n' });
  await sleep(50);
  assert.doesNotMatch(await query(to.server, 'SELECT * FROM late', 'd'), /late/);
});

async function makeCertificate(dir: string): Promise<string> {
  const [key, certificate, both] = ['key', 'crt', 'pem'].map((end) => join(dir, `x.${end}`));
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-days',
    '2',
    ...kind,
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  await writeFile(both, (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8')));
  return both;
}

test('OpenTSDB over TLS, and subscriptions to HTTPS', async (t) => {
  const dir = await tempDir(t);
  const certificate = await makeCertificate(dir);
  const tls = `tls-enabled = true\ncertificate = ${JSON.stringify(certificate)}`;
  const { server, ports } = await start(t, dir, listener('opentsdb', tls));
  const telnet = connectTls({ port: ports.get('OpenTSDB'), host: '127.0.0.1', ca: await readFile(certificate) });
  telnet.end('put sys.cpu 1500000000 2 host=a\n');
  await untilAnswers(server, 'opentsdb', 'SELECT * FROM "sys.cpu"', /"a",2/);
  const plain = connect(Number(ports.get('OpenTSDB')), '127.0.0.1');
  plain.on('error', () => {});
  plain.write('put sys.cpu 1500000001 2 host=a\n');
  await once(plain, 'close');
  const http = connectTls({ port: ports.get('OpenTSDB'), host: '127.0.0.1', ca: await readFile(certificate) });
  const body = '{"metric":"m","timestamp":1500000000,"value":1}';
  http.write(`POST /api/put HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const [answer] = (await once(http, 'data')) as [Uint8Array];
  assert.match(Buffer.from(answer).toString(), /^HTTP\/1\.1 204 /);

  const secure = `[http]\nhttps-enabled = true\nhttps-certificate = ${JSON.stringify(certificate)}\n`;
  const to = await start(t, await tempDir(t), secure);
  for (const [settings, isTrusted] of [
    ['', false],
    ['[subscriber]\ninsecure-skip-verify = true\n', true],
    [`[subscriber]\nca-certs = ${JSON.stringify(certificate)}\n`, true],
  ] as const) {
    const from = await start(t, await tempDir(t), settings);
    await query(from.server, 'CREATE DATABASE d');
    await query(from.server, `CREATE SUBSCRIPTION s ON d.autogen DESTINATIONS ALL 'https://${to.server.address}'`);
    await fetch(`http://${from.server.address}/write?db=d`, { method: 'POST', body: 'cpu v=1 5\n' });
    // There is no database there: the answer shows that it was reached.
    const deadline = performance.now() + 5000;
    while (from.warnings.length === 0 && performance.now() < deadline) await sleep(10);
    assert.match(from.warnings[0], isTrusted ? /404 .*database not found/ : /certificate/);
  }
});
