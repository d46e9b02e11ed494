// How fast listeners take points, on one thread: `node bench/listeners.ts [points]`. A process of its own sends over real
// sockets; what arrives is made lines and read into columns, as before a write. The last column is what one core could do, by
// the processor time that it took: the sender shares the machine.
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Batching,
  type Listener,
  type ListenerParts,
  WriteRequestReader,
  openCollectdListener,
  openGraphiteListener,
  openOpentsdbListener,
  openUdpListener,
} from '../src/ingest/index.ts';
import { parseLineProtocol } from '../src/line-protocol/index.ts';
import { SeriesTable } from '../src/model/index.ts';

const BATCHING: Batching = { batchPoints: 5000, maxPendingBatches: 10, timeoutMs: 1000 };
const HOSTS = 2000;
const START_S = 1_700_000_000;

interface Kind {
  readonly name: string;
  readonly transport: 'tcp' | 'udp';
  readonly open: (parts: ListenerParts, typesDb: string) => Promise<Listener>;
  /** Some points of it, from point `index` on: a write or a datagram. */
  readonly pack: (index: number) => { readonly bytes: Uint8Array; readonly points: number };
}

const bind = { host: '127.0.0.1', port: 0 };
const repeat = (count: number, line: (row: number) => string): string =>
  Array.from({ length: count }, (_, row) => line(row)).join('');
const value = (index: number): string => (((index * 7919) % 100_000) / 1000).toString();
const time = (index: number): number => START_S + Math.floor(index / HOSTS);

const KINDS: readonly Kind[] = [
  {
    name: 'Graphite, TCP, a template',
    transport: 'tcp',
    open: (parts) =>
      openGraphiteListener(
        {
          ...BATCHING,
          bind,
          protocol: 'tcp',
          separator: '.',
          tags: ['dc=x'],
          templates: ['.host.measurement*'],
          udpReadBufferBytes: 0,
        },
        parts,
      ),
    pack: (index) =>
      lines(500, (row) => `servers.h${(index + row) % HOSTS}.cpu.load.short ${value(index + row)} ${time(index)}\n`),
  },
  {
    name: 'OpenTSDB, telnet',
    transport: 'tcp',
    open: (parts) =>
      openOpentsdbListener(
        { ...BATCHING, bind, certificateFile: null, logPointErrors: true, maxBodyBytes: 0, maxHeldBodyBytes: 0 },
        parts,
      ),
    pack: (index) =>
      lines(
        500,
        (row) => `put sys.cpu.user ${time(index)} ${value(index + row)} host=h${(index + row) % HOSTS} cpu=0\n`,
      ),
  },
  {
    name: 'line protocol, UDP, 10 lines',
    transport: 'udp',
    open: (parts) => openUdpListener({ ...BATCHING, bind, precision: 's', readBufferBytes: 0 }, parts),
    pack: (index) =>
      lines(10, (row) => `cpu,cpu=0,host=h${(index + row) % HOSTS} load=${value(index + row)} ${time(index)}\n`),
  },
  {
    name: 'collectd, packets of 28 values',
    transport: 'udp',
    open: (parts, typesDbPath) =>
      openCollectdListener(
        { ...BATCHING, bind, readBufferBytes: 0, typesDbPath, securityLevel: 'none', authFile: '', join: false },
        parts,
      ),
    pack: (index) => ({ bytes: collectdPacket(index, 28), points: 28 }),
  },
];

function lines(count: number, line: (row: number) => string): ReturnType<Kind['pack']> {
  return { bytes: Buffer.from(repeat(count, line)), points: count };
}

function collectdPacket(index: number, values: number): Uint8Array {
  const part = (type: number, payload: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([0, type, 0, 4 + payload.length]), payload]);
  const text = (type: number, content: string): Buffer => part(type, Buffer.from(`${content}\0`));
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(time(index)) << 30n);
  const parts = [text(0, `h${index % HOSTS}`), part(8, number), text(2, 'cpu'), text(4, 'cpu')];
  for (let row = 0; row < values; row++) {
    if (row % 8 === 0) parts.push(text(3, String(row / 8)));
    const payload = Buffer.alloc(11);
    payload.set([0, 1, 2]);
    payload.writeBigInt64BE(BigInt(index + row), 3);
    parts.push(text(5, `state${row % 8}`), part(6, payload));
  }
  return Buffer.concat(parts);
}

/** A store that reads lines into columns and lets them go. */
function columnStore(): { readonly parts: ListenerParts; readonly stored: () => number } {
  const series = new SeriesTable();
  let stored = 0;
  const parts: ListenerParts = {
    store: async ({ bytes, parts: bodyParts, precision }) => {
      const parsed = parseLineProtocol(bytes, {
        series,
        precision,
        defaultTimeNs: 0n,
        parts: bodyParts,
        unsigned: false,
      });
      stored += parsed.rowCount;
      return {
        written: parsed.rowCount,
        badLineCount: parsed.errorCount,
        badLine: undefined,
        droppedCount: 0,
        dropped: undefined,
      };
    },
    onFault: ({ what, example }) => console.error(`${what}: ${example}`),
    nowNs: () => 0n,
  };
  return { parts, stored: () => stored };
}

async function measure(kind: Kind, points: number, typesDb: string): Promise<void> {
  const { parts, stored } = columnStore();
  const listener = await kind.open(parts, typesDb);
  const sender = fork(import.meta.filename, [
    'send',
    kind.name,
    listener.address.split(':').at(-1) ?? '',
    String(points),
  ]);
  const sent = once(sender, 'exit');
  const before = process.cpuUsage();
  await sent;
  for (let last = -1; stored() !== last; await sleep(1100)) last = stored();
  await listener.stop();
  print(kind.name, stored(), points, process.cpuUsage(before));
}

/** `came`: of those that were sent, as datagrams get lost. */
function print(name: string, came: number, sent: number, used: NodeJS.CpuUsage): void {
  const perSecond = came / ((used.user + used.system) / 1e6);
  const rate = `${String(Math.round(perSecond / 1000)).padStart(6)} K points/s a core`;
  console.log(`${name.padEnd(36)} ${String(came).padStart(9)} of ${String(sent).padStart(9)} points ${rate}`);
}

/** The sending process. UDP has nobody who says when it is too fast: it pauses. */
async function send(kind: Kind, port: number, points: number): Promise<void> {
  const tcp = kind.transport === 'tcp' ? connect(port, '127.0.0.1') : null;
  const udp = createSocket('udp4');
  for (let index = 0, packs = 0; index < points; packs++) {
    const pack = kind.pack(index);
    index += pack.points;
    if (tcp !== null) {
      if (!tcp.write(pack.bytes)) await once(tcp, 'drain');
    } else await new Promise((resolve) => udp.send(pack.bytes, port, '127.0.0.1', resolve));
    if (tcp === null && packs % 20 === 0) await sleep(1);
  }
  udp.close();
  if (tcp !== null) {
    tcp.end();
    await once(tcp, 'close');
  }
}

/** Prometheus' requests come by HTTP, which is measured elsewhere: here only what makes lines of them. */
function measurePrometheus(points: number): void {
  const reader = new WriteRequestReader();
  const requests = Array.from({ length: 50 }, (_, request) => prometheusRequest(request * 2000, 2000));
  let made = 0;
  for (let round = 0; round < 2; round++) for (const each of requests) reader.read(each);
  const before = process.cpuUsage();
  while (made < points) for (const each of requests) made += reader.read(each).points;
  print('Prometheus, requests of 2000 samples', made, made, process.cpuUsage(before));
}

function prometheusRequest(first: number, count: number): Buffer {
  const field = (number: number, bytes: Uint8Array): Buffer => {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
  };
  const label = (name: string, content: string): Buffer =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(content))]));
  const sample = Buffer.alloc(16);
  sample.set([9]);
  sample.writeDoubleLE(1.5, 1);
  sample.set([16, 0x80, 0xb0, 0xe2, 0x8c, 0xbc, 0x31], 9);
  return Buffer.concat(
    Array.from({ length: count }, (_, row) => {
      const labels = [
        ['__name__', 'container_cpu_usage_seconds_total'],
        ['container', `c${first + row}`],
        ['instance', '10.0.0.1:9100'],
        ['job', 'kubelet'],
        ['namespace', 'default'],
        ['pod', `pod-${first + row}`],
      ].map(([name, content]) => label(name, content));
      return field(1, Buffer.concat([...labels, field(2, sample)]));
    }),
  );
}

async function main(points: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const typesDb = join(dir, 'types.db');
  await writeFile(typesDb, 'cpu value:DERIVE:0:U\n');
  for (const kind of KINDS) await measure(kind, points, typesDb);
  measurePrometheus(points);
  await rm(dir, { recursive: true });
}

const [mode, name, port, count] = process.argv.slice(2);
const kind = KINDS.find((each) => each.name === name);
if (mode === 'send' && kind !== undefined) await send(kind, Number(port), Number(count));
else await main(Number(mode ?? 1_000_000));
