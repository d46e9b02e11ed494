import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, StatisticValue } from '../base/index.ts';
import type { Subscription } from '../catalog/index.ts';
import { type SubscriptionOptions, Subscriptions } from './subscriptions.ts';
import { ChangeMaker, SubscriptionCatalog } from './test-support/changes.ts';
import { openReceiver } from './test-support/receiver.ts';

interface Opened {
  readonly subscriptions: Subscriptions;
  readonly catalog: SubscriptionCatalog;
  readonly changes: ChangeMaker;
  readonly faults: Fault[];
  /** Totals of all subscriptions. */
  readonly totals: () => Readonly<Record<string, StatisticValue>>;
}

interface TestOptions extends Partial<Omit<SubscriptionOptions, 'http'>>, Partial<SubscriptionOptions['http']> {}

function open(t: TestContext, own: readonly Subscription[], options: TestOptions = {}): Opened {
  const { timeoutMs = 5000, concurrency = 40, maxBatches = 1000, maxBytes = 1e9, graceMs = 1000 } = options;
  const catalog = new SubscriptionCatalog(own);
  const changes = new ChangeMaker();
  const faults: Fault[] = [];
  const subscriptions = new Subscriptions({
    catalog,
    seriesTable: () => changes.series,
    options: {
      http: { timeoutMs, concurrency, insecureSkipVerify: false, caCertificates: undefined },
      maxBatches,
      maxBytes,
      graceMs,
    },
    onFault: (fault) => faults.push(fault),
  });
  t.after(() => subscriptions.stop());
  return { subscriptions, catalog, changes, faults, totals: () => subscriptions.statistics()[0].values };
}

const to = (mode: 'ALL' | 'ANY', ...destinations: readonly string[]): Subscription => ({
  name: 's',
  mode,
  destinations,
});

test('what is written goes to every destination of ALL, as line protocol in nanoseconds', async (t) => {
  const [a, b] = [await openReceiver(t), await openReceiver(t)];
  const { subscriptions, changes, totals } = open(t, [
    to('ALL', `http://${a.address}`, `http://me:s%20x@${b.address}/sub/`),
  ]);
  subscriptions.onChange(changes.write('cpu,host=a v=1,n=2i,s="x\ny" 5\nmem v=t 6\n'));
  await subscriptions.stop();
  const body = 'cpu,host=a v=1,n=2i,s="x\ny" 5\nmem v=t 6\n';
  assert.deepEqual(a.received, [
    { url: '/write?consistency=&db=d&precision=ns&rp=autogen', authorization: undefined, body },
  ]);
  assert.deepEqual(b.received, [
    {
      url: '/sub/write?consistency=&db=d&precision=ns&rp=autogen',
      authorization: `Basic ${Buffer.from('me:s x').toString('base64')}`,
      body,
    },
  ]);
  assert.deepEqual(totals(), { createFailures: 0, pointsWritten: 2, writeFailures: 0, pointsDropped: 0 });
  assert.deepEqual(subscriptions.statistics().slice(1), [
    {
      name: 'subscriber',
      tags: { database: 'd', destination: `http://${a.address}`, mode: 'ALL', name: 's', retention_policy: 'autogen' },
      values: { pointsWritten: 2, writeFailures: 0 },
    },
    {
      name: 'subscriber',
      tags: {
        database: 'd',
        destination: `http://me:[REDACTED]@${b.address}/sub/`,
        mode: 'ALL',
        name: 's',
        retention_policy: 'autogen',
      },
      values: { pointsWritten: 2, writeFailures: 0 },
    },
  ]);
});

test('ANY takes turns, and goes on to the next when one fails', async (t) => {
  const [a, b] = [await openReceiver(t), await openReceiver(t)];
  const { subscriptions, changes, totals, faults } = open(t, [to('ANY', `http://${a.address}`, `http://${b.address}`)]);
  for (let round = 1; round <= 2; round++) {
    subscriptions.onChange(changes.write('cpu v=1 1\n'));
    subscriptions.onChange(changes.write('cpu v=1 1\n'));
    await Promise.all([a.has(round), b.has(round)]);
  }
  b.status = 500;
  for (let count = 5; count <= 8; count++) {
    subscriptions.onChange(changes.write('cpu v=1 1\n'));
    while (totals().pointsWritten !== count) await sleep(1);
  }
  assert.equal(a.received.length, 6);
  assert.equal(totals().writeFailures, 0);
  assert.match(faults[0].example, /: 500 not today$/);
  a.status = 500;
  subscriptions.onChange(changes.write('cpu v=1 1\n'));
  while (totals().writeFailures !== 1) await sleep(1);
});

test('other buckets, deletes and replayed changes are not forwarded', async (t) => {
  const a = await openReceiver(t);
  const { subscriptions, changes } = open(t, [to('ALL', `http://${a.address}`)]);
  subscriptions.onChange(changes.write('cpu v=1 1\n', 'b2'));
  subscriptions.onChange(changes.write('cpu v=2 1\n', 'b1', true));
  subscriptions.onChange({ seq: 9, change: { op: 'drop-bucket', bucketId: 'b1' }, replayed: false });
  subscriptions.onChange(changes.write('cpu v=3 1\n'));
  await subscriptions.stop();
  assert.deepEqual(
    a.received.map(({ body }) => body),
    ['cpu v=3 1\n'],
  );
});

test('subscriptions come and go', async (t) => {
  const [a, b] = [await openReceiver(t), await openReceiver(t)];
  const { subscriptions, catalog, changes } = open(t, []);
  subscriptions.onChange(changes.write('cpu v=1 1\n'));
  catalog.set([to('ALL', `http://${a.address}`)]);
  subscriptions.onChange(changes.write('cpu v=2 1\n'));
  catalog.set([to('ALL', `http://${b.address}`)]);
  subscriptions.onChange(changes.write('cpu v=3 1\n'));
  catalog.set([]);
  assert.equal(subscriptions.statistics().length, 1);
  subscriptions.onChange(changes.write('cpu v=4 1\n'));
  await subscriptions.stop();
  subscriptions.onChange(changes.write('cpu v=5 1\n'));
  assert.deepEqual(
    [...a.received, ...b.received].map(({ body }) => body),
    ['cpu v=2 1\n', 'cpu v=3 1\n'],
  );
});

test('a long change goes in several requests, no more at once than may', async (t) => {
  const a = await openReceiver(t);
  a.delayMs = 100;
  const { subscriptions, changes, totals } = open(t, [to('ALL', `http://${a.address}`)], { concurrency: 3 });
  const lines = Array.from({ length: 60_000 }, (_, index) => `m${index % 2} v=${index} ${index}\n`);
  subscriptions.onChange(changes.write(lines.join('')));
  while (totals().pointsWritten !== 60_000) await sleep(5);
  assert.equal(a.received.length, 12);
  assert.equal(a.mostOpen, 3);
  const got = a.received.flatMap(({ body }) => body.split('\n')).filter((line) => line !== '');
  assert.deepEqual(got.toSorted(), lines.map((line) => line.trim()).toSorted());
});

test('what a slow destination cannot take is dropped and counted, by number and by size', async (t) => {
  const a = await openReceiver(t);
  a.status = null;
  const first = open(t, [to('ALL', `http://${a.address}`)], { maxBatches: 2, concurrency: 1, graceMs: 10 });
  first.subscriptions.onChange(first.changes.write('cpu v=0 1\n'));
  await a.has(1);
  for (let value = 1; value <= 5; value++) first.subscriptions.onChange(first.changes.write(`cpu v=${value} 1\n`));
  assert.deepEqual(first.totals(), { createFailures: 0, pointsWritten: 0, writeFailures: 3, pointsDropped: 3 });
  assert.deepEqual(
    first.faults.map(({ what, example }) => `${what}: ${example}`),
    ['points are not forwarded: its destinations are too slow'],
  );
  await first.subscriptions.stop();
  assert.deepEqual([first.totals().pointsDropped, first.totals().writeFailures], [5, 6]);
  const second = open(t, [to('ALL', `http://${a.address}`)], { maxBytes: 100, graceMs: 10 });
  second.subscriptions.onChange(second.changes.write(`cpu s="${'x'.repeat(200)}" 1\n`));
  assert.equal(second.totals().pointsDropped, 1);
});

test('destinations that do not answer, or are not there', async (t) => {
  const a = await openReceiver(t);
  a.status = null;
  const destinations = [`http://${a.address}`, 'http://127.0.0.1:1', 'https://127.0.0.1:1'];
  const { subscriptions, changes, faults, totals } = open(t, [to('ALL', ...destinations)], { timeoutMs: 50 });
  subscriptions.onChange(changes.write('cpu v=1 1\n'));
  while (totals().writeFailures !== 1) await sleep(5);
  assert.deepEqual(
    subscriptions
      .statistics()
      .slice(1)
      .map(({ values }) => values),
    destinations.map(() => ({ pointsWritten: 0, writeFailures: 1 })),
  );
  assert.match(faults[0].example, /ECONNREFUSED/);
});

test('a destination that is none is counted, others go on', async (t) => {
  const a = await openReceiver(t);
  const { subscriptions, changes, totals, faults } = open(t, [
    { name: 'bad', mode: 'ALL', destinations: ['ftp://me:secret@x:1'] },
    { name: 'worse', mode: 'ALL', destinations: [`http://${a.address}`, 'http://me:secret@[x:1'] },
    to('ALL', `http://${a.address}`),
  ]);
  subscriptions.onChange(changes.write('cpu v=1 1\n'));
  await a.has(1);
  assert.equal(totals().createFailures, 2);
  assert.deepEqual(
    faults.map(({ subject, example }) => `${subject}: ${example}`),
    [
      'subscription bad on d.autogen: unknown destination scheme ftp',
      'subscription worse on d.autogen: failed to parse destination: http://me:[REDACTED]@[x:1',
    ],
  );
});

test('UDP: whole lines, as many as fit; a host that is left out is this machine', async (t) => {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const datagrams: string[] = [];
  socket.on('message', (bytes) => datagrams.push(bytes.toString()));
  const { subscriptions, changes, totals } = open(t, [to('ALL', `udp://:${socket.address().port}`)]);
  const lines = Array.from({ length: 100 }, (_, index) => `cpu,host=h${index} v=${index},s="a\nb" ${index}\n`);
  lines[50] = `cpu s="${'x'.repeat(3000)}" 50\n`;
  subscriptions.onChange(changes.write(lines.join('')));
  while (totals().pointsWritten !== 100 || datagrams.join('').length < lines.join('').length) await sleep(1);
  assert.equal(datagrams.join(''), lines.join(''));
  assert.ok(datagrams.every((each) => each.endsWith('\n') && (each.length <= 1400 || each === lines[50])));
  assert.ok(datagrams.length < 10);
});
