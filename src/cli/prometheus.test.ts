// Prometheus' remote write and read against a whole server.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeSnappy, encodeSnappy } from '../base/index.ts';
import { loadSettings } from './load-settings.ts';
import { type RunningServer, startServer } from './server.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

async function start(t: TestContext, flags: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-prometheus-'));
  const own = { '--data-dir': dir, '--http-bind': '127.0.0.1:0', '--host-metrics': 'false', '--durability': 'os' };
  const { settings } = await loadSettings({ flags: { ...own, ...flags }, environment: {}, file: null });
  const server = await startServer(settings, { logger });
  t.after(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  return server;
}

async function query(server: RunningServer, q: string): Promise<string> {
  const body = new URLSearchParams({ q, epoch: 'ms', db: 'd' });
  const response = await fetch(`http://${server.address}/query`, { method: 'POST', body });
  return (await response.text()).trimEnd();
}

// Messages by hand: a second opinion on the wire format.
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function field(number: number, value: string | number | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function sample(value: number, timeMs: number): Buffer {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  return field(2, Buffer.concat([Buffer.from([9]), double, field(2, timeMs)]));
}

function series(labels: Readonly<Record<string, string>>, ...samples: readonly Buffer[]): Buffer {
  const pairs = Object.entries(labels).map(([name, value]) =>
    field(1, Buffer.concat([field(1, name), field(2, value)])),
  );
  return field(1, Buffer.concat([...pairs, ...samples]));
}

type Matcher = readonly [name: string, type: '=' | '!=' | '=~' | '!~', value: string];

function read(startMs: number, endMs: number, ...matchers: readonly Matcher[]): Buffer {
  const parts = matchers.map(([name, type, value]) =>
    field(3, Buffer.concat([field(1, ['=', '!=', '=~', '!~'].indexOf(type)), field(2, name), field(3, value)])),
  );
  return field(1, Buffer.concat([field(1, startMs), field(2, endMs), ...parts]));
}

async function post(server: RunningServer, path: string, message: Uint8Array): Promise<string> {
  const response = await fetch(`http://${server.address}${path}`, { method: 'POST', body: encodeSnappy(message) });
  return `${response.status} ${await response.text()}`.trim();
}

/** The fields of a message, as [number, value]. */
function* fieldsOf(bytes: Buffer): Generator<readonly [number: number, value: Buffer]> {
  const readVarint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint();
    const start = at;
    if (tag % 8 === 0) {
      yield [Math.floor(tag / 8), Buffer.from(String(readVarint()))];
      continue;
    }
    const length = tag % 8 === 1 ? 8 : readVarint();
    const from = tag % 8 === 1 ? start : at;
    at = from + length;
    yield [Math.floor(tag / 8), bytes.subarray(from, at)];
  }
}

/** `{a=b} 1@5 2@6` for each series of each query. */
async function answers(server: RunningServer, ...queries: readonly Buffer[]): Promise<readonly (readonly string[])[]> {
  const url = `http://${server.address}/api/v1/prom/read?db=d`;
  const response = await fetch(url, { method: 'POST', body: encodeSnappy(Buffer.concat(queries)) });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, bytes.toString());
  assert.equal(response.headers.get('content-type'), 'application/x-protobuf');
  assert.equal(response.headers.get('content-encoding'), 'snappy');
  const results: string[][] = [];
  for (const [, result] of fieldsOf(Buffer.from(decodeSnappy(bytes)))) {
    const shown: string[] = [];
    for (const [, each] of fieldsOf(result)) {
      const labels: string[] = [];
      const samples: string[] = [];
      for (const [number, item] of fieldsOf(each)) {
        const [first, second] = [...fieldsOf(item)].map(([, value]) => value);
        if (number === 1) labels.push(`${first.toString()}=${second.toString()}`);
        else samples.push(`${first.readDoubleLE()}@${second.toString()}`);
      }
      shown.push(`{${labels.join()}} ${samples.join(' ')}`);
    }
    results.push(shown);
  }
  return results;
}

const T = 1_700_000_000_000;

async function startFilled(t: TestContext): Promise<RunningServer> {
  const server = await start(t);
  await query(server, 'CREATE DATABASE d');
  const request = Buffer.concat([
    series({ __name__: 'up', instance: 'x:1', job: 'a' }, sample(1, T), sample(0, T + 1000), sample(NaN, T + 2000)),
    series({ __name__: 'up', instance: 'y:1', job: 'b' }, sample(1, T)),
    series({ __name__: 'up', instance: 'z:1', job: 'a/b', group: "it's" }, sample(2.5, T + 500)),
    series({ __name__: 'down', job: 'a' }, sample(7, T)),
  ]);
  assert.equal(await post(server, '/api/v1/prom/write?db=d', request), '204');
  return server;
}

test('what Prometheus writes is read by InfluxQL', async (t) => {
  const server = await startFilled(t);
  const columns = '"columns":["time","__name__","group","instance","job","value"]';
  const values = `"values":[[${T},"up",null,"x:1","a",1],[${T + 1000},"up",null,"x:1","a",0]]`;
  assert.equal(
    await query(server, "SELECT * FROM up WHERE job = 'a'"),
    `{"results":[{"statement_id":0,"series":[{"name":"up",${columns},${values}}]}]}`,
  );
});

test('and by Prometheus, by every kind of matcher', async (t) => {
  const server = await startFilled(t);
  const [x, y, z, down] = [
    `{__name__=up,instance=x:1,job=a} 1@${T} 0@${T + 1000}`,
    `{__name__=up,instance=y:1,job=b} 1@${T}`,
    `{__name__=up,group=it's,instance=z:1,job=a/b} 2.5@${T + 500}`,
    `{__name__=down,job=a} 7@${T}`,
  ];
  const up: Matcher = ['__name__', '=', 'up'];
  const cases: readonly (readonly [matchers: readonly Matcher[], found: readonly string[]])[] = [
    [[up], [x, y, z]],
    [[up, ['job', '=', 'a']], [x]],
    [
      [up, ['job', '!=', 'a']],
      [y, z],
    ],
    [
      [up, ['job', '=~', 'a|b']],
      [x, y],
    ],
    [
      [up, ['job', '=~', 'a.*']],
      [x, z],
    ],
    [[up, ['job', '=~', 'a/.']], [z]],
    [[up, ['job', '!~', 'a.*']], [y]],
    [
      [up, ['group', '=', '']],
      [x, y],
    ],
    [[up, ['group', '!=', '']], [z]],
    [[up, ['group', '=', "it's"]], [z]],
    [
      [up, ['group', '=~', '.*']],
      [x, y, z],
    ],
    [
      [up, ['none', '=', '']],
      [x, y, z],
    ],
    [[up, ['none', '=', 'x']], []],
    [
      [
        ['__name__', '=~', 'u.|down'],
        ['job', '=', 'a'],
      ],
      [down, x],
    ],
    [[['__name__', '!=', 'up']], [down]],
    [[['__name__', '!~', 'd.*']], [x, y, z]],
    [[['job', '=', 'a']], [down, x]],
    [[['__name__', '=', 'none']], []],
    [[up, ['__name__', '!=', 'up']], []],
  ];
  for (const [matchers, found] of cases) {
    const [answer] = await answers(server, read(T, T + 10_000, ...matchers));
    assert.deepEqual(answer.toSorted(), found.toSorted(), JSON.stringify(matchers));
  }
});

test('times are inclusive on both sides, several queries have several results', async (t) => {
  const server = await startFilled(t);
  const matchers: readonly Matcher[] = [
    ['__name__', '=', 'up'],
    ['instance', '=', 'x:1'],
  ];
  const labels = '{__name__=up,instance=x:1,job=a}';
  assert.deepEqual(
    await answers(
      server,
      read(T, T, ...matchers),
      read(T + 1, T + 999, ...matchers),
      read(T + 1000, T + 1000, ...matchers),
      read(0, 0, ...matchers),
    ),
    [[`${labels} 1@${T}`], [], [`${labels} 0@${T + 1000}`], [`${labels} 1@${T} 0@${T + 1000}`]],
  );
});

test('integers are read as floats, what is no number is not', async (t) => {
  const server = await startFilled(t);
  const lines = `count,__name__=count value=3i ${T}000000\ntext,__name__=text value="x" ${T}000000\nother v=1 ${T}000000\n`;
  await fetch(`http://${server.address}/write?db=d`, { method: 'POST', body: lines });
  const found = await answers(server, read(T, T, ['__name__', '=~', 'count|text|other']));
  assert.deepEqual(found, [[`{__name__=count} 3@${T}`]]);
});

test('what is refused', async (t) => {
  const server = await startFilled(t);
  const write = (path: string, message: Uint8Array): Promise<string> =>
    post(server, `/api/v1/prom/write${path}`, message);
  const one = series({ __name__: 'up' }, sample(1, T));
  assert.equal(await write('', one), '400 {"error":"database is required"}');
  assert.equal(await write('?db=x', one), '404 {"error":"database not found: \\"x\\""}');
  assert.equal(await write('?db=d&rp=x', one), '500 {"error":"retention policy not found: x"}');
  assert.match(await write('?db=d', one.subarray(0, -1)), /^400 .*cut short/);
  const raw = await fetch(`http://${server.address}/api/v1/prom/write?db=d`, { method: 'POST', body: 'nonsense' });
  assert.match(await raw.text(), /no block of Snappy/);
  assert.match(
    await write(
      '?db=d',
      Buffer.concat([
        series({ __name__: 'up', path: 'C:\\' }, sample(1, T)),
        series({ __name__: 'kept' }, sample(1, T)),
      ]),
    ),
    /^400 .*ends in a backslash dropped=1/,
  );
  assert.match(await query(server, 'SELECT count(value) FROM kept'), /\[0,1\]/);
  const ask = (path: string, message: Uint8Array): Promise<string> => post(server, `/api/v1/prom/read${path}`, message);
  assert.equal(await ask('?db=x', read(0, 0, ['a', '=', 'b'])), '400 {"error":"no database"}');
  assert.equal(await ask('?db=d', read(0, 0)), '400 {"error":"expected matcher"}');
  assert.match(await ask('?db=d', read(0, 0, ['a', '=~', '('])), /^400 /);
  assert.equal(await ask('?db=d', Buffer.alloc(0)), '200 \0');
});

test('a body that unpacks to more than a body may have', async (t) => {
  const server = await start(t, { '--http-max-body-size': '1000' });
  await query(server, 'CREATE DATABASE d');
  const long = series({ __name__: 'up', long: 'x'.repeat(5000) }, sample(1, T));
  assert.ok(encodeSnappy(long).length < 1000);
  assert.match(await post(server, '/api/v1/prom/write?db=d', long), /^413 /);
});
