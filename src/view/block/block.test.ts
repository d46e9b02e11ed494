import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { type Block, BlockWriter, type RowGroup, fileBlock, memoryBlock, openBlock } from './index.ts';
import { NAMED_TABLES, randomTable } from './test-support/table-cases.ts';
import { type TestRow, type TestTable, compactTable, readTable, writeTable } from './test-support/test-table.ts';

function open(table: TestTable): Block {
  return openBlock(memoryBlock(writeTable(table)));
}

/** Row by row: deep equality of all rows at once would take seconds to print a difference. */
function assertRows(actual: readonly TestRow[], expected: readonly TestRow[]): void {
  assert.equal(actual.length, expected.length);
  for (let row = 0; row < actual.length; row++) assert.deepEqual(actual[row], expected[row], `row ${row}`);
}

function assertFrame(block: Block, { rows, fields, versions }: TestTable): void {
  const times = rows.map(({ timeNs }) => timeNs).sort((a, b) => (a < b ? -1 : 1));
  assert.equal(block.rowCount, rows.length);
  assert.equal(block.minTimeNs, times[0] ?? 0n);
  assert.equal(block.maxTimeNs, times.at(-1) ?? 0n);
  assert.deepEqual(block.fields, fields);
  assert.equal(block.hasVersions, versions);
  assertSeries(block);
  assertPages(block, rows);
}

function assertSeries(block: Block): void {
  for (const measurement of block.measurements) {
    for (let series = measurement.firstSeries; series < measurement.endSeries; series++) {
      assert.equal(block.findSeries(block.seriesIds[series], measurement), series);
    }
    assert.equal(block.findSeries(2 ** 30, measurement), -1);
    assert.equal(block.findSeries(-1, measurement), -1);
  }
}

function assertPages(block: Block, rows: readonly TestRow[]): void {
  const { pageStarts, pageMinTimes, pageMaxTimes } = block;
  assert.equal(pageStarts[0], 0);
  assert.equal(pageStarts.at(-1), rows.length);
  for (let page = 0; page + 1 < pageStarts.length; page++) {
    const times = rows.slice(pageStarts[page], pageStarts[page + 1]).map(({ timeNs }) => timeNs);
    assert.ok(times.length > 0 && times.length <= 8192);
    const earliest = times.reduce((a, b) => (a < b ? a : b));
    const latest = times.reduce((a, b) => (a > b ? a : b));
    assert.deepEqual([pageMinTimes[page], pageMaxTimes[page]], [earliest, latest]);
    assert.ok(latest - earliest < 2n ** 53n);
    assert.equal(block.pageOf(pageStarts[page]), page);
    assert.equal(block.pageOf(pageStarts[page + 1] - 1), page);
  }
}

function assertSeriesTimes(block: Block, rows: readonly TestRow[]): void {
  for (let series = 0; series < block.seriesIds.length; series++) {
    assert.equal(block.seriesMinTime(series), rows[block.rowStarts[series]].timeNs);
    assert.equal(block.seriesMaxTime(series), rows[block.rowStarts[series + 1] - 1].timeNs);
  }
}

function assertReadsBack(table: TestTable): void {
  const block = open(table);
  assertFrame(block, table);
  assertSeriesTimes(block, table.rows);
  assertRows(readTable(block), table.rows);
}

for (const [name, make] of Object.entries(NAMED_TABLES)) {
  test(`what was written is read: ${name}`, () => assertReadsBack(make()));
  test(`what was written compactly is read: ${name}`, () => assertReadsBack(compactTable(make())));
}

test('what was written is read: random tables', () => {
  for (let seed = 1; seed <= 30; seed++) {
    assert.doesNotThrow(() => assertReadsBack(randomTable(seed)), `seed ${seed}`);
    assert.doesNotThrow(() => assertReadsBack(compactTable(randomTable(seed))), `compact, seed ${seed}`);
  }
});

test('a block in a file is read by positioned reads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-block-'));
  try {
    const table = NAMED_TABLES['series of all lengths']();
    const path = join(folder, 'block.parquet');
    writeFileSync(path, writeTable(table));
    const block = openBlock(fileBlock(path));
    assertRows(readTable(block), table.rows);
    block.close();
    block.close();
    assert.throws(
      () => fileBlock(join(folder, 'nothing')),
      (error) => isWeirError(error, 'not found'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bits of NaN survive, and bytes that are not UTF-8', () => {
  const bits = BigInt64Array.of(0x7ff8_0000_0000_0001n, 0x7ff0_dead_beef_0001n, -1n);
  const text = Buffer.from([0xff, 0x41, 0xc3]);
  const group: RowGroup = {
    rowCount: 3,
    measurement: 'm',
    seriesIds: Int32Array.of(1),
    runStarts: Uint32Array.of(0, 3),
    baseNs: 5n,
    times: Float64Array.of(0, 1, 2),
    versions: null,
    columns: [
      { name: 'f', type: 'float', numbers: new Float64Array(bits.buffer), wide: null, strings: null, valid: null },
      {
        name: 's',
        type: 'string',
        numbers: new Float64Array(0),
        wide: null,
        strings: { text, starts: Uint32Array.of(0, 1, 2), ends: Uint32Array.of(1, 2, 3) },
        valid: null,
      },
    ],
  };
  const parts: Uint8Array[] = [];
  const fields = [
    { name: 'f', type: 'float' },
    { name: 's', type: 'string' },
  ] as const;
  const writer = new BlockWriter(
    { tagKeys: [], fields, versions: false },
    () => [],
    (bytes) => parts.push(bytes),
  );
  writer.addRowGroup(group);
  writer.finish({ minVersion: 0, maxVersion: 0 });
  const block = openBlock(memoryBlock(Buffer.concat(parts)));
  const floats = block.decodeColumn(0, 0)?.values as Float64Array;
  assert.deepEqual(new BigInt64Array(floats.buffer, floats.byteOffset, 3), bits);
  assert.equal(block.seriesStats(0, 0), undefined);
  const page = block.decodeText(1, 0);
  assert.ok(page);
  const parts3 = Array.from(page.starts, (start, row) => Buffer.from(page.text.subarray(start, page.ends[row])));
  assert.deepEqual(Buffer.concat(parts3), text);
});

test('the arrays of a row group may be reused after the call', () => {
  const numbers = Float64Array.of(1, 2);
  const times = Float64Array.of(0, 1);
  const text = Buffer.from('ab');
  const strings = { text, starts: Uint32Array.of(0, 1), ends: Uint32Array.of(1, 2) };
  const parts: Uint8Array[] = [];
  const fields = [
    { name: 'n', type: 'integer' },
    { name: 's', type: 'string' },
  ] as const;
  const writer = new BlockWriter(
    { tagKeys: [], fields, versions: false },
    () => [],
    (bytes) => parts.push(bytes),
  );
  const shared = { rowCount: 2, measurement: 'm', runStarts: Uint32Array.of(0, 2), baseNs: 0n, versions: null };
  const columns = [
    { name: 'n', type: 'integer', numbers, wide: null, strings: null, valid: null },
    { name: 's', type: 'string', numbers: new Float64Array(0), wide: null, strings, valid: null },
  ] as const;
  for (const series of [1, 2]) {
    writer.addRowGroup({ ...shared, seriesIds: Int32Array.of(series), times, columns });
    numbers.fill(series * 10);
    times.set([series * 100, series * 100 + 1]);
    text.write('xy');
  }
  writer.finish({ minVersion: 0, maxVersion: 0 });
  const rows = readTable(openBlock(memoryBlock(Buffer.concat(parts))));
  assert.deepEqual(
    rows.map(({ series, timeNs, cells }) => [series, timeNs, ...cells]),
    [
      [1, 0n, 1n, 'a'],
      [1, 1n, 2n, 'b'],
      [2, 100n, 10n, 'x'],
      [2, 101n, 10n, 'y'],
    ],
  );
});

test('row groups out of order are our bug, and found', () => {
  const table = NAMED_TABLES['many small measurements']();
  const rowsOf = (...series: number[]): TestRow[] =>
    series.flatMap((id) => table.rows.filter((row) => row.series === id));
  assert.throws(() => writeTable({ ...table, groupRows: 4, rows: rowsOf(300, 0) }), /do not ascend/);
  assert.throws(() => writeTable({ ...table, groupRows: 4, rows: rowsOf(0, 1, 300) }), /lie apart/);
  const once = NAMED_TABLES['one series']();
  assert.throws(() => writeTable({ ...once, rows: once.rows.toReversed() }), /times of a series do not ascend/);
  assert.throws(() => writeTable({ ...once, rows: [...once.rows, once.rows[0]] }), /times of a series do not ascend/);
  assert.throws(() => writeTable({ ...once, groupRows: 5000, rows: [...once.rows, once.rows[0]] }), /do not ascend/);
});
