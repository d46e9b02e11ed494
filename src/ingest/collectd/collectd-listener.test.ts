import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Listener } from '../listener.ts';
import { sendDatagrams } from '../test-support/send.ts';
import { LineStore } from '../test-support/store.ts';
import { type CollectdOptions, openCollectdListener } from './collectd-listener.ts';
import { encrypted, identityParts, part, signed, textPart, valuesPart } from './test-support/packets.ts';

const TYPES = `load shortterm:GAUGE:0:5000, midterm:GAUGE:0:5000, longterm:GAUGE:0:5000
cpu value:DERIVE:0:U
if_octets rx:DERIVE:0:U, tx:DERIVE:0:U
`;

interface Opened {
  readonly store: LineStore;
  readonly listener: Listener;
  readonly send: (...packets: readonly Uint8Array[]) => Promise<void>;
  /** Lines and figures once the listener has stopped. */
  readonly result: () => Promise<{
    readonly lines: readonly string[];
    readonly values: Readonly<Record<string, unknown>>;
  }>;
}

async function open(t: TestContext, options: Partial<CollectdOptions> = {}): Promise<Opened> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-collectd-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'types.db'), TYPES);
  await writeFile(join(dir, 'auth'), 'alice: w0nderl4nd\n');
  const store = new LineStore();
  const listener = await openCollectdListener(
    {
      bind: { host: '127.0.0.1', port: 0 },
      readBufferBytes: 0,
      typesDbPath: join(dir, 'types.db'),
      securityLevel: 'none',
      authFile: join(dir, 'auth'),
      join: false,
      batchPoints: 5000,
      maxPendingBatches: 10,
      timeoutMs: 5,
      ...options,
    },
    store.parts,
  );
  t.after(() => listener.stop());
  let sentBytes = 0;
  return {
    store,
    listener,
    async send(...packets) {
      await sendDatagrams(listener.address, packets);
      sentBytes += packets.reduce((sum, packet) => sum + packet.length, 0);
      while (listener.statistics()[0].values.bytesRx !== sentBytes) await sleep(1);
    },
    async result() {
      await listener.stop();
      return { lines: store.lines, values: listener.statistics()[0].values };
    },
  };
}

const LOAD = Buffer.concat([identityParts('h/load/load'), valuesPart(['gauge', 0.5], ['gauge', 1.5], ['gauge', 2])]);
const CPU = Buffer.concat([identityParts('h/cpu-0/cpu-idle'), valuesPart(['derive', 7n])]);
const OCTETS = Buffer.concat([identityParts('h/interface-eth0/if_octets'), valuesPart(['derive', 1n], ['derive', 2n])]);
const TIME = '1500000000000000000';

test('split: a line for each value', async (t) => {
  const { send, result } = await open(t);
  await send(Buffer.concat([LOAD, CPU]), OCTETS);
  const { lines, values } = await result();
  assert.deepEqual(lines, [
    `load_shortterm,host=h,type=load value=0.5 ${TIME}`,
    `load_midterm,host=h,type=load value=1.5 ${TIME}`,
    `load_longterm,host=h,type=load value=2 ${TIME}`,
    `cpu_value,host=h,instance=0,type=cpu,type_instance=idle value=7 ${TIME}`,
    `interface_rx,host=h,instance=eth0,type=if_octets value=1 ${TIME}`,
    `interface_tx,host=h,instance=eth0,type=if_octets value=2 ${TIME}`,
  ]);
  assert.deepEqual([values.pointsRx, values.pointsTx, values.pointsParseFail], [6, 6, 0]);
});

test('join: a line for each type', async (t) => {
  const { send, result } = await open(t, { join: true });
  await send(Buffer.concat([LOAD, CPU]), OCTETS);
  assert.deepEqual((await result()).lines, [
    `load,host=h,type=load shortterm=0.5,midterm=1.5,longterm=2 ${TIME}`,
    `cpu,host=h,instance=0,type=cpu,type_instance=idle value=7 ${TIME}`,
    `interface,host=h,instance=eth0,type=if_octets rx=1,tx=2 ${TIME}`,
  ]);
});

test('gauges that are no number are left out, the others of their type stay', async (t) => {
  const some = Buffer.concat([
    identityParts('h/load/load'),
    valuesPart(['gauge', NaN], ['gauge', 1.5], ['gauge', Infinity]),
  ]);
  const none = Buffer.concat([
    identityParts('h/load/load'),
    valuesPart(['gauge', NaN], ['gauge', NaN], ['gauge', NaN]),
  ]);
  for (const [join, line] of [
    [false, `load_midterm,host=h,type=load value=1.5 ${TIME}`],
    [true, `load,host=h,type=load midterm=1.5 ${TIME}`],
  ] as const) {
    const { send, result, store } = await open(t, { join });
    await send(some, none);
    const { lines, values } = await result();
    assert.deepEqual(lines, [line]);
    assert.equal(values.droppedPointsInvalid, 5);
    assert.deepEqual(
      store.faults.map(({ what, example }) => `${what}: ${example}`),
      ['gauges that are no number: h/load/load, shortterm: NaN'],
    );
  }
});

test('values that cannot be stored are counted and told of', async (t) => {
  const { send, result, store } = await open(t);
  await send(
    Buffer.concat([identityParts('h/x/unknown'), valuesPart(['gauge', 1])]),
    Buffer.concat([identityParts('h/load/load'), valuesPart(['gauge', 1])]),
    Buffer.concat([textPart(0, 'h'), textPart(2, 'cpu'), textPart(4, 'cpu'), valuesPart(['derive', 1n])]),
    Buffer.concat([identityParts('h/cpu-0/cpu-idle'), textPart(5, 'x\\'), valuesPart(['derive', 1n])]),
    Buffer.concat([identityParts('h/cpu-0/cpu-idle'), part(0, Buffer.from([0xff, 0])), valuesPart(['derive', 1n])]),
    Buffer.concat([CPU, Buffer.from([0, 6, 0])]),
  );
  const { lines, values } = await result();
  assert.deepEqual(lines, [`cpu_value,host=h,instance=0,type=cpu,type_instance=idle value=7 ${TIME}`]);
  assert.deepEqual([values.droppedPointsInvalid, values.pointsParseFail], [5, 1]);
  assert.deepEqual(
    store.faults.map(({ what, example }) => `${what}: ${example}`),
    [
      'values of types that types.db does not know: h/x/unknown: it is not there',
      'values that cannot be stored: h/cpu/cpu: a time out of range',
      'packets cannot be read: the packet ends within a part',
    ],
  );
});

test('what is not protected as required is not stored', async (t) => {
  const packets = [
    CPU,
    signed(CPU, 'alice', 'w0nderl4nd'),
    encrypted(CPU, 'alice', 'w0nderl4nd'),
    signed(CPU, 'alice', 'x'),
  ];
  for (const [securityLevel, stored, insecure] of [
    ['none', 3, 0],
    ['sign', 2, 1],
    ['encrypt', 1, 2],
  ] as const) {
    const { send, result } = await open(t, { securityLevel });
    await send(...packets);
    const { lines, values } = await result();
    assert.deepEqual([lines.length, values.droppedPointsInsecure, values.pointsParseFail], [stored, insecure, 1]);
  }
});

test('a file of users that is not there refuses what is sealed, and nothing else', async (t) => {
  const { send, result, store } = await open(t, { authFile: '/nonexistent/auth' });
  await send(signed(CPU, 'alice', 'w0nderl4nd'), CPU);
  assert.equal((await result()).lines.length, 1);
  assert.match(store.faults[0].example, /ENOENT/);
});
