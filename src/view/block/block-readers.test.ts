// Every kind of block is an ordinary Parquet file: DuckDB and hyparquet read the same rows, to the last bit.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { DuckDBDecimalValue, DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { readColumnIndex, readOffsetIndex } from 'hyparquet/src/indexes.js';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { compressors } from 'hyparquet-compressors';
import { BlockWriter } from './index.ts';
import { NAMED_TABLES, randomTable } from './test-support/table-cases.ts';
import { type Cell, type TestTable, compactTable, writeTable } from './test-support/test-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-block-'));
const instance = await DuckDBInstance.create();
const duckdb = await instance.connect();
after(() => {
  duckdb.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
});

/** What any reader should find, column by column: time, measurement, tags, fields, version. */
function expectedColumns({ rows, tagKeys, tagsOf, fields, versions }: TestTable): Cell[][] {
  const tags = new Map(rows.map(({ series }) => [series, tagsOf(series)]));
  return [
    rows.map(({ timeNs }) => timeNs),
    rows.map(({ measurement }) => measurement),
    ...tagKeys.map((_, tag) => rows.map(({ series }) => tags.get(series)?.[tag] ?? null)),
    ...fields.map((_, field) => rows.map(({ cells }) => cells[field])),
    ...(versions ? [rows.map(({ version }) => BigInt(version))] : []),
  ];
}

function assertColumns(actual: readonly (readonly unknown[])[], expected: readonly (readonly Cell[])[]): void {
  assert.equal(actual.length, expected.length, 'columns');
  for (let column = 0; column < expected.length; column++) {
    assert.equal(actual[column].length, expected[column].length, `rows of column ${column}`);
    for (let row = 0; row < expected[column].length; row++) {
      if (Object.is(actual[column][row], expected[column][row])) continue;
      assert.equal(actual[column][row], expected[column][row], `column ${column}, row ${row}`);
      assert.fail(`column ${column}, row ${row}: only nearly equal`);
    }
  }
}

async function readWithDuckdb(bytes: Uint8Array): Promise<unknown[][]> {
  const path = join(folder, 'block.parquet');
  writeFileSync(path, bytes);
  const reader = await duckdb.runAndReadAll(`select * from read_parquet('${path}')`);
  // Without rows there are no columns either, only their names.
  if (reader.currentRowCount === 0) return reader.columnNames().map(() => []);
  return reader.getColumns().map((column) => column.map(plainValue));
}

/** Decimals become the doubles nearest to them. */
function plainValue(value: unknown): unknown {
  if (value instanceof DuckDBDecimalValue) return Number(value.toString());
  return typeof value === 'object' && value !== null && 'nanos' in value ? value.nanos : value;
}

const exactParsers = { timestampFromNanoseconds: (nanos: bigint) => nanos };

async function readWithHyparquet(bytes: Buffer): Promise<unknown[][]> {
  const buffer = new Uint8Array(bytes).buffer;
  const file = { byteLength: buffer.byteLength, slice: (start: number, end?: number) => buffer.slice(start, end) };
  const parsers = exactParsers as unknown as NonNullable<Parameters<typeof parquetReadObjects>[0]['parsers']>;
  const rows = await parquetReadObjects({ file, compressors, parsers });
  const names = parquetMetadata(buffer)
    .schema.slice(1)
    .map(({ name }) => name);
  return names.map((name) => rows.map((row) => row[name] ?? null));
}

async function assertReaders(table: TestTable): Promise<void> {
  const bytes = writeTable(table);
  const expected = expectedColumns(table);
  // Of decimals hyparquet makes products with 0.01 and such, which lie beside the nearest doubles.
  if (table.fields.every(({ scale }) => scale === undefined)) assertColumns(await readWithHyparquet(bytes), expected);
  // DuckDB takes names without regard to case and blanks; it is asked by position.
  assertColumns(await readWithDuckdb(bytes), expected);
}

for (const [name, make] of Object.entries(NAMED_TABLES)) {
  test(`DuckDB and hyparquet read: ${name}`, () => assertReaders(make()));
  test(`DuckDB and hyparquet read what is compact: ${name}`, () => assertReaders(compactTable(make())));
}

test('DuckDB and hyparquet read random tables', async () => {
  for (let seed = 1001; seed <= 1015; seed++) {
    await assert.doesNotReject(() => assertReaders(randomTable(seed)), `seed ${seed}`);
    await assert.doesNotReject(() => assertReaders(compactTable(randomTable(seed))), `compact, seed ${seed}`);
  }
});

test('types and the meaning of columns are declared', async () => {
  writeFileSync(join(folder, 'types.parquet'), writeTable(NAMED_TABLES['names that collide']()));
  const reader = await duckdb.runAndReadAll(`describe select * from read_parquet('${join(folder, 'types.parquet')}')`);
  assert.deepEqual(
    reader.getRows().map(([name, type]) => `${String(name)} ${String(type)}`),
    [
      'time TIMESTAMP_NS',
      'measurement VARCHAR',
      'host VARCHAR',
      'time_1 VARCHAR',
      'größe VARCHAR',
      'time_2 BIGINT',
      '_version_1 DOUBLE',
      'measurement_1 VARCHAR',
      'host_1 BOOLEAN',
      'time_1_1 BIGINT',
      'C10 BIGINT',
      '_version BIGINT',
    ],
  );
  const { key_value_metadata: metadata } = parquetMetadata(writeTable(NAMED_TABLES['names that collide']()));
  const { columns } = JSON.parse(metadata?.find(({ key }) => key === 'weir')?.value ?? '');
  assert.deepEqual(columns[5], { column: 'time_2', role: 'field', name: 'time', type: 'integer' });
  assert.deepEqual(columns[3], { column: 'time_1', role: 'tag', name: 'time' });
});

/** DuckDB skips row groups by their bounds: an answer that agrees with a plain count proves the bounds. */
for (const [how, variant] of [
  ['', (table: TestTable) => table] as const,
  [' of what is compact', compactTable] as const,
]) {
  test(`bounds${how} let readers skip row groups without losing rows`, async () => {
    for (let seed = 2001; seed <= 2012; seed++) {
      const table = variant(randomTable(seed));
      const path = join(folder, 'bounds.parquet');
      writeFileSync(path, writeTable(table));
      for (const [index, { name, type, scale }] of table.fields.entries()) {
        if (type === 'boolean') continue;
        const cells = table.rows.map(({ cells: all }) => all[index]).filter((cell) => cell !== null);
        if (cells.length === 0 || cells.some((cell) => Number.isNaN(cell))) continue;
        const cell = cells[cells.length >> 1];
        const sqlType = scale === undefined ? 'double' : `decimal(18, ${scale})`;
        const literal = type === 'float' ? `'${String(cell)}'::${sqlType}` : `'${String(cell)}'`;
        for (const [operator, holds] of COMPARISONS) {
          const query = `select count(*) from read_parquet('${path}') where "${name}" ${operator} ${literal}`;
          const [[count]] = (await duckdb.runAndReadAll(query)).getRows();
          if (type === 'string' && operator !== '=') continue;
          assert.equal(count, BigInt(cells.filter((each) => holds(each, cell)).length), `seed ${seed}: ${query}`);
        }
      }
    }
  });
}

type Plain = Exclude<Cell, null>;
const COMPARISONS: readonly (readonly [string, (a: Plain, b: Plain) => boolean])[] = [
  ['=', (a, b) => a === b],
  ['<', (a, b) => a < b],
  ['>', (a, b) => a > b],
];

test('the page index names every page, its first row and its bounds', () => {
  const table = NAMED_TABLES['nulls of all kinds']();
  const bytes = writeTable(table);
  const metadata = parquetMetadata(bytes);
  const [group] = metadata.row_groups;
  for (const [index, chunk] of group.columns.entries()) {
    const { page_locations: pages } = readOffsetIndex(readerAt(bytes, chunk.offset_index_offset));
    const firstRows = pages.map(({ first_row_index: row }) => Number(row));
    assert.equal(firstRows[0], 0);
    assert.equal(chunk.meta_data?.data_page_offset, BigInt(pages[0].offset));
    if (chunk.column_index_offset === undefined) continue;
    const bounds = readColumnIndex(readerAt(bytes, chunk.column_index_offset), metadata.schema[index + 1]);
    const column = expectedColumns(table)[index];
    for (const [page, first] of firstRows.entries()) {
      const values = column.slice(first, firstRows[page + 1]).filter((cell) => cell !== null);
      assert.equal(bounds.null_pages[page], values.length === 0);
      assert.equal(Number(bounds.null_counts?.[page]), (firstRows[page + 1] ?? column.length) - first - values.length);
      if (values.length === 0 || index === 0) continue;
      const sorted = values.toSorted((a, b) => (a < b ? -1 : 1));
      assert.equal(bounds.min_values[page], sorted[0]);
      assert.equal(bounds.max_values[page], sorted.at(-1));
    }
  }
});

test('every page header tells rows, nulls and a checksum of what follows', () => {
  for (const name of ['nulls of all kinds', 'times with jitter', 'strings', 'one series', 'floats that are decimals']) {
    for (const table of [NAMED_TABLES[name](), compactTable(NAMED_TABLES[name]())])
      assertPageHeaders(writeTable(table), name);
  }
});

function assertPageHeaders(bytes: Buffer, name: string): void {
  const metadata = parquetMetadata(bytes);
  for (const { meta_data: chunk, offset_index_offset: index } of metadata.row_groups[0].columns) {
    // A row group of one page has no index of its pages.
    const pages = index === undefined ? [] : readOffsetIndex(readerAt(bytes, index)).page_locations;
    const starts = index === undefined ? [Number(chunk?.data_page_offset)] : pages.map(({ offset }) => Number(offset));
    if (chunk?.dictionary_page_offset !== undefined) starts.unshift(Number(chunk.dictionary_page_offset));
    let rows = 0;
    for (const start of starts) {
      const reader = readerAt(bytes, BigInt(start));
      const header = deserializeTCompactProtocol(reader);
      const body = bytes.subarray(reader.offset, reader.offset + header.field_3);
      assert.equal(crc32(body), header.field_4 >>> 0, name);
      const data = header.field_8;
      if (data === undefined) continue;
      assert.equal(data.field_1, data.field_3);
      rows += data.field_3;
    }
    assert.equal(rows, Number(chunk?.num_values), name);
  }
}

function readerAt(bytes: Uint8Array, offset: bigint | undefined): { view: DataView; offset: number } {
  const copy = new Uint8Array(bytes);
  return { view: new DataView(copy.buffer), offset: Number(offset) };
}

test('an empty block is an empty table', async () => {
  const parts: Uint8Array[] = [];
  const fields = [{ name: 'f', type: 'float' }] as const;
  const writer = new BlockWriter(
    { tagKeys: ['t'], fields, versions: false },
    () => [],
    (bytes) => parts.push(bytes),
  );
  writer.finish({ minVersion: 0, maxVersion: 0 });
  assert.deepEqual(await readWithDuckdb(Buffer.concat(parts)), [[], [], [], []]);
});
