import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import type { Query, ResultBatch, StatementResult } from '../influxql/index.ts';
import type { QueryRequest } from './engine.ts';
import { type Answer, type Call, call, metricReads } from './test-support/call.ts';
import { results, series } from './test-support/results.ts';
import { type TestServer, serveEngine } from './test-support/test-server.ts';

interface Asked {
  readonly query: Query;
  readonly request: QueryRequest;
}

/** A server that notes what it was asked and answers each statement with the rows 1 and 2. */
async function serveNoting(t: TestContext): Promise<{ readonly server: TestServer; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = await serveEngine(t, {
    execute: (query, request) => {
      asked.push({ query, request });
      const rows = series(
        'm',
        ['time', 'v'],
        [
          [1n, 1],
          [2n, 2],
        ],
      );
      return results(...query.statements.map(() => ({ series: [rows] })));
    },
  });
  return { server, asked };
}

const query = (parameters: Readonly<Record<string, string>>): string =>
  `/query?${new URLSearchParams(parameters).toString()}`;
const SELECT = 'SELECT v FROM m';

test('parameters reach the query from the URL, an urlencoded form, a multipart form and a file', async (t) => {
  const { server, asked } = await serveNoting(t);
  const boundary = 'b--7';
  const part = (name: string, value: string, more = ''): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const multipart = (...parts: readonly string[]): Call => ({
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: `${parts.join('')}--${boundary}--\r\n`,
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const calls: readonly (readonly [string, Call, readOnly: boolean])[] = [
    [query({ q: SELECT, db: 'x', rp: 'r' }), {}, true],
    [query({ q: SELECT, db: 'x', rp: 'r' }), { method: 'POST' }, false],
    [query({ db: 'x', rp: 'r' }), { headers: form, body: `q=${encodeURIComponent(SELECT)}` }, false],
    [
      query({ q: 'DROP DATABASE y', db: 'y' }),
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: 'q=SELECT+v+FROM+m&db=x&rp=r',
      },
      false,
    ],
    ['/query?db=x', multipart(part('q', SELECT), part('rp', 'r')), false],
    [
      '/query?rp=r',
      multipart(part('db', 'x'), part('q', `${SELECT}\n`, '; filename="q.txt"\r\nContent-Type: text/plain')),
      false,
    ],
  ];
  for (const [path, sent, readOnly] of calls) {
    const { status, text } = await call(server, path, sent);
    assert.equal(status, 200, text);
    const { query: parsed, request } = asked.pop() as Asked;
    assert.equal(parsed.statements.length, 1);
    assert.deepEqual([request.database, request.policy, request.readOnly], ['x', 'r', readOnly]);
  }
});

test('requests that cannot be understood', async (t) => {
  const { server, asked } = await serveNoting(t);
  const cases: readonly (readonly [string, RegExp, Call?])[] = [
    ['/query', /^missing required parameter "q"$/],
    [query({ q: '  ' }), /^missing required parameter "q"$/],
    [query({ q: 'selec' }), /^error parsing query: found selec, expected SELECT, DELETE, .* at line 1, char 1$/],
    [query({ q: 'SELECT v FROM m WHERE h = $h', params: '{"x":1}' }), /^error parsing query: missing parameter: h$/],
    [query({ q: 'SELECT v FROM m WHERE h = $h', params: '[1]' }), /^error parsing query parameters: /],
    [query({ q: 'SELECT v FROM m WHERE h = $h', params: '{h:1}' }), /^error parsing query parameters: /],
    ['/query', /^no multipart boundary/, { body: 'q=x', headers: { 'content-type': 'multipart/form-data' } }],
    ['/query', /^multipart: /, { body: '--a\r\n', headers: { 'content-type': 'multipart/form-data; boundary=a' } }],
  ];
  for (const [path, expected, sent] of cases) {
    const answer = await call(server, path, sent);
    assert.equal(answer.status, 400);
    const { error } = JSON.parse(answer.text);
    assert.match(error, expected);
    assert.equal(answer.headers['x-influxdb-error'], error);
  }
  assert.equal(asked.length, 0);
});

test('an error comes in the format that was asked for', async (t) => {
  const { server } = await serveNoting(t);
  const csv = await call(server, '/query', { headers: { accept: 'text/csv' } });
  assert.equal(csv.headers['content-type'], 'text/csv');
  assert.equal(csv.text, 'error\n"missing required parameter ""q"""\n');
  const pretty = await call(server, '/query?pretty=true');
  assert.equal(pretty.text, '{\n    "error": "missing required parameter \\"q\\""\n}\n');
  const packed = await call(server, '/query', { headers: { accept: 'application/x-msgpack' } });
  assert.equal(packed.bytes.toString('latin1'), '\x81\xa5error\xbemissing required parameter "q"');
});

test('bind parameters keep 64-bit integers', async (t) => {
  const { server, asked } = await serveNoting(t);
  await call(server, query({ q: 'SELECT v FROM m WHERE i = $i', params: '{"i":9007199254740993}' }));
  const json = JSON.stringify(asked[0].query, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  assert.match(json, /9007199254740993/);
});

test('the answer: headers, epoch, pretty, chunks, CSV, gzip', async (t) => {
  const { server } = await serveNoting(t);
  const plain = await call(server, query({ q: SELECT, epoch: 'ns' }));
  const expected =
    '{"results":[{"statement_id":0,"series":[{"name":"m","columns":["time","v"],"values":[[1,1],[2,2]]}]}]}\n';
  assert.equal(plain.text, expected);
  assert.equal(plain.headers['content-type'], 'application/json');
  assert.equal(plain.headers['content-length'], `${expected.length}`);
  assert.equal(plain.headers['x-influxdb-version'], '1.8.10');
  assert.equal(plain.headers['x-influxdb-build'], 'OSS');
  assert.equal(plain.headers['x-request-id'], plain.headers['request-id']);
  assert.match(String(plain.headers['request-id']), /^[0-9a-f-]{36}$/);

  const chunked = await call(server, query({ q: `${SELECT};${SELECT}`, chunked: 'true', chunk_size: '1', epoch: 's' }));
  assert.equal(chunked.text.trimEnd().split('\n').length, 4);
  assert.equal(chunked.headers['transfer-encoding'], 'chunked');
  const csv = await call(server, query({ q: SELECT }), { headers: { accept: 'application/csv' } });
  assert.equal(csv.text, 'name,tags,time,v\nm,,1,1\nm,,2,2\n');
  const pretty = await call(server, query({ q: SELECT, pretty: 'true', epoch: 'ns' }));
  assert.equal(pretty.text, `${JSON.stringify(JSON.parse(expected), null, 4)}\n`);
  const named = await call(server, query({ q: SELECT }), {
    headers: { 'x-request-id': 'abc', origin: 'http://grafana' },
  });
  assert.equal(named.headers['request-id'], 'abc');
  assert.equal(named.headers['access-control-allow-origin'], 'http://grafana');
});

function bigResult(rowCount: number): AsyncIterable<StatementResult> {
  const header = { name: 'm', tags: null, columns: ['time', 'v'] };
  const batchRows = 5000;
  const offsets = Float64Array.from({ length: batchRows }, (_, row) => row);
  async function* batches(): AsyncGenerator<ResultBatch> {
    for (let row = 0; row < rowCount; row += batchRows) {
      yield {
        series: header,
        rowCount: Math.min(batchRows, rowCount - row),
        columns: [
          { kind: 'times', baseNs: BigInt(row), offsets },
          { kind: 'numbers', values: offsets, valid: null },
        ],
      };
    }
  }
  async function* statements(): AsyncGenerator<StatementResult> {
    yield { statementId: 0, messages: [], error: null, batches: batches() };
  }
  return statements();
}

test('a large answer is streamed, and compressed when asked for', async (t) => {
  const server = await serveEngine(t, { execute: () => bigResult(200_000) });
  const plain = await call(server, query({ q: SELECT, epoch: 'ns' }));
  assert.equal(plain.headers['transfer-encoding'], 'chunked');
  assert.equal(JSON.parse(plain.text).results[0].series[0].values.length, 200_000);
  for (const chunked of ['true', 'false']) {
    const packed = await call(server, query({ q: SELECT, epoch: 'ns', chunked }), {
      headers: { 'accept-encoding': 'gzip' },
    });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    const text = gunzipSync(packed.bytes).toString();
    if (chunked === 'false') assert.equal(text, plain.text);
    else assert.equal(text.trimEnd().split('\n').length, 20);
  }
});

test('a slow reader of ten million rows: memory stays bounded, others are served', async (t) => {
  const server = await serveEngine(t, { execute: () => bigResult(10_000_000) });
  const socket = connect(server.port, server.host);
  socket.write(`GET ${query({ q: SELECT, epoch: 'ns' })} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'readable');
  const startBytes = process.memoryUsage().rss;
  for (let round = 0; round < 20; round++) {
    socket.read(16_384);
    await sleep(10);
    assert.equal((await call(server, '/ping')).status, 204);
  }
  assert.ok(process.memoryUsage().rss - startBytes < 50_000_000, 'the answer waits in the query, not in memory');
  socket.destroy();
});

/** A query that yields one row and then waits for its signal. */
function waitingQuery(onAbort: (reason: unknown) => void) {
  return (_: Query, { signal }: QueryRequest): AsyncIterable<StatementResult> => {
    const header = { name: 'm', tags: null, columns: ['v'] };
    async function* batches(): AsyncGenerator<ResultBatch> {
      yield { series: header, rowCount: 1, columns: [{ kind: 'cells', values: [1] }] };
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          onAbort(signal.reason);
          reject(signal.reason as Error);
        });
      });
    }
    async function* statements(): AsyncGenerator<StatementResult> {
      yield { statementId: 0, messages: [], error: null, batches: batches() };
    }
    return statements();
  };
}

test('a client that leaves stops its query', async (t) => {
  const aborted = Promise.withResolvers<unknown>();
  const server = await serveEngine(t, { execute: waitingQuery(aborted.resolve) }, { maxConcurrent: 1 });
  const socket = connect(server.port, server.host);
  socket.write(`GET ${query({ q: SELECT })} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await metricReads(server, 'weir_active_queries 1');
  socket.destroy();
  const reason = await aborted.promise;
  assert.ok(reason instanceof WeirError && reason.code === 'canceled');
  await metricReads(server, 'weir_active_queries 0');
  await metricReads(server, 'weir_queries_total{outcome="canceled"} 1');
});

test('a client that leaves within a large answer stops its query', async (t) => {
  let finished = false;
  const server = await serveEngine(t, {
    async *execute() {
      try {
        yield* bigResult(10_000_000);
      } finally {
        finished = true;
      }
    },
  });
  const socket = connect(server.port, server.host);
  socket.write(`GET ${query({ q: SELECT })} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'readable');
  socket.destroy();
  for (let wait = 0; wait < 1000 && !finished; wait++) await sleep(10);
  assert.ok(finished);
});

test('query-timeout ends a query with an error, whether it computes or its reader stands still', async (t) => {
  const server = await serveEngine(t, { execute: waitingQuery(() => {}) }, { timeoutMs: 40 });
  const answer = await call(server, query({ q: SELECT }));
  assert.equal(answer.status, 200);
  assert.equal(JSON.parse(answer.text).results[0].error, 'query-timeout limit exceeded');

  const large = await serveEngine(t, { execute: () => bigResult(10_000_000) }, { timeoutMs: 100 });
  const socket = connect(large.port, large.host);
  socket.write(`GET ${query({ q: SELECT })} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await metricReads(large, 'weir_queries_total{outcome="canceled"} 1');
  await metricReads(large, 'weir_active_queries 0');
  socket.destroy();
});

test('a killed query ends its answer with an error, behind the rows that it had', async (t) => {
  const server = await serveEngine(t, { execute: waitingQuery(() => {}) });
  const answer = call(server, query({ q: "select v from m; create user u with password 'secret'", db: 'd' }));
  while (server.queries.active === 0) await sleep(5);
  const [{ id, text, database }] = server.queries.list();
  assert.deepEqual([text, database], ['SELECT v FROM m;\nCREATE USER u WITH PASSWORD [REDACTED]', 'd']);
  server.queries.kill(BigInt(id));
  assert.equal(
    (await answer).text,
    '{"results":[{"statement_id":0,"series":[{"name":"m","columns":["v"],"values":[[1]]}],"error":"query interrupted"}]}\n',
  );
  assert.equal(server.queries.active, 0);
});

test('max-concurrent-queries refuses the next one in its result', async (t) => {
  const server = await serveEngine(t, { execute: waitingQuery(() => {}) }, { maxConcurrent: 1 });
  const socket = connect(server.port, server.host);
  socket.write(`GET ${query({ q: SELECT })} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await metricReads(server, 'weir_active_queries 1');
  const refused = await call(server, query({ q: SELECT }));
  assert.equal(refused.status, 200);
  assert.equal(
    refused.text,
    '{"results":[{"statement_id":0,"error":"max-concurrent-queries limit exceeded(1, 1)"}]}\n',
  );
  socket.destroy();
});

test('async=true answers at once and runs on', async (t) => {
  const ran = Promise.withResolvers<void>();
  const server = await serveEngine(t, {
    async *execute() {
      await sleep(20);
      ran.resolve();
      yield* results({ error: 'went wrong' });
    },
  });
  const answer: Answer = await call(server, query({ q: SELECT, async: 'true' }));
  assert.deepEqual([answer.status, answer.text], [204, '']);
  await ran.promise;
  await metricReads(server, 'weir_queries_total{outcome="error"} 1');
  assert.deepEqual(server.logged.find(({ level }) => level === 'warn')?.fields, { error: 'went wrong' });
});

test('a bug of ours is logged and not shown', async (t) => {
  const server = await serveEngine(t, {
    execute: () => results({ series: [series('m', ['v'], [[1]])], thrown: new TypeError('secret of line 7') }),
  });
  const answer = await call(server, query({ q: SELECT }));
  assert.match(answer.text, /"values":\[\[1\]\]\}\],"error":"internal error"\}\]\}\n$/);
  assert.equal(server.logged.filter(({ level }) => level === 'error').length, 1);
});

test('X-Weir-Tiers tells which tiers served, in short and long answers', async (t) => {
  const range = { startNs: 0n, endNs: 3_600_000_000_000n };
  const server = await serveEngine(t, {
    async *execute({ statements: { length } }, { onTiers, tellTiers }) {
      const policies = ['5m', 'raw'].slice(0, length);
      const spans = policies.map((policy) => ({ policy, range, exact: policy === 'raw' }));
      onTiers?.({ measurement: 'm é', base: 'raw', spans, unanswered: [] });
      onTiers?.({ measurement: 'other', base: 'raw', spans: [{ policy: 'raw', range, exact: true }], unanswered: [] });
      if (tellTiers !== true) yield* bigResult(length === 1 ? 1 : 100_000);
    },
  });
  const span = '(1970-01-01T00:00:00Z/1970-01-01T01:00:00Z)';
  const manners: readonly Readonly<Record<string, string>>[] = [{}, { tiers: 'true' }, { chunked: 'true' }];
  for (const parameters of manners) {
    for (const [q, header] of [
      [SELECT, `m%20%C3%A9=5m~${span}`],
      [`${SELECT}; ${SELECT}`, `m%20%C3%A9=5m~${span}+raw${span}`],
    ]) {
      assert.equal((await call(server, query({ q, ...parameters }))).headers['x-weir-tiers'], header, q);
    }
  }
  const plain = await serveEngine(t, { execute: () => bigResult(1) });
  assert.equal((await call(plain, query({ q: SELECT }))).headers['x-weir-tiers'], undefined);
});

test('gap is a share', async (t) => {
  const { server, asked } = await serveNoting(t);
  for (const gap of ['0', '0.5', '.25', '1', '']) await call(server, query({ q: SELECT, gap }));
  assert.deepEqual(
    asked.map(({ request }) => request.knownShare),
    [0, 0.5, 0.25, 1, undefined],
  );
  for (const gap of ['1.01', '-0.5', '50%', 'NaN', '1e9']) {
    const { status, text } = await call(server, query({ q: SELECT, gap }));
    assert.deepEqual([status, /expected a share between 0 and 1/.test(text)], [400, true], gap);
  }
});

test('max-row-limit', async (t) => {
  const server = await serveEngine(t, { execute: () => bigResult(100_000) }, { maxRowLimit: 7 });
  const [{ values, partial }] = JSON.parse((await call(server, query({ q: SELECT, epoch: 'ns' }))).text).results[0]
    .series;
  assert.deepEqual([values.length, partial], [7, true]);
});
