// Blocks as tests see them: rows of plain values, turned into row groups and read back.
import { assert } from '../../../base/index.ts';
import type { ChunkColumn, FieldType } from '../../../model/index.ts';
import {
  type Block,
  type BlockField,
  BlockWriter,
  type PageTimes,
  type RowGroup,
  type RowGroupColumn,
  ScaleSearch,
} from '../index.ts';

/** integer and unsigned are always bigint here. */
export type Cell = null | number | bigint | string | boolean;

export interface TestRow {
  readonly measurement: string;
  readonly series: number;
  readonly timeNs: bigint;
  readonly version: number;
  /** In the order of the table's fields. */
  readonly cells: readonly Cell[];
}

export interface TestTable {
  readonly tagKeys: readonly string[];
  readonly tagsOf: (series: number) => readonly (string | null)[];
  readonly fields: readonly BlockField[];
  readonly versions: boolean;
  /** By measurement, series and time. */
  readonly rows: readonly TestRow[];
  /** Rows of a row group at most. */
  readonly groupRows: number;
  readonly compact?: boolean;
}

/** The table as a ladder's tier is written: small, and floats that are decimals as such. */
export function compactTable(table: TestTable): TestTable {
  const fields = table.fields.map((field, at): BlockField => {
    const search = new ScaleSearch();
    const cells = table.rows.map(({ cells: all }) => all[at]);
    const valid = Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1));
    if (field.type === 'float') search.add(Float64Array.from(cells, Number), valid, cells.length);
    return search.scale === undefined ? field : { ...field, scale: search.scale };
  });
  return { ...table, fields, compact: true };
}

export function writeTable(table: TestTable): Buffer {
  const parts: Uint8Array[] = [];
  const { tagKeys, fields, versions, compact } = table;
  const writer = new BlockWriter({ tagKeys, fields, versions, compact }, table.tagsOf, (bytes) => parts.push(bytes));
  for (const group of rowGroups(table)) writer.addRowGroup(group);
  const all = table.rows.map(({ version }) => version);
  const info = writer.finish({ minVersion: least(all), maxVersion: -least(all.map((version) => -version)) });
  const bytes = Buffer.concat(parts);
  assert(info.sizeBytes === bytes.length && info.rowCount === table.rows.length, 'wrong block info');
  return bytes;
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

/** Times of a row group count from its middle, so they may span twice what one page may. */
const MAX_GROUP_SPAN_NS = 2n ** 54n - 4n;

function rowGroups(table: TestTable): RowGroup[] {
  const groups: RowGroup[] = [];
  for (let start = 0; start < table.rows.length; ) {
    const { measurement, timeNs } = table.rows[start];
    let end = start;
    let [first, last] = [timeNs, timeNs];
    for (; end < table.rows.length && end - start < table.groupRows; end++) {
      const row = table.rows[end];
      if (row.timeNs < first) first = row.timeNs;
      if (row.timeNs > last) last = row.timeNs;
      if (row.measurement !== measurement || last - first >= MAX_GROUP_SPAN_NS) break;
    }
    groups.push(rowGroup(table, table.rows.slice(start, end)));
    start = end;
  }
  return groups;
}

function rowGroup(table: TestTable, rows: readonly TestRow[]): RowGroup {
  const [first, ...rest] = rows.map(({ timeNs }) => timeNs).sort((a, b) => (a < b ? -1 : 1));
  const baseNs = (first + (rest.at(-1) ?? first)) / 2n;
  const runStarts = rows.flatMap(({ series }, row) => (row === 0 || series !== rows[row - 1].series ? [row] : []));
  const columns = table.fields.map((field, index) =>
    column(
      field,
      rows.map(({ cells }) => cells[index]),
    ),
  );
  return {
    rowCount: rows.length,
    measurement: rows[0].measurement,
    seriesIds: Int32Array.from(runStarts, (row) => rows[row].series),
    runStarts: Uint32Array.from([...runStarts, rows.length]),
    baseNs,
    times: Float64Array.from(rows, ({ timeNs }) => Number(timeNs - baseNs)),
    versions: table.versions ? Float64Array.from(rows, ({ version }) => version) : null,
    columns: columns.filter((each) => each !== null),
  };
}

/** null when no row has a value: such columns stay out of the row group. */
function column({ name, type }: BlockField, cells: readonly Cell[]): RowGroupColumn | null {
  if (cells.every((cell) => cell === null)) return null;
  const valid = cells.includes(null) ? Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1)) : null;
  const shared = { name, type, valid, wide: null, strings: null };
  if (type === 'string') {
    const texts = cells.map((cell) => Buffer.from((cell ?? '') as string));
    const ends = Uint32Array.from(texts, ({ length }) => length);
    for (let row = 1; row < ends.length; row++) ends[row] += ends[row - 1];
    const starts = Uint32Array.from(ends, (end, row) => end - texts[row].length);
    return { ...shared, numbers: new Float64Array(0), strings: { text: Buffer.concat(texts), starts, ends } };
  }
  if (cells.some((cell) => typeof cell === 'bigint' && !Number.isSafeInteger(Number(cell)))) {
    const wide = BigInt64Array.from(cells, (cell) => BigInt.asIntN(64, (cell ?? 0n) as bigint));
    return { ...shared, numbers: new Float64Array(0), wide };
  }
  return { ...shared, numbers: Float64Array.from(cells, (cell) => Number(cell ?? 0)) };
}

interface DecodedPage {
  readonly page: number;
  readonly times: PageTimes;
  readonly versions: Float64Array | null;
  readonly columns: readonly (ChunkColumn | null)[];
}

/** Everything that a block holds, through the calls that a reader of series makes. */
export function readTable(block: Block): TestRow[] {
  const rows: TestRow[] = [];
  let decoded: DecodedPage | undefined;
  for (const { name, firstSeries, endSeries } of block.measurements) {
    for (let series = firstSeries; series < endSeries; series++) {
      for (let row = block.rowStarts[series]; row < block.rowStarts[series + 1]; row++) {
        const page = block.pageOf(row);
        if (decoded?.page !== page) decoded = decodePage(block, page);
        rows.push(toRow(decoded, row - block.pageStarts[page], name, block.seriesIds[series]));
      }
    }
  }
  return rows;
}

function decodePage(block: Block, page: number): DecodedPage {
  return {
    page,
    times: block.decodeTimes(page),
    versions: block.hasVersions ? block.decodeVersions(page) : null,
    columns: block.fields.map((_, field) => block.decodeColumn(field, page)),
  };
}

function toRow({ times, versions, columns }: DecodedPage, at: number, measurement: string, series: number): TestRow {
  assert(Number.isSafeInteger(times.times[at]), 'an offset is not exact');
  return {
    measurement,
    series,
    timeNs: times.baseNs + BigInt(times.times[at]),
    version: versions?.[at] ?? 0,
    cells: columns.map((column) => {
      if (column === null) return null;
      if (column.valid?.[at] !== 0) return toCell(column.type, column.values[at]);
      assert(NOTHING.includes(column.values[at]), 'rows without a value are 0');
      return null;
    }),
  };
}

const NOTHING: readonly unknown[] = [0, 0n, ''];

function toCell(type: FieldType, value: number | bigint | string): Cell {
  if (type === 'boolean') return value === 1;
  return type === 'integer' || type === 'unsigned' ? BigInt(value) : value;
}
