// Real connections: telnet and HTTP on one port.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { WeirError } from '../../base/index.ts';
import type { Listener } from '../listener.ts';
import { connectTo, portOf } from '../test-support/send.ts';
import { LineStore } from '../test-support/store.ts';
import { type OpentsdbOptions, openOpentsdbListener } from './opentsdb-listener.ts';

const OPTIONS: OpentsdbOptions = {
  bind: { host: '127.0.0.1', port: 0 },
  certificateFile: null,
  logPointErrors: true,
  maxBodyBytes: 10_000,
  maxHeldBodyBytes: 0,
  batchPoints: 1000,
  maxPendingBatches: 5,
  timeoutMs: 5,
};

async function open(t: TestContext, store: LineStore, options: Partial<OpentsdbOptions> = {}): Promise<Listener> {
  const listener = await openOpentsdbListener({ ...OPTIONS, ...options }, store.parts);
  t.after(() => listener.stop());
  return listener;
}

interface PutOptions {
  readonly method?: string;
  readonly path?: string;
  readonly gzip?: boolean;
  readonly agent?: Agent | false;
}

/** `204`, `400 text`. */
function put(listener: Listener, body: string | Uint8Array, options: PutOptions = {}): Promise<string> {
  const { method = 'POST', path = '/api/put', gzip = false, agent = false } = options;
  return new Promise((resolve, reject) => {
    const headers = gzip ? { 'Content-Encoding': 'gzip' } : {};
    const request = httpRequest({ port: portOf(listener.address), method, path, headers, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Uint8Array) => (text += chunk.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${text}`.trim()));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const POINT = '{"metric":"m","timestamp":1356998400,"value":1,"tags":{"host":"a"}}';
const LINE = 'm,host=a value=1 1356998400000000000';

test('telnet: points, version, faults counted by kind; a first line that comes in pieces', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store);
  const socket = await connectTo(listener.address);
  let answer = '';
  socket.on('data', (chunk: Uint8Array) => (answer += chunk.toString()));
  for (const piece of [
    'pu',
    't m 13569984',
    '00 1 host=a\nversion\nput m 1356998400 x\n\nput m 1 1\n',
    'hello\nput m 1356998401 2 host=a bad',
  ]) {
    socket.write(piece);
    await sleep(3);
  }
  socket.end();
  await store.has(2);
  assert.equal(answer, 'InfluxDB TSDB proxy');
  assert.deepEqual(store.lines, [LINE, 'm,host=a value=2 1356998401000000000']);
  while (listener.statistics()[0].values.connsActive !== 0) await sleep(2);
  const { tlPointsRx, tlBadLine, tlBadTime, tlBadTag, tlBadFloat, tlConnsActive, tlConnsHandled, httpConnsHandled } =
    listener.statistics()[0].values;
  assert.deepEqual([tlPointsRx, tlBadLine, tlBadTime, tlBadTag, tlBadFloat], [6, 1, 1, 1, 1]);
  assert.deepEqual([tlConnsActive, tlConnsHandled, httpConnsHandled], [0, 1, 0]);
  assert.equal(store.faults[0].what, 'lines cannot be read');
});

test('telnet: one line without a newline, a connection without a byte', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store);
  (await connectTo(listener.address)).end();
  (await connectTo(listener.address)).end('put m 1356998400 1 host=a');
  await store.has(1);
  assert.deepEqual(store.lines, [LINE]);
});

test('HTTP: one point, several, packed ones, over one connection', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  assert.equal(await put(listener, POINT, { agent }), '204');
  assert.equal(await put(listener, `[${POINT},${POINT}]`, { agent, path: '/api/put?details' }), '204');
  assert.equal(await put(listener, gzipSync(POINT), { agent, gzip: true }), '204');
  assert.equal(await put(listener, '', { agent, path: '/api/metadata/put' }), '204');
  assert.deepEqual(store.lines, [LINE, LINE, LINE, LINE]);
  const { httpConnsHandled, httpPointsRx } = listener.statistics()[0].values;
  assert.deepEqual([httpConnsHandled, httpPointsRx], [1, 4]);
});

test('HTTP: what is refused stores nothing', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store);
  assert.equal(await put(listener, POINT, { path: '/api/query' }), '404 404 page not found');
  assert.equal(await put(listener, '', { method: 'GET' }), '405 Method Not Allowed');
  assert.equal(await put(listener, ''), '400 peek error: EOF');
  assert.equal(await put(listener, 'm 1 2'), '400 expected JSON array or hash');
  assert.match(await put(listener, `[${POINT},{}]`), /^400 json array decode error: point 2/);
  assert.match(await put(listener, POINT, { gzip: true }), /^400 could not read gzip, /);
  assert.equal(await put(listener, `[${`${POINT},`.repeat(500)}${POINT}]`), '413 Request Entity Too Large');
  assert.equal(
    await put(listener, gzipSync(`[${`${POINT},`.repeat(500)}${POINT}]`), { gzip: true }),
    '413 Request Entity Too Large',
  );
  assert.equal(await put(listener, ' '.repeat(5_000_000)), '413 Request Entity Too Large');
  assert.deepEqual(store.lines, []);
});

test('HTTP: points that are refused, and a store that cannot', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store);
  const tooLate = POINT.replace('1356998400', '9999999999');
  assert.match(
    await put(listener, `[${tooLate},${POINT}]`),
    /^400 write series error: partial write: unable to parse .*: value out of range dropped=1$/,
  );
  assert.equal(await put(listener, `[${POINT.replace('"m"', '"#m"')},${POINT}]`), '204');
  assert.equal(listener.statistics()[0].values.droppedPointsInvalid, 1);
  store.before = () => Promise.reject(new WeirError('unavailable', 'the disk is full'));
  assert.equal(await put(listener, POINT), '503 write series error: the disk is full');
  store.before = () => Promise.reject(new WeirError('not found', 'retention policy not found: r'));
  assert.equal(await put(listener, POINT), '500 write series error: retention policy not found: r');
});

test('HTTP: bodies that are too many at once', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store, { maxHeldBodyBytes: 3000 });
  const held = await connectTo(listener.address);
  held.write(`POST /api/put HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n[${' '.repeat(2000)}`);
  await sleep(20);
  assert.equal(await put(listener, `[${' '.repeat(2000)}]`), '503 too many request bodies at once');
  held.destroy();
  while (listener.statistics()[0].values.connsActive !== 0) await sleep(2);
  assert.equal(await put(listener, `[${' '.repeat(2000)}]`), '204');
});

test('a certificate that is none stops the start', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'weir-opentsdb-'));
  t.after(() => rm(dir, { recursive: true }));
  const certificateFile = join(dir, 'x.pem');
  const refuse = (reason: RegExp): Promise<void> =>
    assert.rejects(openOpentsdbListener({ ...OPTIONS, certificateFile }, new LineStore().parts), reason);
  await refuse(/the certificate cannot be read: ENOENT/);
  await writeFile(certificateFile, 'nonsense');
  await refuse(/the certificate cannot be used/);
});
