import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Listener } from '../listener.ts';
import { connectTo, sendDatagrams } from '../test-support/send.ts';
import { LineStore } from '../test-support/store.ts';
import { type GraphiteOptions, openGraphiteListener } from './graphite-listener.ts';
import { GraphiteParser } from './parse-line.ts';
import { TemplateTree } from './template-tree.ts';
import { parseTemplate } from './template.ts';

const OPTIONS: GraphiteOptions = {
  bind: { host: '127.0.0.1', port: 0 },
  protocol: 'tcp',
  separator: '.',
  tags: [],
  templates: [],
  udpReadBufferBytes: 0,
  batchPoints: 5000,
  maxPendingBatches: 10,
  timeoutMs: 5,
};

async function open(t: TestContext, store: LineStore, options: Partial<GraphiteOptions> = {}): Promise<Listener> {
  const listener = await openGraphiteListener({ ...OPTIONS, ...options }, store.parts);
  t.after(() => listener.stop());
  return listener;
}

const NOW = '1500000000123456789';

function becomes(line: string, expected: string): void {
  test(`line: ${line}`, () => {
    const tree = new TemplateTree([parseTemplate('t.* .host.measurement.field', '.')]);
    const parser = new GraphiteParser(
      tree,
      new Map([
        ['dc', 'x'],
        ['host', 'y'],
      ]),
      () => BigInt(NOW),
    );
    for (let round = 0; round < 2; round++) {
      const parsed = parser.parse(line);
      const shown = typeof parsed === 'string' ? parsed : parsed.kind === 'invalid' ? parsed.reason : parsed.kind;
      assert.equal(shown, expected);
    }
  });
}

becomes('cpu.load 1.5 1500000000', 'cpu.load,dc=x,host=y value=1.5 1500000000000000000\n');
becomes('t.a.cpu.idle -0 1500000000', 'cpu,dc=x,host=a idle=-0 1500000000000000000\n');
becomes('t.a 1 1500000000', 't.a,dc=x,host=a value=1 1500000000000000000\n');
becomes('cpu \t 1e3\t1500000000', 'cpu,dc=x,host=y value=1000 1500000000000000000\n');
becomes('cpu 1', `cpu,dc=x,host=y value=1 ${NOW}\n`);
becomes('cpu 1 -1', `cpu,dc=x,host=y value=1 ${NOW}\n`);
becomes('cpu 1 -1.0', `cpu,dc=x,host=y value=1 ${NOW}\n`);
becomes('cpu 1 0', 'cpu,dc=x,host=y value=1 0\n');
becomes('cpu 1 -2', 'cpu,dc=x,host=y value=1 -2000000000\n');
becomes('cpu 1 1419972457.825', 'cpu,dc=x,host=y value=1 1419972457825000047\n');
becomes('cpu 1 1.5e9', 'cpu,dc=x,host=y value=1 1500000000000000000\n');
becomes('cpu 1 2147472000', 'cpu,dc=x,host=y value=1 2147472000000000000\n');
becomes('cpu;host=b 1 5', 'cpu;host=b,dc=x,host=y value=1 5000000000\n');
becomes('cpu 1 2147472001', 'field "cpu" time: "2147472001" is no time within range');
becomes('cpu 1 1500000000000', 'field "cpu" time: "1500000000000" is no time within range');
becomes('cpu 1 -2147558401', 'field "cpu" time: "-2147558401" is no time within range');
becomes('cpu 1 nan', 'field "cpu" time: "nan" is no time within range');
becomes('cpu 1 soon', 'field "cpu" time: "soon" is no time within range');
becomes('cpu nan 5', 'not a number');
becomes('cpu inf 5', 'field "cpu" value: Infinity is not supported');
becomes('cpu many 5', 'field "cpu" value: "many" is no number');
becomes('cpu', `received "cpu" which doesn't have required fields`);
becomes('cpu 1 2 3', `received "cpu 1 2 3" which doesn't have required fields`);
becomes('#cpu 1 5', 'path "#cpu": series #cpu,dc=x,host=y has no line protocol');

test('lines over TCP, however they are cut; the last one needs its newline', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store, { tags: ['dc=x'] });
  const socket = await connectTo(listener.address);
  for (const piece of ['cpu.a 1 15', '00000000\r\n\ncpu.b 2 1500000', '000\nbad\ncpu.c nan 5\ncpu.d 4 1500']) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await store.has(2);
  const [{ rows }] = listener.diagnostics();
  assert.equal(rows[0][1], `127.0.0.1:${socket.localPort}`);
  socket.end();
  while (listener.statistics()[0].values.connsActive !== 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await listener.stop();
  assert.deepEqual(store.lines, ['cpu.a,dc=x value=1 1500000000000000000', 'cpu.b,dc=x value=2 1500000000000000000']);
  const [{ name, tags, values }] = listener.statistics();
  assert.deepEqual([name, tags], ['graphite', { proto: 'tcp', bind: '127.0.0.1:0' }]);
  assert.deepEqual(
    { ...values, batchesTx: 0 },
    {
      bytesRx: 68,
      pointsRx: 4,
      pointsParseFail: 1,
      pointsNaNFail: 1,
      readFail: 0,
      datagramsDropped: 0,
      connsActive: 0,
      connsHandled: 1,
      batchesTx: 0,
      pointsTx: 2,
      batchesTxFail: 0,
      pointsTxFail: 0,
    },
  );
  assert.deepEqual(listener.diagnostics()[0].rows, []);
});

test('a sender has to wait while nothing can be stored, and nothing is lost', async (t) => {
  const store = new LineStore();
  let release = (): void => {};
  const stuck = new Promise<void>((resolve) => (release = resolve));
  store.before = () => stuck;
  const listener = await open(t, store, { batchPoints: 10, maxPendingBatches: 2 });
  const socket = await connectTo(listener.address);
  const lineCount = 200_000;
  const text = Array.from({ length: lineCount }, (_, index) => `cpu.load.of.a.long.name ${index} 1500000000\n`).join(
    '',
  );
  let drained = false;
  socket.write(text, () => (drained = true));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = Number(listener.statistics()[0].values.bytesRx);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(Number(listener.statistics()[0].values.bytesRx), before, 'it goes on reading');
  assert.ok(before < text.length / 4);
  assert.equal(drained, false);
  release();
  while (Number(listener.statistics()[0].values.pointsTx) < lineCount)
    await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
});

test('lines over UDP, the last one as it is', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store, { protocol: 'udp', templates: ['.host.measurement*'] });
  await sendDatagrams(listener.address, ['x.a.cpu.load 1 5\nx.b.cpu.load 2 6', Buffer.from([0xff, 0x20, 0x31])]);
  await store.has(2);
  while (listener.statistics()[0].values.pointsParseFail !== 1) await new Promise((resolve) => setTimeout(resolve, 2));
  await listener.stop();
  assert.deepEqual(store.lines, ['cpu.load,host=a value=1 5000000000', 'cpu.load,host=b value=2 6000000000']);
  assert.deepEqual(listener.statistics()[0].tags, { proto: 'udp', bind: '127.0.0.1:0' });
});

test('settings that make no sense stop the start', async () => {
  const refuse = (options: Partial<GraphiteOptions>, reason: RegExp): Promise<void> =>
    assert.rejects(openGraphiteListener({ ...OPTIONS, ...options }, new LineStore().parts), reason);
  await refuse({ templates: ['host'] }, /no measurement in template/);
  await refuse({ tags: ['x'] }, /invalid template tags: 'x'/);
});
