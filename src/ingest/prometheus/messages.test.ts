// Requests and answers of Prometheus' remote storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { ReadResponse, readReadRequest } from './read-messages.ts';
import { WireReader, WireWriter } from './wire.ts';
import { type PrometheusLines, WriteRequestReader } from './write-request.ts';

type Fields = (writer: WireWriter) => void;

function message(...parts: readonly Fields[]): Buffer {
  const writer = new WireWriter();
  for (const part of parts) part(writer);
  return Buffer.from(writer.finish());
}

const nested = (field: number, ...parts: readonly Fields[]): Fields => {
  const bytes = message(...parts);
  return (writer) => writer.message(field, bytes);
};
const text =
  (field: number, value: string): Fields =>
  (writer) =>
    writer.text(field, value);
const number =
  (field: number, value: number): Fields =>
  (writer) =>
    writer.number(field, value);
const label = (name: string, value: string): Fields => nested(1, text(1, name), text(2, value));
const sample = (value: number, timeMs: number): Fields =>
  nested(2, (writer) => writer.double(1, value), number(2, timeMs));

function write(...series: readonly Fields[]): PrometheusLines {
  return new WriteRequestReader().read(message(...series));
}

const UP = [label('__name__', 'up'), label('job', 'a b'), label('empty', '')];

test('series become lines: the name is measurement and tag', () => {
  assert.equal(
    write(nested(1, ...UP, sample(1, 1_500_000_000_123), sample(-0.5, -1)), nested(1, label('x', 'y'), sample(2, 0)))
      .text,
    'up,__name__=up,job=a\\ b value=1 1500000000123\nup,__name__=up,job=a\\ b value=-0.5 -1\nprom_metric_not_specified,x=y value=2 0\n',
  );
  assert.equal(
    write(nested(1, label('__name__', ''), label('x', 'y'), sample(2, 1))).text,
    'prom_metric_not_specified,x=y value=2 1\n',
  );
});

test('a series that comes again is known', () => {
  const reader = new WriteRequestReader();
  const request = message(nested(1, ...UP, sample(1, 5)), nested(1, ...UP, sample(2, 6)));
  for (let round = 0; round < 2; round++) {
    assert.equal(reader.read(request).text, 'up,__name__=up,job=a\\ b value=1 5\nup,__name__=up,job=a\\ b value=2 6\n');
  }
});

test('samples that are no numbers are left out, and series that cannot be named', () => {
  const bad = nested(1, label('__name__', 'up'), label('path', 'C:\\'), sample(1, 5), sample(NaN, 6));
  const lines = write(nested(1, ...UP, sample(NaN, 1), sample(Infinity, 2), sample(3, 3), sample(-Infinity, 4)), bad);
  assert.equal(lines.text, 'up,__name__=up,job=a\\ b value=3 3\n');
  assert.deepEqual([lines.points, lines.notNumberCount, lines.invalidCount], [1, 4, 1]);
  assert.match(lines.invalid, /ends in a backslash/);
});

test('fields of later versions are passed over; a sample without fields is 0 at 0', () => {
  const request = message(
    nested(3, text(1, 'metadata')),
    nested(
      1,
      nested(1, text(1, '__name__'), number(9, 1), text(2, 'up')),
      nested(2, number(9, 5)),
      nested(3, text(1, 'exemplar')),
    ),
  );
  assert.equal(new WriteRequestReader().read(request).text, 'up,__name__=up value=0 0\n');
  assert.throws(
    () => write(nested(1, sample(1, 5), ...UP)),
    (error) => isWeirError(error, 'invalid') && /labels behind samples/.test(error.message),
  );
  assert.throws(() => new WriteRequestReader().read(request.subarray(0, -1)), /cut short/);
});

test('a read request', () => {
  const matcher = (type: number, name: string, value: string): Fields =>
    nested(3, number(1, type), text(2, name), text(3, value));
  const request = message(
    nested(
      1,
      number(1, 5),
      number(2, 1_500_000_000_000),
      matcher(0, '__name__', 'up'),
      matcher(3, 'job', 'a|b'),
      nested(4, number(1, 1)),
    ),
    nested(1, matcher(1, 'x', ''), matcher(2, 'y', '.*')),
    number(2, 1),
  );
  assert.deepEqual(readReadRequest(request), [
    {
      startMs: 5,
      endMs: 1_500_000_000_000,
      matchers: [
        { type: '=', name: '__name__', value: 'up' },
        { type: '!~', name: 'job', value: 'a|b' },
      ],
    },
    {
      startMs: 0,
      endMs: 0,
      matchers: [
        { type: '!=', name: 'x', value: '' },
        { type: '=~', name: 'y', value: '.*' },
      ],
    },
  ]);
  assert.throws(() => readReadRequest(message(nested(1, matcher(4, 'x', 'y')))), /unknown match type 4/);
});

/** `{a=b} 1@5 2@6` for each series of each query. */
function readResponse(bytes: Buffer): readonly (readonly string[])[] {
  const inside = (reader: WireReader, visit: (field: number, inner: WireReader) => void): void => {
    while (reader.next()) {
      const start = reader.span();
      visit(reader.field, new WireReader(reader.bytes, start, reader.position));
    }
  };
  const results: string[][] = [];
  inside(new WireReader(bytes), (_, result) => {
    const shown: string[] = [];
    inside(result, (__, series) => {
      const labels: string[] = [];
      const samples: string[] = [];
      inside(series, (field, item) => {
        const values: (string | number)[] = [];
        while (item.next()) values.push(field === 1 ? item.text() : item.field === 1 ? item.double() : item.varint());
        (field === 1 ? labels : samples).push(values.join(field === 1 ? '=' : '@'));
      });
      shown.push(`{${labels.join()}} ${samples.join(' ')}`);
    });
    results.push(shown);
  });
  return results;
}

test('an answer: queries, their series, their samples', () => {
  const response = new ReadResponse(10_000);
  response.beginQuery();
  response.beginSeries([
    ['__name__', 'up'],
    ['empty', ''],
    ['job', 'a'],
  ]);
  response.sample(1.5, 1_500_000_000_000);
  response.sample(-2, -5);
  response.endSeries();
  response.beginSeries([]);
  response.sample(0, 0);
  response.endSeries();
  response.beginQuery();
  assert.deepEqual(readResponse(Buffer.from(response.finish())), [
    ['{__name__=up,job=a} 1.5@1500000000000 -2@-5', '{} 0@0'],
    [],
  ]);
});

test('an answer has a limit', () => {
  const response = new ReadResponse(1000);
  response.beginQuery();
  response.beginSeries([['a', 'b']]);
  assert.throws(
    () => {
      for (let sent = 0; sent < 1000; sent++) response.sample(1, 1_500_000_000_000);
    },
    (error) => isWeirError(error, 'too large'),
  );
});
