// The bench's data and questions: the same seed gives the same, and both are what they claim to be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Row, firstDifference } from '../bench/answers.ts';
import { ReplyReader } from '../bench/lib/reply-reader.ts';
import { type DataSet, FIELDS, START_SECONDS, generate } from '../bench/tsbs/generate.ts';
import { type BenchQuery, Chooser, QUERY_CLASSES } from '../bench/tsbs/queries.ts';
import { parseQuery } from '../src/influxql/index.ts';
import { parseLineProtocol } from '../src/line-protocol/index.ts';
import { SeriesTable } from '../src/model/index.ts';

const DATA: DataSet = { hosts: 7, steps: 50, stepSeconds: 10, startSeconds: START_SECONDS, seed: 3 };

const linesOf = (data: DataSet, batchRows = 100): Buffer[] => [...generate(data, batchRows)];
const bytesOf = (data: DataSet): Buffer => Buffer.concat(linesOf(data));

test('the same seed makes the same bytes, however they are cut', () => {
  assert.deepEqual(Buffer.concat(linesOf(DATA, 33)), bytesOf(DATA));
  assert.notDeepEqual(bytesOf({ ...DATA, seed: 4 }), bytesOf(DATA));
});

test('batches have as many lines as asked for', () => {
  const counts = linesOf(DATA).map((batch) => batch.toString().split('\n').length - 1);
  assert.deepEqual(counts, [100, 100, 100, 50]);
});

test('every line is a point: hosts times steps rows, ten tags, ten percentages, all in the time of the data set', () => {
  const series = new SeriesTable();
  const options = { series, precision: 'ns', defaultTimeNs: 0n, unsigned: false } as const;
  const { batch, rowCount, errors } = parseLineProtocol(bytesOf(DATA), options);
  assert.deepEqual(errors, []);
  assert.equal(rowCount, DATA.hosts * DATA.steps);
  assert.equal(series.count, DATA.hosts);
  assert.deepEqual(
    batch.tables.map(({ measurement }) => measurement),
    ['cpu'],
  );
  const lines = bytesOf(DATA).toString().trimEnd().split('\n');
  for (const line of lines) {
    const [key, fields, time] = line.split(' ');
    assert.equal(key.split(',').length, 11);
    const values = fields.split(',').map((field) => /^(\w+)=(\d+)i$/.exec(field) ?? assert.fail(line));
    assert.deepEqual(
      values.map(([, name]) => name),
      FIELDS,
    );
    for (const [, , value] of values) assert.ok(Number(value) <= 100, line);
    const step = (Number(time) / 1e9 - START_SECONDS) / DATA.stepSeconds;
    assert.ok(step >= 0 && step < DATA.steps, line);
  }
});

test('the same seed asks the same, and every question can be parsed', () => {
  const ask = (seed: number): BenchQuery[] => {
    const choose = new Chooser(DATA, seed);
    return QUERY_CLASSES.map(({ make }) => make(choose));
  };
  assert.deepEqual(ask(5), ask(5));
  assert.notDeepEqual(ask(5), ask(6));
  for (const { influxql } of ask(5)) assert.equal(parseQuery(influxql).statements.length, 1, influxql);
});

test('answers are compared as sets of rows, floats nearly', () => {
  const differs = (left: Row[], right: Row[], expected: RegExp | undefined): void => {
    const difference = firstDifference(left, right);
    if (expected === undefined) assert.equal(difference, undefined);
    else assert.match(difference ?? '', expected);
  };
  differs([], [], undefined);
  differs([['a', 1, 5]], [['a', 1, 5]], undefined);
  differs(
    [
      ['a', 1],
      ['b', 2],
    ],
    [
      ['b', 2],
      ['a', 1],
    ],
    undefined,
  );
  differs([[1, 1 / 3]], [[1, 1 / 3 + 1e-15]], undefined);
  differs([[1, 1 / 3]], [[1, 1 / 3 + 1e-6]], /^row 0: /);
  differs([[1, null]], [[1, 0]], /^row 0: \[1,null\] against \[1,0\]$/);
  differs(
    [[1, 1]],
    [
      [1, 1],
      [2, 1],
    ],
    /^1 rows against 2; row 1: undefined against \[2,1\]$/,
  );
  differs([[1, 1]], [[1]], /^row 0: /);
});

test('replies are read the same however they are cut', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
  const table: readonly [reply: string, body: string][] = [
    [`${head}Content-Length: 5\r\n\r\nhello`, 'hello'],
    [`${head}content-length: 0\r\n\r\n`, ''],
    ['HTTP/1.1 204 No Content\r\n\r\n', ''],
    [`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nB\r\n to you all\r\n0\r\n\r\n`, 'hello to you all'],
    [`${head}Transfer-Encoding: chunked\r\n\r\n2\r\n\r\n\r\n0\r\nTrailer: x\r\n\r\n`, '\r\n'],
  ];
  for (const [text, body] of table) {
    const bytes = Buffer.from(text, 'latin1');
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new ReplyReader();
      let reply: ReturnType<ReplyReader['push']>;
      for (let at = 0; at < bytes.length; at += size) {
        assert.equal(reply, undefined, text);
        reply = reader.push(bytes.subarray(at, at + size));
      }
      assert.equal(reply?.body.toString('latin1'), body, `${text} in pieces of ${size}`);
    }
  }
  assert.throws(() => new ReplyReader().push(Buffer.from('SSH-2.0\r\n\r\n')), /not an HTTP reply/);
});
