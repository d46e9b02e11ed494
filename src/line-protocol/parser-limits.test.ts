// Bodies that are out of proportion: time and memory stay in proportion to the bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParseResult, parseLineProtocol } from './parser.ts';
import { SeriesTable } from '../model/index.ts';
import { batchRows } from './test-support/rows.ts';
import { isWeirError } from '../base/index.ts';

const OPTIONS = { precision: 'ns', defaultTimeNs: 77n, unsigned: true } as const;

function parse(body: string, series = new SeriesTable()): ParseResult {
  return parseLineProtocol(Buffer.from(body), { ...OPTIONS, series });
}

/** Bytes of all arrays of a batch. */
function batchBytes(result: ParseResult): number {
  return result.batch.tables.reduce((sum, { seriesIds, times, columns }) => {
    const ofColumns = columns.map(({ numbers, wide, strings, valid }) => {
      const ofStrings = strings === null ? 0 : strings.text.length + 8 * strings.starts.length;
      return 8 * numbers.length + 8 * (wide?.length ?? 0) + (valid?.length ?? 0) + ofStrings;
    });
    return sum + 4 * seriesIds.length + 8 * times.length + ofColumns.reduce((total, bytes) => total + bytes, 0);
  }, 0);
}

test('a line of 10 MB: one string', () => {
  const text = 'x'.repeat(10_000_000);
  const { batch, rowCount } = parse(`m v="${text}",w=1 5\nm v="${text}" 6\nm v="short" 7\n`);
  assert.equal(rowCount, 3);
  const { starts, ends } = batch.tables[0].columns[0].strings ?? assert.fail();
  assert.deepEqual(
    [0, 1, 2].map((row) => ends[row] - starts[row]),
    [10_000_000, 10_000_000, 5],
  );
});

test('a line of many fields', () => {
  const fields = Array.from(
    { length: 100_000 },
    (_, field) => `a_field_with_a_long_name_of_its_own_${field}=${field}i`,
  ).join(',');
  const series = new SeriesTable();
  const result = parseLineProtocol(Buffer.from(`m ${fields} 5\n`), { ...OPTIONS, series });
  assert.equal(result.batch.tables[0].columns.length, 100_000);
  assert.equal(result.batch.tables[0].columns[99_999].numbers[0], 99_999);
});

test('a line of 10 MB that is wrong shows its beginning', () => {
  const { errors } = parse(`${'é'.repeat(5_000_000)} v=x`);
  assert.equal(errors[0].text, `unable to parse '${'é'.repeat(512)}…': max key length exceeded: 10000000 > 65535`);
  const digits = '9'.repeat(10_000_000);
  assert.match(
    parse(`m v=${digits}i`).errors[0].text,
    /: unable to parse integer 9{64}…: strconv.ParseInt: parsing "9{64}…": value out of range$/,
  );
  assert.match(parse(`m v=1 ${digits}`).errors[0].text, /strconv.ParseInt: parsing "9{64}…": value out of range$/);
});

function isLinear(name: string, body: (size: number) => string, size: number): void {
  test(`linear: ${name}`, () => {
    // Of the processor, not of the wall: other tests run beside this one.
    const timeMs = (bytes: Buffer) => {
      const start = process.cpuUsage();
      try {
        parseLineProtocol(bytes, { ...OPTIONS, series: new SeriesTable() });
      } catch (error) {
        assert.ok(isWeirError(error, 'limit'));
      }
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    };
    const bytes = Buffer.from(body(size));
    // 1 µs a byte is ten times what most of these need, and far below what a quadratic one would.
    const elapsedMs = timeMs(bytes);
    assert.ok(elapsedMs < 500 + bytes.length / 1000, `${bytes.length} bytes took ${elapsedMs} ms`);
  });
}

const SIZE = 500_000;
isLinear('lines without a space', (size) => 'a\n'.repeat(size), SIZE);
isLinear('one line without a space', (size) => 'a'.repeat(4 * size), SIZE);
isLinear('backslashes', (size) => '\\'.repeat(4 * size), SIZE);
isLinear('open quotes', (size) => 'm v="\n'.repeat(size / 2), SIZE);
isLinear('quotes', (size) => `m v=${'"'.repeat(4 * size)}`, SIZE);
isLinear('commas', (size) => `m v=1${','.repeat(4 * size)}`, SIZE);
isLinear(
  'tags in falling order',
  (size) => `m${Array.from({ length: size / 5 }, (_, tag) => `,t${9_999_999 - tag}=x`).join('')} v=1`,
  SIZE,
);
isLinear(
  'long keys with many tags',
  (size) => {
    const line = `m${Array.from({ length: 7000 }, (_, tag) => `,${99_999 - tag}=x`).join('')} v=1\n`;
    return line.repeat(size / 50_000);
  },
  SIZE,
);
isLinear(
  'a name for every row',
  (size) => Array.from({ length: size / 10 }, (_, row) => `m f${row}=1 ${row}\n`).join(''),
  SIZE,
);
isLinear(
  'a measurement for every row',
  (size) => Array.from({ length: size / 10 }, (_, row) => `m${row} f=1 ${row}\n`).join(''),
  SIZE,
);
isLinear(
  'a time cell for every row',
  (size) => Array.from({ length: size / 10 }, (_, row) => `m f=1 ${(row % 1000) - 500}0000000000000000\n`).join(''),
  SIZE,
);
isLinear('a type for every row', (size) => 'm f=1\nm f=1i\nm f=t\nm f="s"\n'.repeat(size / 20), SIZE);
isLinear('a duplicate field in every row', (size) => 'm f=1,f=2\n'.repeat(size / 5), SIZE);
isLinear(
  'bad lines behind many good fields',
  (size) => `m ${Array.from({ length: 500 }, (_, field) => `f${field}=1`).join(',')},g=x\n`.repeat(size / 2000),
  SIZE,
);
isLinear('digits', (size) => `m v=${'1'.repeat(4 * size)},w=${'1'.repeat(size)}i`, SIZE);
isLinear('blanks', (size) => `${' '.repeat(size)}m${' '.repeat(size)}v=1${' '.repeat(size)}`, SIZE);

test('rows whose fields differ are split into tables in proportion to their values', () => {
  const lines = Array.from({ length: 20_000 }, (_, row) => `m f${row}=1 ${row}`);
  const result = parse(lines.join('\n'));
  assert.equal(result.rowCount, 20_000);
  assert.ok(batchBytes(result) < 20_000 * 1000, `${batchBytes(result)} bytes`);
  const alternating = Array.from({ length: 20_000 }, (_, row) => `m ${row % 2 === 0 ? 'a=1,b=2' : 'c=3'} ${row}`);
  assert.equal(parse(alternating.join('\n')).batch.tables.length, 1);
});

test('one wide row among many narrow ones', () => {
  const series = new SeriesTable();
  const narrow = Array.from({ length: 20_000 }, (_, row) => `m a=${row} ${row}`).join('\n');
  const wide = `m ${Array.from({ length: 5000 }, (_, field) => `f${field}=1`).join(',')} 5`;
  const result = parse(`${narrow}\n${wide}\n${narrow}\n`, series);
  assert.equal(result.rowCount, 40_001);
  assert.ok(batchBytes(result) < 20_000_000, `${batchBytes(result)} bytes`);
  const rows = batchRows(result.batch, series);
  assert.deepEqual([rows[0], rows.at(-1)], ['m a=float:0 0', 'm a=float:19999 19999']);
});

test('a table for each stretch of time, offsets exact', () => {
  const series = new SeriesTable();
  const times = Array.from({ length: 50 }, (_, row) => BigInt(row % 5) * 4_000_000_123_456_789n + BigInt(row));
  const { batch } = parse(times.map((time) => `m v=1 ${time}`).join('\n'), series);
  assert.ok(batch.tables.length > 1 && batch.tables.length <= 5);
  const rows = batchRows(batch, series).map((row) => row.slice(row.lastIndexOf(' ') + 1));
  assert.deepEqual(rows.sort(), times.map(String).sort());
});

test('columns beyond the limit are refused as a whole', () => {
  const body = Buffer.from(Array.from({ length: 5000 }, (_, row) => `m${row} f=1`).join('\n'));
  const options = { ...OPTIONS, series: new SeriesTable(), maxBatchBytes: 1_000_000 };
  assert.throws(
    () => parseLineProtocol(body, options),
    (error) => isWeirError(error, 'limit') && /more than 1 MiB/.test(error.message),
  );
});

test('many series, each in an order of tags of its own', () => {
  const series = new SeriesTable();
  const lines = Array.from({ length: 30_000 }, (_, id) => `cpu,host=h${id},a=x,region=${id % 7} v=${id}i ${id}`);
  for (let round = 0; round < 3; round++) {
    const { batch, rowCount } = parse(`${lines.join('\n')}\n`, series);
    assert.equal(rowCount, 30_000);
    assert.deepEqual(
      batch.tables[0].seriesIds.subarray(0, 30_000),
      Int32Array.from({ length: 30_000 }, (_, id) => id),
    );
  }
  assert.equal(series.count, 30_000);
  assert.equal(series.keyText(29_999), 'cpu,a=x,host=h29999,region=4');
});

test('a series that is not admitted is not added, and its points are dropped', () => {
  const series = new SeriesTable();
  const asked: string[] = [];
  const admit = (key: string): string | null => {
    asked.push(key);
    return series.count < 2 ? null : `no more than ${series.count}`;
  };
  const parse = (text: string) =>
    parseLineProtocol(Buffer.from(text), { series, admit, precision: 'ns', defaultTimeNs: 0n, unsigned: false });
  const first = parse('m,b=2,a=1 v=1 1\nm,a=2 v=1 1\nm,a=3 v=1 1\nm,a=1,b=2 v=2 2\nm,a=3 v=1 2\n,broken\n');
  assert.deepEqual([first.rowCount, first.errorCount, first.droppedCount], [3, 1, 2]);
  assert.deepEqual(first.dropped, [{ count: 2, reason: 'no more than 2' }]);
  assert.deepEqual(asked, ['m,a=1,b=2', 'm,a=2', 'm,a=3', 'm,a=3']);
  const second = parse('m,a=2 v=1 3\nm,a=9 v=1 3\nm,a=1,b=2 v=1 3\nm,a=2 v=1 4\n');
  assert.deepEqual([second.rowCount, second.droppedCount, series.count], [3, 1, 2]);
});
