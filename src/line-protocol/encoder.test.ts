// encode ∘ parse: whatever was parsed reads back as the same points.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchColumn, type MeasurementBatch, SeriesTable } from '../model/index.ts';
import { isWeirError } from '../base/index.ts';
import { batchRows } from './test-support/rows.ts';
import { encodeLineProtocol } from './encoder.ts';
import { parseLineProtocol } from './parser.ts';
import { randomBody } from './test-support/random-lines.ts';
import { seededRandom } from './test-support/random.ts';

const OPTIONS = { precision: 'ns', defaultTimeNs: 77n, unsigned: true } as const;

function reencode(body: Uint8Array): { first: string[]; second: string[]; text: string } {
  const series = new SeriesTable();
  const parsed = parseLineProtocol(body, { ...OPTIONS, series });
  const lines = Buffer.concat(parsed.batch.tables.map((table) => encodeLineProtocol(table, series)));
  const other = new SeriesTable();
  const again = parseLineProtocol(lines, { ...OPTIONS, series: other });
  assert.deepEqual(again.errors, [], lines.toString());
  return { first: batchRows(parsed.batch, series), second: batchRows(again.batch, other), text: lines.toString() };
}

function encodes(line: string, expected: string): void {
  test(JSON.stringify(line), () => {
    const { first, second, text } = reencode(Buffer.from(line));
    assert.equal(text, `${expected}\n`);
    assert.deepEqual(second, first);
  });
}

encodes('cpu v=1 5', 'cpu v=1 5');
encodes('cpu v=1', 'cpu v=1 77');
encodes('cpu,b=2,a=1 v=1 5', 'cpu,a=1,b=2 v=1 5');
encodes('a\\ b\\,c,t\\ k\\=x=v\\,\\ y f\\,g\\=h\\ i=1 5', 'a\\ b\\,c,t\\ k\\=x=v\\,\\ y f\\,g\\=h\\ i=1 5');
encodes('m f=-0,g=1e300,h=5e-324,i=0.1,j=1e21 5', 'm f=-0,g=1e+300,h=5e-324,i=0.1,j=1e+21 5');
encodes('m i=-9223372036854775808i 5', 'm i=-9223372036854775808i 5');
encodes('m u=18446744073709551615u,w=7u 5', 'm u=18446744073709551615u,w=7u 5');
encodes('m t=TRUE,f=F 5', 'm t=t,f=f 5');
encodes('m s="a \\"b\\" \\\\ c\\d\n,=" 5', 'm s="a \\"b\\" \\\\ c\\\\d\n,=" 5');
encodes('m s="" -9223372036854775806', 'm s="" -9223372036854775806');
encodes('m q"q=1,r\\"s=2,t\\\\"u=3 5', 'm q\\"q=1,r\\"s=2,t\\\\"u=3 5');
encodes('m\\\nn,t=a\\\\\\\nb f\\\ng=1 5', 'm\\\nn,t=a\\\\\\\nb f\\\ng=1 5');
encodes('m,t=a\\\\ b\\\\,c v="x=y\nz" 5', 'm,t=a\\\\ b\\\\,c v="x=y\nz" 5');

const seed = Number(process.env.WEIR_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`random bodies read back the same (WEIR_TEST_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (let index = 0; index < 600; index++) {
    const body = randomBody(random, 1 + random.below(12), random.below(4));
    const { first, second, text } = reencode(body);
    assert.deepEqual(second.sort(), first.sort(), text);
  }
});

test('a range of rows', () => {
  const series = new SeriesTable();
  const { batch } = parseLineProtocol(Buffer.from('m a=1 1\nm b=2i 2\nm a=3 3\n'), { ...OPTIONS, series });
  assert.equal(Buffer.from(encodeLineProtocol(batch.tables[0], series, 1, 3)).toString(), 'm b=2i 2\nm a=3 3\n');
  assert.equal(encodeLineProtocol(batch.tables[0], series, 1, 1).length, 0);
});

function refuses(what: string, key: string, name: string, value: number): void {
  test(`refuses ${what}`, () => {
    const series = new SeriesTable();
    const bytes = Buffer.from(key);
    const id = series.intern(bytes, 0, bytes.length);
    const numbers = Float64Array.of(value);
    const column: BatchColumn = { name, type: 'float', numbers, wide: null, strings: null, valid: null };
    const table: MeasurementBatch = {
      measurement: 'm',
      rowCount: 1,
      seriesIds: Int32Array.of(id),
      baseNs: 0n,
      times: Float64Array.of(0),
      columns: [column],
    };
    assert.throws(
      () => encodeLineProtocol(table, series),
      (error) => isWeirError(error, 'invalid') && error.message.endsWith('has no line protocol'),
    );
  });
}

refuses('NaN', 'm', 'v', Number.NaN);
refuses('infinity', 'm', 'v', -Infinity);
refuses('a comment', '#m', 'v', 1);
refuses('a leading blank', '\tm', 'v', 1);
refuses('a bare newline in a key', 'm,t=a\nb', 'v', 1);
refuses('a newline behind two backslashes', 'm,t=a\\\\\nb', 'v', 1);
refuses('a bare newline in a name', 'm', 'a\nb', 1);
refuses('a name that ends in a backslash', 'm', 'a\\', 1);
refuses('a backslash before a separator in a name', 'm', 'a\\,b', 1);
refuses('an empty name', 'm', '', 1);
