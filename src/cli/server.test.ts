import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfluxDB, FieldType } from 'influx';
import { isWeirError } from '../base/index.ts';
import { loadSettings } from './load-settings.ts';
import { type RunningServer, startServer } from './server.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

interface Stage {
  readonly dir: string;
  /** A server on the directory; closed with the test at the latest. */
  readonly start: (flags?: Readonly<Record<string, string>>) => Promise<RunningServer>;
}

async function setStage(t: TestContext): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-server-'));
  const servers: RunningServer[] = [];
  t.after(async () => {
    for (const server of servers) await server.close();
    await rm(dir, { recursive: true });
  });
  const start: Stage['start'] = async (flags) => {
    const own = { '--data-dir': dir, '--http-bind': '127.0.0.1:0', '--host-metrics': 'false', '--durability': 'os' };
    const { settings } = await loadSettings({ flags: { ...own, ...flags }, environment: {}, file: null });
    const server = await startServer(settings, { logger });
    servers.push(server);
    return server;
  };
  return { dir, start };
}

async function query(server: RunningServer, q: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(`http://${server.address}/query`, {
    method: 'POST',
    body: new URLSearchParams({ q, epoch: 'ns', ...more }),
  });
  return (await response.text()).trimEnd();
}

async function write(server: RunningServer, db: string, lines: string | Uint8Array): Promise<number> {
  const response = await fetch(`http://${server.address}/write?db=${db}`, { method: 'POST', body: lines });
  await response.arrayBuffer();
  return response.status;
}

test('what is written is read, and is there after a restart', async (t) => {
  const { dir, start } = await setStage(t);
  const first = await start();
  assert.equal(await query(first, 'CREATE DATABASE d'), '{"results":[{"statement_id":0}]}');
  assert.equal(
    await write(first, 'd', 'cpu,host=a usage=1,n=9007199254740993i,s="x" 10\ncpu,host=a usage=3 20\n'),
    204,
  );
  const expected =
    '{"results":[{"statement_id":0,"series":[{"name":"cpu","columns":["time","host","n","s","usage"],"values":[' +
    '[10,"a",9007199254740993,"x",1],[20,"a",null,null,3]]}]}]}';
  assert.equal(await query(first, 'SELECT * FROM cpu', { db: 'd' }), expected);
  await first.close();
  assert.ok((await readdir(join(dir, 'store'))).includes('catalog'));
  const second = await start();
  assert.equal(await query(second, 'SELECT * FROM cpu', { db: 'd' }), expected);
  const mean = await query(second, 'SELECT mean(usage) FROM cpu WHERE time < 1s GROUP BY time(1s), host', { db: 'd' });
  assert.match(mean, /"tags":\{"host":"a"\},"columns":\["time","mean"\],"values":\[\[0,2\]\]/);
});

test('the npm client influx creates, writes and reads', async (t) => {
  const server = await (await setStage(t)).start();
  const [host, port] = server.address.split(':');
  const client = new InfluxDB({
    host,
    port: Number(port),
    database: 'app',
    schema: [
      {
        measurement: 'response_times',
        fields: { path: FieldType.STRING, duration: FieldType.INTEGER, ratio: FieldType.FLOAT, ok: FieldType.BOOLEAN },
        tags: ['host'],
      },
    ],
  });
  await client.createDatabase('app');
  assert.deepEqual(await client.getDatabaseNames(), ['app']);
  const timestamp = new Date('2024-05-06T07:08:09.123Z');
  await client.writePoints([
    {
      measurement: 'response_times',
      tags: { host: 'a b' },
      fields: { path: '/x "y"', duration: 7, ratio: 0.5, ok: true },
      timestamp,
    },
    {
      measurement: 'response_times',
      tags: { host: 'c' },
      fields: { path: 'ü', duration: 9, ratio: 1.5, ok: false },
      timestamp,
    },
  ]);
  const rows = await client.query<Record<string, unknown> & { time: Date }>('SELECT * FROM response_times');
  assert.deepEqual(
    rows.map(({ host: tag, path, duration, ratio, ok }) => ({ tag, path, duration, ratio, ok })),
    [
      { tag: 'a b', path: '/x "y"', duration: 7, ratio: 0.5, ok: true },
      { tag: 'c', path: 'ü', duration: 9, ratio: 1.5, ok: false },
    ],
  );
  assert.equal(rows[0].time.getTime(), timestamp.getTime());
  assert.deepEqual(await client.getMeasurements(), ['response_times']);
  await assert.rejects(client.query('SELECT nonsense('), /error parsing query: /);
  await client.dropDatabase('app');
  assert.deepEqual(await client.getDatabaseNames(), []);
});

test('host metrics are in database host, kept a week', async (t) => {
  const server = await (await setStage(t)).start({ '--host-metrics': 'true' });
  let measurements = '';
  for (let wait = 0; wait < 100 && !measurements.includes('system'); wait++) {
    await sleep(20);
    measurements = await query(server, 'SHOW MEASUREMENTS', { db: 'host' });
  }
  assert.match(measurements, /"values":\[.*\["mem"\].*\["system"\]/);
  assert.match(await query(server, 'SHOW RETENTION POLICIES ON host'), /\["week","168h0m0s","24h0m0s",1,true\]/);
  assert.match(
    await query(server, 'SELECT last(total) FROM mem', { db: 'host' }),
    /"columns":\["time","last"\],"values":\[\[\d+,\d+\]\]/,
  );
});

test('a body of 50 MB', async (t) => {
  const server = await (await setStage(t)).start({ '--http-max-body-size': '64m' });
  await query(server, 'CREATE DATABASE d');
  const line = 'cpu,host=server01,region=eu-west usage_user=12.5,usage_system=3i,state="' + 'x'.repeat(250) + '" ';
  const lines: string[] = [];
  for (let row = 0, size = 0; size < 50_000_000; row++) {
    const text = `${line}${1_700_000_000_000_000_000n + BigInt(row)}\n`;
    size += text.length;
    lines.push(text);
  }
  assert.equal(await write(server, 'd', Buffer.from(lines.join(''))), 204);
  const counted = await query(server, 'SELECT count(usage_user), count(state) FROM cpu', { db: 'd' });
  assert.match(counted, new RegExp(`"values":\\[\\[0,${lines.length},${lines.length}\\]\\]`));
});

test('a line of 10 MB is refused with a bounded error, and the server lives on', async (t) => {
  const server = await (await setStage(t)).start();
  await query(server, 'CREATE DATABASE d');
  const response = await fetch(`http://${server.address}/write?db=d`, {
    method: 'POST',
    body: `cpu,host=${'x'.repeat(10_000_000)} v=1`,
  });
  const text = await response.text();
  assert.equal(response.status, 400);
  assert.ok(text.length < 5000);
  assert.equal(await write(server, 'd', 'cpu v=1'), 204);
});

function rejectsWith(code: Parameters<typeof isWeirError>[1], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isWeirError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  };
}

test('a second server on the directory is refused and harms nothing', async (t) => {
  const { start } = await setStage(t);
  const server = await start();
  await query(server, 'CREATE DATABASE d');
  await assert.rejects(start(), rejectsWith('locked', /in use by/));
  assert.equal(await write(server, 'd', 'cpu v=1'), 204);
});

test('a start that fails leaves nothing open', async (t) => {
  const { start } = await setStage(t);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  const flags = { '--http-bind': `127.0.0.1:${address.port}` };
  await assert.rejects(start(flags), rejectsWith('unavailable', /another program listens there/));
  taken.close();
  await once(taken, 'close');
  await start(flags);
});

test('requests that run when the server is stopped are answered or refused, and what was answered is there', async (t) => {
  const { start } = await setStage(t);
  const server = await start();
  await query(server, 'CREATE DATABASE d');
  const writes = Promise.allSettled(Array.from({ length: 20 }, (_, row) => write(server, 'd', `cpu v=${row} ${row}`)));
  await sleep(1);
  await server.close();
  const acknowledged = (await writes).filter((settled) => settled.status === 'fulfilled' && settled.value === 204);
  const counted = await query(await start(), 'SELECT count(v) FROM cpu', { db: 'd' });
  const stored = Number(/\[\[0,(\d+)\]\]/.exec(counted)?.[1] ?? 0);
  assert.ok(stored >= acknowledged.length, `${stored} of ${acknowledged.length}`);
});
