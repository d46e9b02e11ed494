import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWeirError } from '../base/index.ts';
import type { Listener } from './listener.ts';
import { type UdpListenerOptions, openUdpListener } from './udp-listener.ts';
import { sendDatagrams } from './test-support/send.ts';
import { LineStore } from './test-support/store.ts';

const OPTIONS: UdpListenerOptions = {
  bind: { host: '127.0.0.1', port: 0 },
  precision: 's',
  readBufferBytes: 0,
  batchPoints: 5000,
  maxPendingBatches: 10,
  timeoutMs: 5,
};

async function open(t: TestContext, store: LineStore, options: Partial<UdpListenerOptions> = {}): Promise<Listener> {
  const listener = await openUdpListener({ ...OPTIONS, ...options }, store.parts);
  t.after(() => listener.stop());
  return listener;
}

test('datagrams of lines are stored, good lines beside bad ones too', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store);
  await sendDatagrams(listener.address, ['cpu v=1 5\ncpu v=2 6\n', '\nnonsense\ncpu v=3', 'cpu v="open']);
  await store.has(5);
  await listener.stop();
  const [{ name, values }] = listener.statistics();
  assert.equal(name, 'udp');
  assert.deepEqual(values, {
    bytesRx: 48,
    pointsRx: 5,
    pointsParseFail: 2,
    readFail: 0,
    datagramsDropped: 0,
    batchesTx: store.batches.length,
    pointsTx: 3,
    batchesTxFail: 0,
    pointsTxFail: 0,
  });
});

test('datagrams that come while too much waits are dropped and counted', async (t) => {
  const store = new LineStore();
  let release = (): void => {};
  const stuck = new Promise<void>((resolve) => (release = resolve));
  store.before = () => stuck;
  const listener = await open(t, store, { batchPoints: 1, maxPendingBatches: 1 });
  for (let sent = 0; Number(listener.statistics()[0].values.datagramsDropped) === 0; sent++) {
    assert.ok(sent < 1000);
    await sendDatagrams(listener.address, ['cpu v=1 5\n']);
    await sleep(1);
  }
  release();
  await listener.stop();
  assert.equal(store.lines.length, 2);
  assert.equal(store.faults[0].what, 'datagrams are dropped');
});

test('an address that is taken, a host that is none', async (t) => {
  const listener = await open(t, new LineStore());
  const port = Number(listener.address.split(':')[1]);
  const refused = (bind: UdpListenerOptions['bind']): Promise<void> =>
    assert.rejects(
      openUdpListener({ ...OPTIONS, bind }, new LineStore().parts),
      (error) => isWeirError(error, 'unavailable') && error.message.startsWith('cannot listen on UDP '),
    );
  await refused({ host: '127.0.0.1', port });
  await refused({ host: '203.0.113.1', port: 0 });
});

test('without a host it takes both versions of IP', async (t) => {
  const store = new LineStore();
  const listener = await open(t, store, { bind: { host: '', port: 0 } });
  const port = listener.address.split(':').at(-1);
  await sendDatagrams(`127.0.0.1:${port}`, ['cpu v=1 5']);
  const socket = createSocket('udp6');
  t.after(() => socket.close());
  socket.send('cpu v=2 5', Number(port), '::1');
  await store.has(2);
});
